//! Arguments of tools: values of any JSON, read into types.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;

use mcp_core::jsonrpc::{Limits, Raw};
use serde::Deserialize;
use serde_json::Value;

use crate::component::arguments::{Borrowing, Kept, Leniency, Meaning, Slot, SlotDeserializer};

#[derive(Debug, Deserialize, PartialEq)]
struct Order<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    count: u8,
    #[serde(default)]
    tags: Vec<String>,
    price: Option<i64>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Metric,
    Scaled(i8),
    Custom { name: String },
}

#[derive(Debug, Deserialize, PartialEq)]
struct Lent<'a> {
    text: &'a str,
    more: Option<&'a str>,
}

/// Reads any JSON value as an argument of many types. What `serde_json` reads is read, as the same value;
/// what only we read is a whole number with a fraction or an exponent. Readings of strings for other
/// values are JSON.
///
/// # Panics
/// If a property does not hold.
pub fn arguments(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(raw) = Raw::checked(text, Limits::default()) else { return };
    let text = raw.as_str();
    let slot = Slot::of(raw);
    integer::<i64>(&slot, text);
    integer::<u64>(&slot, text);
    integer::<u8>(&slot, text);
    integer::<i32>(&slot, text);
    exact::<bool>(&slot, text);
    exact::<String>(&slot, text);
    exact::<Cow<'_, str>>(&slot, text);
    exact::<char>(&slot, text);
    exact::<()>(&slot, text);
    exact::<Option<String>>(&slot, text);
    exact::<Vec<i64>>(&slot, text);
    exact::<BTreeMap<String, bool>>(&slot, text);
    exact::<(u8, String)>(&slot, text);
    exact::<Order<'_>>(&slot, text);
    exact::<Unit>(&slot, text);
    exact::<Value>(&slot, text);
    float(&slot, text);
    lent(&slot, text);
    for leniency in [Leniency::Null, Leniency::EmptyString, Leniency::Habits] {
        for meaning in leniency.meanings(&slot) {
            if let Meaning::Json(meant) = meaning {
                assert!(Raw::checked(meant, Limits::default()).is_some(), "{text} means {meant}");
                assert!(!meant.starts_with('"'), "{text} means the string {meant}");
            }
        }
    }
}

fn read<'c, T: Deserialize<'c>>(slot: &'c Slot<'c>) -> Option<T> {
    T::deserialize(SlotDeserializer::new(slot, Leniency::Null)).ok()
}

fn exact<'c, T: Deserialize<'c> + Debug + PartialEq>(slot: &'c Slot<'c>, text: &'c str) {
    let (ours, theirs) = (read::<T>(slot), serde_json::from_str::<T>(text).ok());
    assert_eq!(ours, theirs, "{text} as {}", std::any::type_name::<T>());
}

fn integer<'c, T>(slot: &'c Slot<'c>, text: &'c str)
where
    T: Deserialize<'c> + Copy + Debug + PartialEq + TryInto<i128>,
{
    let (ours, theirs) = (read::<T>(slot), serde_json::from_str::<T>(text).ok());
    if theirs.is_some() || ours.is_none() {
        return assert_eq!(ours, theirs, "{text}");
    }
    let number: f64 = text.parse().expect("only numbers are integers");
    let whole = ours.and_then(|ours| ours.try_into().ok()).expect("an integer");
    assert!(number.fract() == 0.0 && number == whole as f64, "{text} is read as {whole}");
}

fn float<'c>(slot: &'c Slot<'c>, text: &'c str) {
    let (ours, theirs) = (read::<f64>(slot), serde_json::from_str::<f64>(text).ok());
    let Some(ours) = ours else { return assert_eq!(theirs, None, "{text}") };
    assert_eq!(Ok(ours), text.parse(), "{text}");
    // The parser of `serde_json` is off by a bit for some numbers, and refuses the largest ones.
    match theirs {
        Some(theirs) => assert!((ours - theirs).abs() <= ours.abs() * 1e-15, "{text} is {ours}"),
        None => assert!(ours.abs() >= f64::MAX * (1.0 - 1e-15), "{text} is read as {ours}"),
    }
}

/// Strings with escapes are lent, as decoded text.
fn lent(slot: &Slot<'_>, text: &str) {
    let Slot::Json(json) = slot else { return };
    let kept = Kept::decoded(json);
    let reader = Borrowing::new(SlotDeserializer::of_json(json), &kept.decoded);
    let ours =
        Lent::deserialize(reader).ok().map(|it| (it.text.to_owned(), it.more.map(str::to_owned)));
    #[derive(Deserialize)]
    struct Owned {
        text: String,
        more: Option<String>,
    }
    let theirs = serde_json::from_str::<Owned>(text).ok().map(|it| (it.text, it.more));
    assert_eq!(ours, theirs, "{text}");
}
