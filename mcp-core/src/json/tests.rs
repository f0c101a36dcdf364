use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::escape::write_string;
use super::search::plain_prefix;
use super::*;

fn check(write: impl FnOnce(&mut Object<'_>), expected: &str) {
    assert_eq!(object_string(write), expected);
    let read: serde_json::Value = serde_json::from_str(expected).unwrap();
    assert!(read.is_object());
}

#[test]
fn members_are_separated() {
    check(|_| {}, "{}");
    check(|object| object.value("a", &1), r#"{"a":1}"#);
    check(
        |object| {
            object.optional::<str>("absent", None);
            object.value("a", "q\"");
            object.raw("b", "[ ]");
            object.optional("c", Some(&1.5));
        },
        r#"{"a":"q\"","b":[ ],"c":1.5}"#,
    );
    check(|object| object.entry("k\n").extend_from_slice(b"1"), r#"{"k\n":1}"#);
}

#[test]
fn values_are_nested() {
    check(
        |object| {
            object.object("a", |_| {});
            object.array("b", |array| {
                array.value(&1);
                array.raw("2");
                array.object(|object| object.value("c", &true));
            });
        },
        r#"{"a":{},"b":[1,2,{"c":true}]}"#,
    );
}

#[test]
fn further_members_may_be_none() {
    check(|object| object.members(|_| {}), "{}");
    check(
        |object| {
            object.members(|_| {});
            object.members(|out| out.extend_from_slice(br#""a":1"#));
            object.members(|_| {});
            object.value("b", &2);
        },
        r#"{"a":1,"b":2}"#,
    );
    assert_eq!(members_string(|members| members.value("a", &1)), r#""a":1"#);
}

/// Positions around the borders of words and blocks.
const LENGTHS: std::ops::Range<usize> = 0..150;

#[test]
fn every_byte_is_found_at_every_position() {
    for length in LENGTHS.chain(250..280) {
        for position in 0..length {
            for special in [b'"', b'\\', 0, 0x1f, b'\n', 0x20, 0x21, 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
                let mut bytes = vec![b'a'; length];
                bytes[position] = special;
                let expected = if is_special(special) { position } else { length };
                assert_eq!(plain_prefix(&bytes), expected, "{special} at {position}");
                assert_eq!(scanned_special(&bytes, 0), expected, "{special} at {position}");
                let is_control = special < 0x20;
                assert_eq!(control(&bytes), is_control.then_some(position), "{special}");
            }
        }
    }
}

#[test]
fn strings_end_at_the_first_quote_that_is_not_escaped() {
    for length in LENGTHS {
        for backslashes in 0..5 {
            let text = format!("\"{}{}\"", "a".repeat(length), "\\".repeat(backslashes));
            let after = format!("{text},\"next\":\"b\\\\\"");
            let expected = if backslashes % 2 == 0 { text.len() } else { text.len() + 3 };
            // An escaped quote is followed by `,"`.
            assert_eq!(
                skip_string(after.as_bytes(), 0).end,
                expected.min(text.len() + 2),
                "{after}"
            );
            if backslashes % 2 == 0 {
                assert_eq!(skip_string(text.as_bytes(), 0).end, text.len(), "{text}");
            }
        }
    }
    assert_eq!(skip_string(b"\"never closed \\\"", 0).end, 16);
    assert_eq!(skip_string(b"\"", 0).end, 1);
    assert_eq!(skip_string(b"", 0).end, 0);
}

#[test]
fn malformed_escapes_are_refused() {
    let malformed = [
        "\\",
        "\\x",
        "\\u",
        "\\u12",
        "\\u12g4",
        "\\u+123",
        "\\ud800",
        "\\ud800x",
        "\\ud800\\n",
        "\\ud800\\u0041",
        "\\udc00",
        "\\ud800\\ud800",
        "\\u00e\u{e9}",
    ];
    for inner in malformed {
        assert_eq!(unescape(inner), None, "{inner}");
        assert!(serde_json::from_str::<String>(&format!("\"{inner}\"")).is_err(), "{inner}");
    }
}

/// Text with many characters that have escapes, and runs of plain text of any length.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{0,70}",
        "[\\x00-\\x1f\"\\\\/\\x7f]{1,9}",
        "[\u{80}-\u{10ffff}]{1,9}",
        "a{60,140}",
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

/// Writes every character of a text as `\uXXXX`.
fn fully_escaped(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect()
}

/// Any JSON value.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        texts().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(texts(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Position that a scanner finds, which checks long runs afterwards.
fn scanned_special(bytes: &[u8], at: usize) -> usize {
    let run = run(bytes, at);
    assert!(run.is_unchecked || control(&bytes[at..run.end]).is_none());
    control(&bytes[at..run.end]).map_or(run.end, |distance| at + distance)
}

proptest! {
    #[test]
    fn the_search_is_that_of_a_loop(bytes: Vec<u8>, plain in 0..200_usize, at in 0..300_usize) {
        let bytes = [vec![b'x'; plain], bytes].concat();
        let at = at.min(bytes.len());
        let expected = bytes[at..].iter().position(|byte| is_special(*byte));
        let expected = expected.map_or(bytes.len(), |found| at + found);
        prop_assert_eq!(at + plain_prefix(&bytes[at..]), expected);
        prop_assert_eq!(scanned_special(&bytes, at), expected);
    }

    #[test]
    fn strings_are_written_and_read_as_by_serde_json(text in texts()) {
        let expected = serde_json::to_string(&text).unwrap();
        let mut out = b"before".to_vec();
        write_string(&mut out, text.as_bytes());
        prop_assert_eq!(std::str::from_utf8(&out[6..]).unwrap(), &expected);
        prop_assert_eq!(unescape(&expected[1..expected.len() - 1]), Some(text.clone()));
        prop_assert_eq!(unescape(&fully_escaped(&text)), Some(text));
        prop_assert_eq!(skip_string(&out, 6).end, out.len());
        out.extend_from_slice(b"],\"\\\"");
        prop_assert_eq!(skip_string(&out, 6).end, out.len() - 5);
    }

    #[test]
    fn values_are_written_as_by_serde_json(value in values()) {
        prop_assert_eq!(to_string(&value), serde_json::to_string(&value).unwrap());
    }
}

#[derive(Serialize)]
struct Everything<'a> {
    unit: (),
    none: Option<u8>,
    some: Option<&'a str>,
    integers: (i8, i16, i32, i64, i128, u8, u16, u32, u64, u128),
    floats: [f64; 6],
    single: [f32; 4],
    character: char,
    empty: [(); 0],
    newtype: Newtype,
    marker: Marker,
    variants: Vec<Variant>,
    by_number: BTreeMap<i32, bool>,
    by_flag: BTreeMap<bool, char>,
    by_character: BTreeMap<char, ()>,
    by_variant: BTreeMap<Kind, u8>,
    by_newtype: BTreeMap<Newtype, Option<Newtype>>,
    raw: &'a RawValue,
    number: serde_json::Number,
    displayed: std::net::IpAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<u8>,
    #[serde(flatten)]
    flattened: BTreeMap<&'a str, Value>,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct Newtype(u64);

#[derive(Serialize)]
struct Marker;

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    A,
}

#[derive(Serialize)]
enum Variant {
    Unit,
    Newtype(f32),
    Tuple(u8, &'static str),
    Struct { a: u8, b: Vec<Variant> },
    Empty {},
}

#[test]
fn every_type_is_written_as_by_serde_json() {
    let raw: Box<RawValue> = serde_json::from_str("{ \"as\" : [\"it\\u0020is\"] }").unwrap();
    let everything = Everything {
        unit: (),
        none: None,
        some: Some("a\"\\\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}\u{2028}\u{1f600}"),
        integers: (-1, -2, 3, i64::MIN, i128::MIN, 1, 2, 3, u64::MAX, u128::MAX),
        floats: [0.0, -0.0, 1e300, 5e-324, f64::NAN, f64::INFINITY],
        single: [0.1, f32::MAX, 16_777_216.0, f32::NEG_INFINITY],
        character: '"',
        empty: [],
        newtype: Newtype(7),
        marker: Marker,
        variants: vec![
            Variant::Unit,
            Variant::Newtype(0.5),
            Variant::Tuple(1, "b"),
            Variant::Struct { a: 1, b: vec![Variant::Empty {}] },
        ],
        by_number: [(-5, true), (6, false)].into(),
        by_flag: [(true, 'a')].into(),
        by_character: [('"', ())].into(),
        by_variant: [(Kind::A, 1)].into(),
        by_newtype: [(Newtype(1), Some(Newtype(2)))].into(),
        raw: &raw,
        number: 12.into(),
        displayed: "::1".parse().unwrap(),
        skipped: None,
        flattened: [("x", json!({ "y": [] })), ("z", Value::Null)].into(),
    };
    assert_eq!(to_string(&everything), serde_json::to_string(&everything).unwrap());
}

#[test]
fn what_serde_json_refuses_is_refused_and_leaves_nothing() {
    fn check<T: Serialize>(value: &T) {
        let mut out = b"before".to_vec();
        let error = try_value(&mut out, value).unwrap_err();
        assert_eq!(error.to_string(), serde_json::to_string(value).unwrap_err().to_string());
        assert_eq!(out, b"before");
    }
    check(&BTreeMap::from([((), 1)]));
    check(&BTreeMap::from([(None::<u8>, 1)]));
    check(&BTreeMap::from([([1], 1)]));
    check(&BTreeMap::from([(BTreeMap::from([(1, 2)]), 1)]));
}
