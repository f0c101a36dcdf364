//! Ids of requests and responses.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The id of a request: an integer or a string, never null and never a fraction.
///
/// Specification: [Requests](https://modelcontextprotocol.io/specification/2026-07-28/basic#requests).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RequestId {
    /// An integer id.
    Integer(i64),
    /// A string id.
    Text(Box<str>),
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl From<i64> for RequestId {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&str> for RequestId {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl Serialize for RequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

struct IdVisitor;

impl Visitor<'_> for IdVisitor {
    type Value = RequestId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an integer or a string")
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<RequestId, E> {
        Ok(RequestId::Integer(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<RequestId, E> {
        i64::try_from(number)
            .map(RequestId::Integer)
            .map_err(|_| E::custom("the id is too large for a 64-bit signed integer"))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RequestId, E> {
        Ok(RequestId::Text(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::RequestId;

    fn check(text: &str, accepted: bool) {
        match serde_json::from_str::<RequestId>(text) {
            Ok(id) => {
                assert!(accepted, "{text} was accepted as {id:?}");
                assert_eq!(serde_json::to_string(&id).unwrap(), text);
            }
            Err(error) => assert!(!accepted, "{text} was refused: {error}"),
        }
    }

    #[test]
    fn ids_round_trip_or_are_refused() {
        check("0", true);
        check("-7", true);
        check("9223372036854775807", true);
        check(r#""a\"b""#, true);
        check(r#""""#, true);
        check("9223372036854775808", false);
        check("1.0", false);
        check("1e3", false);
        check("null", false);
        check("true", false);
        check("[1]", false);
    }
}
