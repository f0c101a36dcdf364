//! The loop of an agent between scripted providers and a real MCP server.

use mcp_runtime::agent::{Agent, End, Event};
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::Content;
use serde_json::{Value, json};

use crate::conversations::reply;
use crate::fake::{Fake, Reply};
use crate::interfaces::{Interface, anthropic};

/// Get the weather of a city.
#[tool(read_only)]
async fn get_weather(city: String, days: Option<u32>) -> Vec<Content> {
    assert_eq!((&*city, days), ("Oslo", None));
    vec![Content::text("Sunny"), Content::image(b"\x89PNG", "image/png")]
}

/// Get the time.
#[tool(read_only)]
async fn now() -> Result<String, ToolError> {
    Err(ToolError::new("no clock"))
}

fn agent(interface: &Interface, url: &str, streams: bool) -> Agent {
    let server = Server::new("weather", "1.0.0").with::<get_weather>().with::<now>();
    Agent::new(interface.model(url).streaming(streams))
        .tools(server)
        .system("Be brief.")
        .strict(true)
        .max_answer_tokens(500)
        .temperature(0.5)
}

/// Removes a number that the server would reject: it is there to be sent back unchanged.
fn callable(interface: &Interface, answer: &[String; 2]) -> [String; 2] {
    match interface.provider {
        mcp_runtime::providers::Provider::Gemini => {
            [0, 1].map(|form| answer[form].replace(r#","days":12345678901234567890123"#, ""))
        }
        _ => answer.clone(),
    }
}

#[tokio::test]
async fn a_run_calls_tools_in_parallel_and_returns_their_results() {
    for interface in Interface::all() {
        for streams in [false, true] {
            let calls = callable(&interface, &interface.calls);
            // The provider is busy at first, and its stream breaks once.
            let busy = Reply::json(429, "{}").header("retry-after", "0");
            let broken = match streams {
                true => Reply::events(&*interface.beginning).breaking(),
                false => Reply::json(500, "{}").header("retry-after-ms", "0"),
            };
            let replies = [busy, reply(&calls, streams), broken, reply(&interface.text, streams)];
            let mut fake = Fake::start(replies).await;
            let mut run = agent(&interface, &fake.url, streams).run("What is the weather?");
            let (mut text, mut finished, mut restarts) = (String::new(), 0, 0);
            while let Some(event) = run.next().await {
                match event {
                    Event::Text(part) => text.push_str(&part),
                    Event::Restart => {
                        text.clear();
                        restarts += 1;
                    }
                    Event::CallFinished { .. } => finished += 1,
                    _ => {}
                }
            }
            let outcome = run.outcome().await.unwrap();
            assert!(matches!(outcome.end, End::Finished), "{outcome:?}");
            assert_eq!((&*outcome.text, outcome.rounds, finished), ("Hello.", 2, 2));
            assert_eq!(restarts, usize::from(streams));
            assert_eq!(text, "Hello.");
            assert_eq!(outcome.usage.input_tokens, 22);

            let mut bodies = Vec::new();
            for _ in 0..4 {
                bodies.push(fake.request().await.json());
            }
            assert_eq!((&bodies[0], &bodies[2]), (&bodies[1], &bodies[3]));
            let (first, mut second) = (interface.first_body(streams), interface.second.clone());
            if let Some(call) = second.pointer_mut("/contents/1/parts/0/functionCall/args") {
                *call = json!({ "city": "Oslo" });
            }
            let second = second.as_object().unwrap();
            for (name, expected) in first.as_object().unwrap() {
                // The schemas are those of the server.
                if name != "tools" {
                    assert_eq!(&bodies[0][name], expected, "{name} of {:?}", interface.provider);
                    let expected = second.get(name).unwrap_or(expected);
                    assert_eq!(&bodies[2][name], expected, "{name} of {:?}", interface.provider);
                }
            }
            let tools = bodies[0]["tools"].to_string();
            assert!(tools.contains("get_weather") && tools.contains("Get the time."), "{tools}");
            assert_eq!(bodies[0]["tools"], bodies[2]["tools"]);
        }
    }
}

#[tokio::test]
async fn malformed_arguments_go_back_to_the_model() {
    for interface in Interface::all() {
        let Some(malformed) = &interface.malformed else { continue };
        let calls = callable(&interface, &interface.calls);
        let replies = [reply(malformed, true), reply(&calls, true), reply(&interface.text, true)];
        let mut fake = Fake::start(replies).await;
        let outcome = agent(&interface, &fake.url, true).run("What is the weather?").await.unwrap();
        assert_eq!((&*outcome.text, outcome.rounds), ("Hello.", 3));
        fake.request().await;
        let body = fake.request().await.body;
        assert!(body.contains("not valid JSON"), "{body}");
    }
}

#[tokio::test]
async fn refusals_and_pauses_end_or_continue_the_run() {
    for interface in Interface::all() {
        let fake = Fake::start([reply(&interface.refusal, true)]).await;
        let outcome = agent(&interface, &fake.url, true).run("What is the weather?").await.unwrap();
        assert!(matches!(outcome.end, End::Refused | End::ContentFilter), "{outcome:?}");
    }
    let interface = anthropic::interface();
    let paused = anthropic::text_with("pause_turn");
    let mut fake = Fake::start([reply(&paused, true), reply(&interface.text, true)]).await;
    let outcome = agent(&interface, &fake.url, true).run("What is the weather?").await.unwrap();
    assert!(matches!(outcome.end, End::Finished), "{outcome:?}");
    fake.request().await;
    let messages = fake.request().await.json()["messages"].clone();
    assert_eq!(messages.as_array().map(Vec::len), Some(2));
    assert_eq!(messages[1]["role"], Value::from("assistant"));
}

#[tokio::test]
async fn a_run_resumes_after_an_error_of_the_model() {
    for interface in Interface::all() {
        let calls = callable(&interface, &interface.calls);
        let failed = Reply::json(400, r#"{"error":{"message":"bad"}}"#);
        let replies = [reply(&calls, true), failed, reply(&interface.text, true)];
        let fake = Fake::start(replies).await;
        let agent = agent(&interface, &fake.url, true);
        let error = agent.run("What is the weather?").await.unwrap_err();
        assert!(error.to_string().contains("status 400: bad"), "{error}");
        // The results of the calls are kept: no call is made twice.
        let transcript = serde_json::to_string(error.transcript()).unwrap();
        let transcript = serde_json::from_str(&transcript).unwrap();
        let outcome = agent.resume(transcript).await.unwrap();
        assert_eq!((&*outcome.text, outcome.rounds), ("Hello.", 1));
    }
}
