//! Deserializers of members that a peer may leave out.
//!
//! Peers write `null` for an absent member, and decorations in forms that the specification does not
//! know, such as `"sizes": "48x48"`. Neither loses the object around it. The modules are for
//! `#[serde(with)]`, together with `default`.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// Reads a member that is absent or `null` as the default. Another form is an error.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads an object. `null` stands for an empty one, and so does the empty array, which is how some
/// languages write an empty map.
pub(crate) fn object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(T::default()),
        Value::Array(elements) if elements.is_empty() => Ok(T::default()),
        Value::Array(_) => Err(D::Error::invalid_type(Unexpected::Seq, &"an object")),
        value => T::deserialize(value).map_err(D::Error::custom),
    }
}

/// Reads texts by name, without those of `null`.
pub(crate) fn given_texts<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    let texts = Option::<BTreeMap<String, Option<String>>>::deserialize(deserializer)?;
    Ok(texts
        .map(|texts| texts.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()))
}

/// Reads a value that is no array; `None` for one of the wrong form. Without the exception, an array
/// would be read as a type with members in its order.
fn element<T: DeserializeOwned>(value: Value) -> Option<T> {
    if value.is_array() { None } else { T::deserialize(value).ok() }
}

/// A member that informs only: one of the wrong form counts as absent.
pub(crate) mod decoration {
    use super::*;

    pub(crate) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: DeserializeOwned,
        D: Deserializer<'de>,
    {
        Value::deserialize(deserializer).map(element)
    }
}

/// A list that informs only: elements of the wrong form are left out.
pub(crate) mod decorations {
    use super::*;

    pub(crate) fn serialize<T: Serialize, S: Serializer>(
        list: &[T],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        list.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
    where
        T: DeserializeOwned,
        D: Deserializer<'de>,
    {
        optional_decorations::deserialize(deserializer).map(Option::unwrap_or_default)
    }
}

/// An optional list that informs only: elements of the wrong form are left out.
pub(crate) mod optional_decorations {
    use super::*;

    pub(crate) use super::decoration::serialize;

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
    where
        T: DeserializeOwned,
        D: Deserializer<'de>,
    {
        let Value::Array(elements) = Value::deserialize(deserializer)? else { return Ok(None) };
        Ok(Some(elements.into_iter().filter_map(element).collect()))
    }
}

/// A schema that informs only: what is no schema counts as absent.
pub(crate) mod schema_decoration {
    use serde_json::value::RawValue;

    use super::*;
    use crate::schema::Schema;

    pub(crate) use super::decoration::serialize;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Schema>, D::Error> {
        // Read as text, so that its keys keep their order.
        let text = Option::<Box<RawValue>>::deserialize(deserializer)?;
        Ok(text.and_then(|text| Schema::from_raw(text).ok()))
    }
}

/// A capability, whose presence alone counts: `true` and the empty array stand for the empty object.
pub(crate) mod capability {
    use super::*;

    pub(crate) use super::decoration::serialize;

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: DeserializeOwned + Default,
        D: Deserializer<'de>,
    {
        Ok(read(Value::deserialize(deserializer)?))
    }

    pub(super) fn read<T: DeserializeOwned + Default>(value: Value) -> Option<T> {
        match value {
            Value::Bool(true) => Some(T::default()),
            Value::Array(elements) if elements.is_empty() => Some(T::default()),
            value => element(value),
        }
    }
}

/// Capabilities by name.
pub(crate) mod capabilities {
    use super::*;

    pub(crate) use super::decoration::serialize;

    pub(crate) fn deserialize<'de, T, D>(
        deserializer: D,
    ) -> Result<Option<BTreeMap<String, T>>, D::Error>
    where
        T: DeserializeOwned + Default,
        D: Deserializer<'de>,
    {
        let members: Option<BTreeMap<String, Value>> =
            capability::read(Value::deserialize(deserializer)?);
        Ok(members.map(|members| {
            let read = |(name, value)| Some((name, capability::read(value)?));
            members.into_iter().filter_map(read).collect()
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Debug;

    use serde::{Deserialize, Serialize};
    use serde_json::{Map, Value, json};

    use super::or_default;
    use super::{capabilities, capability, decoration, decorations, object, optional_decorations};

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Sample {
        #[serde(with = "decoration", skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        #[serde(with = "decorations", skip_serializing_if = "Vec::is_empty")]
        list: Vec<u8>,
        #[serde(with = "optional_decorations", skip_serializing_if = "Option::is_none")]
        maybe: Option<Vec<u8>>,
        #[serde(with = "capability", skip_serializing_if = "Option::is_none")]
        able: Option<Map<String, Value>>,
        #[serde(with = "capabilities", skip_serializing_if = "Option::is_none")]
        named: Option<BTreeMap<String, Map<String, Value>>>,
        #[serde(deserialize_with = "or_default", skip_serializing_if = "std::ops::Not::not")]
        flag: bool,
        #[serde(deserialize_with = "object", skip_serializing_if = "Map::is_empty")]
        map: Map<String, Value>,
    }

    #[track_caller]
    fn check(value: impl Debug + Into<Value>, expected: Value) {
        let value: Value = value.into();
        let read: Sample = serde_json::from_str(&value.to_string()).unwrap();
        assert_eq!(json!(read), expected, "{value}");
        assert_eq!(json!(Sample::deserialize(value).unwrap()), expected);
    }

    #[test]
    fn absent_members_may_be_null() {
        check(json!({}), json!({}));
        let members = ["text", "list", "maybe", "able", "named", "flag", "map"];
        check(
            members.map(|name| (name.to_owned(), Value::Null)).into_iter().collect::<Map<_, _>>(),
            json!({}),
        );
    }

    #[test]
    fn decorations_of_the_wrong_form_are_absent() {
        for wrong in [json!(1.5), json!({ "a": 1 }), json!([1.5]), json!("text"), json!(false)] {
            let expected = if wrong.is_string() { json!({ "text": wrong }) } else { json!({}) };
            check(json!({ "text": wrong }), expected);
            check(json!({ "list": wrong }), json!({}));
        }
        check(json!({ "list": [1, "x", null, 2] }), json!({ "list": [1, 2] }));
        check(json!({ "maybe": [1, "x"] }), json!({ "maybe": [1] }));
        check(json!({ "maybe": "x" }), json!({}));
        check(json!({ "able": ["x"] }), json!({}));
    }

    #[test]
    fn capabilities_are_there_or_not() {
        check(json!({ "able": { "a": 1 } }), json!({ "able": { "a": 1 } }));
        check(json!({ "able": true }), json!({ "able": {} }));
        check(json!({ "able": [] }), json!({ "able": {} }));
        for wrong in [json!(false), json!("x"), json!(1), json!([1])] {
            check(json!({ "able": wrong }), json!({}));
        }
        check(
            json!({ "named": { "a": {}, "b": true, "c": null, "d": "x" } }),
            json!({ "named": { "a": {}, "b": {} } }),
        );
        check(json!({ "named": [] }), json!({ "named": {} }));
    }

    #[test]
    fn what_decides_is_not_guessed() {
        check(
            json!({ "flag": true, "map": { "a": 1 } }),
            json!({ "flag": true, "map": { "a": 1 } }),
        );
        check(json!({ "map": [] }), json!({}));
        for wrong in [json!({ "flag": "yes" }), json!({ "map": 1 }), json!({ "map": [1] })] {
            assert!(serde_json::from_str::<Sample>(&wrong.to_string()).is_err(), "{wrong}");
        }
    }
}
