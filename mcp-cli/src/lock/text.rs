//! The text of a lock. It is written by hand, so that every version of this program writes the same bytes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

use super::{Component, FIRST_LINE, FORMAT, Lock, Locks};

impl Locks {
    /// Writes the locks as TOML.
    pub(crate) fn to_text(&self) -> String {
        let mut out = String::new();
        // Writing to a string does not fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "{FIRST_LINE}")?;
        writeln!(out, "# Commit this file. `cargo mcp check` compares a server with it.")?;
        writeln!(out, "format = {FORMAT}")?;
        match self {
            Self::One(lock) => lock.write(out, "server", "component"),
            Self::Several(locks) => locks.iter().try_for_each(|(name, lock)| {
                let table = format!("servers.{}", key(name));
                lock.write(out, &table, &format!("{table}.component"))
            }),
        }
    }
}

impl Lock {
    /// Writes the tables of a server. `table` is the name of its own, `components` that of the components.
    fn write(&self, out: &mut String, table: &str, components: &str) -> std::fmt::Result {
        writeln!(out, "\n[{table}]")?;
        pair(out, "name", self.name.as_deref())?;
        pair(out, "version", self.version.as_deref())?;
        self.components.iter().try_for_each(|component| component.write(out, components))
    }
}

impl Component {
    fn write(&self, out: &mut String, table: &str) -> std::fmt::Result {
        writeln!(out, "\n[[{table}]]")?;
        pair(out, "kind", Some(self.kind.word()))?;
        pair(out, "name", Some(&self.name))?;
        pair(out, "digest", Some(&self.digest))?;
        pair(out, "mime-type", self.mime_type.as_deref())?;
        pair(out, "output", self.output.as_deref())?;
        if !self.hints.is_empty() {
            let hints = self.hints.iter().map(|(name, hint)| format!("{} = {hint}", key(name)));
            writeln!(out, "hints = {{ {} }}", hints.collect::<Vec<_>>().join(", "))?;
        }
        for (name, arguments) in [("required", &self.required), ("optional", &self.optional)] {
            table_of(out, &format!("{table}.{name}"), arguments)?;
        }
        let schemas = [("input", &self.schemas.input), ("output", &self.schemas.output)];
        if schemas.iter().any(|(_, schema)| schema.is_some()) {
            writeln!(out, "\n[{table}.schema]")?;
        }
        for (name, schema) in schemas {
            if let Some(schema) = schema {
                writeln!(out, "{name} = {}", lines(schema))?;
            }
        }
        Ok(())
    }
}

fn table_of(
    out: &mut String,
    name: &str,
    arguments: &BTreeMap<String, String>,
) -> std::fmt::Result {
    if arguments.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n[{name}]")?;
    arguments.iter().try_for_each(|(name, kind)| pair(out, name, Some(kind)))
}

fn pair(out: &mut String, name: &str, value: Option<&str>) -> std::fmt::Result {
    match value {
        Some(value) => writeln!(out, "{} = {}", key(name), quoted(value)),
        None => Ok(()),
    }
}

fn key(name: &str) -> String {
    let is_bare = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    let is_bare = !name.is_empty() && name.chars().all(is_bare);
    if is_bare { name.to_owned() } else { quoted(name) }
}

/// A string. Texts with quotation marks stay readable between single ones.
fn quoted(text: &str) -> String {
    let is_literal = text.chars().all(|it| it != '\'' && !it.is_control()) && text.contains('"');
    if is_literal { format!("'{text}'") } else { escaped(text) }
}

/// A basic string: the escapes of JSON are those of TOML, which also wants one for DEL.
fn escaped(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}

/// JSON on several lines, so that differences are small.
fn lines(schema: &Value) -> String {
    let text = format!("{schema:#}");
    let is_literal = !text.contains("'''") && !text.contains('\u{7f}') && !text.ends_with('\'');
    if is_literal { format!("'''\n{text}'''") } else { escaped(&text) }
}
