//! Turns of a conversation: the bodies of requests, and the answers, of each interface.

use mcp_runtime::agent::{CallResult, Message, Model as _, ModelMessage};
use mcp_runtime::protocol::{CallToolResult, Content};
use mcp_runtime::providers::{Arguments, Stop};
use serde_json::json;

use crate::fake::{Fake, Reply};
use crate::interfaces::{Interface, KEY, anthropic, tools};
use crate::{ask, ask_with, text};

/// Replies with an answer, in one piece or as a stream.
pub(crate) fn reply(answer: &[String; 2], streams: bool) -> Reply {
    match streams {
        true => Reply::events(&*answer[1]),
        false => Reply::json(200, &*answer[0]),
    }
}

#[tokio::test]
async fn a_request_returns_a_text() {
    for interface in Interface::all() {
        for streams in [false, true] {
            let mut fake = Fake::start([reply(&interface.text, streams)]).await;
            let model = interface.model(&fake.url).streaming(streams);
            let (answer, deltas) = ask(&model).await;
            let answer = answer.unwrap();
            assert_eq!(answer.text, "Hello.", "{:?}", interface.provider);
            assert_eq!(answer.stop, Stop::Finished);
            assert!(answer.calls.is_empty());
            assert_eq!(text(&deltas), if streams { "Hello." } else { "" });
            let usage = answer.usage;
            let usage = (usage.input_tokens, usage.cached_tokens, usage.output_tokens);
            assert_eq!(usage, (11, 3, 7), "{:?}", interface.provider);

            let request = fake.request().await;
            assert_eq!(request.target, interface.paths[usize::from(streams)]);
            assert_eq!(request.json(), interface.first_body(streams), "{:?}", interface.provider);
            let (name, prefix) = interface.key_header;
            assert_eq!(request.header(name), Some(&*format!("{prefix}{KEY}")));
            assert_eq!(request.header("content-type"), Some("application/json"));
            for (name, value) in interface.headers {
                assert_eq!(request.header(name), Some(*value));
            }
        }
    }
}

#[tokio::test]
async fn calls_and_what_is_signed_return_in_the_next_request() {
    for interface in Interface::all() {
        for streams in [false, true] {
            let replies = [reply(&interface.calls, streams), reply(&interface.text, streams)];
            let mut fake = Fake::start(replies).await;
            let model = interface.model(&fake.url).streaming(streams);
            let (answer, _) = ask(&model).await;
            let answer = answer.unwrap();
            assert_eq!(answer.stop, Stop::ToolCalls, "{:?}", interface.provider);
            let names: Vec<_> = answer.calls.iter().map(|call| &*call.name).collect();
            assert_eq!(names, ["get_weather", "now"]);
            let definitions = tools().strict(true).definitions(interface.provider);
            let call = definitions.resolve(&answer.calls[0]).unwrap();
            assert!(
                call.arguments.get().contains("Oslo") && !call.arguments.get().contains("null")
            );

            let calls = answer.calls.clone();
            let mut failed = CallToolResult::text("no clock");
            failed.is_error = true;
            let mut weather = CallToolResult::text("Sunny");
            weather.content.push(Content::image(b"\x89PNG", "image/png"));
            let messages = [
                Message::user("What is the weather?"),
                Message::Model(ModelMessage::new(interface.provider, answer)),
                Message::Results(vec![
                    CallResult::new(calls[0].clone(), weather),
                    CallResult::new(calls[1].clone(), failed),
                ]),
            ];
            // A transcript that was stored does the same.
            let stored = serde_json::to_string(&messages).unwrap();
            let messages: Vec<Message> = serde_json::from_str(&stored).unwrap();
            let (answer, _) = ask_with(&model, &definitions, &messages).await;
            assert_eq!(answer.unwrap().text, "Hello.");

            fake.request().await;
            let request = fake.request().await;
            assert_eq!(
                request.json(),
                interface.second_body(streams),
                "{:?}, streams: {streams}",
                interface.provider
            );
            for signed in interface.signed[usize::from(streams)] {
                assert!(request.body.contains(signed), "{signed} in {}", request.body);
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_ends_the_answer() {
    for interface in Interface::all() {
        for streams in [false, true] {
            let fake = Fake::start([reply(&interface.refusal, streams)]).await;
            let model = interface.model(&fake.url).streaming(streams);
            let (answer, _) = ask(&model).await;
            let answer = answer.unwrap();
            assert!(
                matches!(answer.stop, Stop::Refusal | Stop::ContentFilter),
                "{:?}: {answer:?}",
                interface.provider
            );
        }
    }
}

#[tokio::test]
async fn malformed_arguments_are_no_error_of_the_model() {
    for interface in Interface::all() {
        let Some(malformed) = &interface.malformed else { continue };
        for streams in [false, true] {
            let replies = [reply(malformed, streams), reply(&interface.text, streams)];
            let mut fake = Fake::start(replies).await;
            let model = interface.model(&fake.url).streaming(streams);
            let answer = ask(&model).await.0.unwrap();
            let call = answer.calls[0].clone();
            let Arguments::Malformed(malformed) = &call.arguments else { panic!("{call:?}") };
            assert_eq!(malformed.text, r#"{"city":"#);
            let definitions = tools().strict(true).definitions(interface.provider);
            let mut result = CallToolResult::text(definitions.resolve(&call).unwrap_err());
            result.is_error = true;
            let messages = [
                Message::user("What is the weather?"),
                Message::Model(ModelMessage::new(interface.provider, answer)),
                Message::Results(vec![CallResult::new(call, result)]),
            ];
            ask_with(&model, &definitions, &messages).await.0.unwrap();
            fake.request().await;
            let body = fake.request().await.body;
            assert!(body.contains(r#""arguments":"{\"city\":""#), "{body}");
            assert!(body.contains("not valid JSON"), "{body}");
        }
    }
}

#[tokio::test]
async fn a_paused_turn_continues_without_the_user() {
    let interface = anthropic::interface();
    for streams in [false, true] {
        let paused = anthropic::text_with("pause_turn");
        let replies = [reply(&paused, streams), reply(&interface.text, streams)];
        let mut fake = Fake::start(replies).await;
        let model = interface.model(&fake.url).streaming(streams);
        let answer = ask(&model).await.0.unwrap();
        assert_eq!(answer.stop, Stop::Paused);
        let messages = [
            Message::user("What is the weather?"),
            Message::Model(ModelMessage::new(model.provider(), answer)),
        ];
        let definitions = tools().strict(true).definitions(model.provider());
        ask_with(&model, &definitions, &messages).await.0.unwrap();
        fake.request().await;
        assert_eq!(
            fake.request().await.json()["messages"],
            json!([
                { "role": "user", "content": [{ "type": "text", "text": "What is the weather?" }] },
                { "role": "assistant", "content": [{ "type": "text", "text": "Hello." }] },
            ])
        );
    }
}

#[tokio::test]
async fn definitions_of_another_interface_are_refused() {
    for interface in Interface::all() {
        for other in Interface::all() {
            if other.provider == interface.provider {
                continue;
            }
            let model = interface.model("http://127.0.0.1:9");
            let definitions = tools().definitions(other.provider);
            let (answer, _) = ask_with(&model, &definitions, &[Message::user("Hello.")]).await;
            let error = answer.unwrap_err().to_string();
            assert!(error.contains("model.provider()"), "{error}");
        }
    }
}
