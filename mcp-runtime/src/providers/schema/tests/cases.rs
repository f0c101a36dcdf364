//! Schemas with known outputs: of `schemars`, and of servers of others.

use mcp_core::schema::Schema;
use schemars::JsonSchema;
use serde_json::{Value, json};

use super::super::{Dialect, ProviderSchema};
use super::oracle::{Checked, check};

fn rewritten(schema: &Value, dialect: Dialect) -> ProviderSchema {
    ProviderSchema::new(&Schema::from_value(schema).unwrap(), dialect)
}

#[track_caller]
fn gives(schema: Value, dialect: Dialect, output: Value) {
    let rewritten = rewritten(&schema, dialect);
    assert_eq!(rewritten.not_strict(), [], "{schema}");
    assert_eq!(rewritten.schema().to_value(), output, "{schema}");
    check(&schema, &[3; 200], &mut Checked::default());
}

#[track_caller]
fn is_not_strict(schema: Value, path: &str, reason: &str) {
    for dialect in [Dialect::OpenAiStrict, Dialect::AnthropicStrict] {
        let rewritten = rewritten(&schema, dialect);
        assert!(!rewritten.is_strict(), "{schema}");
        let found = rewritten
            .not_strict()
            .iter()
            .any(|found| found.path == path && found.reason.contains(reason));
        assert!(found, "{:?}: {schema}", rewritten.not_strict());
    }
    check(&schema, &[7; 200], &mut Checked::default());
}

fn with(property: Value) -> Value {
    json!({ "type": "object", "properties": { "p": property } })
}

/// Arguments with everything that `schemars` derives.
#[derive(JsonSchema)]
#[allow(dead_code)]
struct Everything {
    /// A name.
    name: String,
    level: u8,
    #[serde(default)]
    verbose: bool,
    limit: Option<f64>,
    color: Option<Color>,
    shapes: Vec<Shape>,
    tree: Option<Tree>,
    list: List<u16>,
    untagged: Untagged,
    adjacent: Adjacent,
}

#[derive(JsonSchema)]
#[allow(dead_code)]
enum Color {
    Red,
    Green,
}

#[derive(JsonSchema)]
#[serde(tag = "shape")]
#[allow(dead_code)]
enum Shape {
    Circle { radius: f64 },
    Square { side: f64, note: Option<String> },
}

#[derive(JsonSchema)]
#[allow(dead_code)]
struct Tree {
    value: i64,
    left: Option<Box<Tree>>,
    right: Option<Box<Tree>>,
}

#[derive(JsonSchema)]
#[allow(dead_code)]
struct List<T> {
    items: Vec<T>,
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[allow(dead_code)]
enum Untagged {
    Number(i32),
    Text(String),
}

#[derive(JsonSchema)]
#[serde(tag = "t", content = "c")]
#[allow(dead_code)]
enum Adjacent {
    A(String),
    B { x: u32 },
}

#[derive(JsonSchema)]
#[allow(dead_code)]
struct Loose {
    any: Value,
    map: std::collections::BTreeMap<String, i32>,
    pair: (i32, String),
    #[serde(flatten)]
    shape: Shape,
}

#[test]
fn derived_schemas_are_strict_at_openai() {
    let schema = schemars::schema_for!(Everything).to_value();
    let strict = rewritten(&schema, Dialect::OpenAiStrict);
    assert_eq!(strict.not_strict(), []);
    let output = strict.schema().to_value();
    let properties = &output["properties"];
    assert_eq!(properties["level"], json!({ "type": "integer", "minimum": 0, "maximum": 255 }));
    assert_eq!(properties["limit"], json!({ "type": ["number", "null"] }));
    assert_eq!(
        properties["verbose"],
        json!({ "type": ["boolean", "null"], "description": "Default: false. Null leaves it out." })
    );
    assert_eq!(
        properties["color"],
        json!({ "anyOf": [{ "$ref": "#/$defs/Color" }, { "type": "null" }] })
    );
    assert!(strict.schema().as_str().starts_with(r#"{"type":"object","title":"Everything","description":"Arguments with everything that `schemars` derives.","properties":{""#), "{}", strict.schema());
    let mut arguments = json!({ "verbose": null, "limit": null, "level": 1 });
    strict.undo().apply(&mut arguments);
    assert_eq!(arguments, json!({ "limit": null, "level": 1 }));
    for byte in 0..40 {
        check(
            &schema,
            &(0..200_u8).map(|at| at.wrapping_mul(byte)).collect::<Vec<_>>(),
            &mut Checked::default(),
        );
    }
}

#[test]
fn schemas_that_cannot_be_strict_have_reasons() {
    let schema = schemars::schema_for!(Loose).to_value();
    let rewritten = rewritten(&schema, Dialect::OpenAiStrict);
    let reasons: Vec<_> = rewritten.not_strict().iter().map(ToString::to_string).collect();
    for place in [
        "/properties/any)",
        "/properties/map/additionalProperties)",
        "/properties/pair/prefixItems)",
    ] {
        assert!(reasons.iter().any(|reason| reason.contains(place)), "{reasons:?}");
    }
    check(&schema, &[5; 300], &mut Checked::default());
}

#[test]
fn reasons_have_their_place() {
    is_not_strict(with(json!(true)), "/properties/p", "any value");
    is_not_strict(with(json!({})), "/properties/p", "any value");
    is_not_strict(with(json!({ "type": "object" })), "/properties/p", "not described");
    is_not_strict(
        with(json!({ "type": "object", "additionalProperties": { "type": "string" } })),
        "/properties/p/additionalProperties",
        "map",
    );
    is_not_strict(
        with(json!({ "type": "object", "patternProperties": { "^x": {} } })),
        "/properties/p/patternProperties",
        "patterns",
    );
    is_not_strict(with(json!({ "type": "array" })), "/properties/p", "items");
    is_not_strict(
        with(json!({ "$ref": "https://example.com/a.json" })),
        "/properties/p/$ref",
        "same document",
    );
    is_not_strict(json!({ "type": "object", "required": ["x"] }), "/required", "`x`");
    is_not_strict(
        json!({ "type": "object", "properties": {}, "additionalProperties": true }),
        "",
        "other properties",
    );
    is_not_strict(
        json!({ "$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
            "properties": { "p": { "type": "array", "items": [{ "type": "string" }] } } }),
        "/properties/p/items",
        "tuple",
    );
    let union = json!({ "oneOf": [
        { "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"] },
        { "type": "object", "properties": { "b": { "type": "string" } }, "required": ["b"] },
    ] });
    is_not_strict(union, "/oneOf", "one of several");
}

#[test]
fn unions_at_the_root_become_one_object() {
    let union = json!({ "oneOf": [
        { "type": "object", "properties": { "op": { "type": "string", "const": "add" }, "n": { "type": "integer" } }, "required": ["op", "n"] },
        { "type": "object", "properties": { "op": { "type": "string", "const": "clear" } }, "required": ["op"] },
    ] });
    for dialect in [Dialect::OpenAi, Dialect::Anthropic, Dialect::Gemini] {
        let output = rewritten(&union, dialect).schema().to_value();
        assert_eq!(
            output["properties"]["op"],
            json!({ "type": "string", "enum": ["add", "clear"] })
        );
        assert_eq!(output["properties"]["n"], json!({ "type": "integer" }));
        assert_eq!(output["required"], json!(["op"]));
    }
    check(&union, &[9; 300], &mut Checked::default());
}

#[test]
fn older_drafts_and_openapi_are_read() {
    gives(
        json!({ "$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
            "properties": { "a": { "$ref": "#/definitions/A", "minLength": 9, "description": "Mine." } },
            "required": ["a"], "definitions": { "A": { "type": "string" } } }),
        Dialect::OpenAiStrict,
        json!({ "type": "object", "properties": {
            "a": { "anyOf": [{ "$ref": "#/$defs/A" }], "description": "Mine." } },
            "required": ["a"], "additionalProperties": false, "$defs": { "A": { "type": "string" } } }),
    );
    let nullable = with(json!({ "type": "string", "nullable": true }));
    let output = rewritten(&nullable, Dialect::OpenAiStrict);
    assert_eq!(
        output.schema().to_value()["properties"]["p"],
        json!({ "type": ["string", "null"] })
    );
    assert!(!output.undo().is_needed());
    let tuple = json!({ "$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
        "properties": { "p": { "type": "array", "items": [{ "type": "string" }], "additionalItems": false } },
        "dependencies": { "p": ["q"], "q": { "required": ["r"] } } });
    let output = rewritten(&tuple, Dialect::Anthropic).schema().to_value();
    assert_eq!(output["properties"]["p"]["prefixItems"], json!([{ "type": "string" }]));
    assert_eq!(output["dependentRequired"], json!({ "p": ["q"] }));
    check(&tuple, &[4; 200], &mut Checked::default());
    // The type beside the reference has no meaning, the one beside the alternatives has.
    let hidden = json!({ "$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
        "properties": { "p": { "type": "array", "anyOf": [{ "$ref": "#/definitions/A", "type": "array" }] } },
        "definitions": { "A": { "properties": { "q": { "type": "string" } } } } });
    let output = rewritten(&hidden, Dialect::Gemini).schema().to_value();
    assert_eq!(output["properties"]["p"]["type"], "array", "{output}");
    check(&hidden, &[2; 300], &mut Checked::default());
}

#[test]
fn dropped_keywords_are_described() {
    let schema = with(
        json!({ "type": "string", "minLength": 2, "description": "A word", "not": { "const": "no" } }),
    );
    let output = rewritten(&schema, Dialect::OpenAiStrict);
    let dropped: Vec<_> = output.dropped().iter().map(|dropped| &*dropped.path).collect();
    assert_eq!(dropped, ["/properties/p/not", "/properties/p/minLength"]);
    assert_eq!(
        output.schema().to_value()["properties"]["p"]["description"],
        r#"A word. Must not match {"const":"no"}. At least 2 characters. Null leaves it out."#
    );
}

#[test]
fn recursion_is_strict_at_openai_only() {
    let schema = json!({ "type": "object", "properties": { "tree": { "$ref": "#/$defs/Tree" } }, "required": ["tree"],
        "$defs": { "Tree": { "type": "object", "properties": {
            "children": { "type": "array", "items": { "$ref": "#/$defs/Tree" } } }, "required": ["children"] } } });
    assert!(rewritten(&schema, Dialect::OpenAiStrict).is_strict());
    assert!(!rewritten(&schema, Dialect::AnthropicStrict).is_strict());
    let gemini = rewritten(&schema, Dialect::Gemini);
    assert_eq!(gemini.dropped()[0].path, "/$defs/Tree/required");
    assert_eq!(gemini.schema().to_value()["$defs"]["Tree"].get("required"), None);
    check(&schema, &[6; 300], &mut Checked::default());
}

#[test]
fn alternatives_that_nulls_make_alike_are_not_strict() {
    let schema = with(json!({ "anyOf": [
        { "type": "object", "properties": { "k": { "type": "string", "pattern": "^a" }, "x": { "type": "integer" } }, "required": ["k"] },
        { "type": "object", "properties": { "k": { "type": "string" }, "x": { "type": ["integer", "null"] } }, "required": ["k", "x"] },
    ] }));
    let output = rewritten(&schema, Dialect::OpenAiStrict);
    assert!(output.not_strict()[0].reason.contains("distinguished"), "{:?}", output.not_strict());
}

#[test]
fn limits_of_strict_mode_are_kept() {
    let many: serde_json::Map<String, Value> =
        (0..5_001).map(|number| (format!("p{number}"), json!({ "type": "string" }))).collect();
    let schema = json!({ "type": "object", "properties": many });
    assert!(!rewritten(&schema, Dialect::OpenAiStrict).is_strict());
    assert!(!rewritten(&schema, Dialect::AnthropicStrict).is_strict());
    let mut deep = json!({ "type": "string" });
    for _ in 0..11 {
        deep = with(deep);
    }
    assert!(!rewritten(&deep, Dialect::OpenAiStrict).is_strict());
    let values: Vec<_> = (0..1_001).map(|number| number.to_string()).collect();
    assert!(!rewritten(&with(json!({ "enum": values })), Dialect::OpenAiStrict).is_strict());
}

#[test]
fn references_with_a_description_count_as_unions() {
    let schema = |count: usize| {
        let described = json!({ "$ref": "#/$defs/Item", "description": "An item." });
        let names: Vec<_> = (0..count).map(|number| format!("p{number}")).collect();
        let properties: serde_json::Map<String, Value> =
            names.iter().map(|name| (name.clone(), described.clone())).collect();
        let item = json!({ "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"] });
        json!({ "type": "object", "properties": properties, "required": names, "$defs": { "Item": item } })
    };
    assert!(rewritten(&schema(16), Dialect::AnthropicStrict).is_strict());
    assert!(!rewritten(&schema(17), Dialect::AnthropicStrict).is_strict());
    check(&schema(17), &[5; 300], &mut Checked::default());
}

#[test]
fn types_that_exclude_each_other_accept_nothing() {
    for (outer, inner, branch) in [
        ("object", "number", "object"),
        ("object", "object", "number"),
        ("string", "integer", "integer"),
    ] {
        let never = json!({ "type": outer,
            "allOf": [{ "type": inner, "anyOf": [{ "type": branch }, { "type": branch }] }] });
        for dialect in Dialect::ALL {
            let answer = rewritten(&with(never.clone()), dialect);
            let output = answer.schema().to_value();
            let validator = jsonschema::validator_for(&output).unwrap();
            for value in [json!({}), json!(1), json!("a")] {
                let sample = json!({ "p": value });
                let is_accepted = validator.is_valid(&sample) && answer.dropped().is_empty();
                assert!(!is_accepted, "{dialect:?}: {sample} by {output}");
            }
        }
        check(&with(never), &[3; 200], &mut Checked::default());
    }
}
