//! Interfaces that `genai` writes and reads.

use mcp_runtime::agent::{
    CallResult, GenaiModel, Message, Model as _, ModelErrorKind, ModelMessage, ModelRequest,
    ToolChoice,
};
use mcp_runtime::protocol::{CallToolResult, Content};
use mcp_runtime::providers::{Arguments, Provider, Stop, ToolId};
use serde_json::json;

use crate::fake::{Fake, Reply};
use crate::interfaces::{KEY, KEY_VARIABLE, tools};
use crate::{ask, ask_with};

fn bedrock(url: &str) -> GenaiModel {
    let model = GenaiModel::new("bedrock_api::anthropic.claude-sonnet-4-5");
    model.base_url(url).api_key_variable(KEY_VARIABLE).streaming(false)
}

fn answer(content: &serde_json::Value, reason: &str) -> Reply {
    let body = json!({
        "output": { "message": { "role": "assistant", "content": content } },
        "stopReason": reason,
        "usage": { "inputTokens": 11, "outputTokens": 7, "totalTokens": 18 },
    });
    Reply::json(200, body.to_string())
}

#[tokio::test]
async fn a_conversation_with_calls_goes_through_genai() {
    let calls = json!([
        { "text": "Let me see." },
        { "toolUse": { "toolUseId": "c1", "name": "get_weather", "input": { "city": "Oslo" } } },
        { "toolUse": { "toolUseId": "c2", "name": "now", "input": {} } },
    ]);
    let replies = [answer(&calls, "tool_use"), answer(&json!([{ "text": "Hello." }]), "end_turn")];
    let mut fake = Fake::start(replies).await;
    let model = bedrock(&fake.url);
    assert_eq!(model.provider(), Provider::OpenAiChat);
    let definitions = tools().definitions(model.provider());
    let question = Message::User(vec![
        Content::text("What is the weather?"),
        Content::image(b"\x89PNG", "image/png"),
    ]);
    let (first, _) = ask_with(&model, &definitions, std::slice::from_ref(&question)).await;
    let first = first.unwrap();
    assert_eq!((first.stop, &*first.text), (Stop::ToolCalls, "Let me see."));
    assert_eq!((first.usage.input_tokens, first.usage.output_tokens), (11, 7));
    let calls = first.calls.clone();
    let Arguments::Object(arguments) = &calls[0].arguments else { panic!("{calls:?}") };
    assert_eq!(arguments.get(), r#"{"city":"Oslo"}"#);
    let mut failed = CallToolResult::text("no clock");
    failed.is_error = true;
    let messages = [
        question,
        Message::Model(ModelMessage::new(model.provider(), first)),
        Message::Results(vec![
            CallResult::new(calls[0].clone(), CallToolResult::text("Sunny")),
            CallResult::new(calls[1].clone(), failed),
        ]),
        Message::user("And tomorrow?"),
    ];
    let (second, _) = ask_with(&model, &definitions, &messages).await;
    assert_eq!(second.unwrap().text, "Hello.");
    let request = fake.request().await;
    assert_eq!(request.target, "/model/anthropic.claude-sonnet-4-5/converse");
    assert_eq!(request.header("authorization"), Some(&*format!("Bearer {KEY}")));
    let body = request.json();
    assert_eq!(body["system"], json!([{ "text": "Be brief." }]));
    assert_eq!(body["inferenceConfig"], json!({ "maxTokens": 500, "temperature": 0.5 }));
    assert_eq!(body["toolConfig"]["tools"][1]["toolSpec"]["name"], json!("now"));
    let sent = fake.request().await.json();
    assert_eq!(
        sent["messages"][1]["content"],
        json!([
            { "text": "Let me see." },
            { "toolUse": { "toolUseId": "c1", "name": "get_weather", "input": { "city": "Oslo" } } },
            { "toolUse": { "toolUseId": "c2", "name": "now", "input": {} } },
        ])
    );
    assert_eq!(
        sent["messages"][0]["content"],
        json!([
            { "text": "What is the weather?" },
            { "image": { "format": "png", "source": { "bytes": "iVBORw==" } } },
        ])
    );
    // All results of a turn are in one message.
    assert_eq!(
        sent["messages"][2]["content"],
        json!([
            { "toolResult": { "toolUseId": "c1", "content": [{ "text": "Sunny" }] } },
            { "toolResult": { "toolUseId": "c2", "content": [{ "text": "[tool error] no clock" }] } },
            { "text": "And tomorrow?" },
        ])
    );
    assert_eq!(sent["messages"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn requests_that_genai_cannot_express_are_refused() {
    let model = bedrock("http://127.0.0.1:9");
    let definitions = tools().definitions(model.provider());
    let messages = [Message::user("Hello.")];
    let own = serde_json::value::to_raw_value(&json!({ "type": "web_search" })).unwrap();
    let verbatim = tools().verbatim(own).definitions(model.provider());
    let subset = ToolChoice::Subset { tools: vec![ToolId::new("now")], required: false };
    let refused = async |request: ModelRequest<'_>, expected: &str| {
        let error = model.answer(request, &mut |_| {}).await.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Request);
        assert!(error.to_string().contains(expected), "{error}");
    };
    let request = || ModelRequest::new(&messages, &definitions);
    refused(ModelRequest::new(&messages, &verbatim), "ToolSet::verbatim").await;
    let mut changed = request();
    changed.choice = &subset;
    refused(changed, "has no tool choice").await;
    let mut changed = request();
    changed.choice = &ToolChoice::Required;
    refused(changed, "has no tool choice").await;
    let mut changed = request();
    changed.parallel = Some(false);
    refused(changed, "several calls in one turn").await;
    let error = ask(&bedrock("http://127.0.0.1:9").extra_body(json!({}))).await.0.unwrap_err();
    assert!(error.to_string().contains("no further members"), "{error}");
    // Gemini's Interactions take a choice, but not of some tools.
    let model = GenaiModel::new("gemini_ix::gemini-3-flash").base_url("http://127.0.0.1:9");
    let mut changed = request();
    changed.choice = &subset;
    let error = model.answer(changed, &mut |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("has no choice of some tools"), "{error}");
}

#[tokio::test]
async fn failures_of_genai_are_read_and_retried() {
    let later = Reply::json(503, r#"{"message":"busy"}"#).header("retry-after-ms", "0");
    let fake =
        Fake::start([later.clone(), answer(&json!([{ "text": "Hello." }]), "end_turn")]).await;
    assert_eq!(ask(&bedrock(&fake.url)).await.0.unwrap().text, "Hello.");
    let wrong = Reply::json(403, json!({ "message": format!("wrong {KEY}") }).to_string());
    let fake = Fake::start([wrong]).await;
    let error = ask(&bedrock(&fake.url)).await.0.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Status(403));
    let shown = error.to_string();
    assert!(shown.contains(&format!("`{KEY_VARIABLE}`")) && !shown.contains(KEY), "{shown}");
    let fake = Fake::start([Reply::new(200, "text/html", "<html>")]).await;
    let error = ask(&bedrock(&fake.url)).await.0.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Malformed, "{error}");
    let fake = Fake::start([Reply::json(200, "{}")]).await;
    let error = ask(&bedrock(&fake.url)).await.0.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Malformed, "{error}");
    assert!(!error.to_string().contains("Be brief"), "{error}");
    let fake = Fake::start([]).await;
    let error = ask(&bedrock(&fake.url).retries(0)).await.0.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Connection, "{error}");
}

/// Events of Gemini's Interactions: a call with a signature.
fn interaction() -> Vec<serde_json::Value> {
    vec![
        json!({ "event_type": "interaction.created", "interaction": { "id": "i1", "status": "in_progress" } }),
        json!({ "event_type": "interaction.status_update", "status": "in_progress" }),
        json!({ "event_type": "step.start", "index": 0, "step": { "type": "thought" } }),
        json!({ "event_type": "step.delta", "index": 0, "delta": { "type": "thought_signature", "signature": "s/1==" } }),
        json!({ "event_type": "step.stop", "index": 0 }),
        json!({ "event_type": "step.start", "index": 1, "step": { "type": "model_output" } }),
        json!({ "event_type": "step.delta", "index": 1, "delta": { "type": "text", "text": "Let me " } }),
        json!({ "event_type": "step.delta", "index": 1, "delta": { "type": "text", "text": "see." } }),
        json!({ "event_type": "step.stop", "index": 1 }),
        json!({ "event_type": "step.start", "index": 2, "step": { "type": "function_call", "id": "c1", "name": "get_weather" } }),
        json!({ "event_type": "step.delta", "index": 2, "delta": { "type": "arguments_delta", "arguments": "{\"city\":\"Oslo\"}" } }),
        json!({ "event_type": "step.stop", "index": 2 }),
        json!({ "event_type": "interaction.completed", "interaction": { "id": "i1", "status": "requires_action" } }),
    ]
}

fn events(events: &[serde_json::Value]) -> Reply {
    Reply::events(events.iter().map(|event| format!("data: {event}\n\n")).collect::<String>())
}

#[tokio::test]
async fn signatures_return_through_genai() {
    let all = interaction();
    // The first stream breaks behind its text.
    let replies = [events(&all[..8]), events(&all), events(&all)];
    let mut fake = Fake::start(replies).await;
    let model =
        GenaiModel::new("gemini_ix::gemini-3-flash").base_url(format!("{}/v1beta", fake.url));
    let model = model.api_key_variable(KEY_VARIABLE);
    let (answer, deltas) = ask(&model).await;
    let answer = answer.unwrap();
    assert!(deltas.contains(&mcp_runtime::agent::Delta::Restart), "{deltas:?}");
    assert_eq!(crate::text(&deltas), "Let me see.");
    assert_eq!((answer.stop, &*answer.text), (Stop::ToolCalls, "Let me see."));
    let call = answer.calls[0].clone();
    let messages = [
        Message::user("What is the weather?"),
        Message::Model(ModelMessage::new(model.provider(), answer)),
        Message::Results(vec![CallResult::new(call, CallToolResult::text("Sunny"))]),
    ];
    let messages = serde_json::to_string(&messages).unwrap();
    let messages: Vec<Message> = serde_json::from_str(&messages).unwrap();
    let definitions = tools().strict(true).definitions(model.provider());
    ask_with(&model, &definitions, &messages).await.0.unwrap();
    let first = fake.request().await;
    assert_eq!(first.target, "/v1beta/interactions");
    assert_eq!(first.header("x-goog-api-key"), Some(KEY));
    assert_eq!(first.json()["store"], json!(false));
    fake.request().await;
    assert_eq!(
        fake.request().await.json()["input"],
        json!([
            { "type": "user_input", "content": [{ "type": "text", "text": "What is the weather?" }] },
            { "type": "thought", "signature": "s/1==" },
            { "type": "model_output", "content": [{ "type": "text", "text": "Let me see." }] },
            { "type": "function_call", "id": "c1", "name": "get_weather", "arguments": { "city": "Oslo" } },
            {
                "type": "function_result",
                "call_id": "c1",
                "name": "get_weather",
                "result": [{ "type": "text", "text": "Sunny" }],
            },
        ])
    );
}
