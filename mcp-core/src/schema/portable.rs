//! Rewriter of generated schemas into a form that every host accepts.
//!
//! Hosts pass input schemas to model providers that refuse or misread parts of JSON Schema:
//! unknown formats, `null` in a list of types, boolean schemas, arrays without `items`,
//! `patternProperties`, `$ref` beside other keywords. The rewritten schema describes the values that
//! a handler accepts, with two exceptions: an explicit `null` for an optional value or element is
//! accepted and not advertised, and the names in a map may be restricted further.

use serde_json::{Map, Value, json};

use super::arrays::name_items;
use super::maps::name_values;
use super::walk::subschemas_mut;

/// Keyword of types that enforce their own constraints; never sent.
const ENFORCED: &str = "x-enforced";

/// Rewrites a schema and its subschemas.
pub(super) fn rewrite(schema: &mut Value) {
    if let Value::Bool(allowed) = schema {
        *schema = if *allowed { json!({}) } else { json!({ "not": {} }) };
    }
    let Value::Object(object) = schema else { return };
    state_range(object);
    drop_format(object, is_enforced);
    object.remove("uniqueItems");
    object.remove("$schema");
    object.remove(ENFORCED);
    drop_null_from_optional_properties(object);
    subschemas_mut(object, |keyword, inner| {
        // `additionalProperties: false` is how every host expects a closed object to be written.
        if !(inner.is_boolean() && keyword.ends_with("Properties")) {
            rewrite(inner);
        }
        if is_element(keyword) {
            drop_null(inner);
        }
    });
    name_items(object);
    name_values(object);
    isolate_reference(object);
}

/// Rewrites the schema of a value that is sent; `null` and `uniqueItems` stay.
pub(super) fn rewrite_output(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    drop_format(object, is_standard);
    object.remove("$schema");
    object.remove(ENFORCED);
    subschemas_mut(object, |_, inner| rewrite_output(inner));
    name_items(object);
    name_values(object);
}

/// `true` for the keywords of schemas of elements of lists and of values of maps.
fn is_element(keyword: &str) -> bool {
    matches!(keyword, "items" | "prefixItems" | "additionalProperties" | "patternProperties")
}

/// Removes `null` from the schema of an optional value.
pub(super) fn drop_null(schema: &mut Value) {
    let Value::Object(object) = schema else { return };
    if let Some(Value::Array(types)) = object.get_mut("type") {
        retain_some(types, |name| name != "null");
        if types.len() == 1 {
            let only = types.remove(0);
            object.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(values)) = object.get_mut("enum") {
        retain_some(values, |value| !value.is_null());
    }
    for keyword in ["anyOf", "oneOf"] {
        drop_null_alternative(object, keyword);
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
}

/// Retains the elements that are wanted, unless none is.
fn retain_some(values: &mut Vec<Value>, is_wanted: impl Fn(&Value) -> bool) {
    if values.iter().any(&is_wanted) {
        values.retain(is_wanted);
    }
}

fn drop_null_alternative(object: &mut Map<String, Value>, keyword: &str) {
    let Some(Value::Array(alternatives)) = object.get_mut(keyword) else { return };
    let before = alternatives.len();
    retain_some(alternatives, |schema| schema.get("type").is_none_or(|name| name != "null"));
    alternatives.iter_mut().for_each(drop_null);
    if alternatives.len() == before || alternatives.len() != 1 {
        return;
    }
    // Keywords beside the alternatives were written closer to the argument and win.
    if let Value::Object(inner) = alternatives.remove(0) {
        object.remove(keyword);
        for (key, value) in inner {
            object.entry(key).or_insert(value);
        }
    }
}

fn drop_null_from_optional_properties(object: &mut Map<String, Value>) {
    let required = match object.get("required") {
        Some(Value::Array(names)) => names.clone(),
        _ => Vec::new(),
    };
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties
            .iter_mut()
            .filter(|(name, _)| !required.iter().any(|required| required == *name))
            .for_each(|(_, property)| drop_null(property));
    }
}

/// Turns the width of an integer, which only its format has, into a range, if that range matters to
/// callers and fits every JSON implementation.
fn state_range(object: &mut Map<String, Value>) {
    let range = match object.get("format").and_then(Value::as_str) {
        Some("int32") => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
        Some("uint32") => Some((0, i64::from(u32::MAX))),
        _ => None,
    };
    if let Some((minimum, maximum)) = range {
        object.entry("minimum").or_insert(minimum.into());
        object.entry("maximum").or_insert(maximum.into());
    }
}

fn drop_format(object: &mut Map<String, Value>, is_kept: impl Fn(&str) -> bool) {
    if object.get("format").and_then(Value::as_str).is_some_and(|format| !is_kept(format)) {
        object.remove("format");
    }
}

/// `true` for the formats that JSON Schema 2020-12 defines, all of them for strings.
fn is_standard(format: &str) -> bool {
    is_enforced(format) || matches!(format, "idn-email" | "idn-hostname" | "regex" | "uri-template")
}

/// `true` for the formats of arguments that servers check, and therefore advertise.
fn is_enforced(format: &str) -> bool {
    matches!(
        format,
        "date"
            | "date-time"
            | "duration"
            | "email"
            | "hostname"
            | "ipv4"
            | "ipv6"
            | "iri"
            | "iri-reference"
            | "json-pointer"
            | "relative-json-pointer"
            | "time"
            | "uri"
            | "uri-reference"
            | "uuid"
    )
}

/// Moves the keywords beside a reference out of its schema.
fn isolate_reference(object: &mut Map<String, Value>) {
    if object.len() > 1
        && !object.contains_key("anyOf")
        && let Some(target) = object.remove("$ref")
    {
        object.insert("anyOf".into(), json!([{ "$ref": target }]));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    fn check(mut schema: Value, expected: Value) {
        super::rewrite(&mut schema);
        assert_eq!(schema, expected);
    }

    #[test]
    fn formats_of_numbers_go_and_those_of_text_stay() {
        check(json!({ "type": "integer", "format": "int64" }), json!({ "type": "integer" }));
        check(json!({ "type": "number", "format": "double" }), json!({ "type": "number" }));
        check(
            json!({ "type": "integer", "format": "uint32", "minimum": 0 }),
            json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
        );
        check(json!({ "type": "string", "format": "ip" }), json!({ "type": "string" }));
        check(
            json!({ "type": "string", "format": "date-time" }),
            json!({ "type": "string", "format": "date-time" }),
        );
        check(json!({ "type": "string", "format": "regex" }), json!({ "type": "string" }));
    }

    #[test]
    fn null_goes_only_where_absence_takes_its_place() {
        check(
            json!({ "properties": { "a": { "type": ["string", "null"], "default": null } } }),
            json!({ "properties": { "a": { "type": "string" } } }),
        );
        check(
            json!({ "properties": { "a": { "type": ["string", "null"] } }, "required": ["a"] }),
            json!({ "properties": { "a": { "type": ["string", "null"] } }, "required": ["a"] }),
        );
        check(
            json!({ "type": "array", "items": { "type": ["string", "null"] } }),
            json!({ "type": "array", "items": { "type": "string" } }),
        );
        check(
            json!({ "additionalProperties": { "anyOf": [{ "type": "object" }, { "type": "null" }] } }),
            json!({ "additionalProperties": { "type": "object" } }),
        );
        check(
            json!({ "type": "array", "items": { "anyOf": [
                { "type": ["integer", "null"] }, { "type": "string" }
            ] } }),
            json!({ "type": "array", "items": { "anyOf": [
                { "type": "integer" }, { "type": "string" }
            ] } }),
        );
        // A list of nothing but `null` has no other elements.
        let nulls = json!({ "type": "array", "items": { "type": "null" } });
        check(nulls.clone(), nulls);
        let nulls = json!({ "type": "array", "items": { "anyOf": [{ "type": "null" }] } });
        check(nulls.clone(), nulls);
        check(
            json!({ "properties": { "a": { "enum": ["x", null] } } }),
            json!({ "properties": { "a": { "enum": ["x"] } } }),
        );
        check(
            json!({ "properties": { "a": {
                "description": "outer",
                "anyOf": [{ "type": "object", "description": "inner" }, { "type": "null" }]
            } } }),
            json!({ "properties": { "a": { "type": "object", "description": "outer" } } }),
        );
    }

    #[test]
    fn data_is_not_mistaken_for_schemas() {
        let schema = json!({
            "type": "object",
            "default": { "format": "int64", "uniqueItems": true },
            "properties": { "format": { "type": "string" }, "uniqueItems": { "type": "boolean" } }
        });
        check(schema.clone(), schema);
    }

    #[test]
    fn booleans_become_objects_except_to_close_an_object() {
        check(json!(true), json!({}));
        check(json!(false), json!({ "not": {} }));
        check(json!({ "items": true }), json!({ "items": {} }));
        check(json!({ "additionalProperties": false }), json!({ "additionalProperties": false }));
    }

    #[test]
    fn a_reference_stands_alone() {
        check(json!({ "$ref": "#/$defs/A" }), json!({ "$ref": "#/$defs/A" }));
        check(
            json!({ "$ref": "#/$defs/A", "description": "d" }),
            json!({ "anyOf": [{ "$ref": "#/$defs/A" }], "description": "d" }),
        );
    }
}
