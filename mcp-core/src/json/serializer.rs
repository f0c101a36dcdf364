//! Serializer of JSON text.
//!
//! It writes what `serde_json` writes, byte for byte, but copies strings in runs instead of looking
//! at each byte. Numbers are left to `serde_json`.

use std::fmt;

use serde::ser::{self, Error as _, Serialize};
use serde_json::Error;

use super::escape::{write_contents, write_string};

type Result<T = ()> = std::result::Result<T, Error>;

/// Prefix of the names under which `serde_json` serializes text that is JSON already.
const PRIVATE: &str = "$serde_json::private::";

/// Serializer of one value.
pub(super) struct Serializer<'a> {
    out: &'a mut Vec<u8>,
    role: Role,
}

/// Role of a value in what surrounds it.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Value,
    /// Key of a map, which is always a string.
    Key,
    /// JSON text, as a string.
    Text,
}

impl<'a> Serializer<'a> {
    #[inline]
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, role: Role::Value }
    }

    /// Refuses everything that is no value of its own: a key has to be a string.
    #[inline]
    fn value(self) -> Result<&'a mut Vec<u8>> {
        match self.role {
            Role::Value => Ok(self.out),
            role => Err(misplaced(role)),
        }
    }

    /// Writes a number or a boolean, in quotes if it is a key.
    #[inline]
    fn scalar(
        self,
        write: impl FnOnce(&mut serde_json::Serializer<&mut Vec<u8>>) -> Result,
    ) -> Result {
        match self.role {
            Role::Value => write(&mut serde_json::Serializer::new(self.out)),
            Role::Key => {
                self.out.push(b'"');
                write(&mut serde_json::Serializer::new(&mut *self.out))?;
                self.out.push(b'"');
                Ok(())
            }
            role @ Role::Text => Err(misplaced(role)),
        }
    }

    /// Begins an array or an object. `end` closes it, and what surrounds it.
    #[inline]
    fn begin(self, begin: &[u8], end: &'static [u8]) -> Result<Compound<'a>> {
        let out = self.value()?;
        out.extend_from_slice(begin);
        Ok(Compound { out, is_first: true, end })
    }

    /// Begins the object around an enum's variant with data.
    #[inline]
    fn variant(self, variant: &str, begin: u8, end: &'static [u8]) -> Result<Compound<'a>> {
        let mut compound = self.begin(b"{", end)?;
        compound.key(variant)?;
        compound.out.extend_from_slice(&[b':', begin]);
        compound.is_first = true;
        Ok(compound)
    }
}

#[cold]
fn misplaced(role: Role) -> Error {
    Error::custom(if role == Role::Key { "key must be a string" } else { "expected JSON text" })
}

macro_rules! scalars {
    ($($method:ident($type:ty);)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result {
            self.scalar(|number| ser::Serializer::$method(number, value))
        }
    )*};
}

macro_rules! floats {
    ($($method:ident($type:ty);)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result {
            if self.role == Role::Key && !value.is_finite() {
                return Err(Error::custom("float key must be finite (got NaN or +/-inf)"));
            }
            self.scalar(|number| ser::Serializer::$method(number, value))
        }
    )*};
}

impl<'a> ser::Serializer for Serializer<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Struct<'a>;
    type SerializeStructVariant = Compound<'a>;

    scalars! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
    }

    floats! {
        serialize_f32(f32);
        serialize_f64(f64);
    }

    #[inline]
    fn serialize_char(self, value: char) -> Result {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result {
        match self.role {
            Role::Value | Role::Key => write_string(self.out, value.as_bytes()),
            Role::Text => self.out.extend_from_slice(value.as_bytes()),
        }
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result {
        serde_json::Serializer::new(self.value()?).serialize_bytes(value)
    }

    #[inline]
    fn serialize_none(self) -> Result {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result {
        self.value()?.extend_from_slice(b"null");
        Ok(())
    }

    #[inline]
    fn serialize_unit_struct(self, _: &'static str) -> Result {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result {
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result {
        let mut object = self.begin(b"{", b"}")?;
        object.key(variant)?;
        object.value(value)?;
        object.close()
    }

    #[inline]
    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'a>> {
        self.begin(b"[", b"]")
    }

    #[inline]
    fn serialize_tuple(self, _: usize) -> Result<Compound<'a>> {
        self.begin(b"[", b"]")
    }

    #[inline]
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Compound<'a>> {
        self.begin(b"[", b"]")
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a>> {
        self.variant(variant, b'[', b"]}")
    }

    #[inline]
    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'a>> {
        self.begin(b"{", b"}")
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Struct<'a>> {
        if name.starts_with(PRIVATE) {
            return self.value().map(Struct::Text);
        }
        self.begin(b"{", b"}").map(Struct::Object)
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a>> {
        self.variant(variant, b'{', b"}}")
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result {
        if self.role == Role::Text {
            return self.serialize_str(&value.to_string());
        }
        self.out.push(b'"');
        fmt::write(&mut Contents(self.out), format_args!("{value}")).map_err(Error::custom)?;
        self.out.push(b'"');
        Ok(())
    }
}

/// Contents of a string that is written piece by piece.
struct Contents<'a>(&'a mut Vec<u8>);

impl fmt::Write for Contents<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        write_contents(self.0, text.as_bytes());
        Ok(())
    }
}

/// Array or object that is being written.
pub(super) struct Compound<'a> {
    out: &'a mut Vec<u8>,
    is_first: bool,
    /// Brackets that close it, and the object around a variant.
    end: &'static [u8],
}

impl Compound<'_> {
    #[inline]
    fn separate(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            self.out.push(b',');
        }
    }

    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        self.separate();
        value.serialize(Serializer::new(self.out))
    }

    #[inline]
    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result {
        self.separate();
        key.serialize(Serializer { out: self.out, role: Role::Key })
    }

    #[inline]
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        self.out.push(b':');
        value.serialize(Serializer::new(self.out))
    }

    #[inline]
    fn close(self) -> Result {
        self.out.extend_from_slice(self.end);
        Ok(())
    }
}

macro_rules! elements {
    ($($trait:ident::$method:ident)*) => {$(
        impl ser::$trait for Compound<'_> {
            type Ok = ();
            type Error = Error;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
                self.element(value)
            }

            #[inline]
            fn end(self) -> Result {
                self.close()
            }
        }
    )*};
}

elements! {
    SerializeSeq::serialize_element
    SerializeTuple::serialize_element
    SerializeTupleStruct::serialize_field
    SerializeTupleVariant::serialize_field
}

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result {
        self.key(key)
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        self.value(value)
    }

    #[inline]
    fn end(self) -> Result {
        self.close()
    }
}

impl ser::SerializeStructVariant for Compound<'_> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result {
        self.key(key)?;
        self.value(value)
    }

    #[inline]
    fn end(self) -> Result {
        self.close()
    }
}

/// Struct that is being written.
pub(super) enum Struct<'a> {
    Object(Compound<'a>),
    /// JSON text, as the only field of a struct of `serde_json`.
    Text(&'a mut Vec<u8>),
}

impl ser::SerializeStruct for Struct<'_> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result {
        match self {
            Self::Object(object) => {
                object.key(key)?;
                object.value(value)
            }
            Self::Text(out) => value.serialize(Serializer { out, role: Role::Text }),
        }
    }

    #[inline]
    fn end(self) -> Result {
        match self {
            Self::Object(object) => object.close(),
            Self::Text(_) => Ok(()),
        }
    }
}
