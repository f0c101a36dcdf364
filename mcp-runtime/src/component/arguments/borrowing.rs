//! Deserializer that lends decoded strings and bytes.
//!
//! It wraps another one, and gives its visitors each string from [`Decoded`] as a borrowed one, so
//! that `Vec<&str>` and structs with lifetimes take strings with escapes.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::decoded::Decoded;

/// A deserializer, a visitor or a part of them, and the strings to lend.
pub(crate) struct Borrowing<'c, T> {
    inner: T,
    decoded: &'c Decoded,
    /// `true` if the visitor takes a list as bytes.
    as_bytes: bool,
}

impl<'c, T> Borrowing<'c, T> {
    pub(crate) fn new(inner: T, decoded: &'c Decoded) -> Self {
        Self { inner, decoded, as_bytes: false }
    }

    /// Wraps another part.
    fn around<U>(&self, inner: U) -> Borrowing<'c, U> {
        Borrowing::new(inner, self.decoded)
    }

    fn bytes<U>(&self, inner: U) -> Borrowing<'c, U> {
        Borrowing { as_bytes: true, ..self.around(inner) }
    }
}

macro_rules! deserializer {
    ($($method:ident($($name:ident: $type:ty),*);)*) => {$(
        fn $method<V: Visitor<'c>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            let visitor = self.around(visitor);
            self.inner.$method($($name,)* visitor)
        }
    )*};
}

impl<'c, D: Deserializer<'c>> Deserializer<'c> for Borrowing<'c, D> {
    type Error = D::Error;

    deserializer! {
        deserialize_any();
        deserialize_bool();
        deserialize_i8();
        deserialize_i16();
        deserialize_i32();
        deserialize_i64();
        deserialize_i128();
        deserialize_u8();
        deserialize_u16();
        deserialize_u32();
        deserialize_u64();
        deserialize_u128();
        deserialize_f32();
        deserialize_f64();
        deserialize_char();
        deserialize_str();
        deserialize_string();
        deserialize_option();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_map();
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        deserialize_identifier();
        deserialize_ignored_any();
    }

    fn deserialize_bytes<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.bytes(visitor);
        self.inner.deserialize_bytes(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'c>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.bytes(visitor);
        self.inner.deserialize_byte_buf(visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

macro_rules! visitor {
    ($($method:ident($($value:ident: $type:ty)?);)*) => {$(
        fn $method<E: serde::de::Error>(self, $($value: $type)?) -> Result<V::Value, E> {
            self.inner.$method($($value)?)
        }
    )*};
}

impl<'c, V: Visitor<'c>> Visitor<'c> for Borrowing<'c, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    visitor! {
        visit_bool(value: bool);
        visit_i8(value: i8);
        visit_i16(value: i16);
        visit_i32(value: i32);
        visit_i64(value: i64);
        visit_i128(value: i128);
        visit_u8(value: u8);
        visit_u16(value: u16);
        visit_u32(value: u32);
        visit_u64(value: u64);
        visit_u128(value: u128);
        visit_f32(value: f32);
        visit_f64(value: f64);
        visit_char(value: char);
        visit_borrowed_str(value: &'c str);
        visit_borrowed_bytes(value: &'c [u8]);
        visit_byte_buf(value: Vec<u8>);
        visit_none();
        visit_unit();
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<V::Value, E> {
        match self.decoded.text(value) {
            Some(text) => self.inner.visit_borrowed_str(text),
            None => self.inner.visit_str(value),
        }
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<V::Value, E> {
        match self.decoded.text(&value) {
            Some(text) => self.inner.visit_borrowed_str(text),
            None => self.inner.visit_string(value),
        }
    }

    fn visit_bytes<E: serde::de::Error>(self, value: &[u8]) -> Result<V::Value, E> {
        let text = std::str::from_utf8(value).ok().and_then(|text| self.decoded.text(text));
        match text {
            Some(text) => self.inner.visit_borrowed_bytes(text.as_bytes()),
            None => self.inner.visit_bytes(value),
        }
    }

    fn visit_some<D: Deserializer<'c>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        let deserializer = self.around(deserializer);
        self.inner.visit_some(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'c>>(
        self,
        deserializer: D,
    ) -> Result<V::Value, D::Error> {
        let deserializer = self.around(deserializer);
        self.inner.visit_newtype_struct(deserializer)
    }

    fn visit_seq<A: SeqAccess<'c>>(self, mut access: A) -> Result<V::Value, A::Error> {
        if !self.as_bytes {
            let access = self.around(access);
            return self.inner.visit_seq(access);
        }
        let mut bytes = Vec::new();
        while let Some(byte) = access.next_element()? {
            bytes.push(byte);
        }
        match self.decoded.bytes(&bytes) {
            Some(bytes) => self.inner.visit_borrowed_bytes(bytes),
            None => self.inner.visit_byte_buf(bytes),
        }
    }

    fn visit_map<A: MapAccess<'c>>(self, access: A) -> Result<V::Value, A::Error> {
        let access = self.around(access);
        self.inner.visit_map(access)
    }

    fn visit_enum<A: EnumAccess<'c>>(self, access: A) -> Result<V::Value, A::Error> {
        let access = self.around(access);
        self.inner.visit_enum(access)
    }
}

impl<'c, S: DeserializeSeed<'c>> DeserializeSeed<'c> for Borrowing<'c, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'c>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        let deserializer = self.around(deserializer);
        self.inner.deserialize(deserializer)
    }
}

impl<'c, A: SeqAccess<'c>> SeqAccess<'c> for Borrowing<'c, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'c>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let seed = self.around(seed);
        self.inner.next_element_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'c, A: MapAccess<'c>> MapAccess<'c> for Borrowing<'c, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'c>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let seed = self.around(seed);
        self.inner.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'c>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let seed = self.around(seed);
        self.inner.next_value_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'c, A: EnumAccess<'c>> EnumAccess<'c> for Borrowing<'c, A> {
    type Error = A::Error;
    type Variant = Borrowing<'c, A::Variant>;

    fn variant_seed<S: DeserializeSeed<'c>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let (seed, decoded) = (self.around(seed), self.decoded);
        let (value, variant) = self.inner.variant_seed(seed)?;
        Ok((value, Borrowing::new(variant, decoded)))
    }
}

impl<'c, A: VariantAccess<'c>> VariantAccess<'c> for Borrowing<'c, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'c>>(self, seed: S) -> Result<S::Value, A::Error> {
        let seed = self.around(seed);
        self.inner.newtype_variant_seed(seed)
    }

    fn tuple_variant<V: Visitor<'c>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        let visitor = self.around(visitor);
        self.inner.tuple_variant(len, visitor)
    }

    fn struct_variant<V: Visitor<'c>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let visitor = self.around(visitor);
        self.inner.struct_variant(fields, visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::{BTreeMap, HashMap};
    use std::fmt::Debug;
    use std::path::Path;

    use mcp_core::jsonrpc::Raw;
    use serde::Deserialize;
    use serde_json::value::RawValue;

    use super::{Borrowing, Decoded};
    use crate::component::arguments::{Leniency, Slot, SlotDeserializer};

    /// Reads a type from a text, with escapes and without.
    macro_rules! check {
        ($type:ty, $json:expr, $expected:expr) => {{
            let decoded = Decoded::of(Raw::from_accepted($json));
            let slot = Slot::of(Raw::from_accepted($json));
            let read = <$type>::deserialize(Borrowing::new(
                SlotDeserializer::new(&slot, Leniency::Null),
                &decoded,
            ));
            assert_eq!(read.unwrap(), $expected, "{}", $json);
        }};
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Lent<'a> {
        text: &'a str,
        path: Option<&'a Path>,
        #[serde(borrow)]
        maybe: Option<Cow<'a, str>>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Flat<'a> {
        #[serde(borrow, flatten)]
        rest: HashMap<&'a str, &'a str>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "kind")]
    enum Tagged<'a> {
        Text { text: &'a str },
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Untagged<'a> {
        Number(u8),
        Text(&'a str),
    }

    #[derive(Debug, PartialEq, Deserialize)]
    enum External<'a> {
        New(&'a str),
        Pair(&'a str, u8),
        Named { text: &'a str },
        Unit,
    }

    #[test]
    fn containers_borrow_strings_with_escapes() {
        check!(Vec<&str>, r#"["a\nb","c"]"#, ["a\nb", "c"]);
        check!(Option<Vec<&str>>, r#"["\u0041"]"#, Some(vec!["A"]));
        check!(Vec<Option<&str>>, r#"["\t",null]"#, [Some("\t"), None]);
        check!((&str, u8, &str), r#"["\"",1,"\\"]"#, ("\"", 1, "\\"));
        check!([&str; 2], r#"["\n","\n"]"#, ["\n", "\n"]);
        check!(BTreeMap<&str, &str>, r#"{"k\n":"v\n","p":"q"}"#, BTreeMap::from([("k\n", "v\n"), ("p", "q")]));
        check!(BTreeMap<u8, &str>, r#"{"7":"v\n"}"#, BTreeMap::from([(7, "v\n")]));
        check!(Vec<Vec<&str>>, r#"[["\n"]]"#, [["\n"]]);
    }

    #[test]
    fn user_types_borrow_strings_with_escapes() {
        let expected =
            Lent { text: "a\n", path: Some(Path::new("C:\\x")), maybe: Some("\t".into()) };
        check!(Lent<'_>, r#"{"text":"a\n","path":"C:\\x","maybe":"\t"}"#, expected);
        check!(Flat<'_>, r#"{"a\n":"b\n"}"#, Flat { rest: HashMap::from([("a\n", "b\n")]) });
        check!(Tagged<'_>, r#"{"text":"\n","kind":"Text"}"#, Tagged::Text { text: "\n" });
        check!(Vec<Untagged<'_>>, r#"["\n",1]"#, [Untagged::Text("\n"), Untagged::Number(1)]);
        check!(
            Vec<External<'_>>,
            r#"[{"New":"\n"},{"Pair":["\n",1]},{"Named":{"text":"\n"}},"Unit"]"#,
            [
                External::New("\n"),
                External::Pair("\n", 1),
                External::Named { text: "\n" },
                External::Unit
            ]
        );
    }

    #[test]
    fn lists_of_numbers_are_lent_as_bytes() {
        check!(&[u8], "[1, 2]", &[1, 2]);
        check!(&[u8], "[]", &[0_u8; 0]);
        check!(Vec<&[u8]>, r#"[[1],[2,3],"a\n"]"#, [&[1][..], &[2, 3], b"a\n"]);
        check!(Vec<u8>, "[1,2]", [1, 2]);
    }

    #[test]
    fn everything_else_is_read_as_before() {
        check!(Vec<u128>, "[340282366920938463463374607431768211455]", [u128::MAX]);
        check!(Vec<Option<()>>, "[null]", [None]);
        let decoded = Decoded::default();
        let slot = Slot::of(Raw::from_accepted(r#"[1.50,"a\n"]"#));
        let read = Borrowing::new(SlotDeserializer::new(&slot, Leniency::Null), &decoded);
        let raw = <Vec<&RawValue>>::deserialize(read).unwrap();
        assert_eq!(raw.iter().map(|raw| raw.get()).collect::<Vec<_>>(), ["1.50", r#""a\n""#]);
    }
}
