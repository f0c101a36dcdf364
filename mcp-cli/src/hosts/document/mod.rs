//! Texts of configuration files: JSON with comments, TOML and YAML. One entry changes, everything else
//! stays as it is.

mod json;
mod lines;
mod toml;
mod yaml;

use std::fmt;

use serde_json::{Map, Value};

/// Format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// JSON with comments and trailing commas.
    Json,
    Toml,
    Yaml,
}

/// A text that cannot be read or changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    message: String,
    /// Line and column, from 1.
    at: Option<(usize, usize)>,
}

impl Fault {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), at: None }
    }

    fn at(line: usize, column: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), at: Some((line, column)) }
    }

    /// A fault at an offset in bytes.
    pub(crate) fn at_offset(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self::at(line, column, message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((line, column)) => {
                write!(out, "line {line}, column {column}: {}", self.message)
            }
            None => out.write_str(&self.message),
        }
    }
}

/// An entry among the servers of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// Members that lead to the servers.
    pub(crate) keys: &'a [String],
    pub(crate) name: &'a str,
}

/// Mark at the start of a file that some editors write.
const BYTE_ORDER_MARK: char = '\u{feff}';

impl Format {
    /// The format of a file with this extension. Without a known one it is JSON.
    pub(crate) fn of_path(path: &std::path::Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("toml") => Self::Toml,
            Some("yaml" | "yml") => Self::Yaml,
            _ => Self::Json,
        }
    }

    /// The value of a text. An empty text is an empty object.
    pub(crate) fn read(self, text: &str) -> Result<Value, Fault> {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let value = match self {
            Self::Json => json::read(text),
            Self::Toml => toml::read(text),
            Self::Yaml => yaml::read(text),
        }?;
        match value {
            Value::Object(_) => Ok(value),
            Value::Null if self == Self::Yaml => Ok(Value::Object(Map::new())),
            _ => Err(Fault::at(1, 1, "expected an object")),
        }
    }

    /// Returns the text with the entry set, or without it.
    pub(crate) fn change(
        self,
        text: &str,
        place: Place<'_>,
        entry: Option<&Map<String, Value>>,
    ) -> Result<String, Fault> {
        let (mark, text) = match text.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) => (BYTE_ORDER_MARK.to_string(), rest),
            None => (String::new(), text),
        };
        let unix = text.replace("\r\n", "\n");
        let mut expected = self.read(&unix)?;
        apply(&mut expected, place, entry)?;
        let changed = match self {
            Self::Json => json::change(&unix, place, entry),
            Self::Toml => toml::change(&unix, place, entry),
            Self::Yaml => yaml::change(&unix, place, entry),
        }?;
        // Whatever an editor does with an odd text: no other value may change.
        match self.read(&changed) {
            Ok(value) if value == expected || value == without_empty(expected, place.keys) => {
                Ok(mark + &lines::restore_endings(text, &changed))
            }
            _ => {
                Err(Fault::new("the entry cannot be changed without touching the rest of the file"))
            }
        }
    }
}

/// Sets or removes the entry in a value.
fn apply(
    document: &mut Value,
    place: Place<'_>,
    entry: Option<&Map<String, Value>>,
) -> Result<(), Fault> {
    let mut servers = document;
    for key in place.keys {
        let Value::Object(members) = servers else { return Err(no_object(key)) };
        servers = members.entry(key).or_insert(Value::Null);
        if servers.is_null() {
            *servers = Value::Object(Map::new());
        }
        if !servers.is_object() {
            return Err(no_object(key));
        }
    }
    if let Value::Object(members) = servers {
        match entry {
            Some(entry) => {
                members.insert(place.name.to_owned(), Value::Object(entry.clone()));
            }
            None => {
                members.shift_remove(place.name);
            }
        }
    }
    Ok(())
}

/// A document without servers has no table for them in TOML.
fn without_empty(mut document: Value, keys: &[String]) -> Value {
    for end in (0..keys.len()).rev() {
        let parent = keys[..end].iter().try_fold(&mut document, |value, key| value.get_mut(key));
        if let Some(Value::Object(members)) = parent {
            let is_empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
            if members.get(&keys[end]).is_some_and(is_empty) {
                members.shift_remove(&keys[end]);
            }
        }
    }
    document
}

fn no_object(key: &str) -> Fault {
    Fault::new(format!("`{key}` is not an object"))
}

/// The servers of a document.
pub(crate) fn servers<'a>(document: &'a Value, keys: &[String]) -> Option<&'a Map<String, Value>> {
    keys.iter().try_fold(document, |value, key| value.get(key))?.as_object()
}

#[cfg(test)]
mod tests;
