//! Results as types of the caller.

use std::collections::BTreeMap;

use mcp_core::jsonrpc::Raw;
use mcp_core::protocol::CallToolResult;
use serde::Deserializer;
use serde::de::{DeserializeOwned, Visitor};
use serde_json::value::RawValue;

use crate::client::error::Error;
use crate::client::message::{excerpt, to_json};
use crate::read_json::{plain, read_json};

/// Parses a result.
///
/// # Errors
/// [`Error::Protocol`] if it is not of the type.
pub(crate) fn parse_result<T: DeserializeOwned>(method: &str, result: &str) -> Result<T, Error> {
    let invalid = |error: &str| {
        let got = excerpt(result);
        Error::protocol(format!("expected the result of `{method}`, got {got}: {error}"))
    };
    if !Raw::from_accepted(result).is_object() {
        return Err(invalid("a result is an object"));
    }
    read_json(result).map_err(|error| invalid(&error))
}

/// Parses the output of a tool.
///
/// # Errors
/// [`Error::Tool`] if the tool failed, [`Error::InvalidOutput`] if its output is not of the type.
pub(super) fn parse_output<T: DeserializeOwned>(
    name: &str,
    result: &CallToolResult,
) -> Result<T, Error> {
    if result.is_error {
        return Err(Error::Tool { name: name.to_owned(), text: result.to_text() });
    }
    if let Ok(unit) = T::deserialize(Unit) {
        return Ok(unit);
    }
    let invalid = |error: serde_json::Error| Error::InvalidOutput {
        name: name.to_owned(),
        errors: vec![plain(&error)],
    };
    let Some(structured) = &result.structured_content else {
        if result.content.is_empty()
            && let Ok(none) = serde_json::from_str("null")
        {
            return Ok(none);
        }
        let text = result.to_text();
        // A text that is no JSON is a string.
        return serde_json::from_str(&text)
            .or_else(|error| serde_json::from_str(&to_json(&text)).map_err(|_| error))
            .map_err(invalid);
    };
    serde_json::from_str(structured.get())
        .or_else(|error| {
            // Before 2026-07-28, values that are no objects are wrapped in one.
            let wrapped = wrapped(structured).ok_or(error)?;
            serde_json::from_str(wrapped.get())
        })
        .map_err(invalid)
}

/// A deserializer from which only `()` can be read, because a caller of that type takes any output.
struct Unit;

impl<'de> Deserializer<'de> for Unit {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("a value is wanted"))
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

fn wrapped(structured: &RawValue) -> Option<Box<RawValue>> {
    let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(structured.get()).ok()?;
    let mut members = members.into_iter();
    let (name, value) = members.next()?;
    (name == "result" && members.next().is_none()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(text: &str) -> CallToolResult {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn output_is_parsed_as_types() {
        assert_eq!(parse_output::<i64>("t", &result(r#"{"structuredContent":5}"#)).unwrap(), 5);
        let wrapped = result(r#"{"structuredContent":{"result":5}}"#);
        assert_eq!(parse_output::<i64>("t", &wrapped).unwrap(), 5);
        let text = result(r#"{"content":[{"type":"text","text":"Hello"}]}"#);
        assert_eq!(parse_output::<String>("t", &text).unwrap(), "Hello");
        let number = result(r#"{"content":[{"type":"text","text":"5"}]}"#);
        assert_eq!(parse_output::<i64>("t", &number).unwrap(), 5);
        assert!(matches!(parse_output::<i64>("t", &text), Err(Error::InvalidOutput { .. })));
        let empty = result(r#"{"content":[]}"#);
        assert_eq!(parse_output::<Option<String>>("t", &empty).unwrap(), None);
        assert_eq!(parse_output::<String>("t", &empty).unwrap(), "");
        for any in [&empty, &text, &wrapped] {
            parse_output::<()>("t", any).unwrap();
        }
        let failed = result(r#"{"isError":true,"content":[{"type":"text","text":"no"}]}"#);
        assert!(
            matches!(parse_output::<i64>("t", &failed), Err(Error::Tool { text, .. }) if text == "no")
        );
    }
}
