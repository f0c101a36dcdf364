//! TOML.

use std::ops::Range;

use serde_json::{Map, Value};
use toml_edit::{Array, Document, DocumentMut, InlineTable, Item, Table, TableLike};

use super::{Fault, Place, no_object};

pub(super) fn read(text: &str) -> Result<Value, Fault> {
    let document = parse(text)?;
    Ok(of_table(document.as_table()))
}

fn parse(text: &str) -> Result<Document<&str>, Fault> {
    Document::parse(text).map_err(|error| {
        let message = error.message().lines().next().unwrap_or_default();
        match error.span() {
            Some(span) => Fault::at_offset(text, span.start, message),
            None => Fault::new(message),
        }
    })
}

fn of_table(table: &dyn TableLike) -> Value {
    let members = table.iter().map(|(name, item)| (name.to_owned(), of_item(item)));
    Value::Object(members.collect())
}

fn of_item(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => of_value(value),
        Item::Table(table) => of_table(table),
        Item::ArrayOfTables(tables) => Value::Array(tables.iter().map(|it| of_table(it)).collect()),
    }
}

fn of_value(value: &toml_edit::Value) -> Value {
    use toml_edit::Value as Toml;
    match value {
        Toml::String(text) => text.value().as_str().into(),
        Toml::Integer(number) => (*number.value()).into(),
        Toml::Float(number) => (*number.value()).into(),
        Toml::Boolean(value) => (*value.value()).into(),
        Toml::Datetime(time) => time.value().to_string().into(),
        Toml::Array(items) => Value::Array(items.iter().map(of_value).collect()),
        Toml::InlineTable(table) => of_table(table),
    }
}

pub(super) fn change(
    text: &str,
    place: Place<'_>,
    entry: Option<&Map<String, Value>>,
) -> Result<String, Fault> {
    let document = parse(text)?;
    let servers = table_at(document.as_table(), place.keys)?;
    let is_table = |item: &Item| item.as_table().is_some_and(|table| !table.is_dotted());
    match (servers, entry) {
        (None, Some(entry)) => Ok(insert(text, text.len(), &rendered(place, entry))),
        (Some(servers), Some(entry))
            if servers.get(place.name).is_none() && servers.iter().all(|(_, it)| is_table(it)) =>
        {
            // Behind the other servers, or behind everything.
            let headers: Vec<_> = servers.iter().flat_map(|(_, item)| headers(item)).collect();
            let at = match headers.is_empty() {
                true => text.len(),
                false => end_of_body(text, &document, &headers),
            };
            Ok(insert(text, at, &rendered(place, entry)))
        }
        (Some(servers), None) if servers.get(place.name).is_some_and(is_table) => {
            let headers = servers.get(place.name).map(headers).unwrap_or_default();
            Ok(without_table(text, &document, &headers))
        }
        (Some(_), entry) => edited(text, place, entry),
        (None, None) => Ok(text.to_owned()),
    }
}

fn table_at<'a>(root: &'a Table, keys: &[String]) -> Result<Option<&'a dyn TableLike>, Fault> {
    let mut table: &dyn TableLike = root;
    for key in keys {
        let Some(item) = table.get(key) else { return Ok(None) };
        table = item.as_table_like().ok_or_else(|| no_object(key))?;
    }
    Ok(Some(table))
}

/// The tables of an entry, as text.
fn rendered(place: Place<'_>, entry: &Map<String, Value>) -> String {
    let mut root = Table::new();
    let mut servers = &mut root;
    for key in place.keys {
        let mut table = Table::new();
        table.set_implicit(true);
        servers.insert(key, Item::Table(table));
        if let Some(Item::Table(table)) = servers.get_mut(key) {
            servers = table;
        } else {
            return String::new();
        }
    }
    servers.insert(place.name, Item::Table(table(entry)));
    DocumentMut::from(root).to_string()
}

/// Inserts tables with an empty line before and, if something follows, behind them.
fn insert(text: &str, at: usize, tables: &str) -> String {
    let (before, after) = text.split_at(at);
    let gap = match before {
        "" => "",
        _ if before.ends_with("\n\n") => "",
        _ if before.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let end = if after.is_empty() || after.starts_with('\n') { "" } else { "\n" };
    format!("{before}{gap}{}{end}{after}", tables.trim_start_matches('\n'))
}

/// Where the headers of a table and of those in it start.
fn headers(item: &Item) -> Vec<usize> {
    let mut found = Vec::new();
    match item {
        Item::Table(table) => {
            let is_header = !table.is_implicit() && !table.is_dotted();
            found.extend(table.span().filter(|_| is_header).map(|span| span.start));
            found.extend(table.iter().flat_map(|(_, item)| headers(item)));
        }
        Item::ArrayOfTables(tables) => {
            for table in tables {
                found.extend(table.span().map(|span| span.start));
                found.extend(table.iter().flat_map(|(_, item)| headers(item)));
            }
        }
        Item::None | Item::Value(_) => {}
    }
    found
}

/// The end of the last line of the tables with these headers, without comments that follow.
fn end_of_body(text: &str, document: &Document<&str>, own: &[usize]) -> usize {
    let last = own.iter().copied().max().unwrap_or_default();
    let all = document.as_table().iter().flat_map(|(_, item)| headers(item));
    let next = all.filter(|start| *start > last).min().unwrap_or(text.len());
    let mut end = next;
    for line in text[last..next].split_inclusive('\n').rev() {
        let line_text = line.trim();
        if !line_text.is_empty() && !line_text.starts_with('#') {
            break;
        }
        end -= line.len();
    }
    end
}

/// The text without the tables with these headers, and without the empty line before them.
fn without_table(text: &str, document: &Document<&str>, own: &[usize]) -> String {
    let start = own.iter().copied().min().unwrap_or_default();
    let Range { start, end } = start..end_of_body(text, document, own);
    let (before, after) = (&text[..start], &text[end..]);
    let has_gap = before.ends_with("\n\n") && (after.is_empty() || after.starts_with('\n'));
    let before = if has_gap { &before[..before.len() - 1] } else { before };
    let after = if before.is_empty() { after.trim_start_matches('\n') } else { after };
    format!("{before}{after}")
}

/// Changes the members of an entry in place.
fn edited(
    text: &str,
    place: Place<'_>,
    entry: Option<&Map<String, Value>>,
) -> Result<String, Fault> {
    let mut document: DocumentMut = text.parse().map_err(|_| Fault::new("cannot be read again"))?;
    let mut servers: &mut dyn TableLike = document.as_table_mut();
    for key in place.keys {
        let item = servers.get_mut(key).ok_or_else(|| no_object(key))?;
        servers = item.as_table_like_mut().ok_or_else(|| no_object(key))?;
    }
    let Some(entry) = entry else {
        servers.remove(place.name);
        return Ok(document.to_string());
    };
    match servers.get_mut(place.name).and_then(Item::as_table_like_mut) {
        Some(existing) => update(existing, entry),
        None => {
            servers.insert(place.name, Item::Value(inline(entry).into()));
        }
    }
    Ok(document.to_string())
}

fn update(existing: &mut dyn TableLike, entry: &Map<String, Value>) {
    let names: Vec<_> = existing.iter().map(|(name, _)| name.to_owned()).collect();
    for name in names.iter().filter(|name| !entry.contains_key(*name)) {
        existing.remove(name);
    }
    for (name, value) in entry {
        if existing.get(name).map(of_item).as_ref() == Some(value) {
            continue;
        }
        let is_section = existing.get(name).is_some_and(|item| item.is_table());
        let item = match value {
            Value::Object(members) if is_section => Item::Table(table(members)),
            value => Item::Value(of_json(value)),
        };
        match existing.get_mut(name) {
            // The decoration of the key, such as a comment above it, stays.
            Some(old) => *old = item,
            None => {
                existing.insert(name, item);
            }
        }
    }
}

/// A table whose objects are tables, too.
fn table(members: &Map<String, Value>) -> Table {
    let mut table = Table::new();
    for (name, value) in members {
        let item = match value {
            Value::Object(members) => Item::Table(self::table(members)),
            value => Item::Value(of_json(value)),
        };
        table.insert(name, item);
    }
    table
}

fn inline(members: &Map<String, Value>) -> InlineTable {
    members.iter().map(|(name, value)| (name.clone(), of_json(value))).collect()
}

fn of_json(value: &Value) -> toml_edit::Value {
    match value {
        // TOML has no null, and no entry of a host has one.
        Value::Null => "".into(),
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => number.as_f64().unwrap_or_default().into(),
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(of_json).collect::<Array>().into(),
        Value::Object(members) => inline(members).into(),
    }
}
