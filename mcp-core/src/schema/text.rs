//! JSON Schema as text.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// JSON Schema as JSON text, with the order of its keys and every keyword kept as written.
///
/// Nothing in it is resolved or rewritten; only white space between tokens is dropped, because
/// a message on stdio is one line. Two schemas are equal when their texts are.
///
/// Specification: [JSON Schema usage](https://modelcontextprotocol.io/specification/2026-07-28/basic#json-schema-usage).
#[derive(Clone)]
pub struct Schema(Arc<RawValue>);

/// Maximum depth: what `serde_json` reads into a value, less the level that wrapping a result adds
/// and the few around it in a message.
const MAX_DEPTH: usize = 100;

impl Schema {
    /// Parses a schema from JSON text: an object, or one of the schemas `true` and `false`.
    ///
    /// # Errors
    /// [`SchemaError`] if the text is not JSON, is some other kind of value or is nested more than
    /// 100 levels deep.
    pub fn parse(text: &str) -> Result<Self, SchemaError> {
        let raw = RawValue::from_string(text.to_owned()).map_err(SchemaError::json)?;
        Self::from_raw(raw)
    }

    /// Converts a value into a schema; the keys of objects have the order of the value's maps.
    ///
    /// # Errors
    /// [`SchemaError`] if the value is neither an object nor a boolean.
    pub fn from_value(value: &Value) -> Result<Self, SchemaError> {
        Self::parse(&value.to_string())
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Parses the schema into a value; the order of keys is lost.
    pub fn to_value(&self) -> Value {
        // Text and depth were checked when the schema was made, so the fallback is never taken.
        serde_json::from_str(self.as_str()).unwrap_or_default()
    }

    /// Wraps text that this crate generated from values, which is a schema.
    pub(super) fn generated(text: String) -> Self {
        let raw = RawValue::from_string(text).expect("generated schemas are JSON");
        Self(raw.into())
    }

    /// Wraps text of one JSON value.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse).
    pub(crate) fn from_raw(raw: Box<RawValue>) -> Result<Self, SchemaError> {
        if !matches!(raw.get().as_bytes().first(), Some(b'{' | b't' | b'f')) {
            return Err(SchemaError("expected an object, `true` or `false`".into()));
        }
        if depth(raw.get()) > MAX_DEPTH {
            return Err(SchemaError(format!("nested more than {MAX_DEPTH} levels deep")));
        }
        let raw = match compact(raw.get()) {
            Cow::Borrowed(_) => raw,
            Cow::Owned(text) => RawValue::from_string(text).map_err(SchemaError::json)?,
        };
        Ok(Self(raw.into()))
    }
}

/// Drops white space between tokens; borrows if there is none.
fn compact(text: &str) -> Cow<'_, str> {
    let mut kept = String::new();
    let mut taken = 0;
    for (position, byte) in outside_strings(text) {
        if byte.is_ascii_whitespace() {
            kept.push_str(&text[taken..position]);
            taken = position + 1;
        }
    }
    if taken == 0 {
        return Cow::Borrowed(text);
    }
    kept.push_str(&text[taken..]);
    Cow::Owned(kept)
}

/// Depth of nested objects and arrays in valid JSON.
fn depth(text: &str) -> usize {
    let mut open = 0;
    let mut deepest = 0;
    for (_, byte) in outside_strings(text) {
        match byte {
            b'{' | b'[' => open += 1,
            b'}' | b']' => open -= 1,
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

/// Bytes of valid JSON outside strings, without quotes, with their positions.
fn outside_strings(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let mut in_string = false;
    let mut escaped = false;
    text.bytes().enumerate().filter(move |(_, byte)| {
        if in_string {
            in_string = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            return false;
        }
        in_string = *byte == b'"';
        !in_string
    })
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Schema {}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schema({})", self.as_str())
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_raw(Box::<RawValue>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Error for a text or value that is not a JSON Schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaError(String);

impl SchemaError {
    fn json(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a JSON Schema: {}", self.0)
    }
}

impl std::error::Error for SchemaError {}

#[cfg(test)]
mod tests {
    use super::Schema;

    fn check(text: &str, kept: Option<&str>) {
        let parsed = Schema::parse(text).ok();
        assert_eq!(parsed.as_ref().map(Schema::as_str), kept, "{text}");
        let received = serde_json::from_str::<Schema>(text).ok();
        assert_eq!(received, parsed, "deserialised: {text}");
        if let Some(schema) = parsed {
            assert_eq!(serde_json::to_string(&schema).unwrap(), kept.unwrap());
        }
    }

    #[test]
    fn text_is_kept_as_written() {
        check(r#"{"type":"object","a":1}"#, Some(r#"{"type":"object","a":1}"#));
        check(r#"{"z":1,"a":2,"$anchor":"x"}"#, Some(r#"{"z":1,"a":2,"$anchor":"x"}"#));
        check(r#"{"multipleOf":1.10}"#, Some(r#"{"multipleOf":1.10}"#));
        check("true", Some("true"));
        check("false", Some("false"));
    }

    #[test]
    fn only_white_space_between_tokens_is_dropped() {
        check("  { \"a\" :\n\t[1, 2] }\r\n", Some(r#"{"a":[1,2]}"#));
        check(r#"{"a b": "c \" d\\" , "e": 1}"#, Some(r#"{"a b":"c \" d\\","e":1}"#));
    }

    #[test]
    fn other_values_are_refused() {
        check("1", None);
        check("null", None);
        check("[]", None);
        check("\"object\"", None);
        check("{", None);
        check("", None);
    }

    #[test]
    fn depth_is_limited() {
        let nested =
            |levels: usize| format!("{}true{}", r#"{"not":"#.repeat(levels), "}".repeat(levels));
        check(&nested(100), Some(&nested(100)));
        check(&nested(101), None);
        check(r#"{"a":"[[[[\"{{{"}"#, Some(r#"{"a":"[[[[\"{{{"}"#));
    }

    #[test]
    fn a_value_becomes_text_and_comes_back() {
        let value = serde_json::json!({ "type": "string", "enum": ["a"] });
        assert_eq!(Schema::from_value(&value).unwrap().to_value(), value);
        assert!(Schema::from_value(&serde_json::json!(1)).is_err());
        let received: Schema = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(received.to_value(), value);
    }
}
