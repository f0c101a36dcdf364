//! Comparing what a tool returns with what it says it returns.
//!
//! Specification: [Output schema](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#output-schema).

use std::error::Error as StdError;
use std::fmt;
use std::sync::OnceLock;

use jsonschema::{PatternOptions, Retrieve, Uri, Validator};
use mcp_core::jsonrpc::Raw;
use mcp_core::schema::Schema;
use serde_json::Value;

use super::effort::is_little;
use super::error::Error;

/// How large a schema may be to be compared with, in bytes and in values. A larger one is taken
/// at its word, so that no server can keep its client busy.
const LARGEST_SCHEMA: usize = 64 << 10;
const MOST_VALUES: usize = 4_000;

/// How large a pattern may become when it is compiled, in bytes.
const LARGEST_PATTERN: usize = 256 << 10;

/// How large structured content may be to be compared.
const LARGEST_CONTENT: usize = 4 << 20;

/// How many faults are told.
const MOST_FAULTS: usize = 8;

/// The output schema of a tool, compiled when it is first needed.
pub(crate) struct OutputCheck {
    schema: Schema,
    compiled: OnceLock<Option<Compiled>>,
}

/// A schema that can be compared with, and what it was made of.
struct Compiled {
    validator: Validator,
    schema: Value,
}

impl fmt::Debug for OutputCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OutputCheck")
    }
}

impl OutputCheck {
    pub(crate) fn new(schema: Schema) -> Self {
        Self { schema, compiled: OnceLock::new() }
    }

    /// Compares the structured content of a result. A tool that failed need not have any.
    pub(crate) fn check(&self, name: &str, result: Raw<'_>) -> Result<(), Error> {
        if result.member("isError").is_some_and(|is_error| is_error.as_str() == "true") {
            return Ok(());
        }
        let wrong = |faults| Err(Error::Output { name: name.to_owned(), faults });
        let Some(content) = result.member("structuredContent") else {
            return wrong(vec![
                "expected structured content, because the tool has an output schema, got none"
                    .to_owned(),
            ]);
        };
        if content.as_str().len() > LARGEST_CONTENT {
            return Ok(());
        }
        let compiled = self.compiled.get_or_init(|| compile(name, &self.schema));
        let (Some(compiled), Ok(content)) = (compiled, content.parse::<Value>()) else {
            return Ok(());
        };
        if !is_little(&compiled.schema, &content) {
            tracing::warn!(target: "mcp_runtime::client", "what `{name}` returned would take too long to compare with its output schema");
            return Ok(());
        }
        let faults = compiled.validator.iter_errors(&content).take(MOST_FAULTS);
        let faults: Vec<_> = faults
            .map(|fault| match fault.instance_path().as_str() {
                "" => fault.to_string(),
                path => format!("{path}: {fault}"),
            })
            .collect();
        if faults.is_empty() { Ok(()) } else { wrong(faults) }
    }
}

/// Compiles a schema. References lead into the schema itself or nowhere, and patterns are matched
/// in linear time.
fn compile(name: &str, schema: &Schema) -> Option<Compiled> {
    let value = schema.to_value();
    if schema.as_str().len() > LARGEST_SCHEMA || count(&value) > MOST_VALUES {
        tracing::warn!(target: "mcp_runtime::client", "the output schema of `{name}` is too large to compare with");
        return None;
    }
    if is_several(&value) {
        tracing::warn!(target: "mcp_runtime::client", "the output schema of `{name}` is put together of several, which are not compared with");
        return None;
    }
    let compiled = jsonschema::options()
        .with_retriever(Nowhere)
        .with_pattern_options(PatternOptions::regex().size_limit(LARGEST_PATTERN))
        .build(&value);
    compiled
        .inspect_err(|error| {
            tracing::warn!(target: "mcp_runtime::client", "the output schema of `{name}` cannot be compared with: {error}");
        })
        .ok()
        .map(|validator| Compiled { validator, schema: value })
}

/// Whether a schema has others inside, from which references count anew, so that it cannot be said
/// how much work they are.
fn is_several(schema: &Value) -> bool {
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

/// Fetches nothing: what a server writes is no reason to ask another.
struct Nowhere;

impl Retrieve for Nowhere {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn StdError + Send + Sync>> {
        Err(format!("the schema refers to {uri}, which is not fetched").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: &str, result: &str, expected: Option<&str>) {
        let check = OutputCheck::new(Schema::parse(schema).unwrap());
        match check.check("t", Raw::from_accepted(result)) {
            Ok(()) => assert_eq!(expected, None, "{result}"),
            Err(error) => assert!(error.to_string().contains(expected.unwrap()), "{error}"),
        }
    }

    #[test]
    fn content_is_compared_with_the_schema() {
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
    fn ordinary_patterns_are_compared() {
        for pattern in [r"^\\w+$", r"^\\d{4}-\\d{2}-\\d{2}$", r"^[\\w.+-]+@\\w+(\\.\\w+)+$"] {
            let schema = format!(r#"{{"type":"string","pattern":"{pattern}"}}"#);
            check(&schema, r#"{"structuredContent":"???"}"#, Some("match"));
        }
    }

    #[test]
    fn schemas_inside_of_schemas_are_taken_at_their_word() {
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
