//! Enforcement of schema constraints that deserializing does not check.

use std::error::Error;
use std::fmt;

use jsonschema::{Retrieve, Uri, ValidationError};
use mcp_core::schema::Schema;
use serde_json::Value;

use crate::component::arguments::{ArgumentError, Meaning};
use crate::shorten::shorten;

/// Number of violations after which validation stops.
const MAX_VIOLATIONS: usize = 32;

/// The input schema of a tool, compiled.
pub(crate) struct Validator {
    compiled: jsonschema::Validator,
}

impl Validator {
    /// Compiles a schema. References outside of the schema are errors.
    pub(crate) fn new(schema: &Schema) -> Result<Self, String> {
        let schema = schema.to_value();
        let compiled = jsonschema::options()
            .with_retriever(Nowhere)
            .build(&schema)
            .map_err(|error| format!("its input schema cannot be enforced: {error}"))?;
        Ok(Self { compiled })
    }

    /// Validates unread arguments.
    pub(crate) fn check(&self, arguments: &str) -> Vec<ArgumentError> {
        match parse(arguments) {
            Ok(arguments) => self.violations(&arguments, |_| true),
            Err(error) => vec![error],
        }
    }

    /// Validates arguments that have been read, those that were read for what they mean as such. `null`
    /// is an absent value.
    pub(crate) fn check_read(
        &self,
        arguments: &str,
        meant: &[(String, Meaning<'_>)],
    ) -> Vec<ArgumentError> {
        match parse_meant(arguments, meant) {
            Ok(arguments) => self.violations(&arguments, |found| !found.is_null()),
            Err(error) => vec![error],
        }
    }

    fn violations(&self, arguments: &Value, counts: impl Fn(&Value) -> bool) -> Vec<ArgumentError> {
        let violations = self.compiled.iter_errors(arguments);
        let counted = violations.filter(|violation| counts(violation.instance()));
        counted.take(MAX_VIOLATIONS).map(|violation| error(&violation)).collect()
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Validator")
    }
}

/// Parses text that was checked when it was received: it is JSON, but a number of it may be out of
/// the range of values.
fn parse(json: &str) -> Result<Value, ArgumentError> {
    serde_json::from_str(json).map_err(|_| ArgumentError::new("", "a number is out of range"))
}

/// Parses arguments, with those that were read for what they mean.
fn parse_meant(arguments: &str, meant: &[(String, Meaning<'_>)]) -> Result<Value, ArgumentError> {
    let mut arguments = parse(arguments)?;
    if let Value::Object(members) = &mut arguments {
        for (name, meaning) in meant {
            match meaning {
                Meaning::Absent => members.remove(name),
                Meaning::Json(text) => members.insert(name.clone(), parse(text)?),
            };
        }
    }
    Ok(arguments)
}

fn error(error: &ValidationError<'_>) -> ArgumentError {
    ArgumentError::violation(
        &path(error.instance_path().as_str()),
        &error.masked().to_string(),
        error.instance(),
    )
}

/// Converts a JSON pointer to a path for models: `/a/0/b` is `a[0].b`.
fn path(pointer: &str) -> String {
    let mut path = String::new();
    for step in pointer.split('/').skip(1) {
        let step = shorten(&step.replace("~1", "/").replace("~0", "~"));
        if path.is_empty() {
            path = step;
        } else if step.bytes().all(|byte| byte.is_ascii_digit()) {
            path.push_str(&format!("[{step}]"));
        } else {
            path.push_str(&format!(".{step}"));
        }
    }
    if path.is_empty() { "arguments".to_owned() } else { path }
}

/// Fetches nothing: a schema may come from another server.
struct Nowhere;

impl Retrieve for Nowhere {
    fn retrieve(&self, uri: &Uri<String>) -> Result<Value, Box<dyn Error + Send + Sync>> {
        Err(format!("the schema refers to {uri}, which is not fetched").into())
    }
}

#[cfg(test)]
mod tests {
    use mcp_core::schema::Schema;

    use super::Validator;
    use crate::component::arguments::error::report;
    use crate::component::arguments::{ArgumentError, Meaning};

    const SCHEMA: &str = r#"{
        "type": "object",
        "properties": {
            "a": { "type": "integer", "multipleOf": 5 },
            "b": { "type": "array", "items": { "type": "string", "maxLength": 2 } }
        },
        "required": ["a"],
        "additionalProperties": false
    }"#;

    fn check_errors(errors: &[ArgumentError], expected: &str) {
        let told = if errors.is_empty() { String::new() } else { report("t", errors) };
        let told = told.strip_prefix("The arguments of `t` do not fit:\n").unwrap_or_default();
        assert_eq!(told, expected);
    }

    fn validator() -> Validator {
        Validator::new(&Schema::parse(SCHEMA).unwrap()).unwrap()
    }

    fn check(arguments: &str, expected: &str) {
        check_errors(&validator().check(arguments), expected);
    }

    fn check_read(arguments: &str, meant: &[(&str, Meaning<'_>)], expected: &str) {
        let meant: Vec<_> =
            meant.iter().map(|(name, meaning)| ((*name).to_owned(), *meaning)).collect();
        check_errors(&validator().check_read(arguments, &meant), expected);
    }

    #[test]
    fn violations_say_where_and_what() {
        check(r#"{"a":10}"#, "");
        check(r#"{"a":7}"#, "- `a`: value is not a multiple of 5; got 7");
        check(
            r#"{"a":5,"b":["x","long"]}"#,
            r#"- `b[1]`: value is longer than 2 characters; got "long""#,
        );
        check(r#"{}"#, r#"- `arguments`: "a" is a required property; got {}"#);
    }

    #[test]
    fn what_was_read_for_its_meaning_is_judged_by_it() {
        let (ten, seven) = (("a", Meaning::Json("10")), ("a", Meaning::Json("7")));
        check_read(r#"{"a":"10","b":""}"#, &[ten, ("b", Meaning::Absent)], "");
        check_read(r#"{"a":10,"b":["x",null]}"#, &[], "");
        check_read(r#"{"a":10,"b":null}"#, &[], "");
        check_read(r#"{"a":"7"}"#, &[seven], "- `a`: value is not a multiple of 5; got 7");
        let long = ("b", Meaning::Json(r#"["long"]"#));
        let told = r#"- `b[0]`: value is longer than 2 characters; got "long""#;
        check_read(r#"{"a":10,"b":"[\"long\"]"}"#, &[long], told);
        check_read(r#"{"a":10.0}"#, &[], "");
    }

    #[test]
    fn nothing_is_fetched() {
        for reference in ["http://127.0.0.1/schema.json", "file:///etc/hostname"] {
            let schema = format!(r#"{{"type":"object","$ref":"{reference}"}}"#);
            let error = Validator::new(&Schema::parse(&schema).unwrap()).unwrap_err();
            assert!(error.starts_with("its input schema cannot be enforced: "), "{error}");
        }
    }
}
