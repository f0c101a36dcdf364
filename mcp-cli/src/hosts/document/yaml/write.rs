//! Values as YAML.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Words that are no text without quotes.
const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

/// A member whose value is a mapping, as lines from a column on.
pub(super) fn block<'a, V: Into<Member<'a>>>(
    column: usize,
    name: &str,
    members: impl IntoIterator<Item = (&'a str, V)>,
) -> String {
    let mut lines = format!("{:column$}{}:\n", "", scalar(name));
    for (name, value) in members {
        member(&mut lines, column + 2, name, value.into());
    }
    lines
}

/// The value of a member.
pub(super) enum Member<'a> {
    Value(&'a Value),
    Object(&'a Map<String, Value>),
}

impl<'a> From<&'a Value> for Member<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Object(members) => Self::Object(members),
            value => Self::Value(value),
        }
    }
}

impl<'a> From<&'a Map<String, Value>> for Member<'a> {
    fn from(members: &'a Map<String, Value>) -> Self {
        Self::Object(members)
    }
}

/// A member as lines from a column on.
pub(super) fn lines_of(column: usize, name: &str, value: &Value) -> String {
    let mut lines = String::new();
    member(&mut lines, column, name, value.into());
    lines
}

fn member(lines: &mut String, column: usize, name: &str, value: Member<'_>) {
    // Writing to a string does not fail.
    let _ = match value {
        Member::Object(members) if !members.is_empty() => {
            let members = members.iter().map(|(name, value)| (name.as_str(), value));
            lines.write_str(&block(column, name, members))
        }
        Member::Object(_) => writeln!(lines, "{:column$}{}: {{}}", "", scalar(name)),
        Member::Value(Value::Array(items)) if !items.is_empty() => {
            let _ = writeln!(lines, "{:column$}{}:", "", scalar(name));
            items.iter().try_for_each(|item| writeln!(lines, "{:column$}- {}", "", inline(item)))
        }
        Member::Value(value) => {
            writeln!(lines, "{:column$}{}: {}", "", scalar(name), inline(value))
        }
    };
}

/// A member on one line.
pub(super) fn flow(name: &str, entry: &Map<String, Value>) -> String {
    let members = entry.iter().map(|(name, value)| format!("{}: {}", scalar(name), inline(value)));
    format!("{}: {{{}}}", scalar(name), members.collect::<Vec<_>>().join(", "))
}

/// A value on one line.
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", "))
        }
        Value::Object(members) => {
            let members =
                members.iter().map(|(name, value)| format!("{}: {}", scalar(name), inline(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A text, in quotes if it could be read as something else.
fn scalar(text: &str) -> String {
    let starts = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/');
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.' | '/');
    if starts && text.chars().all(is_plain) && !WORDS.contains(&&*text.to_lowercase()) {
        return text.to_owned();
    }
    // A string of JSON is a text in double quotes of YAML.
    Value::from(text).to_string()
}
