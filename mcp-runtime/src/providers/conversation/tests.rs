//! Conversations in the form of each provider.

use mcp_core::protocol::{CallToolResult, Content, ResourceContents, Tool};
use mcp_core::schema::Schema;
use serde_json::{Value, json};

use crate::providers::{Answer, CallResult, Definitions, Message, ModelMessage, Provider, ToolSet};

fn definitions(provider: Provider) -> Definitions {
    let schema = || Schema::from_value(&json!({ "type": "object", "properties": {} })).unwrap();
    ToolSet::default().server("files", [Tool::new("read.any", schema())]).definitions(provider)
}

/// Turn of a model, as each provider sends it: two calls behind a text.
fn body(provider: Provider) -> &'static str {
    match provider {
        Provider::OpenAiResponses => {
            r#"{"output": [ {"type":"reasoning","id":"r","encrypted_content":"é\u00e9"},
                {"type":"message","content":[{"type":"output_text","text":"Reading."}]},
                {"type":"function_call","call_id":"c1","name":"files__read_any","arguments":"{\"n\": 1e400}"},
                {"type":"function_call","call_id":"c2","name":"files__read_any","arguments":"[1"} ]}"#
        }
        Provider::OpenAiChat => {
            r#"{"choices":[{"message": {"role":"assistant", "content":"Reading.","tool_calls":[
                {"id":"c1","type":"function","function":{"name":"files__read_any","arguments":"{\"n\": 1e400}"}},
                {"id":"c2","type":"function","function":{"name":"files__read_any","arguments":"[1"}} ]} }]}"#
        }
        Provider::Anthropic => {
            r#"{"content":[ {"type":"thinking","thinking":"Hm.","signature":"s"}, {"type":"text","text":"Reading."},
                {"type":"tool_use","id":"c1","name":"files__read_any","input":{"n": 1e400}},
                {"type":"tool_use","id":"c2","name":"files__read_any","input":"[1"} ]}"#
        }
        Provider::Gemini => {
            r#"{"candidates":[{"content": {"role":"model", "parts":[ {"text":"Reading.","thoughtSignature":"s"},
                {"functionCall":{"name":"files__read.any","args":{"n": 1e400}},"thoughtSignature":"t"},
                {"functionCall":{"name":"files__read.any","args":"[1"}} ]} }]}"#
        }
    }
}

/// Question, turn of a model with two calls, results, further question.
fn conversation(provider: Provider) -> Vec<Message> {
    let answer = Answer::parse(provider, body(provider)).unwrap();
    let failed = "the arguments of the call are not valid JSON";
    let results = [CallToolResult::text("a"), CallToolResult::error(failed)];
    let results = answer.calls.iter().cloned().zip(results);
    let results = results.map(|(call, result)| CallResult::new(call, result)).collect();
    vec![
        "Read.".into(),
        Message::Model(ModelMessage::new(provider, answer)),
        Message::Results(results),
        "Go on.".into(),
    ]
}

fn text(provider: Provider, messages: &[Message]) -> String {
    let fields = definitions(provider).conversation(Some("Be brief."), messages);
    serde_json::to_string(&fields.unwrap_or_else(|error| panic!("{error}"))).unwrap()
}

fn rendered(provider: Provider, messages: &[Message]) -> Value {
    serde_json::from_str(&text(provider, messages)).unwrap()
}

#[test]
fn own_turns_are_returned_as_they_came() {
    for provider in Provider::ALL {
        let answer = Answer::parse(provider, body(provider)).unwrap();
        let text = text(provider, &conversation(provider));
        for raw in &answer.history {
            assert!(text.contains(raw.get()), "{text}");
        }
    }
}

#[test]
fn results_are_where_each_provider_wants_them() {
    // A number above 1e308 cannot be read again as a `Value`.
    let results = |provider: Provider, member: &str| -> Vec<Value> {
        let mut conversation = conversation(provider);
        let Message::Model(turn) = &mut conversation[1] else { panic!("no turn of a model") };
        turn.history = turn
            .history
            .iter()
            .map(|raw| serde_json::from_str(&raw.get().replace("1e400", "1")).unwrap())
            .collect();
        let mut body = rendered(provider, &conversation);
        serde_json::from_value(body[member].take()).unwrap()
    };
    let failed = "the arguments of the call are not valid JSON";
    let marked = format!("[tool error] {failed}");
    assert_eq!(
        results(Provider::OpenAiResponses, "input")[5..],
        [
            json!({ "type": "function_call_output", "call_id": "c1", "output": "a" }),
            json!({ "type": "function_call_output", "call_id": "c2", "output": marked }),
            json!({ "role": "user", "content": "Go on." }),
        ]
    );
    assert_eq!(
        results(Provider::OpenAiChat, "messages")[3..],
        [
            json!({ "role": "tool", "tool_call_id": "c1", "content": "a" }),
            json!({ "role": "tool", "tool_call_id": "c2", "content": marked }),
            json!({ "role": "user", "content": "Go on." }),
        ]
    );
    let block = |id: &str, text: &str| json!({ "type": "tool_result", "tool_use_id": id, "content": [{ "type": "text", "text": text }] });
    let mut error = block("c2", failed);
    error["is_error"] = json!(true);
    assert_eq!(
        results(Provider::Anthropic, "messages")[2..],
        [json!({ "role": "user", "content": [
            block("c1", "a"), error, { "type": "text", "text": "Go on." },
        ] })]
    );
    let name = "files__read.any";
    assert_eq!(
        results(Provider::Gemini, "contents")[2..],
        [
            json!({ "role": "user", "parts": [
                { "functionResponse": { "name": name, "response": { "output": "a" } } },
                { "functionResponse": { "name": name, "response": { "error": failed } } },
            ] }),
            json!({ "role": "user", "parts": [{ "text": "Go on." }] }),
        ]
    );
}

#[test]
fn turns_of_other_providers_are_rewritten() {
    let from = Provider::Gemini;
    let arguments = [r#"{"n": 1e400}"#, r#"{"INVALID_JSON":"\"[1\""}"#];
    let quoted = arguments.map(|text| serde_json::to_string(text).unwrap());
    let text = |provider| text(provider, &conversation(from)[..3]);
    let responses = text(Provider::OpenAiResponses);
    for (number, quoted) in quoted.iter().enumerate() {
        assert!(responses.contains(&format!(r#""arguments":{quoted}"#)), "{responses}");
        assert!(responses.contains(&format!(r#""call_id":"call_{number}""#)), "{responses}");
    }
    assert!(responses.contains(r#""name":"files__read_any""#), "{responses}");
    let responses: Value = serde_json::from_str(&responses).unwrap();
    let kinds: Vec<_> = responses["input"].as_array().unwrap().iter().collect();
    assert_eq!(kinds[1], &json!({ "role": "assistant", "content": "Reading." }));
    assert_eq!(kinds[2]["type"], "function_call");
    assert_eq!(kinds[5]["call_id"], "call_1");

    let chat: Value = serde_json::from_str(&text(Provider::OpenAiChat)).unwrap();
    let function = |text: &str| json!({ "name": "files__read_any", "arguments": text });
    assert_eq!(
        chat["messages"][2],
        json!({ "role": "assistant", "content": "Reading.", "tool_calls": [
            { "id": "call_0", "type": "function", "function": function(arguments[0]) },
            { "id": "call_1", "type": "function", "function": function(arguments[1]) },
        ] })
    );
    assert_eq!(chat["messages"][4]["tool_call_id"], "call_1");

    let anthropic = text(Provider::Anthropic);
    let expected = concat!(
        r#"{"role":"assistant","content":[{"type":"text","text":"Reading."},"#,
        r#"{"type":"tool_use","id":"call_0","name":"files__read_any","input":{"n": 1e400}},"#,
        r#"{"type":"tool_use","id":"call_1","name":"files__read_any","input":{"INVALID_JSON":"\"[1\""}}]}"#,
    );
    assert!(anthropic.contains(expected), "{anthropic}");

    let other = conversation(Provider::Anthropic);
    let gemini = super::tests::text(Provider::Gemini, &other);
    let expected = concat!(
        r#"{"role":"model","parts":[{"text":"Reading."},"#,
        r#"{"functionCall":{"id":"c1","name":"files__read.any","args":{"n": 1e400}},"#,
        r#""thoughtSignature":"skip_thought_signature_validator"},"#,
        r#"{"functionCall":{"id":"c2","name":"files__read.any","args":{"INVALID_JSON":"\"[1\""}}}]}"#,
    );
    assert!(gemini.contains(expected), "{gemini}");
    assert!(!gemini.contains("Hm."), "{gemini}");
}

#[test]
fn identifiers_of_other_providers_are_allowed_and_unique() {
    let mut messages = conversation(Provider::OpenAiChat);
    // The same identifier again, one that Anthropic does not allow, and one that is too long.
    for id in ["c1", "a.b", &"x".repeat(41)] {
        let text = body(Provider::OpenAiChat).replace("\"c1\"", &format!("\"{id}\""));
        let answer = Answer::parse(Provider::OpenAiChat, &text.replace("c2", "")).unwrap();
        let results = answer.calls.iter().cloned();
        let results = results.map(|call| CallResult::new(call, CallToolResult::text(id))).collect();
        messages.push(Message::Model(ModelMessage::new(Provider::OpenAiChat, answer)));
        messages.push(Message::Results(results));
    }
    let text = text(Provider::Anthropic, &messages);
    let mut ids = std::collections::HashSet::new();
    for part in text.split(r#""type":"tool_use","id":""#).skip(1) {
        let id = part.split('"').next().unwrap();
        assert!(ids.insert(id), "{id} is used twice");
        assert!(id.len() <= 40 && !id.contains('.'), "{id}");
        assert_eq!(text.matches(&format!(r#""tool_use_id":"{id}""#)).count(), 1, "{id}");
    }
    assert_eq!(ids.len(), 8);
}

#[test]
fn a_turn_without_history_is_rewritten() {
    for provider in Provider::ALL {
        let mut messages = conversation(provider);
        let Message::Model(turn) = &mut messages[1] else { panic!("no turn of a model") };
        turn.history.clear();
        let text = text(provider, &messages);
        assert!(text.contains("Reading."), "{text}");
        assert!(text.contains("INVALID_JSON"), "{text}");
        let name = definitions(provider).iter().next().unwrap().name.clone();
        assert!(text.matches(&name).count() >= 2, "{text}");
    }
}

#[test]
fn results_are_in_the_order_of_the_calls() {
    for provider in [Provider::OpenAiResponses, Provider::Anthropic] {
        let mut messages = conversation(provider);
        let ordered = text(provider, &messages);
        let Message::Results(results) = &mut messages[2] else { panic!("no results") };
        results.reverse();
        assert_eq!(text(provider, &messages), ordered);
        let Message::Results(results) = &mut messages[2] else { panic!("no results") };
        let rest = vec![results.pop().unwrap()];
        messages.insert(3, Message::Results(rest));
        assert_eq!(text(provider, &messages), ordered);
    }
}

#[test]
fn messages_that_are_no_conversation_are_errors() {
    let check = |messages: &[Message], expected: &str| {
        for provider in Provider::ALL {
            let error = definitions(provider).conversation(None, messages).unwrap_err();
            assert_eq!(error.to_string(), format!("conversation: {expected}"));
        }
    };
    let whole = conversation(Provider::Anthropic);
    check(
        &[],
        "messages[0]: expected a message, got an empty conversation; begin with one of the user",
    );
    check(
        &["Hi.".into(), " \n".into()],
        "messages[1]: the message of the user is empty; add a text or media to it",
    );
    let missing = "messages[1]: the call `c1` of `files__read_any` has no result; add the results \
                   of all calls behind this message";
    check(&whole[..2], missing);
    check(&[&whole[..2], &whole[3..]].concat(), missing);
    let Message::Results(results) = &whole[2] else { panic!("no results") };
    let first = Message::Results(results[..1].to_vec());
    check(&[&whole[..2], &[first]].concat(), &missing.replace("c1", "c2"));
    let more = "the result of the call `c1` of `files__read_any` has no call; results follow the \
                turn of the model with their calls, one for each";
    check(&[&whole[..3], &whole[2..]].concat(), &format!("messages[3]: {more}"));
    check(&whole[2..], &format!("messages[0]: {more}"));
}

#[test]
fn media_of_the_user_are_in_the_form_of_each_provider() {
    let file: ResourceContents = serde_json::from_value(
        json!({ "uri": "f:/a.pdf", "mimeType": "application/pdf", "blob": "AAE=" }),
    )
    .unwrap();
    let content = vec![
        Content::text("See:"),
        Content::text(" "),
        Content::image([0, 1], "image/png"),
        Content::audio([0, 1], "audio/mpeg"),
        Content::resource(file),
    ];
    let user = |provider: Provider, member: &str| {
        let messages = [Message::User(content.clone())];
        let body = rendered(provider, &messages);
        body[member].as_array().unwrap().last().unwrap().clone()
    };
    let url = "data:image/png;base64,AAE=";
    let pdf = "data:application/pdf;base64,AAE=";
    assert_eq!(
        user(Provider::OpenAiResponses, "input"),
        json!({ "role": "user", "content": [
            { "type": "input_text", "text": "See:" },
            { "type": "input_image", "image_url": url, "detail": "auto" },
            { "type": "input_text", "text": "[audio: audio/mpeg, 2 bytes, not shown]" },
            { "type": "input_file", "filename": "a.pdf", "file_data": pdf },
        ] })
    );
    assert_eq!(
        user(Provider::OpenAiChat, "messages"),
        json!({ "role": "user", "content": [
            { "type": "text", "text": "See:" },
            { "type": "image_url", "image_url": { "url": url } },
            { "type": "input_audio", "input_audio": { "data": "AAE=", "format": "mp3" } },
            { "type": "file", "file": { "filename": "a.pdf", "file_data": pdf } },
        ] })
    );
    let base64 = |mime: &str| json!({ "type": "base64", "media_type": mime, "data": "AAE=" });
    assert_eq!(
        user(Provider::Anthropic, "messages"),
        json!({ "role": "user", "content": [
            { "type": "text", "text": "See:" },
            { "type": "image", "source": base64("image/png") },
            { "type": "text", "text": "[audio: audio/mpeg, 2 bytes, not shown]" },
            { "type": "document", "source": base64("application/pdf") },
        ] })
    );
    let inline = |mime: &str| json!({ "inlineData": { "mimeType": mime, "data": "AAE=" } });
    assert_eq!(
        user(Provider::Gemini, "contents"),
        json!({ "role": "user", "parts": [
            { "text": "See:" }, inline("image/png"), inline("audio/mpeg"), inline("application/pdf"),
        ] })
    );
}

#[test]
fn instructions_are_where_each_provider_wants_them() {
    let body = |provider, system| {
        let fields = definitions(provider).conversation(system, &["Hi.".into()]).unwrap();
        serde_json::to_value(fields).unwrap()
    };
    let system = Some("Be brief.");
    let message = json!({ "role": "user", "content": "Hi." });
    assert_eq!(
        body(Provider::OpenAiResponses, system),
        json!({ "instructions": "Be brief.", "input": [message] })
    );
    assert_eq!(
        body(Provider::OpenAiChat, system),
        json!({ "messages": [{ "role": "system", "content": "Be brief." }, message] })
    );
    assert_eq!(body(Provider::Anthropic, system)["system"], "Be brief.");
    assert_eq!(
        body(Provider::Gemini, system),
        json!({
            "systemInstruction": { "parts": [{ "text": "Be brief." }] },
            "contents": [{ "role": "user", "parts": [{ "text": "Hi." }] }],
        })
    );
    for provider in Provider::ALL {
        assert_eq!(body(provider, Some(" ")), body(provider, None));
        assert_eq!(body(provider, None).as_object().unwrap().len(), 1);
    }
}

#[test]
fn roles_alternate_where_they_must() {
    let part = |text: &str| format!(r#"{{"content":[{{"type":"text", "text":"{text}"}}]}}"#);
    let turn = |text: &str| {
        let answer = Answer::parse(Provider::Anthropic, &part(text)).unwrap();
        Message::Model(ModelMessage::new(Provider::Anthropic, answer))
    };
    let empty = Answer::parse(Provider::Anthropic, r#"{"content":[]}"#).unwrap();
    let empty = Message::Model(ModelMessage::new(Provider::Anthropic, empty));
    let messages =
        ["One.".into(), "Two.".into(), turn("Three."), empty, turn("Four."), "Five.".into()];
    let anthropic = text(Provider::Anthropic, &messages);
    let expected = concat!(
        r#"{"role":"assistant","content":[{"type":"text", "text":"Three."},"#,
        r#"{"type":"text", "text":"Four."}]}"#
    );
    assert!(anthropic.contains(expected), "{anthropic}");
    let roles = |provider, member: &str| -> Vec<String> {
        let body = rendered(provider, &messages);
        let items = body[member].as_array().unwrap().iter();
        items.map(|item| item["role"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(roles(Provider::Anthropic, "messages"), ["user", "assistant", "user"]);
    assert_eq!(roles(Provider::Gemini, "contents"), ["user", "model", "user"]);
}

#[test]
fn blank_texts_of_a_model_are_left_out() {
    let check = |provider, body: &str, expected: &str| {
        let answer = Answer::parse(provider, body).unwrap();
        let turn = Message::Model(ModelMessage::new(provider, answer));
        let text = text(provider, &["Hi.".into(), turn]);
        assert!(text.contains(expected), "{text}");
    };
    check(
        Provider::Anthropic,
        r#"{"content":[{"type":"text","text":"\n\n"},{"type":"text", "text":"a"},{"type":"text","text":""}]}"#,
        r#"{"role":"assistant","content":[{"type":"text", "text":"a"}]}]"#,
    );
    check(
        Provider::Gemini,
        r#"{"candidates":[{"content":{"role":"model","parts":[{"text":""},{"text":"", "thoughtSignature":"s"}]}}]}"#,
        r#"{"role":"model","parts":[{"text":"", "thoughtSignature":"s"}]}]"#,
    );
}

#[test]
fn conversations_survive_their_text() {
    for provider in Provider::ALL {
        let messages = conversation(provider);
        let saved = serde_json::to_string(&messages).unwrap();
        let pretty = serde_json::to_string_pretty(&messages).unwrap();
        for saved in [&saved, &pretty] {
            let read: Vec<Message> = serde_json::from_str(saved).unwrap();
            for target in Provider::ALL {
                assert_eq!(text(target, &read), text(target, &messages));
            }
        }
    }
    let big = r#"{"n": 123456789012345678901234567890, "f": 0.1000000000000000055511151231257827}"#;
    let mut result = CallToolResult::default();
    result.structured_content = Some(serde_json::from_str(big).unwrap());
    let messages = conversation(Provider::Gemini);
    let Message::Results(mut results) = messages[2].clone() else { panic!("no results") };
    results[0].result = result;
    let messages = [messages[1].clone(), Message::Results(results)];
    let read = serde_json::from_str::<[Message; 2]>(&serde_json::to_string(&messages).unwrap());
    let text = text(Provider::Gemini, &read.unwrap());
    assert!(text.contains(&format!(r#"{{"output":{big}}}"#)), "{text}");
}
