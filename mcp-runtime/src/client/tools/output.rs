//! Validation of the output of tools against their output schemas.
//!
//! Specification: [Output schema](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#output-schema).

use std::error::Error as StdError;
use std::fmt;
use std::sync::OnceLock;

use jsonschema::{PatternOptions, Retrieve, Uri, Validator};
use mcp_core::jsonrpc::Raw;
use mcp_core::schema::Schema;
use serde_json::Value;

use super::validation_cost::is_cheap;
use crate::client::error::Error;
use crate::shorten::{reason, shorten};

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

/// The output schema of a tool, compiled when it is first needed.
pub(super) struct OutputValidator {
    schema: Schema,
    compiled: OnceLock<Option<Compiled>>,
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

    /// Validates the structured content of a result. A tool that failed need not have any.
    pub(super) fn validate(&self, name: &str, result: Raw<'_>) -> Result<(), Error> {
        if result.member("isError").is_some_and(|is_error| is_error.as_str() == "true") {
            return Ok(());
        }
        let invalid = |errors| Err(Error::InvalidOutput { name: name.to_owned(), errors });
        let Some(content) = result.member("structuredContent") else {
            return invalid(vec![
                "expected structured content, because the tool has an output schema, got none"
                    .to_owned(),
            ]);
        };
        if content.as_str().len() > MAX_CONTENT {
            return Ok(());
        }
        let compiled = self.compiled.get_or_init(|| compile(name, &self.schema));
        let (Some(compiled), Ok(content)) = (compiled, content.parse::<Value>()) else {
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
fn compile(name: &str, schema: &Schema) -> Option<Compiled> {
    let (name, value) = (shorten(name), schema.to_value());
    if schema.as_str().len() > MAX_SCHEMA || count(&value) > MAX_SCHEMA_VALUES {
        tracing::warn!(target: "mcp_runtime::client", "the output schema of `{name}` is too large to validate against");
        return None;
    }
    if has_inner_schemas(&value) {
        tracing::warn!(target: "mcp_runtime::client", "the output schema of `{name}` has schemas with ids inside, which are not supported");
        return None;
    }
    let compiled = jsonschema::options()
        .with_retriever(NoRetrieval)
        .with_pattern_options(PatternOptions::regex().size_limit(MAX_PATTERN))
        .build(&value);
    compiled
        .inspect_err(|error| {
            let error = reason(error);
            tracing::warn!(target: "mcp_runtime::client", "the output schema of `{name}` cannot be compiled: {error}");
        })
        .ok()
        .map(|validator| Compiled { validator, schema: value })
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
        check(r#"{"$ref":"http://127.0.0.1:1/schema.json"}"#, content, None);
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
