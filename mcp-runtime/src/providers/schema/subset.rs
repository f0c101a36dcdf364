//! Checkers of the subsets that providers document.

use std::collections::HashMap;

use serde_json::Value;

use super::{Dialect, ProviderSchema};

/// Keywords of strict schemas of OpenAI.
const OPENAI: [&str; 20] = [
    "type",
    "title",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minItems",
    "maxItems",
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

/// Keywords of strict schemas of Anthropic, without `const` and `allOf`, which are never written.
const ANTHROPIC: [&str; 13] = [
    "type",
    "title",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "minItems",
    "enum",
    "anyOf",
    "$ref",
    "$defs",
    "format",
];

/// Formats of Anthropic and Gemini. OpenAI has all but `uri`.
const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "uri"];

/// Keywords of Gemini, without `$id`, `$anchor`, `oneOf` and `propertyOrdering`, which are never
/// written.
const GEMINI: [&str; 17] = [
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
    "maximum",
];

/// Panics if a schema is not in the subset of its dialect.
pub(crate) fn check(rewritten: &ProviderSchema, dialect: Dialect) {
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
    let size = Size::of(&schema);
    match dialect {
        Dialect::AnthropicStrict => {
            assert!(!is_recursive(&schema, &schema, &mut Vec::new(), false), "{schema}");
            assert!(size.optional <= 24 && size.unions <= 16, "{size:?}: {schema}");
        }
        Dialect::OpenAiStrict => {
            assert!(size.properties <= 5_000 && size.values <= 1_000, "{size:?}: {schema}");
            assert!(size.characters <= 120_000, "{size:?}: {schema}");
            let depth = depth(&schema, &schema, &mut Vec::new(), &mut HashMap::new());
            assert!(depth <= 10, "{depth}: {schema}");
        }
        // Recursion is allowed in properties that are not required.
        _ => {
            let definitions = schema["$defs"].as_object().into_iter().flatten();
            for start in definitions.map(|(_, definition)| definition).chain([&schema]) {
                assert!(!is_recursive(start, &schema, &mut Vec::new(), true), "{schema}");
            }
        }
    }
}

/// Sizes that providers limit.
#[derive(Debug, Default)]
struct Size {
    properties: usize,
    values: usize,
    characters: usize,
    optional: usize,
    unions: usize,
}

impl Size {
    fn of(root: &Value) -> Self {
        let mut size = Self::default();
        size.add(root);
        for (name, definition) in root["$defs"].as_object().into_iter().flatten() {
            size.characters += name.len();
            size.add(definition);
        }
        size
    }

    fn add(&mut self, schema: &Value) {
        if let Some(properties) = schema["properties"].as_object() {
            self.properties += properties.len();
            self.characters += properties.keys().map(String::len).sum::<usize>();
            let required = schema["required"].as_array().map_or(0, Vec::len);
            self.optional += properties.len() - required;
        }
        let values = schema["enum"].as_array().map_or(&[][..], |values| values);
        self.values += values.len();
        self.characters += values.iter().filter_map(Value::as_str).map(str::len).sum::<usize>();
        self.unions += usize::from(schema["anyOf"].is_array() || schema["type"].is_array());
        children(schema).for_each(|child| self.add(child));
    }
}

/// Depth of objects and arrays, through references. Recursion counts once.
fn depth<'s>(
    schema: &'s Value,
    root: &'s Value,
    path: &mut Vec<&'s str>,
    known: &mut HashMap<&'s str, usize>,
) -> usize {
    if let Some(reference) = schema["$ref"].as_str() {
        if path.contains(&reference) {
            return 0;
        }
        if let Some(depth) = known.get(reference) {
            return *depth;
        }
        path.push(reference);
        let depth = depth(root.pointer(&reference[1..]).unwrap(), root, path, known);
        path.pop();
        known.insert(reference, depth);
        return depth;
    }
    let own = usize::from(schema["type"] == "object" || schema["type"] == "array");
    own + children(schema).map(|child| depth(child, root, path, known)).max().unwrap_or(0)
}

fn node(schema: &Value, dialect: Dialect, root: &Value) {
    let fail = |why: &str| panic!("{dialect:?}: {why}: {schema}\nin {root}");
    let Some(object) = schema.as_object() else { return fail("a boolean") };
    for keyword in object.keys().map(String::as_str) {
        let known = match dialect {
            Dialect::OpenAiStrict => OPENAI.contains(&keyword),
            Dialect::AnthropicStrict => ANTHROPIC.contains(&keyword),
            _ => GEMINI.contains(&keyword),
        };
        if !known {
            fail(keyword);
        }
    }
    if let Some(format) = object.get("format")
        && !format.as_str().is_some_and(|format| {
            FORMATS.contains(&format) && !(format == "uri" && dialect == Dialect::OpenAiStrict)
        })
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
        let properties = object["properties"].as_object().unwrap();
        if is_strict && object.get("additionalProperties") != Some(&Value::Bool(false)) {
            fail("open object");
        }
        let required = object.get("required").and_then(Value::as_array);
        let required = required.map_or(&[][..], |required| required);
        if dialect == Dialect::OpenAiStrict && required.len() != properties.len() {
            fail("optional property");
        }
        let is_known = |name: &Value| properties.contains_key(name.as_str().unwrap());
        if !required.iter().all(is_known) {
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

/// `true` if a schema contains itself, or, with `required_only`, does so without an optional property.
fn is_recursive<'s>(
    schema: &'s Value,
    root: &'s Value,
    path: &mut Vec<&'s str>,
    required_only: bool,
) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        if path.contains(&reference) {
            return true;
        }
        path.push(reference);
        let target = root.pointer(&reference[1..]).unwrap();
        let found = is_recursive(target, root, path, required_only);
        path.pop();
        return found;
    }
    let required = schema["required"].as_array().map_or(&[][..], |required| required);
    let optional = schema["properties"].as_object().into_iter().flatten();
    let optional = optional.filter(|(name, _)| !required.iter().any(|it| *it == **name));
    let optional: Vec<_> = optional.map(|(_, property)| property).collect();
    // The properties of a map are optional, too.
    let optional = optional.iter().copied().chain(schema.get("additionalProperties"));
    let optional: Vec<_> = optional.collect();
    let mut children = children(schema)
        .filter(|child| !required_only || !optional.iter().any(|it| std::ptr::eq(*it, *child)));
    children.any(|child| is_recursive(child, root, path, required_only))
}
