//! Definitions and choices of tools, and the way back from calls.

use mcp_core::protocol::Tool;
use mcp_core::schema::Schema;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{Definitions, Provider, ToolChoice, ToolId, ToolSet};

fn tool(name: &str, schema: Value) -> Tool {
    Tool::new(name, Schema::from_value(&schema).unwrap()).description("A tool.")
}

fn set() -> ToolSet {
    let add = json!({ "type": "object", "properties": { "a": { "type": "integer" } }, "required": ["a"] });
    let any = json!({ "type": "object", "properties": { "v": {} } });
    let search = RawValue::from_string(r#"{"type":"web_search","z":1,"a":2}"#.into()).unwrap();
    ToolSet::new([tool("add", add)])
        .server("files", [tool("read.any", any)])
        .verbatim(search)
        .strict(true)
}

fn value(definitions: &Definitions) -> Value {
    serde_json::from_str(definitions.tools().get()).unwrap()
}

#[test]
fn every_provider_has_its_definitions() {
    let strict = json!({ "type": "object", "properties": { "a": { "type": "integer" } }, "required": ["a"], "additionalProperties": false });
    let lax = json!({ "type": "object", "properties": { "v": {} } });
    let open = json!({ "type": "object", "properties": { "a": { "type": "integer" } }, "required": ["a"] });
    let search = json!({ "type": "web_search", "z": 1, "a": 2 });
    assert_eq!(
        value(&set().definitions(Provider::OpenAiResponses)),
        json!([
            { "type": "function", "name": "add", "description": "A tool.", "parameters": strict, "strict": true },
            { "type": "function", "name": "files__read_any", "description": "A tool.", "parameters": lax, "strict": false },
            search,
        ])
    );
    assert_eq!(
        value(&set().definitions(Provider::OpenAiChat))[0],
        json!({ "type": "function", "function": { "name": "add", "description": "A tool.", "parameters": strict, "strict": true } })
    );
    assert_eq!(
        value(&set().definitions(Provider::Anthropic)),
        json!([
            { "name": "add", "description": "A tool.", "input_schema": strict, "strict": true },
            { "name": "files__read_any", "description": "A tool.", "input_schema": lax },
            search,
        ])
    );
    assert_eq!(
        value(&set().definitions(Provider::Gemini)),
        json!([
            { "functionDeclarations": [
                { "name": "add", "description": "A tool.", "parametersJsonSchema": open },
                { "name": "files__read.any", "description": "A tool.", "parametersJsonSchema": lax },
            ] },
            search,
        ])
    );
    let text = set().definitions(Provider::Anthropic);
    assert!(text.tools().get().ends_with(r#"{"type":"web_search","z":1,"a":2}]"#));
}

#[test]
fn tools_that_are_not_strict_have_reasons() {
    let definitions = set().definitions(Provider::OpenAiChat);
    let reasons: Vec<_> = definitions.not_strict().collect();
    assert_eq!(reasons.len(), 1);
    assert_eq!(reasons[0].0, &ToolId::of_server("files", "read.any"));
    assert_eq!(
        reasons[0].1[0].to_string(),
        "not strict, because any value is allowed (at /properties/v)"
    );
}

#[test]
fn the_limits_of_a_request_are_shared_by_its_tools() {
    let optional: serde_json::Map<String, Value> =
        (0..10).map(|number| (format!("p{number}"), json!({ "type": "string" }))).collect();
    let schema = json!({ "type": "object", "properties": optional });
    let tools = ["a", "b", "c"].map(|name| tool(name, schema.clone()));
    let definitions = ToolSet::new(tools).strict(true).definitions(Provider::Anthropic);
    let strict: Vec<_> =
        definitions.iter().map(|definition| definition.schema.is_strict()).collect();
    assert_eq!(strict, [true, true, false]);
}

#[track_caller]
fn chooses(provider: Provider, choice: ToolChoice, parallel: Option<bool>, expected: Value) {
    let fields = set().definitions(provider).request(&choice, parallel).unwrap();
    let mut fields = serde_json::to_value(fields).unwrap();
    let tools = fields.as_object_mut().unwrap().remove("tools").unwrap();
    assert!(tools.as_array().is_some_and(|tools| !tools.is_empty()));
    assert_eq!(fields, expected, "{provider:?}");
}

#[test]
fn every_provider_has_its_choices() {
    let add = || ToolId::new("add");
    let subset = |required| ToolChoice::Subset { tools: vec![add()], required };
    for provider in Provider::ALL {
        chooses(provider, ToolChoice::Auto, None, json!({}));
    }
    let one = json!({ "type": "function", "name": "add" });
    let responses = Provider::OpenAiResponses;
    chooses(
        responses,
        ToolChoice::Required,
        Some(false),
        json!({ "tool_choice": "required", "parallel_tool_calls": false }),
    );
    chooses(responses, ToolChoice::None, None, json!({ "tool_choice": "none" }));
    chooses(responses, ToolChoice::Tool(add()), None, json!({ "tool_choice": one }));
    chooses(
        responses,
        subset(false),
        None,
        json!({ "tool_choice": { "type": "allowed_tools", "mode": "auto", "tools": [one] } }),
    );
    let one = json!({ "type": "function", "function": { "name": "add" } });
    chooses(Provider::OpenAiChat, ToolChoice::Tool(add()), None, json!({ "tool_choice": one }));
    chooses(
        Provider::OpenAiChat,
        subset(true),
        None,
        json!({ "tool_choice": {
        "type": "allowed_tools", "allowed_tools": { "mode": "required", "tools": [one] } } }),
    );
    let anthropic = Provider::Anthropic;
    chooses(anthropic, ToolChoice::Required, None, json!({ "tool_choice": { "type": "any" } }));
    chooses(anthropic, ToolChoice::None, Some(true), json!({ "tool_choice": { "type": "none" } }));
    chooses(
        anthropic,
        ToolChoice::Auto,
        Some(false),
        json!({ "tool_choice": { "type": "auto", "disable_parallel_tool_use": true } }),
    );
    chooses(
        anthropic,
        ToolChoice::Tool(add()),
        None,
        json!({ "tool_choice": { "type": "tool", "name": "add" } }),
    );
    chooses(anthropic, subset(true), None, json!({ "tool_choice": { "type": "any" } }));
    let config = |config: Value| json!({ "toolConfig": { "functionCallingConfig": config } });
    chooses(Provider::Gemini, ToolChoice::Required, None, config(json!({ "mode": "ANY" })));
    chooses(Provider::Gemini, ToolChoice::None, None, config(json!({ "mode": "NONE" })));
    chooses(
        Provider::Gemini,
        ToolChoice::Tool(add()),
        None,
        config(json!({ "mode": "ANY", "allowedFunctionNames": ["add"] })),
    );
    chooses(
        Provider::Gemini,
        subset(false),
        None,
        config(json!({ "mode": "VALIDATED", "allowedFunctionNames": ["add"] })),
    );
}

#[test]
fn a_subset_leaves_tools_out_where_it_cannot_be_chosen() {
    let choice = ToolChoice::Subset { tools: vec![ToolId::new("add")], required: false };
    let fields = set().definitions(Provider::Anthropic).request(&choice, None).unwrap();
    let tools: Value = serde_json::from_str(fields.get("tools").unwrap().get()).unwrap();
    assert_eq!(tools.as_array().unwrap().len(), 2);
    let unknown = ToolChoice::Tool(ToolId::new("sub"));
    let error = set().definitions(Provider::Anthropic).request(&unknown, None).unwrap_err();
    assert_eq!(error.to_string(), "tool choice: the set has no tool `sub`");
}

#[test]
fn calls_resolve_to_tools() {
    let optional = json!({ "type": "object", "properties": { "n": { "type": "integer" }, "m": { "type": ["integer", "null"] } } });
    let set = ToolSet::default().server("s.1", [tool("t", optional)]).strict(true);
    let definitions = set.definitions(Provider::OpenAiChat);
    let call = |name: &str, arguments: &str| {
        let call = json!({ "id": "c", "function": { "name": name, "arguments": arguments } });
        let body = json!({ "choices": [{ "message": { "tool_calls": [call] } }] });
        let answer = definitions.answer(&body.to_string()).unwrap();
        definitions.resolve(&answer.calls[0])
    };
    let found = call("s_1__t", r#"{"n":null,"m":null}"#).unwrap();
    assert_eq!(found.tool, ToolId::of_server("s.1", "t"));
    assert_eq!(found.arguments.get(), r#"{"m":null}"#);
    assert_eq!(
        call("s_1__t", r#"{"n": 18446744073709551615}"#).unwrap().arguments.get(),
        r#"{"n": 18446744073709551615}"#
    );
    assert_eq!(call("x", "{}").unwrap_err(), "there is no tool `x`; call one of those offered");
    assert!(call("s_1__t", "{").unwrap_err().contains("not valid JSON"));
}

/// 100,000 tools: to compare each with all before it takes minutes.
#[test]
fn sets_of_thousands_of_tools_have_each_tool_once() {
    let schema = Schema::parse(r#"{ "type": "object" }"#).unwrap();
    let tool = |number: u32| Tool::new(format!("tool{number}"), schema.clone());
    let set = ToolSet::new((0..100_000).map(tool)).tools((0..100_000).map(tool));
    assert_eq!(set.len(), 100_000);
}
