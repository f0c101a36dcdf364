use mcp_runtime::protocol::{Prompt, ResourceTemplate, Tool, ToolAnnotations};
use mcp_runtime::schema::Schema;
use serde_json::{Value, json};

use super::*;

fn tool(name: &str, input: &Value) -> Tool {
    let mut annotations = ToolAnnotations::default();
    annotations.read_only_hint = Some(true);
    let mut tool = Tool::new(name, Schema::from_value(input).unwrap()).description("A tool.");
    tool.annotations = Some(annotations);
    tool
}

fn of_tools(tools: Vec<Tool>, providers: &[Provider]) -> Vec<String> {
    let listing = Listing { tools: Some(tools), ..Listing::default() };
    let findings = lint(&listing, providers, false);
    let shown = findings.iter().map(|it| {
        let level = if it.level == Level::Error { "error" } else { "warning" };
        format!("{level} {} {}", it.rule, it.place)
    });
    shown.collect()
}

/// Checks the findings about the schema of an argument with a description.
fn check(argument: Value, expected: &[&str]) {
    let schema = json!({
        "type": "object",
        "properties": { "a": argument },
        "$defs": {
            "Node": { "type": "object", "properties": { "next": { "$ref": "#/$defs/Node" } } },
            "Text": { "type": "string" },
        },
    });
    let found = of_tools(vec![tool("t", &schema)], &[]);
    let found: Vec<_> = found
        .iter()
        .filter(|it| !it.contains("missing-argument-description") && !it.contains("$defs"))
        .map(|it| it.replace("t.inputSchema.properties.", ""))
        .collect();
    assert_eq!(found, expected, "{argument}");
}

#[test]
fn schemas_of_arguments() {
    check(json!({ "type": "string", "default": "x" }), &[]);
    check(json!({ "$ref": "#/$defs/Text" }), &[]);
    check(json!(true), &["error bare-true a"]);
    check(json!({ "description": "Anything." }), &["error bare-true a"]);
    check(json!({ "type": "array", "items": {} }), &["error bare-true a.items"]);
    check(json!({ "type": "object" }), &["warning free-form a"]);
    check(json!({ "type": "object", "additionalProperties": { "type": "string" } }), &[]);
    check(json!({ "type": "array" }), &["warning free-form a"]);
    check(json!({ "type": ["string", "null"] }), &["warning type-array a"]);
    check(json!({ "$ref": "#/$defs/None" }), &["error unresolved-ref a"]);
    check(json!({ "$ref": "https://example.com" }), &["error unresolved-ref a"]);
    check(json!({ "$ref": "#/$defs/Node" }), &["warning recursion a"]);
    check(json!({ "type": "integer", "default": "x" }), &["error default-mismatch a"]);
    check(json!({ "enum": ["x"], "default": "y" }), &["error default-mismatch a"]);
    check(json!({ "type": "integer", "maximum": 3, "default": 4 }), &["error default-mismatch a"]);
    check(json!({ "$ref": "#/$defs/Text", "default": 4 }), &["error default-mismatch a"]);
    let values: Vec<_> = (0..1001).collect();
    check(json!({ "enum": values }), &["warning enum-size a"]);
    let deep = (0..12)
        .fold(json!({ "type": "string" }), |inner, _| json!({ "type": "array", "items": inner }));
    check(deep, &["warning schema-depth t.inputSchema"]);
}

#[test]
fn roots_and_descriptions_and_hints() {
    let schema = json!({ "$ref": "#/$defs/A", "$defs": { "A": { "type": "object" } } });
    let found = of_tools(vec![tool("t", &schema)], &[]);
    assert!(found.contains(&"error root-ref t.inputSchema".into()), "{found:?}");
    let union = json!({ "type": "object", "anyOf": [{ "type": "object", "properties": {} }] });
    assert_eq!(of_tools(vec![tool("t", &union)], &[]), ["error root-union t.inputSchema"]);
    assert_eq!(of_tools(vec![tool("t", &json!(true))], &[]), ["error root-type t.inputSchema"]);
    let schema = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let bare = Tool::new("t", Schema::from_value(&schema).unwrap());
    let found = of_tools(vec![bare], &[]);
    let expected = [
        "warning missing-description t",
        "warning missing-read-only-hint t",
        "warning missing-argument-description t.inputSchema.properties.a",
    ];
    assert_eq!(found, expected);
    let mut output = tool("t", &json!({ "type": "object" }));
    output.output_schema = Some(Schema::from_value(&json!({ "type": "number" })).unwrap());
    let listing = Listing { tools: Some(vec![output]), ..Listing::default() };
    assert_eq!(lint(&listing, &[], false), []);
    let legacy = lint(&listing, &[], true);
    assert_eq!(
        (legacy.len(), legacy[0].rule, legacy[0].level),
        (1, "output-not-object", Level::Error)
    );
    let long = json!({ "type": "object", "description": "x".repeat(40_000) });
    assert_eq!(of_tools(vec![tool("t", &long)], &[]), ["warning schema-size t.inputSchema"]);
}

#[test]
fn names() {
    let named = |names: &[&str]| {
        let schema = json!({ "type": "object" });
        of_tools(names.iter().map(|name| tool(name, &schema)).collect(), &[])
    };
    assert_eq!(named(&["get_it", "get-them"]), [""; 0]);
    assert_eq!(named(&["a b"]), ["error name-characters a b"]);
    assert_eq!(named(&[""]), ["error name-characters a tool"]);
    assert_eq!(named(&["a.b"]), ["warning name-characters a.b"]);
    let (long, longer) = ("x".repeat(65), "x".repeat(129));
    assert_eq!(named(&[&long]), [format!("warning name-length {long}")]);
    assert_eq!(named(&[&longer]), [format!("error name-length {longer}")]);
    assert_eq!(named(&["a", "a"]), ["error name-duplicate a"]);
    assert_eq!(named(&["getIt", "get_it"]), ["warning name-shadows get_it"]);
    let many: Vec<_> = (0..41).map(|number| format!("t{number}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(named(&many), ["warning many-tools the server"]);
}

#[test]
fn providers_say_why_a_schema_is_not_strict() {
    let schema = json!({ "type": "object", "properties": {
        "a": { "type": "object", "additionalProperties": { "type": "string" }, "description": "A." },
    } });
    let listing = Listing { tools: Some(vec![tool("a.b", &schema)]), ..Listing::default() };
    let found = lint(&listing, &[Provider::OpenAiResponses], false);
    let mapped = found.iter().find(|it| it.rule == "name-mapped").unwrap();
    assert_eq!((&*mapped.message, mapped.provider), ("is called `a_b` at openai", Some("openai")));
    let strict = found.iter().find(|it| it.rule == "not-strict").unwrap();
    assert_eq!(strict.level, Level::Warning);
    assert!(strict.place.starts_with("a.b.inputSchema.properties.a"), "{strict:?}");
    assert!(strict.message.starts_with("is not strict, because "), "{strict:?}");
    let others = lint(&listing, &[Provider::Gemini], false);
    assert!(others.iter().all(|it| it.rule != "not-strict" && it.rule != "name-mapped"));
}

#[test]
fn templates_and_prompts() {
    let template = ResourceTemplate::new("users://{id", "users");
    let prompt = Prompt::new("brief");
    let listing = Listing {
        resource_templates: Some(vec![template]),
        prompts: Some(vec![prompt]),
        ..Listing::default()
    };
    let found: Vec<_> =
        lint(&listing, &[], false).iter().map(|it| format!("{} {}", it.rule, it.place)).collect();
    let expected = [
        "invalid-template users://{id",
        "missing-description users://{id",
        "missing-description brief",
    ];
    assert_eq!(found, expected);
}
