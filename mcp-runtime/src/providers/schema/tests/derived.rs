//! Schemas that `schemars` derives, for every attribute of serde and for the types of the standard library.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, LinkedList, VecDeque};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::{NonZeroI8, NonZeroU64};
use std::ops::{Bound, Range};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mcp_core::schema::{InputSchema, Schema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::{Dialect, ProviderSchema};
use super::oracle::{Checked, check};

/// A type, its schema as `schemars` derives it and as an argument of a tool, and a part of the reason
/// for which OpenAI does not take it as strict; empty if it does. As an argument, the reason may be
/// another, behind a `|`.
struct Row {
    name: &'static str,
    schemas: [Value; 2],
    not_strict: &'static str,
}

/// Arguments with a required and an optional field of a type.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is of interest")]
struct Arguments<T> {
    /// A value.
    value: T,
    #[serde(default)]
    other: Option<T>,
}

fn row<T: JsonSchema>(name: &'static str, not_strict: &'static str) -> Row {
    let derived = schemars::schema_for!(Arguments<T>).to_value();
    let mut arguments = InputSchema::new();
    arguments.argument::<T>("value");
    arguments.argument::<Option<T>>("other");
    let schemas = [derived, arguments.finish(false).to_value()];
    Row { name, schemas, not_strict }
}

macro_rules! rows {
    ($($type:ty => $reason:literal,)*) => { vec![$(row::<$type>(stringify!($type), $reason)),*] };
}

/// Declares types that are used for their schemas only.
macro_rules! types {
    ($($item:item)*) => {
        $(
            #[derive(Serialize, Deserialize, JsonSchema)]
            #[allow(dead_code, reason = "only their schemas are of interest")]
            $item
        )*
    };
}

types! {
    struct Plain { a: i32, b: Option<String> }
    struct Empty {}
    struct Newtype(String);
    struct Pair(i32, String);
    #[serde(transparent)]
    struct Transparent { inner: Vec<u8> }
    #[serde(rename_all = "camelCase")]
    struct Renamed { first_name: String, #[serde(rename = "x-y/z~")] other: bool }
    #[serde(deny_unknown_fields)]
    struct Denying { a: i32, #[serde(default)] b: i32 }
    #[derive(Default)]
    #[serde(default)]
    struct Defaults { a: i32, b: String, c: Option<Color> }
    struct Skipping { a: i32, #[serde(skip)] b: i32, #[serde(skip_deserializing)] c: i32,
        #[serde(skip_serializing_if = "Option::is_none")] d: Option<i32> }
    struct Aliased { #[serde(alias = "colour")] color: Color }
    struct With { #[schemars(with = "String")] at: Hidden, #[schemars(with = "as_text::Text")] number: i32 }
    struct Nested { inner: Option<Option<i32>>, deep: Option<Vec<Option<Plain>>> }
    struct Flat { id: u8, #[serde(flatten)] plain: Plain, #[serde(flatten)] more: Newer }
    struct Newer { c: f32 }
    struct FlatTag { id: u8, #[serde(flatten)] shape: Internal }
    struct FlatOption { id: u8, #[serde(flatten)] plain: Option<Plain> }
    struct FlatMap { id: u8, #[serde(flatten)] rest: BTreeMap<String, i32> }
    struct FlatValue { id: u8, #[serde(flatten)] rest: HashMap<String, Value> }
    struct Tree { value: i32, children: Vec<Tree> }
    struct List { value: i32, next: Option<Box<List>> }
    struct Even { odd: Option<Box<Odd>> }
    struct Odd { even: Vec<Even> }
    struct Generic<T> { items: Vec<T>, first: Option<T> }
    struct Limits { #[schemars(range(min = 1, max = 10))] n: u8, #[schemars(length(min = 1, max = 3))] s: String,
        #[schemars(regex(pattern = "^a"))] r: String, #[schemars(length(equal = 2))] v: Vec<i32>,
        #[schemars(email)] mail: String, #[schemars(url)] link: String,
        #[schemars(extend("x-unit" = "kg"))] weight: f64, #[schemars(inner(range(min = 3)))] inner: Vec<u32> }
    #[schemars(title = "A title", description = "A description", deny_unknown_fields)]
    struct Documented { #[schemars(title = "Number", example = 7)] #[deprecated] a: i32,
        #[schemars(required)] b: Option<i32>, #[serde(skip_serializing)] c: i32 }

    #[derive(Default)]
    enum Color { #[default] Red, #[serde(rename = "vert")] Green, #[serde(alias = "azure")] Blue }
    #[serde(rename_all = "SCREAMING-KEBAB-CASE", rename_all_fields = "camelCase")]
    enum External { Unit, NewType(i32), TwoFields(i32, String), NamedField { some_field: bool } }
    #[serde(tag = "kind")]
    enum Internal { Unit, Struct { a: i32 }, Newtype(Plain) }
    #[serde(tag = "kind", deny_unknown_fields)]
    enum InternalDenying { Unit, Struct { a: i32 } }
    #[serde(tag = "t", content = "c")]
    enum Adjacent { Unit, New(i32), Tuple(i32, String), Struct { a: i32 } }
    #[serde(tag = "t", content = "c")]
    enum AdjacentFlat { Unit, New(i32), Struct { a: i32 } }
    #[serde(untagged)]
    enum Untagged { Unit, Number(i32), Text(String), Struct { a: i32 }, Many(Vec<Plain>) }
    #[serde(untagged)]
    enum UntaggedStructs { A { a: i32 }, B { b: i32, c: Option<i32> } }
    enum Described {
        /// The first.
        First,
        /// The second.
        Second,
        #[serde(other)]
        #[serde(skip_serializing)]
        Third,
    }
    enum One { Only }
    #[serde(untagged)]
    enum Mixed { Known(Color), Other(String) }
    #[serde(try_from = "String", into = "String")]
    #[schemars(with = "String")]
    #[derive(Clone)]
    struct Converted(i32);
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Unit;

/// A type without a schema.
#[derive(Default, Serialize, Deserialize)]
struct Hidden;

impl TryFrom<String> for Converted {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

impl From<Converted> for String {
    fn from(Converted(number): Converted) -> Self {
        number.to_string()
    }
}

mod as_text {
    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    pub(super) struct Text;

    impl JsonSchema for Text {
        fn schema_name() -> std::borrow::Cow<'static, str> {
            "Text".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": "string", "pattern": "^-?[0-9]+$" })
        }
    }
}

fn standard() -> Vec<Row> {
    rows! {
        bool => "", i8 => "", u8 => "", i16 => "", u16 => "", i32 => "", u32 => "", i64 => "", u64 => "",
        i128 => "", u128 => "", isize => "", usize => "", f32 => "", f64 => "", char => "", String => "",
        NonZeroI8 => "", NonZeroU64 => "", () => "", Box<i32> => "", Rc<i32> => "", Arc<str> => "",
        Cow<'static, str> => "", PathBuf => "", IpAddr => "", Ipv4Addr => "", SocketAddr => "",
        Duration => "", SystemTime => "", Range<i32> => "", Bound<i32> => "",
        Option<i32> => "", Option<Option<i32>> => "", Option<Color> => "", Option<Vec<Option<u8>>> => "",
        Result<i32, String> => "",
        Vec<String> => "", VecDeque<i32> => "", LinkedList<i32> => "", HashSet<u8> => "", BTreeSet<String> => "",
        [i32; 3] => "", [u8; 0] => "items", [Plain; 1] => "", Box<[f64]> => "", Vec<Vec<[f64; 2]>> => "",
        (i32,) => "tuple|", (i32, String) => "tuple", (i32, (bool, f64)) => "tuple",
        HashMap<String, i32> => "map", BTreeMap<String, Plain> => "map", HashMap<u32, String> => "patterns|map",
        BTreeMap<i64, bool> => "patterns|map", HashMap<Color, i32> => "", BTreeMap<char, i32> => "map",
        Value => "any value", Vec<Value> => "any value", serde_json::Map<String, Value> => "other properties",
        serde_json::Number => "", Option<Value> => "any value",
    }
}

fn derived() -> Vec<Row> {
    rows! {
        Plain => "", Empty => "not described", Unit => "", Newtype => "", Pair => "tuple", Transparent => "",
        Renamed => "", Denying => "", Defaults => "", Skipping => "", Aliased => "", Nested => "",
        Flat => "", FlatTag => "", FlatOption => "", FlatMap => "map", FlatValue => "other properties",
        Tree => "", List => "", Even => "", Generic<i32> => "", Generic<Plain> => "", Generic<Tree> => "",
        Generic<Value> => "any value", Limits => "", Documented => "", Color => "", External => "tuple",
        Internal => "", InternalDenying => "", Adjacent => "tuple", AdjacentFlat => "", Untagged => "",
        UntaggedStructs => "", Described => "", One => "", Mixed => "", Converted => "", With => "",
        Option<Internal> => "", Vec<AdjacentFlat> => "", BTreeMap<String, Internal> => "map",
    }
}

#[test]
fn derived_schemas_keep_their_meaning() {
    let (mut faults, mut checked) = (Vec::new(), Checked::default());
    for Row { name, schemas, not_strict } in standard().into_iter().chain(derived()) {
        for (schema, source) in schemas.into_iter().zip(["derived", "argument"]) {
            let read = Schema::from_value(&schema).unwrap();
            let strict = ProviderSchema::new(&read, Dialect::OpenAiStrict);
            let reasons: Vec<_> = strict.not_strict().iter().map(ToString::to_string).collect();
            let (of_derived, of_argument) =
                not_strict.split_once('|').unwrap_or((not_strict, not_strict));
            let is_expected = match if source == "derived" { of_derived } else { of_argument } {
                "" => reasons.is_empty(),
                part => reasons.iter().any(|reason| reason.contains(part)),
            };
            if !is_expected {
                faults.push(format!("{name}, {source}: {reasons:?}\n    {schema}"));
            }
            let bytes: Vec<_> = (0..200_u8).map(|at| at.wrapping_mul(31)).collect();
            check(&schema, &bytes, &mut checked);
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(checked.accepted > 1_000 && checked.returned > 1_000, "{checked:?}");
}
