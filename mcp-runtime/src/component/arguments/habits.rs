//! Values that models send in place of others.
//!
//! A model may put a value into a string, write a boolean as a word or a number, or write an empty
//! string for a value that it leaves out. Such a value is read for what it means if it does not fit
//! the type of its argument as it is. Nothing is read as a string, so text stays as it was sent.

use mcp_core::jsonrpc::{Limits, Raw};

use super::Slot;

/// A reading of a value that does not fit its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning<'c> {
    /// The argument is left out.
    Absent,
    /// JSON text of another value, never that of a string.
    Json(&'c str),
}

/// The readings of values that are accepted besides the value itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Leniency {
    /// `null` for an optional argument.
    Null,
    /// An empty string for an optional argument of a prompt, whose arguments are strings. Hosts send it
    /// for a field that their user left empty.
    EmptyString,
    /// All habits of models, for arguments of tools.
    Habits,
}

impl Leniency {
    /// Lists the readings of a value, the most likely one first.
    pub(crate) fn meanings<'c>(self, slot: &'c Slot<'c>) -> Vec<Meaning<'c>> {
        match (self, slot) {
            (Self::Null | Self::Habits, slot) if slot.is_null() => vec![Meaning::Absent],
            (Self::EmptyString, slot) if slot.is_empty_string() => vec![Meaning::Absent],
            (Self::Habits, Slot::String(text)) => of_string(text),
            (Self::Habits, Slot::Json(number @ ("0" | "1"))) => {
                boolean(number).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }
}

fn of_string(text: &str) -> Vec<Meaning<'_>> {
    let held = held(text).map(Meaning::Json);
    let is_absent = matches!(text, "" | "null");
    held.into_iter().chain(boolean(text)).chain(is_absent.then_some(Meaning::Absent)).collect()
}

/// A number, a boolean, an array or an object that a string contains. Space around a number or
/// boolean makes the string a text.
fn held(text: &str) -> Option<&str> {
    let begins =
        |first: char| matches!(first, '{' | '[' | '-' | 't' | 'f') || first.is_ascii_digit();
    if !text.trim_ascii_start().starts_with(begins) {
        return None;
    }
    let value = Raw::checked(text, Limits::default())?.as_str();
    (value.len() == text.len() || value.starts_with(['{', '['])).then_some(value)
}

/// The boolean of a word or number.
fn boolean(text: &str) -> Option<Meaning<'static>> {
    let is_one_of = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_one_of(["true", "yes", "on", "1"]) {
        Some(Meaning::Json("true"))
    } else if is_one_of(["false", "no", "off", "0"]) {
        Some(Meaning::Json("false"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &[Meaning<'_>]) {
        let slot = Slot::of(Raw::from_accepted(json));
        assert_eq!(Leniency::Habits.meanings(&slot), expected, "{json}");
    }

    #[test]
    fn strings_hold_other_values() {
        use Meaning::{Absent, Json};
        check(r#""5""#, &[Json("5")]);
        check(r#""-1.5e3""#, &[Json("-1.5e3")]);
        check(r#""[1, 2]""#, &[Json("[1, 2]")]);
        check(r#"" {\"a\": [1]}\n""#, &[Json(r#"{"a": [1]}"#)]);
        check(r#""true""#, &[Json("true"), Json("true")]);
        check(r#""True""#, &[Json("true")]);
        check(r#""YES""#, &[Json("true")]);
        check(r#""off""#, &[Json("false")]);
        check(r#""1""#, &[Json("1"), Json("true")]);
        check("0", &[Json("false")]);
        check(r#""""#, &[Absent]);
        check(r#""null""#, &[Absent]);
        check("null", &[Absent]);
    }

    #[test]
    fn other_values_mean_themselves() {
        for json in [
            r#""five""#,
            r#"" 5""#,
            r#""5 ""#,
            r#""+5""#,
            r#""05""#,
            r#""[1""#,
            r#""{a: 1}""#,
            r#""[1] [2]""#,
            r#""inf""#,
            r#""Null""#,
            r#"" ""#,
            r#""\"5\"""#,
            "5",
            "1.0",
            "[]",
            "{}",
            "true",
            "[1]",
        ] {
            check(json, &[]);
        }
        let deep = format!("\"{}{}\"", "[".repeat(200), "]".repeat(200));
        check(&deep, &[]);
        let wide = format!("\"[{}0]\"", "0,".repeat(100_000));
        check(&wide, &[]);
    }
}
