//! JSON with comments.

use jsonc_parser::cst::{CstInputValue, CstObject, CstRootNode};
use jsonc_parser::errors::ParseError;
use jsonc_parser::{ParseOptions, parse_to_serde_value};
use serde_json::{Map, Value};

use super::{Fault, Place, no_object};

fn options() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

pub(super) fn read(text: &str) -> Result<Value, Fault> {
    let value = parse_to_serde_value::<Option<Value>>(text, &options()).map_err(fault)?;
    Ok(value.unwrap_or_else(|| Value::Object(Map::new())))
}

fn fault(error: ParseError) -> Fault {
    Fault::at(error.line_display(), error.column_display(), error.kind().to_string())
}

pub(super) fn change(
    text: &str,
    place: Place<'_>,
    entry: Option<&Map<String, Value>>,
) -> Result<String, Fault> {
    let root = CstRootNode::parse(text, &options()).map_err(fault)?;
    let mut servers =
        root.object_value_or_create().ok_or_else(|| Fault::at(1, 1, "expected an object"))?;
    for key in place.keys {
        servers = match servers.get(key) {
            Some(member) => match member.value() {
                Some(value) if value.as_object().is_some() => {
                    value.as_object().ok_or_else(|| no_object(key))?
                }
                Some(value) if value.as_null_keyword().is_some() => member.object_value_or_set(),
                _ => return Err(no_object(key)),
            },
            None => servers.object_value_or_set(key),
        };
    }
    match (servers.get(place.name), entry) {
        (Some(member), Some(entry)) => match member.object_value() {
            Some(existing) => update(&existing, entry),
            None => member.set_value(object(entry)),
        },
        (None, Some(entry)) => {
            servers.append(place.name, object(entry));
        }
        (Some(member), None) => member.remove(),
        (None, None) => {}
    }
    Ok(root.to_string())
}

/// Changes the members that differ, so that comments between them stay.
fn update(existing: &CstObject, entry: &Map<String, Value>) {
    for member in existing.properties() {
        if member.decoded_name().is_none_or(|name| !entry.contains_key(&name)) {
            member.remove();
        }
    }
    for (name, value) in entry {
        match existing.get(name) {
            Some(member) if member.to_serde_value().as_ref() == Some(value) => {}
            Some(member) => member.set_value(input(value)),
            None => {
                existing.append(name, input(value));
            }
        }
    }
}

fn object(members: &Map<String, Value>) -> CstInputValue {
    CstInputValue::Object(
        members.iter().map(|(name, value)| (name.clone(), input(value))).collect(),
    )
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(value) => CstInputValue::Bool(*value),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(items) => CstInputValue::Array(items.iter().map(input).collect()),
        Value::Object(members) => object(members),
    }
}
