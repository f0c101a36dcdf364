//! Settings of requests: choices of tools, limits, and members of the body.

use mcp_runtime::agent::{
    GenaiModel, Message, Model as _, ModelErrorKind, ModelRequest, ToolChoice,
};
use mcp_runtime::providers::{Provider, ToolId};
use serde_json::{Value, json};

use crate::conversations::reply;
use crate::fake::Fake;
use crate::interfaces::{Interface, tools};

/// Sends a request and returns its body.
async fn body(
    interface: &Interface,
    change: impl FnOnce(GenaiModel) -> GenaiModel,
    set: impl for<'a> FnOnce(&mut ModelRequest<'a>),
) -> Value {
    let mut fake = Fake::start([reply(&interface.text, false)]).await;
    let model = change(interface.model(&fake.url).streaming(false));
    let definitions = tools().definitions(interface.provider);
    let messages = [Message::user("Hello.")];
    let mut request = ModelRequest::new(&messages, &definitions);
    set(&mut request);
    model.answer(request, &mut |_| {}).await.unwrap();
    fake.request().await.json()
}

/// Expected members for each interface, in the order of [`Interface::all`].
async fn check(choice: ToolChoice, expected: [Value; 4]) {
    for (interface, expected) in Interface::all().iter().zip(expected) {
        let mut fake = Fake::start([reply(&interface.text, false)]).await;
        let model = interface.model(&fake.url).streaming(false);
        let definitions = tools().definitions(interface.provider);
        let messages = [Message::user("Hello.")];
        let mut request = ModelRequest::new(&messages, &definitions);
        request.choice = &choice;
        model.answer(request, &mut |_| {}).await.unwrap();
        let body = fake.request().await.json();
        let name =
            if interface.provider == Provider::Gemini { "toolConfig" } else { "tool_choice" };
        let found = body.get(name).cloned().unwrap_or_default();
        assert_eq!(found, expected, "{choice:?} of {:?}", interface.provider);
    }
}

#[tokio::test]
async fn each_choice_of_tools_is_sent() {
    let config = |config: Value| json!({ "functionCallingConfig": config });
    check(ToolChoice::Auto, [Value::Null, Value::Null, Value::Null, Value::Null]).await;
    check(
        ToolChoice::Required,
        [
            json!("required"),
            json!("required"),
            json!({ "type": "any" }),
            config(json!({ "mode": "ANY" })),
        ],
    )
    .await;
    check(
        ToolChoice::None,
        [
            json!("none"),
            json!("none"),
            json!({ "type": "none" }),
            config(json!({ "mode": "NONE" })),
        ],
    )
    .await;
    check(
        ToolChoice::Tool(ToolId::new("now")),
        [
            json!({ "type": "function", "name": "now" }),
            json!({ "type": "function", "function": { "name": "now" } }),
            json!({ "type": "tool", "name": "now" }),
            config(json!({ "mode": "ANY", "allowedFunctionNames": ["now"] })),
        ],
    )
    .await;
    check(
        ToolChoice::Subset { tools: vec![ToolId::new("now")], required: true },
        [
            json!({
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{ "type": "function", "name": "now" }],
            }),
            json!({
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "required",
                    "tools": [{ "type": "function", "function": { "name": "now" } }],
                },
            }),
            json!({ "type": "any" }),
            config(json!({ "mode": "ANY", "allowedFunctionNames": ["now"] })),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_tool_that_is_not_defined_is_refused() {
    let interface = &Interface::all()[0];
    let model = interface.model("http://127.0.0.1:9");
    let definitions = tools().definitions(interface.provider);
    let messages = [Message::user("Hello.")];
    let mut request = ModelRequest::new(&messages, &definitions);
    let choice = ToolChoice::Tool(ToolId::new("other"));
    request.choice = &choice;
    let error = model.answer(request, &mut |_| {}).await.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Request);
    assert!(error.to_string().contains("no tool `other`"), "{error}");
}

#[tokio::test]
async fn several_calls_in_one_turn_can_be_forbidden() {
    let set = |request: &mut ModelRequest<'_>| request.parallel = Some(false);
    let [responses, chat, anthropic, gemini] = Interface::all();
    for interface in [&responses, &chat] {
        assert_eq!(body(interface, |model| model, set).await["parallel_tool_calls"], json!(false));
    }
    assert_eq!(
        body(&anthropic, |model| model, set).await["tool_choice"],
        json!({ "type": "auto", "disable_parallel_tool_use": true })
    );
    let model = gemini.model("http://127.0.0.1:9");
    let definitions = tools().definitions(gemini.provider);
    let messages = [Message::user("Hello.")];
    let mut request = ModelRequest::new(&messages, &definitions);
    set(&mut request);
    let error = model.answer(request, &mut |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("Gemini cannot be kept from making several calls"), "{error}");
}

#[tokio::test]
async fn stop_sequences_are_sent_where_there_are_any() {
    let [responses, chat, anthropic, gemini] = Interface::all();
    let stop = ["END".to_owned()];
    let send = async |interface: &Interface| {
        let mut fake = Fake::start([reply(&interface.text, false)]).await;
        let model = interface.model(&fake.url).streaming(false);
        let definitions = tools().definitions(interface.provider);
        let messages = [Message::user("Hello.")];
        let mut request = ModelRequest::new(&messages, &definitions);
        request.stop_sequences = &stop;
        model.answer(request, &mut |_| {}).await?;
        Ok::<_, mcp_runtime::agent::ModelError>(fake.request().await.json())
    };
    assert_eq!(send(&chat).await.unwrap()["stop"], json!(["END"]));
    assert_eq!(send(&anthropic).await.unwrap()["stop_sequences"], json!(["END"]));
    assert_eq!(
        send(&gemini).await.unwrap()["generationConfig"],
        json!({ "stopSequences": ["END"] })
    );
    let error = send(&responses).await.unwrap_err();
    assert!(error.to_string().contains("has no stop sequences"), "{error}");
}

#[tokio::test]
async fn settings_of_the_model_are_those_of_requests_without_their_own() {
    let change = |model: GenaiModel| model.max_tokens(99).temperature(0.25);
    let [responses, chat, anthropic, gemini] = Interface::all();
    for (interface, member) in [
        (&responses, "max_output_tokens"),
        (&chat, "max_completion_tokens"),
        (&anthropic, "max_tokens"),
    ] {
        let sent = body(interface, change, |_| {}).await;
        assert_eq!((&sent[member], &sent["temperature"]), (&json!(99), &json!(0.25)), "{member}");
        let sent = body(interface, change, |request| request.max_tokens = Some(7)).await;
        assert_eq!(sent[member], json!(7));
    }
    assert_eq!(
        body(&gemini, change, |_| {}).await["generationConfig"],
        json!({ "maxOutputTokens": 99, "temperature": 0.25 })
    );
    // Anthropic requires a limit.
    assert_eq!(body(&anthropic, |model| model, |_| {}).await["max_tokens"], json!(64_000));
    assert!(body(&chat, |model| model, |_| {}).await.get("max_completion_tokens").is_none());
}

#[tokio::test]
async fn members_of_the_provider_are_merged_into_the_body() {
    let [responses, _, _, gemini] = Interface::all();
    let extra = json!({
        "store": true,
        "include": null,
        "reasoning": { "effort": "low" },
        "metadata": { "none": null },
    });
    let sent = body(&responses, |model| model.extra_body(extra), |_| {}).await;
    assert_eq!(sent["store"], json!(true));
    assert!(sent.get("include").is_none());
    assert_eq!(sent["reasoning"], json!({ "effort": "low" }));
    assert_eq!(sent["metadata"], json!({}));
    let extra = json!({ "generationConfig": { "thinkingConfig": { "includeThoughts": true } } });
    let sent = body(&gemini, |model| model.extra_body(extra).max_tokens(9), |_| {}).await;
    assert_eq!(
        sent["generationConfig"],
        json!({ "maxOutputTokens": 9, "thinkingConfig": { "includeThoughts": true } })
    );
    let model = gemini.model("http://127.0.0.1:9").extra_body(json!([1]));
    let error = crate::ask(&model).await.0.unwrap_err().to_string();
    assert!(error.contains("expects a JSON object, got [1]"), "{error}");
}

#[tokio::test]
async fn tools_that_gemini_runs_stand_beside_functions() {
    let interface = &Interface::all()[3];
    let mut fake = Fake::start([reply(&interface.text, false)]).await;
    let model = interface.model(&fake.url).streaming(false);
    let own = serde_json::value::to_raw_value(&json!({ "googleSearch": {} })).unwrap();
    let definitions = tools().verbatim(own).definitions(interface.provider);
    let messages = [Message::user("Hello.")];
    model.answer(ModelRequest::new(&messages, &definitions), &mut |_| {}).await.unwrap();
    let sent = fake.request().await.json();
    assert_eq!(sent["tools"][1], json!({ "googleSearch": {} }));
    assert_eq!(sent["toolConfig"], json!({ "includeServerSideToolInvocations": true }));
}
