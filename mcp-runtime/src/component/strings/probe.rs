//! Inspects the `Deserialize` implementation of a type with a deserializer that only records
//! requests.

use std::fmt;

use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

use crate::component::arguments::absent::when_absent;

/// Properties of a type that strings are read into.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ProbedType {
    /// `true` if the value may be absent.
    pub(crate) optional: bool,
    /// All values of a type that lists them, such as an enum.
    pub(crate) values: Vec<String>,
    /// Kind of value that the type requires instead of a string.
    pub(crate) unreadable: Option<&'static str>,
}

impl ProbedType {
    pub(crate) fn of<'c, T: Deserialize<'c>>() -> Self {
        let mut form = Self { optional: when_absent::<T>().is_some(), ..Self::default() };
        // The probe has no value, so it always ends with an error.
        let _ = T::deserialize(Probe(&mut form));
        form
    }

    pub(crate) fn optional() -> Self {
        Self { optional: true, ..Self::default() }
    }
}

struct Probe<'a>(&'a mut ProbedType);

impl<'a> Probe<'a> {
    fn wants<T>(self, what: &'static str) -> Result<T, ProbeEnd> {
        self.0.unreadable = Some(what);
        Err(ProbeEnd)
    }
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = ProbeEnd;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ProbeEnd> {
        Err(ProbeEnd)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ProbeEnd> {
        self.0.values = vec!["true".into(), "false".into()];
        Err(ProbeEnd)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ProbeEnd> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ProbeEnd> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, ProbeEnd> {
        self.0.values = variants.iter().map(|variant| (*variant).to_owned()).collect();
        Err(ProbeEnd)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ProbeEnd> {
        self.wants("a list")
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, ProbeEnd> {
        self.wants("a tuple")
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        _: V,
    ) -> Result<V::Value, ProbeEnd> {
        self.wants("a tuple")
    }

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ProbeEnd> {
        self.wants("a map")
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, ProbeEnd> {
        self.wants("a struct with fields")
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct identifier ignored_any
    }
}

/// Error without content. It only ends the probe.
#[derive(Debug)]
struct ProbeEnd;

impl fmt::Display for ProbeEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("heard")
    }
}

impl std::error::Error for ProbeEnd {}

impl de::Error for ProbeEnd {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::Deserialize;

    use super::ProbedType;

    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Unit {
        Celsius,
        Kelvin,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its form is of interest")]
    struct Named(Option<Unit>);

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its form is of interest")]
    struct Fields {
        a: u8,
    }

    fn check<T: for<'c> Deserialize<'c>>(
        optional: bool,
        values: &[&str],
        bad: Option<&'static str>,
    ) {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        assert_eq!(ProbedType::of::<T>(), ProbedType { optional, values, unreadable: bad });
    }

    #[test]
    fn types_tell_what_they_are_read_from() {
        check::<u8>(false, &[], None);
        check::<Option<String>>(true, &[], None);
        check::<bool>(false, &["true", "false"], None);
        check::<Unit>(false, &["celsius", "kelvin"], None);
        check::<Named>(false, &["celsius", "kelvin"], None);
        check::<Option<Vec<u8>>>(true, &[], Some("a list"));
        check::<HashMap<String, u8>>(false, &[], Some("a map"));
        check::<Fields>(false, &[], Some("a struct with fields"));
        check::<(u8, u8)>(false, &[], Some("a tuple"));
    }
}
