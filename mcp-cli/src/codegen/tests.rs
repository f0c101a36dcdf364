use mcp_runtime::schema::Schema;
use serde_json::{Value, json};

use super::*;

/// The client of the tools below, which this crate compiles, too.
#[allow(dead_code, unreachable_pub)]
#[path = "../../tests/cli/generated/awkward.rs"]
mod awkward;

fn tool(name: &str, input: &Value, output: Option<&Value>) -> Tool {
    let mut tool = Tool::new(name, Schema::from_value(input).unwrap());
    tool.output_schema = output.map(|schema| Schema::from_value(schema).unwrap());
    tool
}

/// Tools with all that is awkward.
fn awkward_tools() -> Vec<Tool> {
    let text = json!({ "type": "string" });
    let names = json!({
        "type": "object",
        "properties": { "type": text, "self": text, "2nd": text, "": text, "größe": text, "a-b": text, "a_b": text, "A": { "type": "integer", "minimum": 0 } },
        "required": ["type", "a-b"],
    });
    let shape = json!({
        "oneOf": [
            { "type": "object", "description": "Round.", "properties": { "kind": { "const": "circle" }, "radius": { "type": "number" } }, "required": ["kind", "radius"] },
            { "type": "object", "properties": { "kind": { "const": "no shape" } }, "required": ["kind"] },
        ],
    });
    let draw = json!({
        "type": "object",
        "properties": {
            "shape": shape,
            "level": { "enum": ["low", "very high", "very-high", "1"] },
            "tree": { "anyOf": [{ "$ref": "#/$defs/Node" }, { "type": "null" }] },
            "labels": { "type": "object", "additionalProperties": { "type": ["number", "null"] } },
            "pair": { "type": "array", "prefixItems": [{ "type": "integer" }, text], "minItems": 2, "maxItems": 2 },
            "anything": true,
        },
        "required": ["shape"],
        "$defs": { "Node": {
            "type": "object",
            "description": "A node.\n\n    let code = 1;\n\n```\nfn main() {}\n",
            "properties": { "value": text, "left": { "$ref": "#/$defs/Node" }, "children": { "type": "array", "items": { "$ref": "#/$defs/Node" } } },
            "required": ["value"],
        } },
    });
    let output = json!({ "type": "object", "title": "Result", "properties": { "isDone": { "type": "boolean" } }, "required": ["isDone"] });
    let mut draw = tool("draw", &draw, Some(&output));
    draw.description = Some("Draw.\r\n\u{1b}[31m*/ \u{202e}".into());
    let wrapped = json!({ "type": "object", "properties": { "result": { "type": "array", "items": output } } });
    vec![
        tool("fn", &names, None),
        tool("check", &json!({ "type": "object" }), Some(&json!({ "type": "null" }))),
        draw,
        tool("draw.all", &json!({ "type": "object" }), Some(&wrapped)),
        tool("draw-all", &json!({ "$ref": "#/$defs/A" }), Some(&json!(true))),
        tool("draw", &json!({ "type": "object" }), None),
    ]
}

#[test]
fn names_that_are_empty_cannot_be_called() {
    let schema = json!({ "type": "object", "properties": { "": {} }, "required": [""] });
    assert!(!is_callable(&tool("a", &schema, None)));
    assert!(!is_callable(&tool("", &json!(true), None)));
    assert!(awkward_tools().iter().all(is_callable));
}

#[test]
fn awkward_tools_have_a_client_that_compiles() {
    let generated = generate("Awkward", "an awkward \u{7} server", &awkward_tools());
    let generated = formatted(generated);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/generated/awkward.rs");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, &generated).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap();
    assert_eq!(generated, expected, "UPDATE_EXPECT=1 rewrites the file");
}

#[test]
fn awkward_values_are_read_and_written() {
    use awkward::{DrawLevel, DrawShape, Node};
    let shape: DrawShape =
        serde_json::from_value(json!({ "kind": "circle", "radius": 1.0 })).unwrap();
    assert_eq!(shape, DrawShape::Circle { radius: 1.0 });
    assert_eq!(serde_json::to_value(DrawShape::NoShape).unwrap(), json!({ "kind": "no shape" }));
    assert_eq!(serde_json::to_value(DrawLevel::VeryHigh2).unwrap(), json!("very-high"));
    let tree = json!({ "value": "a", "left": { "value": "b" }, "children": [{ "value": "c" }] });
    let node: Node = serde_json::from_value(tree.clone()).unwrap();
    assert_eq!(serde_json::to_value(&node).unwrap(), tree, "absent members stay absent");
}

#[test]
fn hostile_schemas_have_any_type() {
    let mut defs: serde_json::Map<_, _> = (0..50)
        .map(|n| {
            let next = json!({ "$ref": format!("#/$defs/d{}", n + 1) });
            let pair = json!({ "type": "array", "prefixItems": [next, next], "minItems": 2, "maxItems": 2 });
            (format!("d{n}"), pair)
        })
        .collect();
    defs.insert("loop".into(), json!({ "$ref": "#/$defs/loop" }));
    for start in ["d0", "loop"] {
        let schema = json!({
            "type": "object",
            "properties": { "a": { "$ref": format!("#/$defs/{start}") } },
            "$defs": defs,
        });
        let generated = generate("Hostile", "hostile", &[tool("t", &schema, None)]);
        assert!(generated.contains("mcp_runtime::serde_json::Value"), "{start}");
    }
}
