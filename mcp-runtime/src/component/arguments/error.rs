//! Errors of arguments, in words that a model can act on.

use std::fmt::Write as _;

use mcp_core::name::nearest;
use serde::Deserialize;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::de::SlotDeserializer;
use super::slot::Slot;
use crate::constraint::schema::{Mismatch, visible};
use crate::shorten::{shorten, shorten_to};

/// Error of deserializing, with the way to the value.
pub(crate) type PathError = serde_path_to_error::Error<serde_json::Error>;

/// Error of an argument that is given twice.
const DUPLICATE: &str = "given twice";

/// Number of errors in one report: enough to correct a call, too few to flood a conversation.
const MAX_ERRORS: usize = 16;

/// Length of a quoted message, which may repeat input of the peer.
const MAX_MESSAGE_CHARS: usize = 400;

/// One error in the arguments of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArgumentError {
    /// Path of the value: the name of an argument, then members and indices. Empty for all arguments.
    pub(crate) path: String,
    pub(crate) what: String,
}

impl ArgumentError {
    pub(crate) fn new(path: impl Into<String>, what: impl Into<String>) -> Self {
        Self { path: path.into(), what: what.into() }
    }

    /// An argument is missing.
    pub(crate) fn missing(name: &str, expected: Option<&str>) -> Self {
        match expected {
            Some(expected) => Self::new(name, format!("missing; expected {expected}")),
            None => Self::new(name, "missing"),
        }
    }

    /// An argument violates one of its rules.
    pub(crate) fn broken_rule(name: &str, expected: &str, slot: &Slot<'_>) -> Self {
        Self::new(name, format!("expected {expected}, got {}", slot.found()))
    }

    /// An argument does not fit its type. `expected` describes the type, unless the error does.
    pub(crate) fn misfit(
        name: &str,
        slot: &Slot<'_>,
        error: &PathError,
        expected: Option<&str>,
    ) -> Self {
        let found = value_at(&slot.to_json(), error.path());
        let expected = expected.filter(|_| error.path().iter().next().is_none());
        let what = explain(&plain_message(error.inner()), found.as_ref(), expected);
        Self::new(join(name, error.path()), what)
    }

    pub(crate) fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Self {
        let known: Vec<_> = known.collect();
        let what = match nearest(name, known.iter().copied()) {
            Some(nearest) => format!("unknown argument; did you mean `{nearest}`?"),
            None if known.is_empty() => "unknown argument; none is taken".to_owned(),
            None => format!("unknown argument; the arguments are {}", quoted(&known)),
        };
        Self::new(shorten(name), what)
    }

    /// A value violates a constraint of the schema.
    #[cfg(feature = "validate")]
    pub(crate) fn violation(path: &str, what: &str, found: &Value) -> Self {
        let found = shorten(&found.to_string());
        Self::new(path, format!("{}; got {found}", shorten_to(what, MAX_MESSAGE_CHARS)))
    }

    /// A string cannot be parsed as its type.
    pub(crate) fn unparsed(name: &str, error: &dyn std::fmt::Display, text: &str) -> Self {
        let found = shorten(&Value::from(text).to_string());
        Self::new(
            name,
            format!("{}; got {found}", shorten_to(&error.to_string(), MAX_MESSAGE_CHARS)),
        )
    }

    /// Leaves out what is wrong with a value, because it may contain the value.
    pub(crate) fn hide_value(&mut self) {
        let is_about_value = !self.what.starts_with("missing") && self.what != DUPLICATE;
        if is_about_value {
            self.what = "the value does not fit; it is secret, so it is not shown".to_owned();
        }
    }

    pub(crate) fn duplicate(name: &str) -> Self {
        Self::new(name, DUPLICATE)
    }
}

/// Renders the errors of a request for a tool, a prompt or a URI as one text.
pub(crate) fn report(tool: &str, errors: &[ArgumentError]) -> String {
    let tool = shorten_to(tool, 128);
    let mut text = format!("The arguments of `{tool}` do not fit:");
    for error in errors.iter().take(MAX_ERRORS) {
        let path = if error.path.is_empty() { "arguments" } else { &error.path };
        // Writing to a string cannot fail.
        let _ = write!(text, "\n- `{path}`: {}", error.what);
    }
    if errors.len() > MAX_ERRORS {
        let _ = write!(text, "\n- and {} more", errors.len() - MAX_ERRORS);
    }
    text
}

/// Converts an error of deserializing a whole arguments object.
pub(crate) fn explain_error(error: &PathError, json: &str) -> ArgumentError {
    let found = value_at(json, error.path());
    let path = join("", error.path());
    ArgumentError::new(path, explain(&plain_message(error.inner()), found.as_ref(), None))
}

/// Combines the mismatches that a schema finds in a value with the error of deserializing it, which is
/// left out where one of the mismatches is about the same part.
pub(crate) fn combined(mismatches: Vec<Mismatch<'_>>, error: ArgumentError) -> Vec<ArgumentError> {
    let mut errors: Vec<ArgumentError> = mismatches.into_iter().map(ArgumentError::from).collect();
    let is_within = |inner: &str, outer: &str| {
        let rest = inner.strip_prefix(outer);
        rest.is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let is_same = |known: &ArgumentError| {
        is_within(&known.path, &error.path) || is_within(&error.path, &known.path)
    };
    if !errors.iter().any(is_same) {
        errors.push(error);
    }
    errors
}

impl From<Mismatch<'_>> for ArgumentError {
    fn from(mismatch: Mismatch<'_>) -> Self {
        Self::new(mismatch.path, mismatch.what)
    }
}

/// Describes a type by its error for a value that it does not take.
pub(crate) fn expected_by<'c, T: Deserialize<'c>>() -> Option<String> {
    // An optional type takes `null`.
    let mut wrong = ["null", "true", "[]"].into_iter();
    let error = wrong.find_map(|json| T::deserialize(SlotDeserializer::of_json(json)).err())?;
    expected(&plain_message(&error)).map(|expected| noun(expected).to_owned())
}

/// Returns the message without the position that `serde_json` appends, which is useless to a model.
fn plain_message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&position).map(str::to_owned).unwrap_or(message)
}

/// Appends a path to the name of an argument, in the form of [`Mismatch::path`].
fn join(name: &str, path: &Path) -> String {
    let mut joined = name.to_owned();
    for segment in path {
        let step = match segment {
            Segment::Seq { index } => format!("[{index}]"),
            Segment::Map { key } => format!(".{}", visible(key)),
            Segment::Enum { variant } => format!(".{}", visible(variant)),
            Segment::Unknown => ".?".to_owned(),
        };
        joined.push_str(if joined.is_empty() { step.trim_start_matches('.') } else { &step });
    }
    joined
}

fn value_at(json: &str, path: &Path) -> Option<Value> {
    let mut value: Value = serde_json::from_str(json).ok()?;
    for segment in path {
        value = match segment {
            Segment::Seq { index } => value.get_mut(*index)?.take(),
            Segment::Map { key } => value.get_mut(key.as_str())?.take(),
            // A variant without content is a string and leads no further in.
            Segment::Enum { variant } if value.is_object() => {
                value.get_mut(variant.as_str())?.take()
            }
            Segment::Enum { .. } => value,
            Segment::Unknown => return None,
        };
    }
    Some(value)
}

/// Converts a message of serde to one for a model. `fallback` is what is expected where the message
/// does not say so.
fn explain(message: &str, found: Option<&Value>, fallback: Option<&str>) -> String {
    let found = found.map(|value| shorten(&value.to_string()));
    let told = match (expected(message), found) {
        (Some(expected), Some(found)) => format!("expected {}, got {found}", noun(expected)),
        (Some(expected), None) => format!("expected {}", noun(expected)),
        (None, Some(found)) if message.starts_with("data did not match any variant") => {
            format!("fits none of the forms that are accepted, got {found}")
        }
        (None, Some(found)) if !is_about_members(message) => {
            let reason = shorten_to(message, MAX_MESSAGE_CHARS);
            match fallback {
                Some(expected) => format!("{reason}; expected {expected}, got {found}"),
                None => format!("{reason}; got {found}"),
            }
        }
        (None, _) => shorten_to(message, MAX_MESSAGE_CHARS),
    };
    match suggestion(message) {
        Some(name) => format!("{told}; did you mean `{name}`?"),
        None => told,
    }
}

/// Returns `true` for a message of serde that names a member, so that the whole value adds nothing.
fn is_about_members(message: &str) -> bool {
    let told = ["missing field ", "unknown field ", "duplicate field "];
    told.iter().any(|start| message.starts_with(start))
}

/// Extracts the expected type from a message of serde.
fn expected(message: &str) -> Option<&str> {
    let told = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant "];
    if !told.iter().any(|start| message.starts_with(start)) {
        return None;
    }
    message.rsplit_once(", expected ").map(|(_, expected)| expected)
}

/// Finds the nearest name in a message of serde that lists the known names.
fn suggestion(message: &str) -> Option<&str> {
    let rest = message
        .strip_prefix("unknown variant `")
        .or_else(|| message.strip_prefix("unknown field `"))?;
    let (wanted, known) = rest.rsplit_once("`, expected ")?;
    nearest(wanted, known.split('`').skip(1).step_by(2))
}

/// Converts a type name of Rust or serde to plain words.
fn noun(expected: &str) -> &str {
    match expected {
        "i8" => "an integer from -128 to 127",
        "i16" => "an integer from -32768 to 32767",
        "i32" => "an integer from -2147483648 to 2147483647",
        "u8" => "an integer from 0 to 255",
        "u16" => "an integer from 0 to 65535",
        "u32" => "an integer from 0 to 4294967295",
        "i64" | "isize" | "i128" => "an integer",
        "u64" | "usize" | "u128" => "a non-negative integer",
        "f32" | "f64" => "a number",
        "a borrowed string" => "a string",
        "a character" => "a string of one character",
        "a sequence" => "an array",
        "a map" => "an object",
        "IP address" => "an IP address",
        "IPv4 address" => "an IPv4 address",
        "IPv6 address" => "an IPv6 address",
        "socket address" => "a socket address",
        "path string" => "a path",
        "unit" => "null",
        other if other.starts_with("a nonzero ") => "an integer other than 0",
        other if other.starts_with("struct ") => "an object",
        other if other.starts_with("tuple ") => "an array",
        other => other,
    }
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().take(MAX_ERRORS).map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::num::NonZeroU8;

    use mcp_core::jsonrpc::Raw;
    use serde::Deserialize;

    use super::{ArgumentError, Slot, SlotDeserializer, expected_by, report};
    use crate::component::arguments::Leniency;

    fn check<T: for<'de> Deserialize<'de>>(json: &str, expected: &str) {
        let slot = Slot::of(Raw::from_accepted(json));
        let reader = SlotDeserializer::new(&slot, Leniency::Null);
        let error = serde_path_to_error::deserialize::<_, T>(reader).err().unwrap();
        let described = expected_by::<T>();
        let error = ArgumentError::misfit("a", &slot, &error, described.as_deref());
        assert_eq!(format!("{}: {}", error.path, error.what), expected);
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Place {
        city: String,
        floors: Vec<u8>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Unit {
        Celsius,
        Kelvin,
    }

    #[derive(Deserialize)]
    #[serde(untagged)]
    #[expect(dead_code, reason = "only read")]
    enum Either {
        Number(i64),
        Flag(bool),
    }

    #[test]
    fn scalars_say_what_they_expected_and_got() {
        check::<i64>(r#""abc""#, r#"a: expected an integer, got "abc""#);
        check::<u8>("300", "a: expected an integer from 0 to 255, got 300");
        check::<u32>("-1", "a: expected an integer from 0 to 4294967295, got -1");
        check::<f64>("[]", "a: expected a number, got []");
        check::<bool>("1", "a: expected a boolean, got 1");
        check::<String>("5", "a: expected a string, got 5");
        check::<i64>("null", "a: expected an integer, got null");
        check::<i64>("5.5", "a: expected an integer, got 5.5");
        check::<NonZeroU8>("0", "a: expected an integer other than 0, got 0");
        let long = format!("\"{}, expected i64\"", "ä".repeat(100_000));
        check::<i64>(&long, &format!("a: expected an integer, got \"{}…", "ä".repeat(79)));
    }

    #[test]
    fn nested_faults_say_where() {
        check::<Place>(
            r#"{"city":"x","floors":[1,2,300]}"#,
            "a.floors[2]: expected an integer from 0 to 255, got 300",
        );
        check::<Place>(r#"{"city":5}"#, "a.city: expected a string, got 5");
        check::<Place>(r#"{"city":"x"}"#, "a: missing field `floors`");
        check::<Place>(r#""x""#, r#"a: expected an object, got "x""#);
        check::<Vec<Place>>("[1]", "a[0]: expected an object, got 1");
        check::<BTreeMap<String, u8>>(
            r#"{"k":"v"}"#,
            r#"a.k: expected an integer from 0 to 255, got "v""#,
        );
    }

    #[test]
    fn names_are_suggested() {
        check::<Unit>(
            r#""celcius""#,
            r#"a: expected `celsius` or `kelvin`, got "celcius"; did you mean `celsius`?"#,
        );
        check::<Place>(
            r#"{"cty":"x"}"#,
            "a.cty: unknown field `cty`, expected `city` or `floors`; did you mean `city`?",
        );
        check::<Either>(r#""x""#, r#"a: fits none of the forms that are accepted, got "x""#);
    }

    #[test]
    fn a_reason_comes_with_the_expectation_and_the_value() {
        check::<std::net::Ipv4Addr>(
            r#""localhost""#,
            r#"a: invalid IPv4 address syntax; expected an IPv4 address, got "localhost""#,
        );
        check::<Vec<std::net::Ipv4Addr>>(
            r#"["x"]"#,
            r#"a[0]: invalid IPv4 address syntax; got "x""#,
        );
    }

    #[test]
    fn faults_are_told_together() {
        let errors = [
            ArgumentError::missing("a", expected_by::<i64>().as_deref()),
            ArgumentError::missing("u", expected_by::<Unit>().as_deref()),
            ArgumentError::unknown("nmae", ["name"].into_iter()),
            ArgumentError::unknown("x", ["first", "second"].into_iter()),
            ArgumentError::unknown("x", std::iter::empty()),
            ArgumentError::duplicate("b"),
        ];
        assert_eq!(
            report("add", &errors),
            "The arguments of `add` do not fit:\n\
             - `a`: missing; expected an integer\n\
             - `u`: missing\n\
             - `nmae`: unknown argument; did you mean `name`?\n\
             - `x`: unknown argument; the arguments are `first`, `second`\n\
             - `x`: unknown argument; none is taken\n\
             - `b`: given twice"
        );
    }

    #[test]
    fn a_flood_of_faults_is_cut_short() {
        let errors: Vec<_> = (0..20).map(|_| ArgumentError::duplicate("a")).collect();
        let text = report("t", &errors);
        assert_eq!(text.lines().count(), 18);
        assert!(text.ends_with("- and 4 more"));
    }
}
