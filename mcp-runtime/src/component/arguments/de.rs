//! Deserializer for one argument.
//!
//! It reads scalars itself, without a parser: `5.0` is the integer 5, and `"5"` is one where all
//! arguments are strings. It leaves all other types to `serde_json`.

use serde::Deserializer;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{Error as _, Visitor};

use super::habits::Leniency;
use super::slot::Slot;
use super::text::Text;

type Result<T> = std::result::Result<T, serde_json::Error>;

/// Value of a slot, by reference.
#[derive(Clone, Copy)]
enum Given<'c> {
    Missing,
    Json(&'c str),
    String(&'c Text<'c>),
}

/// Deserializer for the value of a slot.
#[derive(Clone, Copy)]
pub(crate) struct SlotDeserializer<'c> {
    value: Given<'c>,
    /// `true` if a string may contain a number or boolean.
    holds_scalars: bool,
}

impl<'c> SlotDeserializer<'c> {
    pub(crate) fn new(slot: &'c Slot<'c>, leniency: Leniency) -> Self {
        let value = match slot {
            Slot::Missing => Given::Missing,
            Slot::Json(text) => Given::Json(text),
            Slot::String(text) => Given::String(text),
        };
        Self { value, holds_scalars: matches!(leniency, Leniency::EmptyString) }
    }

    /// Deserializer of the JSON text of a value other than a string.
    pub(crate) fn of_json(text: &'c str) -> Self {
        Self { value: Given::Json(text), holds_scalars: false }
    }

    /// Returns the text of a number, or of a string that contains one.
    fn number(self) -> Option<&'c str> {
        match self.value {
            Given::Json(text) => {
                let begins = |character: char| character == '-' || character.is_ascii_digit();
                text.starts_with(begins).then_some(text)
            }
            Given::String(text) => (self.holds_scalars && is_number(text)).then_some(&**text),
            Given::Missing => None,
        }
    }

    fn integer<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value> {
        let Some(text) = self.number() else { return self.deserialize_any(visitor) };
        if let Ok(number) = text.parse::<u64>() {
            return visitor.visit_u64(number);
        }
        if let Ok(number) = text.parse::<i64>() {
            return visitor.visit_i64(number);
        }
        match integral(text) {
            Some(number) => visitor.visit_i64(number),
            None => self.deserialize_any(visitor),
        }
    }

    /// Passes a number to the visitor, unless it is larger than `maximum`.
    fn float<V: Visitor<'c>>(self, maximum: f64, visitor: V) -> Result<V::Value> {
        match self.number().map(str::parse::<f64>) {
            Some(Ok(number)) if number.abs() <= maximum => visitor.visit_f64(number),
            Some(_) => Err(serde_json::Error::custom("number out of range")),
            None => self.deserialize_any(visitor),
        }
    }
}

/// Returns `true` if a string is exactly one JSON number. Rust's parsers also accept `+1`, `inf`
/// and `05`.
fn is_number(text: &str) -> bool {
    let space = |character: char| character.is_ascii_whitespace();
    !text.starts_with(space)
        && !text.ends_with(space)
        && serde_json::from_str::<serde_json::Number>(text).is_ok()
}

/// Returns the integer value of a number with a fraction or an exponent, within the range in which
/// a double represents every integer.
fn integral(text: &str) -> Option<i64> {
    const SAFE: f64 = 9_007_199_254_740_991.0;
    let number: f64 = text.parse().ok()?;
    (number.fract() == 0.0 && number.abs() <= SAFE).then_some(number as i64)
}

macro_rules! integers {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value> {
            self.integer(visitor)
        }
    )*};
}

macro_rules! wide_integers {
    ($($method:ident $visit:ident $type:ty;)*) => {$(
        fn $method<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value> {
            match self.number().map(str::parse::<$type>) {
                Some(Ok(number)) => visitor.$visit(number),
                _ => self.integer(visitor),
            }
        }
    )*};
}

/// Methods that pass strings to the visitor and leave other values to `serde_json`.
macro_rules! text_or_json {
    ($($method:ident ($($name:ident: $type:ty),*);)*) => {$(
        #[inline]
        fn $method<V: Visitor<'c>>(self, $($name: $type,)* visitor: V) -> Result<V::Value> {
            match self.value {
                Given::String(text) => visitor.visit_borrowed_str(text),
                Given::Json(text) => {
                    serde_json::Deserializer::from_str(text).$method($($name,)* visitor)
                }
                Given::Missing => Err(serde_json::Error::custom("missing")),
            }
        }
    )*};
}

impl<'c> Deserializer<'c> for SlotDeserializer<'c> {
    type Error = serde_json::Error;

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    wide_integers! {
        deserialize_i128 visit_i128 i128;
        deserialize_u128 visit_u128 u128;
    }

    fn deserialize_f32<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value> {
        self.float(f32::MAX.into(), visitor)
    }

    fn deserialize_f64<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value> {
        self.float(f64::MAX, visitor)
    }

    fn deserialize_bool<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            Given::Json("true") => visitor.visit_bool(true),
            Given::Json("false") => visitor.visit_bool(false),
            Given::String(text) if self.holds_scalars && &**text == "true" => {
                visitor.visit_bool(true)
            }
            Given::String(text) if self.holds_scalars && &**text == "false" => {
                visitor.visit_bool(false)
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value> {
        if let Given::Json("null") = self.value {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'c>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        match self.value {
            // `serde_json` recognizes some of its types by this name.
            Given::Json(text) if name.starts_with('$') => {
                serde_json::Deserializer::from_str(text).deserialize_newtype_struct(name, visitor)
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'c>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.value {
            Given::String(text) => visitor.visit_enum(BorrowedStrDeserializer::new(text)),
            Given::Json(text) => {
                serde_json::Deserializer::from_str(text).deserialize_enum(name, variants, visitor)
            }
            Given::Missing => Err(serde_json::Error::custom("missing")),
        }
    }

    fn deserialize_bytes<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            Given::String(text) => visitor.visit_borrowed_bytes(text.as_bytes()),
            _ => self.deserialize_seq(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_bytes(visitor)
    }

    #[inline]
    fn deserialize_string<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value> {
        match self.value {
            Given::String(text) if let Some(text) = text.decoded() => visitor.visit_string(text),
            _ => self.deserialize_str(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    text_or_json! {
        deserialize_any();
        deserialize_char();
        deserialize_str();
        deserialize_identifier();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_map();
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeMap;
    use std::fmt::Debug;

    use mcp_core::jsonrpc::Raw;
    use serde::Deserialize;
    use serde_json::Value;

    use super::{Leniency, Slot, SlotDeserializer};

    fn check<T: for<'de> Deserialize<'de> + PartialEq + Debug>(json: &str, expected: Option<T>) {
        let slot = Slot::of(Raw::from_accepted(json));
        assert_eq!(
            T::deserialize(SlotDeserializer::new(&slot, Leniency::EmptyString)).ok(),
            expected,
            "{json}"
        );
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Unit {
        Celsius,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Text(String),
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Count(u8);

    #[test]
    fn integers_in_all_their_forms() {
        check::<i64>("5", Some(5));
        check::<i64>("-5", Some(-5));
        check::<i64>("5.0", Some(5));
        check::<i64>("1e3", Some(1000));
        check::<u64>("-0", Some(0));
        check::<u64>("18446744073709551615", Some(u64::MAX));
        check::<i64>(r#""5""#, Some(5));
        check::<i64>(r#""5.0""#, Some(5));
        check::<Option<Count>>(r#""5""#, Some(Some(Count(5))));
        check::<u128>("340282366920938463463374607431768211455", Some(u128::MAX));
        check::<i128>("-1", Some(-1));
        check::<u8>("256", None);
        check::<u8>("-1", None);
        check::<i64>("5.5", None);
        check::<i64>("9007199254740993.0", None);
        check::<i64>("1e400", None);
        check::<i64>("true", None);
        check::<i64>("[5]", None);
        for text in ["", " 5", "+5", "05", "5.", ".5", "0x5", "five", "inf", "5.e1", "-", "1_0"] {
            check::<i64>(&format!("\"{text}\""), None);
            check::<f64>(&format!("\"{text}\""), None);
        }
    }

    #[test]
    fn floats_and_booleans() {
        check::<f64>("0.5", Some(0.5));
        check::<f64>("2", Some(2.0));
        check::<f32>(r#""-1.5e-3""#, Some(-0.0015));
        check::<f64>(r#""NaN""#, None);
        check::<f64>(r#""1e999""#, None);
        check::<f64>("1e400", None);
        check::<f32>("1e39", None);
        check::<f32>("3.4028234663852886e38", Some(f32::MAX));
        check::<bool>("true", Some(true));
        check::<bool>(r#""false""#, Some(false));
        check::<bool>("1", None);
        check::<bool>(r#""yes""#, None);
    }

    #[test]
    fn nothing_becomes_text() {
        check::<String>("5", None);
        check::<String>("true", None);
        check::<String>(r#""a\nb""#, Some("a\nb".into()));
        check::<char>(r#""ä""#, Some('ä'));
        check::<Cow<'static, str>>(r#""a""#, Some("a".into()));
    }

    #[test]
    fn types_that_take_anything_get_what_was_sent() {
        check::<Either>(r#""5""#, Some(Either::Text("5".into())));
        check::<Either>("5", Some(Either::Number(5)));
        check::<Value>(r#""5""#, Some("5".into()));
        check::<Value>("[1, null]", Some(serde_json::json!([1, null])));
    }

    #[test]
    fn options_enums_and_containers() {
        check::<Option<u8>>("null", Some(None));
        check::<Option<String>>(r#""""#, Some(Some(String::new())));
        check::<Unit>(r#""celsius""#, Some(Unit::Celsius));
        check::<Unit>(r#""kelvin""#, None);
        check::<Vec<u8>>("[1, 2]", Some(vec![1, 2]));
        check::<Vec<u8>>(r#"["1"]"#, None);
        check::<BTreeMap<String, bool>>(r#"{"a":true}"#, Some([("a".into(), true)].into()));
        check::<()>("null", Some(()));
    }

    #[test]
    fn text_is_borrowed_from_the_request_or_from_the_slot() {
        for (json, expected) in [(r#""plain""#, "plain"), (r#""\u0041\n""#, "A\n")] {
            let slot = Slot::of(Raw::from_accepted(json));
            assert_eq!(
                <&str>::deserialize(SlotDeserializer::new(&slot, Leniency::Null)).unwrap(),
                expected
            );
        }
    }
}
