//! A value that is compared with a schema, and the way to it.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use mcp_core::jsonrpc::Raw;
use serde_json::Value;

use super::node::Types;
use super::number::{is_integral, parse};
use crate::shorten::shorten;

/// Length of a quoted value or name.
const MAX_CHARS: usize = 80;

/// A value as it was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found<'v> {
    /// JSON.
    Json(Raw<'v>),
    /// A string whose escapes are resolved.
    Text(&'v str),
}

impl<'v> Found<'v> {
    /// The value as JSON, unless its escapes are resolved.
    pub(super) fn raw(self) -> Option<Raw<'v>> {
        match self {
            Self::Json(raw) => Some(raw),
            Self::Text(_) => None,
        }
    }

    /// Content of a string.
    pub(super) fn text(self) -> Option<Cow<'v, str>> {
        match self {
            Self::Json(raw) => raw.string(),
            Self::Text(text) => Some(text.into()),
        }
    }

    /// JSON type, `NUMBER` for all numbers.
    pub(super) fn kind(self) -> Types {
        let Self::Json(raw) = self else { return Types::STRING };
        match raw.as_str().as_bytes().first() {
            Some(b'"') => Types::STRING,
            Some(b'{') => Types::OBJECT,
            Some(b'[') => Types::ARRAY,
            Some(b't' | b'f') => Types::BOOLEAN,
            Some(b'n') => Types::NULL,
            _ => Types::NUMBER,
        }
    }

    /// Returns `true` for a number that is too large for a 64-bit float.
    pub(super) fn is_too_large(self) -> bool {
        self.kind() == Types::NUMBER && self.raw().is_some_and(|raw| parse(raw.as_str()).is_none())
    }

    /// Returns `true` if the value has one of the types.
    pub(super) fn is_of(self, types: Types) -> bool {
        let kind = self.kind();
        let is_integer = || self.raw().is_some_and(|raw| is_integral(raw.as_str()));
        types.has(kind) || (kind == Types::NUMBER && types.has(Types::INTEGER) && is_integer())
    }

    /// Returns `true` if the value equals one of a schema.
    pub(super) fn equals(self, expected: &Value) -> bool {
        match expected {
            Value::String(expected) => self.text().is_some_and(|text| text == *expected),
            Value::Number(expected) => {
                let is_number = self.kind() == Types::NUMBER;
                let number = self.raw().filter(|_| is_number).map(Raw::as_str);
                let compared = number.and_then(parse).zip(parse(&expected.to_string()));
                compared
                    .and_then(|(found, other)| found.compare(other))
                    .is_some_and(Ordering::is_eq)
            }
            expected => {
                self.raw().and_then(|raw| raw.parse::<Value>().ok()).as_ref() == Some(expected)
            }
        }
    }
}

/// The beginning of the value, without white space between tokens.
impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text() {
            Some(text) => {
                let start: String = text.chars().take(MAX_CHARS + 1).collect();
                f.write_str(&shorten(&Value::from(start).to_string()))
            }
            None => f.write_str(&shorten(&compact(self.raw().map_or("", Raw::as_str)))),
        }
    }
}

/// The beginning of a JSON text, without white space between tokens.
fn compact(json: &str) -> String {
    let (mut in_string, mut is_escaped) = (false, false);
    let kept = json.chars().filter(|character| {
        if !in_string {
            in_string = *character == '"';
            return !character.is_ascii_whitespace();
        }
        in_string = is_escaped || *character != '"';
        is_escaped = !is_escaped && *character == '\\';
        true
    });
    kept.take(MAX_CHARS + 1).collect()
}

/// The beginning of a name that a peer has sent, in one line.
pub(crate) fn visible(name: &str) -> String {
    // In a path, a space would look like a part of the name.
    let start: String = name.chars().take(MAX_CHARS + 1).collect();
    shorten(&start.replace(char::is_control, "\u{fffd}"))
}

/// Way from an argument to a value inside it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Path<'p> {
    /// Name of the argument; empty for the object of all arguments.
    Root(&'p str),
    Member(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl Path<'_> {
    /// Number of steps.
    pub(super) fn level(&self) -> usize {
        match self {
            Self::Root(_) => 0,
            Self::Member(parent, _) | Self::Item(parent, _) => parent.level() + 1,
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root(name) => f.write_str(name),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
            Self::Member(parent, name) => {
                if !matches!(parent, Path::Root("")) {
                    write!(f, "{parent}.")?;
                }
                f.write_str(&visible(name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use mcp_core::jsonrpc::Raw;
    use serde_json::json;

    use super::{Found, Path};

    fn found(json: &str) -> Found<'_> {
        Found::Json(Raw::from_accepted(json))
    }

    #[test]
    fn values_are_quoted_in_one_line() {
        let check = |json: &str, expected: &str| assert_eq!(found(json).to_string(), expected);
        check("[ 1,\n { \"a b\" : \"c \\\" d\" } ]", "[1,{\"a b\":\"c \\\" d\"}]");
        check("1e400", "1e400");
        check(r#""\u0041\n""#, r#""A\n""#);
        let long = format!("[{}]", "1, ".repeat(100_000));
        assert_eq!(found(&long).to_string().chars().count(), 81);
        assert_eq!(Found::Text("a\"b").to_string(), r#""a\"b""#);
    }

    #[test]
    fn values_equal_by_value() {
        assert!(found("1.0").equals(&json!(1)));
        assert!(found(r#""\u0041""#).equals(&json!("A")));
        assert!(found("[1, null]").equals(&json!([1, null])));
        assert!(found("null").equals(&json!(null)));
        assert!(!found(r#""1""#).equals(&json!(1)));
        assert!(!found("true").equals(&json!("true")));
    }

    #[test]
    fn paths_lead_through_members_and_items() {
        let root = Path::Root("a");
        let list = Path::Member(&root, "b\n");
        assert_eq!(Path::Item(&list, 2).to_string(), "a.b\u{fffd}[2]");
        assert_eq!(Path::Member(&Path::Root(""), "b").to_string(), "b");
    }
}
