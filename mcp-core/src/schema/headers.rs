//! Arguments that clients repeat in HTTP headers.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::walk::{Scalar, pointer_to, subschemas};

/// Keyword with which a schema requests a header.
pub const KEYWORD: &str = "x-mcp-header";

/// Largest integer that a header may have; the smallest is its negative. Larger ones lose their precision
/// in implementations whose numbers are doubles.
pub const MAX_SAFE_INTEGER: i64 = (1 << 53) - 1;

/// Argument that clients repeat in the header `Mcp-Param-…`.
///
/// Specification: [x-mcp-header](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#x-mcp-header).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeaderBinding {
    /// Name behind `Mcp-Param-`.
    pub header: String,
    /// Keys that lead to the value in the arguments object.
    pub path: Vec<String>,
    /// Type of the value, never [`Scalar::Number`].
    pub kind: Scalar,
}

/// Collects the headers that an input schema requests.
///
/// # Errors
/// The first [`HeaderError`] found. A client has to leave out a tool that has one.
pub fn validate(schema: &Value) -> Result<Vec<HeaderBinding>, HeaderError> {
    let mut reader = Reader { names: BTreeSet::new(), found: Vec::new() };
    reader.schema(schema, &Location { pointer: String::new(), path: Some(Vec::new()) })?;
    Ok(reader.found)
}

/// Adds the bounds of integers that are sent in headers to a schema that does not have them.
///
/// Returns `true` if the schema has changed.
pub fn bound_integers(schema: &mut Value, bindings: &[HeaderBinding]) -> bool {
    let integers = bindings.iter().filter(|binding| binding.kind == Scalar::Integer);
    let mut has_changed = false;
    for HeaderBinding { path, .. } in integers {
        let property = path.iter().try_fold(&mut *schema, |schema, key| {
            schema.get_mut("properties").and_then(|properties| properties.get_mut(key))
        });
        let Some(Value::Object(property)) = property else { continue };
        for (keyword, exclusive, bound, sign) in [
            ("minimum", "exclusiveMinimum", -MAX_SAFE_INTEGER, -1.0),
            ("maximum", "exclusiveMaximum", MAX_SAFE_INTEGER, 1.0),
        ] {
            let is_within = |bound: &Value| {
                bound.as_f64().is_some_and(|bound| bound * sign <= MAX_SAFE_INTEGER as f64)
            };
            if ![keyword, exclusive].iter().any(|key| property.get(*key).is_some_and(is_within)) {
                property.insert(keyword.to_owned(), bound.into());
                has_changed = true;
            }
        }
    }
    has_changed
}

struct Reader {
    names: BTreeSet<String>,
    found: Vec<HeaderBinding>,
}

struct Location {
    pointer: String,
    /// Path of the value in the arguments; `None` if it does not lead through `properties` only.
    path: Option<Vec<String>>,
}

impl Reader {
    fn schema(&mut self, schema: &Value, location: &Location) -> Result<(), HeaderError> {
        if let Some(name) = schema.get(KEYWORD) {
            let binding = self
                .binding(schema, name, location)
                .map_err(|reason| HeaderError { pointer: location.pointer.clone(), reason })?;
            self.found.push(binding);
        }
        let mut outcome = Ok(());
        subschemas(schema, |keyword, key, inner| {
            if outcome.is_ok() {
                outcome = self.schema(inner, &location.inside(keyword, key));
            }
        });
        outcome
    }

    fn binding(
        &mut self,
        schema: &Value,
        name: &Value,
        location: &Location,
    ) -> Result<HeaderBinding, HeaderReason> {
        let header = name.as_str().ok_or(HeaderReason::NotText)?;
        if !is_token(header) {
            return Err(HeaderReason::NotAToken);
        }
        // The root has a path of no steps and is no argument.
        let path = location.path.clone().filter(|path| !path.is_empty());
        let path = path.ok_or(HeaderReason::NotReachable)?;
        let kind = Scalar::of(schema).filter(|kind| *kind != Scalar::Number);
        let kind = kind.ok_or(HeaderReason::NotPrimitive)?;
        if !self.names.insert(header.to_ascii_lowercase()) {
            return Err(HeaderReason::Duplicate);
        }
        Ok(HeaderBinding { header: header.to_owned(), path, kind })
    }
}

impl Location {
    fn inside(&self, keyword: &str, key: Option<&str>) -> Self {
        let path = match (&self.path, keyword, key) {
            (Some(path), "properties", Some(key)) => {
                Some(path.iter().cloned().chain([key.to_owned()]).collect())
            }
            _ => None,
        };
        Self { pointer: pointer_to(&self.pointer, keyword, key), path }
    }
}

/// `true` if a name is a token of [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2).
fn is_token(name: &str) -> bool {
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_tchar)
}

/// Error for a header that an input schema must not request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeaderError {
    /// JSON pointer to the schema with the keyword.
    pub pointer: String,
    /// Reason.
    pub reason: HeaderReason,
}

/// Reason for refusing a header that an input schema requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderReason {
    /// The name is not a string.
    NotText,
    /// The name is empty or has characters that a header name may not have.
    NotAToken,
    /// Two names differ at most in case.
    Duplicate,
    /// The value is not an integer, a string or a boolean.
    NotPrimitive,
    /// The value is not reached from the root through `properties` alone.
    NotReachable,
}

impl fmt::Display for HeaderReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotText => "the header name is not a string",
            Self::NotAToken => "the header name is not a token of RFC 9110",
            Self::Duplicate => "another argument has the same header name",
            Self::NotPrimitive => "only integers, strings and booleans can be sent in a header",
            Self::NotReachable => "the value is not reached through `properties` alone",
        })
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{KEYWORD}` at `{}`: {}", self.pointer, self.reason)
    }
}

impl std::error::Error for HeaderError {}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{HeaderReason, Scalar, bound_integers, validate};

    fn check_bounds(property: Value, expected: Value) {
        let wrap = |property| json!({ "properties": { "o": { "properties": { "a": property } } } });
        let mut schema = wrap(property);
        let bindings = validate(&schema).unwrap();
        let before = schema.clone();
        assert_eq!(bound_integers(&mut schema, &bindings), before != wrap(expected.clone()));
        assert_eq!(schema, wrap(expected));
        assert!(!bound_integers(&mut schema, &bindings), "it is bounded now");
    }

    #[test]
    fn integers_in_headers_are_bounded() {
        const MAX: i64 = 9_007_199_254_740_991;
        let integer = |minimum: Value, maximum: Value| {
            let header = "A";
            json!({ "type": "integer", "x-mcp-header": header, "minimum": minimum, "maximum": maximum })
        };
        check_bounds(
            json!({ "type": "integer", "x-mcp-header": "A" }),
            integer(json!(-MAX), json!(MAX)),
        );
        check_bounds(integer(json!(0), json!(u64::MAX)), integer(json!(0), json!(MAX)));
        check_bounds(integer(json!(i64::MIN), json!(7)), integer(json!(-MAX), json!(7)));
        let exclusive = json!({
            "type": "integer", "x-mcp-header": "A", "exclusiveMinimum": 0, "exclusiveMaximum": 9,
        });
        check_bounds(exclusive.clone(), exclusive);
        let text = json!({ "type": "string", "x-mcp-header": "A" });
        check_bounds(text.clone(), text);
    }

    fn accept(properties: Value, expected: &[(&str, &[&str], Scalar)]) {
        let found = validate(&json!({ "type": "object", "properties": properties })).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|binding| (binding.header.as_str(), binding.path.clone(), binding.kind))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(header, path, kind)| {
                (*header, path.iter().map(ToString::to_string).collect::<Vec<_>>(), *kind)
            })
            .collect();
        assert_eq!(found, expected);
    }

    fn refuse(schema: Value, pointer: &str, reason: HeaderReason) {
        let error = validate(&schema).unwrap_err();
        assert_eq!((error.pointer.as_str(), error.reason), (pointer, reason), "{schema}");
    }

    fn refuse_property(property: Value, reason: HeaderReason) {
        refuse(json!({ "properties": { "a": property } }), "/properties/a", reason);
    }

    #[test]
    fn primitive_arguments_may_have_headers() {
        accept(json!({ "a": { "type": "string" } }), &[]);
        accept(
            json!({
                "a": { "type": "string", "x-mcp-header": "Region" },
                "b": { "type": "integer", "x-mcp-header": "Priority" },
                "c": { "type": ["boolean", "null"], "x-mcp-header": "Dry-Run" },
                "d": { "properties": { "e": { "type": "string", "x-mcp-header": "E" } } }
            }),
            &[
                ("Region", &["a"], Scalar::String),
                ("Priority", &["b"], Scalar::Integer),
                ("Dry-Run", &["c"], Scalar::Boolean),
                ("E", &["d", "e"], Scalar::String),
            ],
        );
    }

    #[test]
    fn names_are_tokens() {
        for name in ["", "My Region", "Region:Primary", "Région", "Region\t1", "a\r\nb"] {
            refuse_property(
                json!({ "type": "string", "x-mcp-header": name }),
                HeaderReason::NotAToken,
            );
        }
        refuse_property(json!({ "type": "string", "x-mcp-header": 1 }), HeaderReason::NotText);
    }

    #[test]
    fn names_are_unique_whatever_their_case() {
        refuse(
            json!({ "properties": {
                "a": { "type": "string", "x-mcp-header": "MyField" },
                "b": { "type": "string", "x-mcp-header": "myfield" }
            } }),
            "/properties/b",
            HeaderReason::Duplicate,
        );
    }

    #[test]
    fn values_are_primitive() {
        for kind in ["number", "object", "array", "null"] {
            refuse_property(
                json!({ "type": kind, "x-mcp-header": "A" }),
                HeaderReason::NotPrimitive,
            );
        }
        refuse_property(json!({ "x-mcp-header": "A" }), HeaderReason::NotPrimitive);
        refuse_property(
            json!({ "$ref": "#/$defs/a", "x-mcp-header": "A" }),
            HeaderReason::NotPrimitive,
        );
    }

    #[test]
    fn values_are_reached_through_properties_alone() {
        let header = json!({ "type": "string", "x-mcp-header": "A" });
        let check = |schema: Value, pointer| refuse(schema, pointer, HeaderReason::NotReachable);
        check(header.clone(), "");
        check(json!({ "properties": { "a": { "items": header } } }), "/properties/a/items");
        check(json!({ "oneOf": [{ "properties": { "a": header } }] }), "/oneOf/0/properties/a");
        check(json!({ "if": { "properties": { "a": header } } }), "/if/properties/a");
        check(json!({ "not": { "properties": { "a": header } } }), "/not/properties/a");
        check(json!({ "$defs": { "a": header } }), "/$defs/a");
        check(json!({ "additionalProperties": header }), "/additionalProperties");
        check(json!({ "patternProperties": { "a/b": header } }), "/patternProperties/a~1b");
    }

    #[test]
    fn data_and_names_are_not_mistaken_for_the_keyword() {
        accept(json!({ "x-mcp-header": { "type": "object" } }), &[]);
        accept(json!({ "a": { "default": { "x-mcp-header": "" } } }), &[]);
    }
}
