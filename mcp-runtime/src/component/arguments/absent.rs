//! Value of a type for an absent argument.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

/// Returns the value of a type for an absent argument, as serde does for an absent field:
/// `None` for an `Option`, no value for most others.
pub(crate) fn when_absent<'de, T: Deserialize<'de>>() -> Option<T> {
    T::deserialize(Absent).ok()
}

struct Absent;

impl<'de> Deserializer<'de> for Absent {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refused> {
        Err(Refused)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Error without content, because its message is never used.
#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("absent")
    }
}

impl std::error::Error for Refused {}

impl de::Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    use super::when_absent;

    fn check<T: DeserializeOwned>(accepted: bool) {
        assert_eq!(when_absent::<T>().is_some(), accepted);
    }

    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Transparent(#[expect(dead_code, reason = "only read")] Option<u8>);

    #[test]
    fn only_optional_types_accept_absence() {
        check::<Option<u8>>(true);
        check::<Option<String>>(true);
        check::<Transparent>(true);
        check::<u8>(false);
        check::<String>(false);
        check::<Vec<u8>>(false);
        check::<()>(false);
        check::<serde_json::Value>(false);
    }
}
