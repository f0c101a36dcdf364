//! Numbers that JSON cannot represent.
//!
//! `serde_json` writes `null` for NaN and the infinities, which a schema of numbers does not allow.
//! Only text with a `null` in it is suspect, so that most values cost one search.

use std::fmt;

use serde::ser::{self, Serialize, Serializer};

/// A number that is not finite, in a value.
#[derive(Debug)]
pub struct NotFinite {
    number: f64,
    /// Steps to the number, the innermost first.
    steps: Vec<String>,
}

/// Finds a number that is not finite. `json` is the serialised value.
pub fn not_finite<T: Serialize + ?Sized>(value: &T, json: &[u8]) -> Option<NotFinite> {
    // A search for so few bytes costs more to set up than it takes: most results are short.
    let is_suspect = match json.len() {
        0..=16 => json.windows(4).any(|window| window == b"null"),
        _ => memchr::memmem::find(json, b"null").is_some(),
    };
    if is_suspect { value.serialize(Finite).err() } else { None }
}

impl NotFinite {
    fn within(mut self, step: String) -> Self {
        self.steps.push(step);
        self
    }

    fn path(&self) -> String {
        let path: String = self.steps.iter().rev().map(String::as_str).collect();
        path.trim_start_matches('.').to_owned()
    }
}

/// One sentence that names the path of the number.
impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path().as_str() {
            "" => write!(f, "it is {}", self.number)?,
            path => write!(f, "`{path}` is {}", self.number)?,
        }
        f.write_str(", and numbers of JSON are finite")
    }
}

impl std::error::Error for NotFinite {}

/// Another error of serialising, which `serde_json` has reported.
impl ser::Error for NotFinite {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self { number: f64::NAN, steps: Vec::new() }
    }
}

/// Accepts everything but numbers that are not finite.
struct Finite;

type Outcome = Result<(), NotFinite>;

/// Elements or members, with the place of the next one.
struct Parts {
    index: usize,
    key: String,
    variant: Option<&'static str>,
}

impl Parts {
    fn new(variant: Option<&'static str>) -> Self {
        Self { index: 0, key: String::new(), variant }
    }

    fn part<T: Serialize + ?Sized>(&self, step: impl FnOnce() -> String, value: &T) -> Outcome {
        value.serialize(Finite).map_err(|found| {
            let found = found.within(step());
            match self.variant {
                Some(variant) => found.within(format!(".{variant}")),
                None => found,
            }
        })
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Outcome {
        let index = self.index;
        self.index += 1;
        self.part(|| format!("[{index}]"), value)
    }

    fn member<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> Outcome {
        self.part(|| format!(".{key}"), value)
    }
}

macro_rules! accepted {
    ($($method:ident($($type:ty),*);)*) => {$(
        fn $method(self, $(_: $type),*) -> Outcome {
            Ok(())
        }
    )*};
}

macro_rules! compounds {
    ($($method:ident($($type:ty),*) -> $compound:ident;)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<Parts, NotFinite> {
            Ok(Parts::new(None))
        }
    )*};
}

macro_rules! variants {
    ($($method:ident -> $compound:ident;)*) => {$(
        fn $method(
            self,
            _: &'static str,
            _: u32,
            variant: &'static str,
            _: usize,
        ) -> Result<Parts, NotFinite> {
            Ok(Parts::new(Some(variant)))
        }
    )*};
}

impl Serializer for Finite {
    type Ok = ();
    type Error = NotFinite;
    type SerializeSeq = Parts;
    type SerializeTuple = Parts;
    type SerializeTupleStruct = Parts;
    type SerializeTupleVariant = Parts;
    type SerializeMap = Parts;
    type SerializeStruct = Parts;
    type SerializeStructVariant = Parts;

    accepted! {
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
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(&'static str);
        serialize_unit_variant(&'static str, u32, &'static str);
    }

    compounds! {
        serialize_seq(Option<usize>) -> SerializeSeq;
        serialize_tuple(usize) -> SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> SerializeTupleStruct;
        serialize_map(Option<usize>) -> SerializeMap;
        serialize_struct(&'static str, usize) -> SerializeStruct;
    }

    variants! {
        serialize_tuple_variant -> SerializeTupleVariant;
        serialize_struct_variant -> SerializeStructVariant;
    }

    fn serialize_f32(self, number: f32) -> Outcome {
        self.serialize_f64(number.into())
    }

    fn serialize_f64(self, number: f64) -> Outcome {
        if number.is_finite() { Ok(()) } else { Err(NotFinite { number, steps: Vec::new() }) }
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Outcome {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Outcome {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Outcome {
        Parts::new(None).member(variant, value)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, _: &T) -> Outcome {
        Ok(())
    }
}

macro_rules! elements {
    ($($trait:ident :: $method:ident;)*) => {$(
        impl ser::$trait for Parts {
            type Ok = ();
            type Error = NotFinite;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Outcome {
                self.element(value)
            }

            fn end(self) -> Outcome {
                Ok(())
            }
        }
    )*};
}

macro_rules! members {
    ($($trait:ident)*) => {$(
        impl ser::$trait for Parts {
            type Ok = ();
            type Error = NotFinite;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Outcome {
                self.member(key, value)
            }

            fn end(self) -> Outcome {
                Ok(())
            }
        }
    )*};
}

elements! {
    SerializeSeq::serialize_element;
    SerializeTuple::serialize_element;
    SerializeTupleStruct::serialize_field;
    SerializeTupleVariant::serialize_field;
}

members! { SerializeStruct SerializeStructVariant }

impl ser::SerializeMap for Parts {
    type Ok = ();
    type Error = NotFinite;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Outcome {
        let key = serde_json::to_value(key).unwrap_or_default();
        self.key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Outcome {
        self.member(&self.key, value)
    }

    fn end(self) -> Outcome {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;

    use super::not_finite;

    #[derive(Serialize)]
    enum Shape {
        Unit,
        Circle(f64),
        Box { sides: (f32, Option<f64>) },
        Pair(f64, f64),
    }

    #[derive(Serialize)]
    struct Reading {
        name: &'static str,
        #[serde(flatten)]
        values: BTreeMap<u8, f64>,
    }

    fn check<T: Serialize>(value: T, expected: Option<&str>) {
        let json = serde_json::to_vec(&value).unwrap();
        let found = not_finite(&value, &json).map(|found| found.to_string());
        let expected = expected.map(|told| format!("{told}, and numbers of JSON are finite"));
        assert_eq!(found, expected, "{}", String::from_utf8_lossy(&json));
    }

    #[test]
    fn numbers_that_are_not_finite_are_found() {
        check(1.5, None);
        check(f64::NAN, Some("it is NaN"));
        check(Some(f32::INFINITY), Some("it is inf"));
        check(None::<f64>, None);
        check(vec![None, Some(0.0)], None);
        check([Shape::Unit, Shape::Circle(f64::NEG_INFINITY)], Some("`[1].Circle` is -inf"));
        check(Shape::Box { sides: (0.0, None) }, None);
        check(Shape::Box { sides: (0.0, Some(f64::NAN)) }, Some("`Box.sides[1]` is NaN"));
        check(Shape::Pair(0.0, f64::NAN), Some("`Pair[1]` is NaN"));
        check(BTreeMap::from([("null", f64::NAN)]), Some("`null` is NaN"));
        let values = BTreeMap::from([(1, 0.5), (2, f64::NAN)]);
        check(vec![Reading { name: "x", values }], Some("`[0].2` is NaN"));
        check("null", None);
    }
}
