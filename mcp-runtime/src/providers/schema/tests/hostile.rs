//! Schemas of hostile servers: the work is bounded, nothing panics, and the output is in the subset.

use std::time::{Duration, Instant};

use mcp_core::schema::Schema;
use serde_json::{Value, json};

use super::super::{Dialect, ProviderSchema};
use crate::providers::schema::subset;

/// Ten times the time that the slowest schema takes without optimisation.
const LIMIT: Duration = Duration::from_secs(30);

fn check(text: &str) {
    let Ok(schema) = Schema::parse(text) else { return };
    for dialect in Dialect::ALL {
        let start = Instant::now();
        let rewritten = ProviderSchema::new(&schema, dialect);
        assert!(start.elapsed() < LIMIT, "{dialect:?}: {:?}: {text:.200}", start.elapsed());
        subset::check(&rewritten, dialect);
        if dialect.is_strict() && !rewritten.is_strict() {
            assert!(!rewritten.not_strict().is_empty(), "{dialect:?}: {text:.200}");
        }
        // Arguments of any form are undone.
        for arguments in ["{}", r#"{"p":null}"#, r#"{"p":{"p":[null,{"p":null}]}}"#] {
            rewritten.undo().apply_text(arguments).unwrap();
        }
    }
}

fn with(property: Value) -> Value {
    json!({ "type": "object", "properties": { "p": property } })
}

#[test]
fn schemas_that_grow_take_bounded_work() {
    // Two copies of the next at each level: 2^60 when inlined.
    let mut definitions = serde_json::Map::new();
    for level in 0..60 {
        let next = json!({ "allOf": [{ "$ref": format!("#/$defs/d{}", level + 1) }, { "minProperties": 1 }] });
        definitions.insert(
            format!("d{level}"),
            json!({ "type": "object", "properties": { "l": next, "r": next } }),
        );
    }
    definitions.insert("d60".into(), json!({ "type": "object", "properties": {} }));
    let doubling = json!({ "$ref": "#/$defs/d0", "$defs": definitions });
    let chain: serde_json::Map<String, Value> = (0..5_000)
        .map(|level| (format!("c{level}"), json!({ "$ref": format!("#/$defs/c{}", level + 1) })))
        .collect();
    let product: Vec<_> = (0..12)
        .map(|group| {
            json!({ "anyOf": [
            { "properties": { (format!("a{group}")): { "type": "string" } } },
            { "properties": { (format!("b{group}")): { "type": "string" } } },
        ] })
        })
        .collect();
    let hostile = [
        doubling,
        json!({ "properties": { "p": { "$ref": "#/$defs/c0" } }, "$defs": chain }),
        json!({ "$ref": "#" }),
        json!({ "allOf": [{ "$ref": "#" }] }),
        json!({ "properties": { "p": { "$ref": "#/$defs/a" } }, "$defs": { "a": { "$ref": "#/$defs/b" }, "b": { "$ref": "#/$defs/a" } } }),
        json!({ "type": "object", "allOf": product }),
        with(json!({ "type": "object", "allOf": product })),
        json!(true),
        json!(false),
        json!({}),
        json!({ "type": 7, "properties": 7, "required": 7, "enum": 7, "allOf": 7, "$ref": 7, "$id": 7 }),
        json!({ "properties": { "p": { "$dynamicRef": "#m" } }, "$defs": { "x": { "$dynamicAnchor": "m", "type": "string" } } }),
    ];
    hostile.iter().for_each(|schema| check(&schema.to_string()));
}

#[test]
fn texts_of_any_size_and_depth_are_read() {
    let nested = |open: &str, close: &str, depth: usize| {
        format!(
            "{{\"type\":\"object\",\"properties\":{{\"p\":{}{{}}{}}}}}",
            open.repeat(depth),
            close.repeat(depth)
        )
    };
    for depth in [5, 30, 60, 120, 5_000] {
        check(&nested(r#"{"type":"array","items":"#, "}", depth));
        check(&nested(r#"{"properties":{"p":"#, "}}", depth));
        check(&nested(r#"{"anyOf":["#, "]}", depth));
        check(&nested(r#"{"allOf":["#, "]}", depth));
        check(&nested(r#"{"not":"#, "}", depth));
        check(&nested(r#"{"additionalProperties":"#, "}", depth));
        check(&nested(r#"{"prefixItems":["#, "]}", depth));
        check(&nested(r#"{"if":{},"then":"#, "}", depth));
    }
    let text = "x".repeat(2_000_000);
    check(&with(json!({ "description": text })).to_string());
    check(&json!({ "type": "object", "properties": { text: {} } }).to_string());
    let enums: Vec<_> = (0..5_000).collect();
    check(&with(json!({ "enum": enums })).to_string());
    let branches: Vec<_> = (0..600)
        .map(|number| json!({ "type": "object", "properties": { "kind": { "const": number } } }))
        .collect();
    check(&with(json!({ "oneOf": branches })).to_string());
    check(&json!({ "type": "object", "oneOf": branches }).to_string());
    let required: Vec<_> = (0..4_000).map(|number| format!("r{number}")).collect();
    check(&json!({ "type": "object", "required": required }).to_string());
}

#[test]
fn numbers_and_names_of_any_form_are_read() {
    for number in
        ["1e400", "-1e400", "1e-400", "123456789012345678901234567890", "-0", "0.1e1", "1.0"]
    {
        for keyword in
            ["minimum", "maximum", "multipleOf", "const", "default", "minItems", "maxLength"]
        {
            check(&format!(r#"{{"type":"object","properties":{{"p":{{"{keyword}":{number}}}}}}}"#));
            check(&format!(
                r#"{{"type":"object","properties":{{"p":{{"type":"array","items":{{"enum":[{number},1]}},"{keyword}":{number}}}}}}}"#
            ));
        }
    }
    for name in [
        "",
        " ",
        "é",
        "\u{1f600}",
        "a/b~c",
        "$ref",
        "$defs",
        "properties",
        "__proto__",
        "\u{0}",
        "\"",
        "%25",
    ] {
        let reference = format!("#/$defs/{}", name.replace('~', "~0").replace('/', "~1"));
        check(&json!({
            "type": "object",
            "properties": { name: { "$ref": reference, "description": name }, "p": { "enum": [name] } },
            "required": [name],
            "$defs": { name: { "type": ["string", "null"], "pattern": name, "title": name } },
        }).to_string());
    }
}

#[test]
fn references_to_anywhere_are_read() {
    let targets = [
        "",
        "#",
        "#/",
        "#/$defs",
        "#/$defs/",
        "#/$defs/a",
        "#/$defs/a/",
        "#/$defs/missing",
        "#/properties",
        "#/properties/p",
        "#/properties/p/items",
        "#anchor",
        "#/definitions/a",
        "a.json",
        "https://example.com/s.json",
        "file:///etc/passwd",
        "urn:uuid:1",
        "#/%24defs/a",
        "#/$defs/a%",
        "#/$defs/~",
        "//",
        "\u{0}",
        "#/allOf/0",
        "#/$defs/b/anyOf/9",
    ];
    for target in targets {
        for keyword in ["$ref", "$dynamicRef", "$recursiveRef"] {
            for beside in [
                json!({}),
                json!({ "type": "object", "properties": { "q": { "$ref": "#/$defs/a" } } }),
            ] {
                let mut reference = beside;
                reference[keyword] = json!(target);
                check(&json!({
                    "$id": "https://example.com/root.json",
                    "type": "object",
                    "properties": { "p": { "items": reference, "anyOf": [reference, { "type": "null" }] }, "q": reference },
                    "allOf": [reference],
                    "$defs": { "a": { "$anchor": "anchor", "$dynamicAnchor": "anchor", "type": "object", "properties": { "p": reference } },
                        "b": { "anyOf": [{ "$ref": "#/$defs/a" }, { "$ref": "#/$defs/b" }] } },
                }).to_string());
                check(&with(reference).to_string());
            }
        }
    }
}

#[test]
fn keywords_of_any_type_are_read() {
    let keywords = [
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "prefixItems",
        "anyOf",
        "oneOf",
        "allOf",
        "not",
        "if",
        "then",
        "else",
        "enum",
        "const",
        "$ref",
        "$defs",
        "definitions",
        "$id",
        "$schema",
        "$anchor",
        "$dynamicRef",
        "format",
        "pattern",
        "minimum",
        "multipleOf",
        "minItems",
        "title",
        "description",
        "default",
        "nullable",
        "patternProperties",
        "propertyNames",
        "dependentRequired",
        "dependentSchemas",
        "dependencies",
        "contains",
        "unevaluatedProperties",
        "unevaluatedItems",
        "examples",
        "deprecated",
        "readOnly",
        "$comment",
        "x-unknown",
    ];
    let values = [
        json!(null),
        json!(true),
        json!(false),
        json!(7),
        json!(-1.5),
        json!("text"),
        json!(""),
        json!([]),
        json!([7]),
        json!(["a", "a"]),
        json!([{}]),
        json!([[]]),
        json!({}),
        json!({ "a": 7 }),
        json!({ "a": {} }),
        json!({ "a": ["b"] }),
    ];
    for keyword in keywords {
        for value in &values {
            let mut schema =
                json!({ "type": "object", "properties": { "a": { "type": "string" } } });
            schema[keyword] = value.clone();
            check(&schema.to_string());
            check(&with(schema).to_string());
            check(
                &with(json!({ keyword: value, "type": ["array", "string", "null"] })).to_string(),
            );
        }
    }
}

/// Thousands of members, parts or alternatives, in schemas of up to a megabyte: work that grows with
/// the square of their number does not end within the limit.
#[test]
fn large_schemas_take_linear_work() {
    let list = |count: usize, make: fn(usize) -> Value| (0..count).map(make).collect::<Value>();
    let map = |count: usize, name: fn(usize) -> String, make: fn(usize) -> Value| {
        Value::Object((0..count).map(|number| (name(number), make(number))).collect())
    };
    let property = |number: usize| format!("p{number}");
    let names: Vec<_> = (0..20_000).map(property).collect();
    // The names of definitions are cut to the same beginning.
    let long = |number: usize| format!("{}{number}", "a".repeat(48));
    let reference =
        |number: usize| json!({ "$ref": format!("#/$defs/{}{number}", "a".repeat(48)) });
    let beside = |number: usize| json!({ "minProperties": number });
    let branch = |number: usize| json!({ "properties": { format!("p{number}"): {} } });
    let hostile = [
        json!({ "type": "object", "properties": map(20_000, property, |_| json!({})), "required": names }),
        with(map(50_000, |number| format!("k{number}"), |number| json!(number))),
        with(json!({ "allOf": list(9_000, beside) })),
        json!({ "type": "object", "allOf": list(9_000, |_| json!({ "if": {} })) }),
        json!({ "type": "object", "properties": map(6_000, property, reference), "$defs": map(6_000, long, |_| json!({ "type": "object" })) }),
        with(
            json!({ "type": "object", "allOf": list(4_000, beside), "anyOf": list(4_000, branch) }),
        ),
        json!({ "type": "object", "anyOf": list(4_000, branch) }),
    ];
    hostile.iter().for_each(|schema| check(&schema.to_string()));
}

/// Ten alternatives in each of 14 layers, which refer to those of the next: 10^14 paths.
#[test]
fn layers_of_alternatives_are_visited_once() {
    let name = |layer: usize, number: usize| format!("l{layer}_{number}");
    let mut definitions = serde_json::Map::new();
    for number in 0..10 {
        for layer in 0..14 {
            let next =
                (0..10).map(|next| json!({ "$ref": format!("#/$defs/{}", name(layer + 1, next)) }));
            definitions.insert(name(layer, number), json!({ "anyOf": next.collect::<Value>() }));
        }
        let key = format!("k{number}");
        let last = json!({ "type": "object", "properties": { &key: { "type": "string" }, "o": { "type": "string" } }, "required": [key] });
        definitions.insert(name(14, number), last);
    }
    let schema = json!({
        "type": "object",
        "properties": { "p": { "$ref": "#/$defs/l0_0" } },
        "$defs": definitions,
    });
    let schema = Schema::parse(&schema.to_string()).unwrap();
    for dialect in Dialect::ALL {
        let rewritten = ProviderSchema::new(&schema, dialect);
        rewritten.undo().apply_text(r#"{"p":{"k9":"x","o":null}}"#).unwrap();
    }
}
