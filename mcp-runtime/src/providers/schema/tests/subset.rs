//! Checkers of the subsets that providers document.

use serde_json::Value;

use super::super::{Dialect, ProviderSchema};

/// Keywords of strict schemas of OpenAI.
const OPENAI: [&str; 18] = [
    "type",
    "title",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "anyOf",
    "$ref",
    "$defs",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
];

const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "uri"];

/// Keywords of Gemini.
const GEMINI: [&str; 16] = [
    "type",
    "title",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "enum",
    "anyOf",
    "$ref",
    "$defs",
    "format",
    "minimum",
];

/// Panics if a schema is not in the subset of its dialect.
pub(super) fn check(rewritten: &ProviderSchema, dialect: Dialect) {
    let schema = rewritten.schema().to_value();
    assert_eq!(schema["type"], "object", "{dialect:?}: {schema}");
    assert!(schema["properties"].is_object(), "{dialect:?}: {schema}");
    for keyword in ["anyOf", "oneOf", "allOf", "enum", "not", "const", "$ref", "$schema"] {
        assert!(schema.get(keyword).is_none(), "{dialect:?}: `{keyword}` at the root: {schema}");
    }
    let dialect = if rewritten.is_strict() { dialect } else { dialect.lax() };
    if matches!(dialect, Dialect::OpenAi | Dialect::Anthropic) {
        return;
    }
    node(&schema, dialect, &schema);
    for definition in schema["$defs"].as_object().into_iter().flat_map(|all| all.values()) {
        node(definition, dialect, &schema);
    }
    if dialect == Dialect::AnthropicStrict {
        assert!(!is_recursive(&schema, &schema, &mut Vec::new()), "{schema}");
    }
}

fn node(schema: &Value, dialect: Dialect, root: &Value) {
    let fail = |why: &str| panic!("{dialect:?}: {why}: {schema}\nin {root}");
    let Some(object) = schema.as_object() else { return fail("a boolean") };
    for keyword in object.keys().map(String::as_str) {
        let known = match dialect {
            Dialect::OpenAiStrict => {
                OPENAI.contains(&keyword) || keyword.ends_with("Items") && keyword != "prefixItems"
            }
            Dialect::AnthropicStrict => {
                OPENAI[..11].contains(&keyword) || matches!(keyword, "format" | "minItems")
            }
            _ => GEMINI.contains(&keyword) || keyword == "maximum",
        };
        if !known {
            fail(keyword);
        }
    }
    if let Some(format) = object.get("format")
        && !format.as_str().is_some_and(|format| FORMATS.contains(&format))
    {
        fail("unknown format");
    }
    if object.contains_key("$ref") && object.len() > 1 {
        fail("keywords beside $ref");
    }
    if let Some(reference) = object.get("$ref")
        && root.pointer(reference.as_str().unwrap().strip_prefix('#').unwrap()).is_none()
    {
        fail("a reference to nothing");
    }
    if object.get("anyOf").is_some_and(|branches| branches.as_array().is_none_or(Vec::is_empty)) {
        fail("no alternatives");
    }
    let is_strict = dialect.is_strict();
    if object.get("type").is_some_and(|kind| kind == "object") {
        let names: Vec<_> = object["properties"].as_object().unwrap().keys().collect();
        if is_strict && object.get("additionalProperties") != Some(&Value::Bool(false)) {
            fail("open object");
        }
        let required = object.get("required").and_then(Value::as_array);
        let required = required.map_or(&[][..], |required| required);
        if dialect == Dialect::OpenAiStrict && required.len() != names.len() {
            fail("optional property");
        }
        if !required.iter().all(|name| names.iter().any(|known| name == *known)) {
            fail("unknown required property");
        }
    }
    if is_strict
        && object.get("type").is_some_and(|kind| kind == "array")
        && !object.contains_key("items")
    {
        fail("array without items");
    }
    if is_strict && !["type", "anyOf", "$ref"].iter().any(|key| object.contains_key(*key)) {
        fail("any value");
    }
    if dialect == Dialect::AnthropicStrict {
        if object.get("minItems").is_some_and(|least| least != 0 && least != 1) {
            fail("minItems");
        }
        if object.get("type").is_some_and(|kind| !kind.is_string()) && object.len() > 8 {
            fail("types");
        }
    }
    for child in children(schema) {
        node(child, dialect, root);
    }
}

fn children(schema: &Value) -> impl Iterator<Item = &Value> {
    let map = schema["properties"].as_object().into_iter().flat_map(|map| map.values());
    let arrays = ["anyOf", "prefixItems"].into_iter();
    let arrays = arrays.flat_map(|name| schema[name].as_array().into_iter().flatten());
    let single = ["items", "additionalProperties"].into_iter();
    let single = single.filter_map(|name| schema.get(name)).filter(|inner| !inner.is_boolean());
    map.chain(arrays).chain(single)
}

fn is_recursive<'s>(schema: &'s Value, root: &'s Value, path: &mut Vec<&'s str>) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        if path.contains(&reference) {
            return true;
        }
        path.push(reference);
        let found = is_recursive(root.pointer(&reference[1..]).unwrap(), root, path);
        path.pop();
        return found;
    }
    children(schema).any(|child| is_recursive(child, root, path))
}
