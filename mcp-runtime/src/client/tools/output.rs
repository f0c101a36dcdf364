//! Validation of the output of tools against their output schemas.
//!
//! Specification: [Output schema](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#output-schema).

use std::error::Error as StdError;
use std::fmt;
use std::sync::OnceLock;

use jsonschema::{PatternOptions, Retrieve, Uri, ValidationError, Validator};
use mcp_core::jsonrpc::Raw;
use mcp_core::schema::Schema;
use serde_json::Value;

use super::validation_cost::is_cheap;
use crate::client::error::Error;
use crate::shorten::{reason, shorten, shorten_to};

/// Largest schema that is validated against, in bytes and in JSON values. Output with a larger schema
/// is not validated, so that no server can keep its client busy.
const MAX_SCHEMA: usize = 64 << 10;
const MAX_SCHEMA_VALUES: usize = 4_000;

/// Largest size of a compiled pattern, in bytes.
const MAX_PATTERN: usize = 256 << 10;

/// Largest structured content that is validated, in bytes.
const MAX_CONTENT: usize = 4 << 20;

/// Largest number of violations that are reported.
const MAX_ERRORS: usize = 8;

/// Dialects of JSON Schema that are supported: the ends of their URIs.
const DIALECTS: [&str; 5] = [
    "draft-04/schema",
    "draft-06/schema",
    "draft-07/schema",
    "draft/2019-09/schema",
    "draft/2020-12/schema",
];

/// The output schema of a tool, compiled when it is first needed.
pub(super) struct OutputValidator {
    schema: Schema,
    compiled: OnceLock<Compilation>,
}

/// The outcome of compiling a schema.
enum Compilation {
    Compiled(Box<Compiled>),
    /// The schema is one of the standard, and is not validated against.
    Skipped,
    /// The schema has this fault, so no output can fit it.
    Faulty(String),
}

/// A compiled schema and its source.
struct Compiled {
    validator: Validator,
    schema: Value,
}

impl fmt::Debug for OutputValidator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OutputValidator")
    }
}

impl OutputValidator {
    pub(super) fn new(schema: Schema) -> Self {
        Self { schema, compiled: OnceLock::new() }
    }

    /// Validates the structured content of a result. A tool that failed need not have any. A schema
    /// that is none of the standard fits nothing.
    pub(super) fn validate(&self, name: &str, result: Raw<'_>) -> Result<(), Error> {
        if result.member("isError").is_some_and(|is_error| is_error.as_str() == "true") {
            return Ok(());
        }
        let invalid = |errors| Err(Error::InvalidOutput { name: name.to_owned(), errors });
        let compiled = self.compiled.get_or_init(|| compile(name, &self.schema));
        if let Compilation::Faulty(fault) = compiled {
            return invalid(vec![format!("its output schema cannot be used: {fault}")]);
        }
        let Some(content) = result.member("structuredContent") else {
            return invalid(vec![
                "expected structured content, because the tool has an output schema, got none"
                    .to_owned(),
            ]);
        };
        if content.as_str().len() > MAX_CONTENT {
            return Ok(());
        }
        let (Compilation::Compiled(compiled), Ok(content)) = (compiled, content.parse::<Value>())
        else {
            return Ok(());
        };
        if !is_cheap(&compiled.schema, &content) {
            tracing::warn!(target: "mcp_runtime::client", "the output of `{name}` would take too long to validate against its output schema");
            return Ok(());
        }
        let errors = compiled.validator.iter_errors(&content).take(MAX_ERRORS);
        let errors: Vec<_> = errors
            .map(|error| match error.instance_path().as_str() {
                "" => reason(&error),
                path => format!("{}: {}", shorten(path), reason(&error)),
            })
            .collect();
        if errors.is_empty() { Ok(()) } else { invalid(errors) }
    }
}

/// Compiles a schema. References outside the schema are not followed, and patterns are matched in
/// linear time.
fn compile(name: &str, schema: &Schema) -> Compilation {
    let (name, value) = (shorten(name), schema.to_value());
    if let Some(fault) = unknown_dialect(&value) {
        return Compilation::Faulty(fault);
    }
    if schema.as_str().len() > MAX_SCHEMA || count(&value) > MAX_SCHEMA_VALUES {
        tracing::warn!(target: "mcp_runtime::client", "the output schema of `{name}` is too large to validate against");
        return Compilation::Skipped;
    }
    if has_inner_schemas(&value) {
        tracing::warn!(target: "mcp_runtime::client", "the output schema of `{name}` has schemas with ids inside, which are not supported");
        return Compilation::Skipped;
    }
    let compiled = jsonschema::options()
        .with_retriever(NoRetrieval)
        .with_pattern_options(PatternOptions::regex().size_limit(MAX_PATTERN))
        .build(&value);
    match compiled {
        Ok(validator) => Compilation::Compiled(Box::new(Compiled { validator, schema: value })),
        Err(error) if concerns_pattern(&error) => {
            let error = reason(&error);
            tracing::warn!(target: "mcp_runtime::client", "a pattern in the output schema of `{name}` is not supported: {error}");
            Compilation::Skipped
        }
        Err(error) => Compilation::Faulty(described(&error)),
    }
}

/// Describes the dialect of a schema if it is not supported.
fn unknown_dialect(schema: &Value) -> Option<String> {
    let dialect = schema.get("$schema")?.as_str()?;
    let name = dialect.trim_end_matches('#');
    let name = name.split_once("://json-schema.org/").map(|(_, name)| name);
    let is_known = name.is_some_and(|name| DIALECTS.contains(&name));
    (!is_known).then(|| {
        let got = shorten(dialect);
        format!("expected a dialect such as 2020-12 in `$schema`, got {got:?}")
    })
}

/// Returns `true` for an error about a regular expression, which may be one of another engine.
fn concerns_pattern(error: &ValidationError<'_>) -> bool {
    let path = error.instance_path().as_str();
    path.ends_with("/pattern") || path.contains("/patternProperties")
}

/// Describes a fault of a schema with its place.
fn described(error: &ValidationError<'_>) -> String {
    let described = match error.instance_path().as_str() {
        "" => error.to_string(),
        path => format!("`{path}`: {error}"),
    };
    shorten_to(&described, 400)
}

/// Returns `true` if a schema contains others with a base URI of their own: their references cannot
/// be resolved here, so the cost of validating is unknown.
fn has_inner_schemas(schema: &Value) -> bool {
    fn names(value: &Value) -> bool {
        match value {
            Value::Array(elements) => elements.iter().any(names),
            Value::Object(members) => {
                members.get("$id").is_some_and(Value::is_string) || members.values().any(names)
            }
            _ => false,
        }
    }
    let old = schema.get("$schema").and_then(Value::as_str);
    old.is_some_and(|draft| draft.contains("draft-04"))
        || schema.as_object().is_some_and(|members| members.values().any(names))
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(elements) => elements.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

/// Fetches no schema: a server must not make its client send requests to others.
struct NoRetrieval;

impl Retrieve for NoRetrieval {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn StdError + Send + Sync>> {
        Err(format!("the schema refers to {uri}, which is not fetched").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: &str, result: &str, expected: Option<&str>) {
        let validator = OutputValidator::new(Schema::parse(schema).unwrap());
        match validator.validate("t", Raw::from_accepted(result)) {
            Ok(()) => assert_eq!(expected, None, "{result}"),
            Err(error) => assert!(error.to_string().contains(expected.unwrap()), "{error}"),
        }
    }

    #[test]
    fn content_is_validated() {
        let schema = r#"{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}"#;
        check(schema, r#"{"structuredContent":{"a":1}}"#, None);
        check(schema, r#"{"structuredContent":{"a":"x"}}"#, Some("/a: "));
        check(schema, r#"{"structuredContent":{}}"#, Some("required"));
        check(schema, r#"{"content":[]}"#, Some("got none"));
        check(schema, r#"{"content":[],"isError":true}"#, None);
    }

    #[test]
    fn nothing_is_fetched_and_nothing_takes_long() {
        let content =
            r#"{"structuredContent":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}"#;
        check(r#"{"type":"string","pattern":"^(a+)+$"}"#, content, Some("match"));
        let large = format!(r#"{{"structuredContent":"{}"}}"#, "a".repeat(1 << 20));
        check(r#"{"type":"string","pattern":"[\\w]{1000}{50}$"}"#, &large, None);
        let link = |number: usize| {
            format!(
                r##""d{number}":{{"anyOf":[{{"$ref":"#/$defs/d{0}"}},{{"$ref":"#/$defs/d{0}"}}]}}"##,
                number + 1
            )
        };
        let links: Vec<_> = (0..40).map(link).collect();
        let doubling =
            format!(r##"{{"$ref":"#/$defs/d0","$defs":{{{},"d40":false}}}}"##, links.join(","));
        check(&doubling, content, None);
    }

    #[test]
    fn a_schema_that_is_none_is_named() {
        let content = r#"{"structuredContent":{"a":1}}"#;
        for (schema, part) in [
            (
                r#"{"$schema":"https://example.com/my-dialect"}"#,
                "\"https://example.com/my-dialect\"",
            ),
            (r#"{"$schema":"http://json-schema.org/draft-99/schema#"}"#, "draft-99"),
            (r#"{"$ref":"http://127.0.0.1:1/schema.json"}"#, "http://127.0.0.1:1/schema.json"),
            (r#"{"properties":{"a":{"$ref":"other.json#/a"}}}"#, "other.json"),
            (r##"{"properties":{"a":{"$ref":"#/$defs/missing"}}}"##, "/$defs/missing"),
            (r##"{"properties":{"a":{"$ref":"#missing"}}}"##, "missing"),
            (r#"{"properties":{"a":{"type":"integre"}}}"#, "`/properties/a/type`: \"integre\""),
            (r#"{"type":["object","nil"]}"#, "nil"),
            (r#"{"type":7}"#, "`/type`: 7"),
            (r#"{"properties":{"a":{"minimum":"one"}}}"#, "`/properties/a/minimum`"),
        ] {
            check(schema, content, Some(part));
            check(schema, r#"{"content":[]}"#, Some(part));
            check(schema, r#"{"content":[],"isError":true}"#, None);
        }
    }

    #[test]
    fn dialects_of_the_standard_are_known() {
        for dialect in [
            "https://json-schema.org/draft/2020-12/schema",
            "https://json-schema.org/draft/2019-09/schema",
            "http://json-schema.org/draft-07/schema#",
            "http://json-schema.org/draft-06/schema",
            "https://json-schema.org/draft-07/schema",
        ] {
            let schema = format!(r#"{{"$schema":"{dialect}","type":"object"}}"#);
            check(&schema, r#"{"structuredContent":{}}"#, None);
            check(&schema, r#"{"structuredContent":1}"#, Some("object"));
        }
    }

    #[test]
    fn a_pattern_of_another_engine_is_not_validated() {
        for pattern in [r"^(?=a)b$", r"(a)\\1", "("] {
            let schema = format!(r#"{{"type":"string","pattern":"{pattern}"}}"#);
            check(&schema, r#"{"structuredContent":"x"}"#, None);
        }
    }

    #[test]
    fn ordinary_patterns_are_validated() {
        for pattern in [r"^\\w+$", r"^\\d{4}-\\d{2}-\\d{2}$", r"^[\\w.+-]+@\\w+(\\.\\w+)+$"] {
            let schema = format!(r#"{{"type":"string","pattern":"{pattern}"}}"#);
            check(&schema, r#"{"structuredContent":"???"}"#, Some("match"));
        }
    }

    #[test]
    fn inner_schemas_are_not_validated() {
        let schema =
            r##"{"$id":"http://a/","$ref":"#/$defs/a","$defs":{"a":{"$id":"b","type":"string"}}}"##;
        check(schema, r#"{"structuredContent":1}"#, None);
        check(
            r#"{"$id":"http://a/","type":"string"}"#,
            r#"{"structuredContent":1}"#,
            Some("string"),
        );
    }
}
