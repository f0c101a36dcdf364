//! Errors of arguments, in words that a model can act on.

use std::fmt::Write as _;

use mcp_core::name::nearest;
use serde::Deserialize;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::de::SlotDeserializer;
use super::habits::Leniency;
use super::slot::Slot;
use crate::shorten::{shorten, shorten_to};

/// Number of errors in one report: enough to correct a call, too few to flood a conversation.
const MAX_ERRORS: usize = 16;

/// Length of a quoted message, which may repeat input of the peer.
const MAX_MESSAGE_CHARS: usize = 400;

/// One error in the arguments of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArgumentError {
    /// Path of the value: the name of an argument, then members and indices.
    pub(crate) path: String,
    pub(crate) what: String,
}

impl ArgumentError {
    pub(crate) fn new(path: impl Into<String>, what: impl Into<String>) -> Self {
        Self { path: path.into(), what: what.into() }
    }

    /// An argument is missing. The expected type comes from the error of `T` for `null`.
    pub(crate) fn missing<'c, T: Deserialize<'c>>(name: &str) -> Self {
        let told = T::deserialize(SlotDeserializer::new(&Slot::Json("null"), Leniency::Null)).err();
        let told = told.map(|error| plain_message(&error)).unwrap_or_default();
        match expected(&told).map(noun) {
            Some(expected) => Self::new(name, format!("missing; expected {expected}")),
            None => Self::new(name, "missing"),
        }
    }

    /// An argument violates one of its rules.
    pub(crate) fn broken_rule(name: &str, expected: &str, slot: &Slot<'_>) -> Self {
        Self::new(name, format!("expected {expected}, got {}", shorten(&slot.to_json())))
    }

    /// An argument does not fit its type. It is read again to find the path of the error.
    pub(crate) fn misfit<'c, T: Deserialize<'c>>(
        name: &str,
        slot: &'c Slot<'c>,
        leniency: Leniency,
    ) -> Self {
        match serde_path_to_error::deserialize::<_, T>(SlotDeserializer::new(slot, leniency)) {
            Ok(_) => Self::new(name, "cannot be read"),
            Err(error) => {
                let found = value_at(&slot.to_json(), error.path());
                let what = explain(&plain_message(error.inner()), found.as_ref());
                Self::new(join(name, error.path()), what)
            }
        }
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

    pub(crate) fn duplicate(name: &str) -> Self {
        Self::new(name, "given twice")
    }
}

/// Renders the errors of a request as one text.
pub(crate) fn report(tool: &str, errors: &[ArgumentError]) -> String {
    let mut text = format!("The arguments of `{tool}` do not fit:");
    for error in errors.iter().take(MAX_ERRORS) {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n- `{}`: {}", error.path, error.what);
    }
    if errors.len() > MAX_ERRORS {
        let _ = write!(text, "\n- and {} more", errors.len() - MAX_ERRORS);
    }
    text
}

/// Converts an error of deserializing a whole arguments object.
pub(crate) fn explain_error(
    error: &serde_path_to_error::Error<serde_json::Error>,
    json: &str,
) -> ArgumentError {
    let found = value_at(json, error.path());
    let path = error.path().to_string();
    let path = if path == "." { "arguments".to_owned() } else { path };
    ArgumentError::new(path, explain(&plain_message(error.inner()), found.as_ref()))
}

/// Returns the message without the position that `serde_json` appends, which is useless to a model.
fn plain_message(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    message.strip_suffix(&position).map(str::to_owned).unwrap_or(message)
}

fn join(name: &str, path: &Path) -> String {
    match path.to_string().as_str() {
        "." => name.to_owned(),
        inner if inner.starts_with('[') => format!("{name}{inner}"),
        inner => format!("{name}.{inner}"),
    }
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

/// Converts a message of serde to one for a model.
fn explain(message: &str, found: Option<&Value>) -> String {
    let found = found.map(|value| shorten(&value.to_string()));
    let told = match (expected(message), found) {
        (Some(expected), Some(found)) => format!("expected {}, got {found}", noun(expected)),
        (Some(expected), None) => format!("expected {}", noun(expected)),
        (None, Some(found)) if message.starts_with("data did not match any variant") => {
            format!("fits none of the forms that are accepted, got {found}")
        }
        (None, _) => shorten_to(message, MAX_MESSAGE_CHARS),
    };
    match suggestion(message) {
        Some(name) => format!("{told}; did you mean `{name}`?"),
        None => told,
    }
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

    use super::{ArgumentError, Leniency, Slot, report};

    fn check<T: for<'de> Deserialize<'de>>(json: &str, expected: &str) {
        let slot = Slot::of(Raw::from_accepted(json));
        let error = ArgumentError::misfit::<T>("a", &slot, Leniency::Null);
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
    fn faults_are_told_together() {
        let errors = [
            ArgumentError::missing::<i64>("a"),
            ArgumentError::missing::<Unit>("u"),
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
