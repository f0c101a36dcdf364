//! Requests of servers, and what the model and the server get.

use std::sync::{Arc, Mutex};

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::{CreateMessageParams, CreateMessageResult};
use serde_json::{Value, json};

use super::SamplingModel;
use crate::agent::{Model, ModelError, ModelErrorKind, ModelRequest};
use crate::providers::{Answer, Delta, Provider};

/// Request to a model, as the members of a body.
type Requests = Arc<Mutex<Vec<Value>>>;

/// Model that answers with prepared bodies, and records its requests.
struct Prepared {
    name: &'static str,
    provider: Provider,
    bodies: Mutex<Vec<Result<Value, ModelError>>>,
    requests: Requests,
}

impl Prepared {
    fn new(provider: Provider, bodies: impl IntoIterator<Item = Value>) -> (Self, Requests) {
        let requests = Requests::default();
        let mut bodies: Vec<_> = bodies.into_iter().map(Ok).collect();
        bodies.reverse();
        let bodies = Mutex::new(bodies);
        let model = Self { name: "prepared", provider, bodies, requests: Arc::clone(&requests) };
        (model, requests)
    }

    fn failing(error: ModelError) -> Self {
        let (model, _) = Self::new(Provider::OpenAiChat, []);
        model.bodies.lock().unwrap().push(Err(error));
        model
    }
}

impl Model for Prepared {
    fn name(&self) -> &str {
        self.name
    }

    fn provider(&self) -> Provider {
        self.provider
    }

    async fn answer(
        &self,
        request: ModelRequest<'_>,
        _: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Answer, ModelError> {
        let tools = request.definitions.request(request.choice, request.parallel).unwrap();
        let conversation = request.definitions.conversation(request.system, request.messages);
        let mut body = serde_json::to_value(conversation.unwrap()).unwrap();
        let tools = serde_json::to_value(tools).unwrap();
        body.as_object_mut().unwrap().extend(tools.as_object().unwrap().clone());
        body["max"] = json!(request.max_tokens);
        body["temperature"] = json!(request.temperature);
        body["stop"] = json!(request.stop_sequences);
        self.requests.lock().unwrap().push(body);
        let body = self.bodies.lock().unwrap().pop().expect("a body is left")?;
        Ok(Answer::parse(self.provider, &body.to_string())?)
    }
}

fn chat(message: Value, finish_reason: &str) -> Value {
    json!({ "choices": [{ "message": message, "finish_reason": finish_reason }] })
}

fn said(text: &str) -> Value {
    chat(json!({ "content": text }), "stop")
}

fn call(id: &str, name: &str, arguments: &str) -> Value {
    json!({ "id": id, "type": "function", "function": { "name": name, "arguments": arguments } })
}

fn calling(calls: Value) -> Value {
    chat(json!({ "content": null, "tool_calls": calls }), "tool_calls")
}

fn asked(messages: Value) -> Value {
    json!({ "messages": messages, "maxTokens": 100 })
}

fn hello() -> Value {
    json!({ "role": "user", "content": { "type": "text", "text": "Hello" } })
}

fn with(mut request: Value, members: Value) -> Value {
    request.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    request
}

fn weather() -> Value {
    let schema = json!({ "type": "object", "properties": { "city": { "type": "string" } } });
    json!({ "tools": [{ "name": "get.weather", "inputSchema": schema }] })
}

async fn answer(
    model: &SamplingModel,
    request: Value,
) -> Result<CreateMessageResult, ProtocolError> {
    let request: CreateMessageParams = serde_json::from_value(request).unwrap();
    model.answer(request).await
}

#[tokio::test]
async fn a_request_becomes_a_conversation() {
    let (model, requests) = Prepared::new(
        Provider::Anthropic,
        [json!({
            "content": [{ "type": "text", "text": "Hi" }], "stop_reason": "stop_sequence", "model": "m-1",
        })],
    );
    let model = SamplingModel::unattended(model);
    let image = json!({ "type": "image", "data": "aGk=", "mimeType": "image/png" });
    let request = with(
        asked(json!([
            hello(),
            { "role": "assistant", "content": { "type": "text", "text": "Yes?" } },
            { "role": "user", "content": [{ "type": "text", "text": "Look" }, image] },
        ])),
        json!({
            "systemPrompt": "Be brief.", "temperature": 0.5, "stopSequences": ["END"],
            "includeContext": "allServers", "metadata": { "x": 1 },
        }),
    );
    let result = json!(answer(&model, request).await.unwrap());
    assert_eq!(
        result,
        json!({
            "role": "assistant", "content": { "type": "text", "text": "Hi" }, "model": "m-1",
            "stopReason": "stopSequence",
        })
    );
    let source = json!({ "type": "base64", "media_type": "image/png", "data": "aGk=" });
    assert_eq!(
        requests.lock().unwrap()[0],
        json!({
            "system": "Be brief.",
            "messages": [
                { "role": "user", "content": [{ "type": "text", "text": "Hello" }] },
                { "role": "assistant", "content": [{ "type": "text", "text": "Yes?" }] },
                { "role": "user", "content": [
                    { "type": "text", "text": "Look" }, { "type": "image", "source": source },
                ] },
            ],
            "max": 100, "temperature": 0.5, "stop": ["END"],
        })
    );
}

#[tokio::test]
async fn uses_of_tools_have_their_names_and_go_back_as_the_provider_wrote_them() {
    let signed = json!({
        "functionCall": { "name": "get.weather", "args": { "city": "Oslo" } }, "thoughtSignature": "c2ln",
    });
    let first = json!({ "candidates": [{ "content": { "role": "model", "parts": [signed] }, "finishReason": "STOP" }] });
    let last = json!({ "candidates": [{ "content": { "parts": [{ "text": "Sunny." }] }, "finishReason": "STOP" }] });
    let (model, requests) = Prepared::new(Provider::Gemini, [first, last]);
    let model = SamplingModel::unattended(model);
    let request = with(asked(json!([hello()])), weather());
    let request = with(request, json!({ "toolChoice": { "mode": "required" } }));
    let turn = json!(answer(&model, request).await.unwrap());
    assert_eq!(turn["stopReason"], "toolUse");
    assert_eq!(
        turn["content"],
        json!({ "type": "tool_use", "id": "call_1", "name": "get.weather", "input": { "city": "Oslo" } })
    );
    let result = json!({
        "type": "tool_result", "toolUseId": "call_1", "content": [{ "type": "text", "text": "sun" }],
    });
    let messages = json!([
        hello(),
        { "role": "assistant", "content": turn["content"] },
        { "role": "user", "content": [result] },
    ]);
    let end = json!(answer(&model, with(asked(messages), weather())).await.unwrap());
    assert_eq!(
        (&end["content"]["text"], &end["stopReason"]),
        (&json!("Sunny."), &json!("endTurn"))
    );
    let requests = requests.lock().unwrap();
    assert_eq!(requests[0]["toolConfig"]["functionCallingConfig"]["mode"], "ANY");
    assert_eq!(requests[1]["contents"][1]["parts"][0]["thoughtSignature"], "c2ln");
    let response = &requests[1]["contents"][2]["parts"][0]["functionResponse"];
    assert_eq!(response["name"], "get.weather");
    assert_eq!(response["response"]["output"], "sun");
}

#[tokio::test]
async fn changed_and_unknown_turns_are_rewritten() {
    let (model, requests) = Prepared::new(Provider::OpenAiChat, [said("ok")]);
    let model = SamplingModel::unattended(model);
    let uses = json!([
        { "type": "tool_use", "id": "a", "name": "get.weather", "input": { "city": "Rome" } },
        { "type": "tool_use", "id": "b", "name": "gone.tool", "input": {} },
    ]);
    let results = json!([
        { "type": "tool_result", "toolUseId": "b", "content": [{ "type": "text", "text": "no" }], "isError": true },
        { "type": "tool_result", "toolUseId": "a", "content": [], "structuredContent": { "t": 20 } },
    ]);
    let messages = json!([
        hello(), { "role": "assistant", "content": uses }, { "role": "user", "content": results },
    ]);
    answer(&model, with(asked(messages), weather())).await.unwrap();
    let request = requests.lock().unwrap()[0].clone();
    let calls = &request["messages"][1]["tool_calls"];
    assert_eq!(
        calls[0]["function"],
        json!({ "name": "get_weather", "arguments": r#"{"city":"Rome"}"# })
    );
    assert_eq!(calls[1]["function"]["name"], "gone_tool");
    assert_eq!(
        request["messages"][2],
        json!({ "role": "tool", "tool_call_id": "a", "content": r#"{"t":20}"# })
    );
    assert_eq!(request["messages"][3]["tool_call_id"], "b");
}

#[tokio::test]
async fn faulty_calls_go_back_to_the_model() {
    let faulty = calling(json!([
        call("1", "get_weather", "{\"city\":"),
        call("2", "get_weather", "{}"),
        call("3", "none", "{}"),
    ]));
    let right = calling(json!([
        call("1", "get_weather", "{\"city\":\"Oslo\"}"),
        call("1", "get_weather", "{}")
    ]));
    let (model, requests) = Prepared::new(Provider::OpenAiChat, [faulty.clone(), right]);
    let request = with(asked(json!([hello()])), weather());
    let result = answer(&SamplingModel::unattended(model), request.clone()).await.unwrap();
    let ids: Vec<_> =
        json!(result.content).as_array().unwrap().iter().map(|it| it["id"].clone()).collect();
    assert_eq!(ids, ["1", "call_1"], "two uses do not have one id");
    let returned = requests.lock().unwrap()[1]["messages"].clone();
    let texts: Vec<_> = (2..5).map(|place| returned[place]["content"].as_str().unwrap()).collect();
    assert!(texts[0].contains("not valid JSON"), "{texts:?}");
    assert!(texts[1].contains("another call of this turn is not valid"), "{texts:?}");
    assert!(texts[2].contains("there is no tool `none`"), "{texts:?}");
    // It does not go on for ever.
    let (model, requests) = Prepared::new(Provider::OpenAiChat, vec![faulty; 9]);
    let error = answer(&SamplingModel::unattended(model), request).await.unwrap_err();
    assert_eq!((error.code.0, requests.lock().unwrap().len()), (-32603, 4));
}

#[tokio::test]
async fn answers_end_for_a_reason() {
    let cut = json!({ "content": "Once", "tool_calls": [call("1", "get_weather", "{\"ci")] });
    for (body, text, reason) in [
        (said("Hi"), "Hi", "endTurn"),
        (chat(json!({ "content": "Once" }), "length"), "Once", "maxTokens"),
        (chat(cut, "length"), "Once", "maxTokens"),
        (chat(json!({ "content": "" }), "content_filter"), "", "contentFilter"),
        (chat(json!({ "content": null, "refusal": "No." }), "stop"), "No.", "refusal"),
    ] {
        let (model, _) = Prepared::new(Provider::OpenAiChat, [body.clone()]);
        let request = with(asked(json!([hello()])), weather());
        let result = json!(answer(&SamplingModel::unattended(model), request).await.unwrap());
        let expected = json!({
            "role": "assistant", "content": { "type": "text", "text": text }, "model": "prepared",
            "stopReason": reason,
        });
        assert_eq!(result, expected, "{body}");
    }
}

#[tokio::test]
async fn a_paused_turn_is_continued() {
    let part = |text: &str, reason: &str| {
        json!({
            "content": [{ "type": "text", "text": text }], "stop_reason": reason,
            "usage": { "input_tokens": 1, "output_tokens": 30 },
        })
    };
    let bodies = [part("One, ", "pause_turn"), part("two.", "end_turn")];
    let (model, requests) = Prepared::new(Provider::Anthropic, bodies);
    let result = answer(&SamplingModel::unattended(model), asked(json!([hello()]))).await.unwrap();
    assert_eq!(result.content[0].as_text(), Some("One, two."));
    let requests = requests.lock().unwrap();
    assert_eq!((&requests[0]["max"], &requests[1]["max"]), (&json!(100), &json!(70)));
    assert_eq!(requests[1]["messages"][1]["role"], "assistant");
}

#[tokio::test]
async fn requests_that_are_no_conversation_are_refused() {
    let used = json!({ "type": "tool_use", "id": "1", "name": "t", "input": {} });
    let result = json!({ "type": "tool_result", "toolUseId": "1", "content": [] });
    let assistant = |content: &Value| json!({ "role": "assistant", "content": content });
    let user = |content: Value| json!({ "role": "user", "content": content });
    let text = json!({ "type": "text", "text": "Hi" });
    for (request, expected) in [
        (asked(json!([])), "at least one message"),
        (asked(json!([hello(), assistant(&text)])), "expected the last one to be of the user"),
        (asked(json!([user(json!({ "type": "text", "text": " " }))])), "is empty"),
        (
            asked(json!([hello(), assistant(&used), user(json!([result, text]))])),
            "results of tools alone",
        ),
        (asked(json!([user(json!([result]))])), "no use of a tool waits for"),
        (asked(json!([hello(), assistant(&used), hello()])), "has no result"),
        (asked(json!([user(json!({ "type": "smell" }))])), "`messages[0]`: expected text"),
        (with(asked(json!([hello()])), json!({ "maxTokens": 0 })), "`maxTokens`"),
        (
            with(asked(json!([hello()])), json!({ "toolChoice": { "mode": "required" } })),
            "`toolChoice`",
        ),
        (
            with(asked(json!([hello()])), json!({ "toolChoice": { "mode": "odd" } })),
            "`toolChoice.mode`",
        ),
    ] {
        let (model, _) = Prepared::new(Provider::OpenAiChat, []);
        let error = answer(&SamplingModel::unattended(model), request).await.unwrap_err();
        assert_eq!(error.code.0, -32602, "{expected}");
        assert!(error.message.contains(expected), "{expected}: {}", error.message);
    }
}

#[tokio::test]
async fn hooks_see_and_change_requests_and_answers() {
    let (model, requests) = Prepared::new(Provider::OpenAiChat, [said("Hello, Ann"), said("Bye")]);
    let model = SamplingModel::new(model, |mut request| async move {
        assert_eq!(request.max_tokens, 50, "the limit of the client holds already");
        request.system_prompt = Some("Name nobody.".to_owned());
        request.max_tokens = 1_000;
        (request.messages.len() == 1).then_some(request)
    });
    let model = model.max_tokens(50).review(|mut answer| async move {
        let text = answer.content[0].as_text()?.replace("Ann", "…");
        answer.content = vec![text.as_str().into()];
        (text != "Bye").then_some(answer)
    });
    let result = answer(&model, asked(json!([hello()]))).await.unwrap();
    assert_eq!(result.content[0].as_text(), Some("Hello, …"));
    let request = requests.lock().unwrap()[0].clone();
    assert_eq!(request["messages"][0]["content"], "Name nobody.");
    assert_eq!(request["max"], 50, "the hook does not raise what the server asked for");
    for messages in [json!([hello(), hello()]), json!([hello()])] {
        let error = answer(&model, asked(messages)).await.unwrap_err();
        assert_eq!((error.code.0, &*error.message), (-1, "User rejected sampling request"));
    }
    assert_eq!(requests.lock().unwrap().len(), 2, "a rejected request does not reach the model");
}

#[tokio::test]
async fn hints_choose_among_models() {
    let named = |name: &'static str| {
        let (model, _) = Prepared::new(Provider::OpenAiChat, vec![said("Hi"); 4]);
        Prepared { name, ..model }
    };
    let model = SamplingModel::unattended(named("gpt-large"));
    let model = model.model(named("Claude-Sonnet-5")).model(named("claude-haiku-5"));
    for (hints, expected) in [
        (json!([]), "gpt-large"),
        (json!(["sonnet", "gpt"]), "Claude-Sonnet-5"),
        (json!(["llama", "haiku"]), "claude-haiku-5"),
        (json!(["claude"]), "Claude-Sonnet-5"),
        (json!(["", " "]), "gpt-large"),
    ] {
        let hints: Vec<_> =
            hints.as_array().unwrap().iter().map(|name| json!({ "name": name })).collect();
        let preferences = json!({ "modelPreferences": { "hints": hints, "speedPriority": 1 } });
        let result = answer(&model, with(asked(json!([hello()])), preferences)).await.unwrap();
        assert_eq!(result.model, expected, "{hints:?}");
    }
}

#[tokio::test]
async fn errors_of_the_model_keep_its_secrets() {
    for (kind, expected) in [
        (ModelErrorKind::Connection, "cannot be reached"),
        (ModelErrorKind::Timeout, "did not answer in time"),
        (ModelErrorKind::Status(429), "failed with the status 429"),
        (ModelErrorKind::Malformed, "cannot be read"),
        (ModelErrorKind::Request, "cannot answer this request"),
    ] {
        let model = Prepared::failing(ModelError::new(kind, "key sk-secret at https://internal"));
        let error = answer(&SamplingModel::unattended(model), asked(json!([hello()]))).await;
        let error = error.unwrap_err();
        assert_eq!(error.code.0, -32603);
        assert!(error.message.contains(expected), "{}", error.message);
        assert!(!error.message.contains("secret") && error.data.is_none(), "{}", error.message);
    }
}

#[tokio::test]
async fn a_budget_ends_sampling() {
    let mut body = said("Hi");
    body["usage"] = json!({ "prompt_tokens": 30, "completion_tokens": 30 });
    let (model, _) = Prepared::new(Provider::OpenAiChat, vec![body; 3]);
    let model = SamplingModel::unattended(model).token_budget(100);
    for _ in 0..2 {
        answer(&model, asked(json!([hello()]))).await.unwrap();
    }
    let error = answer(&model, asked(json!([hello()]))).await.unwrap_err();
    assert!(error.message.contains("budget"), "{}", error.message);
}
