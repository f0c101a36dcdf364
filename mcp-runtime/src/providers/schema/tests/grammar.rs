//! Generators of schemas: in the shapes that `schemars` emits, and of any shape.

use serde_json::{Map, Value, json};

use super::entropy::Entropy;

const NAMES: [&str; 5] = ["a", "b", "c", "kind", "x/y"];

const DEFINITIONS: [&str; 3] = ["Node", "Item", "Kind"];

/// Generates a schema as `schemars` derives it for a struct, with definitions.
pub(super) fn derived(entropy: &mut Entropy<'_>) -> Value {
    let mut root = match entropy.below(8) {
        7 => choice_of_structs(entropy, 2),
        _ => structure(entropy, 3),
    };
    let definitions = DEFINITIONS.iter().map(|name| {
        let definition = match entropy.below(3) {
            0 => structure(entropy, 2),
            1 => choice_of_structs(entropy, 2),
            _ => unit_enum(entropy),
        };
        ((*name).to_owned(), definition)
    });
    root["$defs"] = Value::Object(definitions.collect());
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("Arguments");
    root
}

fn structure(entropy: &mut Entropy<'_>, depth: usize) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for name in NAMES {
        if entropy.once_in(2) {
            continue;
        }
        let mut property = field(entropy, depth);
        match entropy.below(6) {
            0 => property["description"] = json!("A field."),
            1 => property["default"] = json!(null),
            _ => {}
        }
        properties.insert(name.to_owned(), property);
        if entropy.once_in(2) {
            required.push(name);
        }
    }
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    match entropy.below(8) {
        0 => schema["additionalProperties"] = json!(false),
        1 => schema["additionalProperties"] = field(entropy, 0),
        // Flattened enums stand beside the properties.
        2 if depth > 0 => schema["oneOf"] = choice_of_structs(entropy, depth - 1)["oneOf"].clone(),
        3 if depth > 0 => {
            schema["oneOf"] = choice_of_structs(entropy, depth - 1)["oneOf"].clone();
            schema["unevaluatedProperties"] = json!(false);
        }
        _ => {}
    }
    schema
}

fn reference(entropy: &mut Entropy<'_>) -> Value {
    json!({ "$ref": format!("#/$defs/{}", entropy.choice(&DEFINITIONS)) })
}

fn field(entropy: &mut Entropy<'_>, depth: usize) -> Value {
    if depth == 0 {
        return scalar(entropy);
    }
    match entropy.below(14) {
        0 => json!({ "type": ["string", "null"] }),
        1 => json!({ "anyOf": [reference(entropy), { "type": "null" }] }),
        2 => reference(entropy),
        3 => json!({ "type": "array", "items": field(entropy, depth - 1) }),
        4 => {
            json!({ "type": "array", "items": reference(entropy), "uniqueItems": true, "minItems": entropy.below(3) })
        }
        5 => {
            json!({ "type": "array", "minItems": 2, "maxItems": 2, "items": field(entropy, depth - 1) })
        }
        6 => json!({
            "type": "array", "minItems": 2, "maxItems": 2,
            "prefixItems": [field(entropy, depth - 1), scalar(entropy)],
        }),
        7 => json!({ "type": "object", "additionalProperties": field(entropy, depth - 1) }),
        8 => {
            json!({ "anyOf": [structure(entropy, depth - 1), structure(entropy, depth - 1), scalar(entropy)] })
        }
        9 => structure(entropy, depth - 1),
        10 => choice_of_structs(entropy, depth - 1),
        11 => unit_enum(entropy),
        12 => {
            let mut tagged = structure(entropy, depth - 1);
            tagged["$ref"] = reference(entropy)["$ref"].clone();
            tagged
        }
        _ => scalar(entropy),
    }
}

fn scalar(entropy: &mut Entropy<'_>) -> Value {
    match entropy.below(12) {
        0 => json!({ "type": "string" }),
        1 => json!({ "type": "integer", "format": "uint8", "minimum": 0, "maximum": 255 }),
        2 => json!({ "type": "number", "format": "double" }),
        3 => json!({ "type": "boolean" }),
        4 => json!({ "type": "string", "minLength": 1, "maxLength": 1 }),
        5 => json!({ "type": "string", "pattern": "^a", "maxLength": 3 }),
        6 => json!({ "type": "string", "format": "date-time" }),
        7 => json!({ "type": "string", "format": "ipv4" }),
        8 => json!({ "type": ["integer", "null"], "format": "int64", "exclusiveMinimum": 1 }),
        9 => json!({ "type": "null" }),
        10 => json!({ "type": ["string", "null"], "enum": ["a", "b", null] }),
        // `serde_json::Value`; a schema that is a boolean takes no description.
        _ => json!({}),
    }
}

fn unit_enum(entropy: &mut Entropy<'_>) -> Value {
    match entropy.below(2) {
        0 => json!({ "type": "string", "enum": ["a", "b"] }),
        _ => json!({ "oneOf": [
            { "type": "string", "const": "a", "description": "First." },
            { "type": "string", "enum": ["b", "ab"] },
        ] }),
    }
}

/// Enums with data, in the four representations of serde.
fn choice_of_structs(entropy: &mut Entropy<'_>, depth: usize) -> Value {
    let representation = entropy.below(3);
    let variants = ["a", "b", "abcdef"].map(|tag| match representation {
        0 => {
            let mut variant = structure(entropy, depth);
            if let Value::Object(properties) = &mut variant["properties"] {
                properties.insert("kind".to_owned(), json!({ "type": "string", "const": tag }));
            }
            variant["required"] = json!(["kind"]);
            if entropy.once_in(4) {
                variant["$ref"] = reference(entropy)["$ref"].clone();
            }
            variant
        }
        1 if entropy.once_in(3) => json!({ "type": "string", "const": tag }),
        1 => json!({
            "type": "object", "properties": { tag: field(entropy, depth) },
            "required": [tag], "additionalProperties": false,
        }),
        _ => json!({
            "type": "object",
            "properties": { "kind": { "type": "string", "const": tag }, "c": field(entropy, depth) },
            "required": ["kind", "c"],
        }),
    });
    json!({ "oneOf": variants })
}

/// Generates any schema.
pub(super) fn any(entropy: &mut Entropy<'_>) -> Value {
    let mut root = any_object(entropy, 4);
    let definitions = DEFINITIONS.iter().map(|name| ((*name).to_owned(), any_schema(entropy, 3)));
    root["$defs"] = Value::Object(definitions.collect());
    match entropy.below(6) {
        0 => root["$schema"] = json!("http://json-schema.org/draft-07/schema#"),
        1 => root["$schema"] = json!("https://json-schema.org/draft/2019-09/schema"),
        _ => {}
    }
    root
}

fn any_schema(entropy: &mut Entropy<'_>, depth: usize) -> Value {
    if depth == 0 || entropy.once_in(6) {
        return match entropy.below(6) {
            0 => json!(true),
            1 => json!(false),
            2 => json!({}),
            3 => reference(entropy),
            _ => scalar(entropy),
        };
    }
    any_object(entropy, depth)
}

fn any_object(entropy: &mut Entropy<'_>, depth: usize) -> Value {
    let mut schema = Map::new();
    for _ in 0..=entropy.below(6) {
        let (keyword, value) = keyword(entropy, depth);
        schema.insert(keyword.to_owned(), value);
    }
    Value::Object(schema)
}

fn schemas(entropy: &mut Entropy<'_>, depth: usize) -> Value {
    let count = 1 + entropy.below(3);
    (0..count).map(|_| any_schema(entropy, depth - 1)).collect()
}

fn map(entropy: &mut Entropy<'_>, depth: usize) -> Value {
    let count = entropy.below(4);
    let members =
        (0..count).map(|_| ((*entropy.choice(&NAMES)).to_owned(), any_schema(entropy, depth - 1)));
    Value::Object(members.collect())
}

fn names(entropy: &mut Entropy<'_>) -> Value {
    let names = NAMES.iter().filter(|_| entropy.once_in(3)).map(|name| json!(name));
    names.collect()
}

fn keyword(entropy: &mut Entropy<'_>, depth: usize) -> (&'static str, Value) {
    let types = ["object", "array", "string", "number", "integer", "boolean", "null"];
    let values = [
        json!("a"),
        json!("ab"),
        json!(1),
        json!(1.5),
        json!(null),
        json!(true),
        json!([1]),
        json!({ "a": 1 }),
    ];
    let count = json!(entropy.below(4));
    match entropy.below(40) {
        0..=5 => ("type", json!(entropy.choice(&types))),
        6 => ("type", json!([entropy.choice(&types[..3]), entropy.choice(&types[3..])])),
        7..=13 => ("properties", map(entropy, depth)),
        14 | 15 => ("required", names(entropy)),
        16 => ("additionalProperties", any_schema(entropy, depth - 1)),
        17 => ("additionalProperties", json!(false)),
        18 | 19 => ("anyOf", schemas(entropy, depth)),
        20 | 21 => ("oneOf", schemas(entropy, depth)),
        22 => ("allOf", schemas(entropy, depth)),
        23 => ("not", any_schema(entropy, depth - 1)),
        24 => ("if", any_schema(entropy, depth - 1)),
        25 => ("then", any_schema(entropy, depth - 1)),
        26 => ("$ref", reference(entropy)["$ref"].clone()),
        27 => {
            ("$ref", json!(entropy.choice(&["#", "#/properties/a", "https://example.com/a.json"])))
        }
        28 => ("items", any_schema(entropy, depth - 1)),
        29 => ("prefixItems", schemas(entropy, depth)),
        30 => ("enum", values.iter().filter(|_| entropy.once_in(2)).cloned().collect()),
        31 => ("const", entropy.choice(&values).clone()),
        32 => ("patternProperties", json!({ "^a": any_schema(entropy, depth - 1) })),
        33 => ("propertyNames", any_schema(entropy, depth - 1)),
        34 => ("dependentRequired", json!({ "a": ["b"] })),
        35 => ("dependentSchemas", map(entropy, depth)),
        36 => ("contains", any_schema(entropy, depth - 1)),
        37 => ("unevaluatedProperties", any_schema(entropy, depth - 1)),
        38 => {
            let counts = [
                "minLength",
                "maxLength",
                "minItems",
                "maxItems",
                "minProperties",
                "maxProperties",
                "minimum",
                "maximum",
                "exclusiveMinimum",
                "exclusiveMaximum",
            ];
            (counts[entropy.below(counts.len())], count)
        }
        _ => ("pattern", json!("^a")),
    }
}
