//! Conversations with a model, round by round.

use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use mcp_runtime::client::Error;
use mcp_runtime::elicit::AskError;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::CreateMessageResult;
use mcp_runtime::testing::{TestClient, assert_failed, assert_json, assert_text, eras};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::kit::Outcome;

#[derive(Debug, Deserialize, JsonSchema)]
struct Mood {
    score: f64,
}

fn tool<F, Running>(name: &str, body: F) -> Tool
where
    F: Fn(Context, Arguments) -> Running + Send + Sync + 'static,
    Running: Future<Output = Result<String, ToolError>> + Send + 'static,
{
    Tool::new(name, json!({ "type": "object" }), body).description("A tool of the tests")
}

/// A tool for the model, which counts its calls.
fn weather(calls: &Arc<AtomicUsize>) -> Tool {
    let calls = Arc::clone(calls);
    tool("weather", move |_, arguments| {
        let count = calls.fetch_add(1, Ordering::SeqCst) + 1;
        async move { Ok(format!("{} {count}", arguments.as_str())) }
    })
}

/// Reserve an article.
#[tool]
async fn reserve(cx: &Context, article: String) -> String {
    cx.once("reserve", async || format!("{article} is reserved")).await
}

/// Have the model shop.
#[tool]
async fn shop(cx: &Context) -> Result<String, AskError> {
    let all = cx.once("reserve", async || "all".to_owned()).await;
    Ok(format!("{all}: {}", cx.sample("shop").tools::<reserve>().await?.text()))
}

fn server(calls: &Arc<AtomicUsize>) -> Server {
    let calls = Arc::clone(calls);
    Server::new("sampling", "1.0")
        .with::<shop>()
        .tool(tool("research", move |cx, _| {
            let weather = weather(&calls);
            async move {
                let broken = tool("broken", |_, _| async { Err(ToolError::new("out of order")) });
                let asked = cx.sample("How is it?").tool(weather).tool(broken).max_rounds(2);
                Ok(asked.await?.text())
            }
        }))
        .tool(tool("mood", |cx, _| async move {
            let mood: Mood = cx.sample("Fine!").system("Judge.").json().await?;
            Ok(mood.score.to_string())
        }))
        .tool(tool("full", |cx, _| async move {
            let asked = cx
                .sample("a")
                .assistant("b")
                .user("c")
                .system("s")
                .max_tokens(7)
                .temperature(0.5)
                .stop_sequence("x")
                .model_hint("m")
                .cost_priority(0.25);
            Ok(asked.key("k").await?.text())
        }))
}

/// Conversations that the model has received.
type Conversations = Arc<Mutex<Vec<Value>>>;

/// A client of an era with a model that answers by a function.
async fn client(
    era: mcp_runtime::client::Era,
    calls: &Arc<AtomicUsize>,
    model: impl Fn(&[Value]) -> Value + Send + Sync + 'static,
) -> Result<(TestClient, Conversations), Error> {
    let conversations = Conversations::default();
    let received = Arc::clone(&conversations);
    let answer = move |request| {
        let mut received = received.lock().unwrap();
        received.push(json!(request));
        let said = json!({ "role": "assistant", "content": model(&received), "model": "m" });
        ready(serde_json::from_value::<CreateMessageResult>(said).unwrap())
    };
    let client = TestClient::of(server(calls)).era(era);
    let client = client.configure(|client| client.on_sample(answer)).connect().await?;
    Ok((client, conversations))
}

fn uses(id: &str, name: &str, input: Value) -> Value {
    json!({ "type": "tool_use", "id": id, "name": name, "input": input })
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

/// A model that uses the weather tool twice and two failing tools, and then answers.
fn curious(conversations: &[Value]) -> Value {
    match conversations.len() {
        1 => json!([
            uses("1", "weather", json!({ "in": "Rome" })),
            uses("2", "weather", json!({ "in": "Oslo" })),
            uses("3", "broken", json!({})),
            uses("4", "missing", json!({})),
        ]),
        _ => text("It is fine."),
    }
}

#[tokio::test]
async fn the_model_uses_tools_until_it_answers() -> Outcome {
    for era in eras() {
        let calls = Arc::<AtomicUsize>::default();
        let (client, conversations) = client(era, &calls, curious).await?;
        assert_text(&client.call("research", ()).await?, "It is fine.");
        let count = calls.load(Ordering::SeqCst);
        assert_eq!(count, 2, "each use is one call, however often the handler is run");
        let rounds = conversations.lock().unwrap().clone();
        assert_eq!(rounds.len(), 2);
        let names: Vec<_> =
            rounds[0]["tools"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
        assert_eq!(names, ["weather", "broken"]);
        let messages = rounds[1]["messages"].as_array().unwrap();
        let roles: Vec<_> = messages.iter().map(|message| &message["role"]).collect();
        assert_eq!(roles, ["user", "assistant", "user"]);
        let unknown = "unknown tool: missing; there are weather, broken";
        for (index, (id, fails, said)) in [
            ("1", false, r#"{"in":"Rome"} 1"#),
            ("2", false, r#"{"in":"Oslo"} 2"#),
            ("3", true, "out of order"),
            ("4", true, unknown),
        ]
        .into_iter()
        .enumerate()
        {
            let result = &messages[2]["content"][index];
            assert_eq!(
                (&result["toolUseId"], &result["content"][0]["text"]),
                (&json!(id), &json!(said))
            );
            assert_eq!(result["isError"] == true, fails, "{result}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_model_has_to_answer_in_the_end() -> Outcome {
    for era in eras() {
        let model =
            |conversations: &[Value]| uses(&conversations.len().to_string(), "weather", json!({}));
        let (client, conversations) = client(era, &Arc::default(), model).await?;
        let result = client.call("research", ()).await?;
        assert_failed(&result, "the model used tools 2 times and did not answer");
        let conversations = conversations.lock().unwrap();
        let choices: Vec<_> =
            conversations.iter().map(|params| &params["toolChoice"]["mode"]).collect();
        assert_eq!(choices, [&json!(null), &json!(null), &json!("none")]);
    }
    Ok(())
}

/// Runs a tool whose model answers with the given texts in turn. Returns the text of the tool and the
/// conversations.
async fn judged(
    era: mcp_runtime::client::Era,
    answers: &'static [&'static str],
) -> Result<(CallToolResult, Vec<Value>), Error> {
    let model = |conversations: &[Value]| text(answers[conversations.len() - 1]);
    let (client, conversations) = client(era, &Arc::default(), model).await?;
    let result = client.call("mood", ()).await?;
    let conversations = conversations.lock().unwrap().clone();
    Ok((result, conversations))
}

#[tokio::test]
async fn json_is_asked_for_twice_at_most() -> Outcome {
    let cases: [(&[&str], Result<&str, &str>); 4] = [
        (&[r#"{"score":0.5}"#], Ok("0.5")),
        (&["```json\n{\"score\":1}\n```"], Ok("1")),
        (&["good", r#"{"score":0.25}"#], Ok("0.25")),
        (
            &["good", "{}"],
            Err("the model answered twice with what does not fit: missing field `score`"),
        ),
    ];
    for era in eras() {
        for (answers, expected) in cases {
            let (result, conversations) = judged(era, answers).await?;
            match expected {
                Ok(score) => assert_text(&result, score),
                Err(fault) => assert_failed(&result, fault),
            }
            assert_eq!(conversations.len(), answers.len());
            let system = conversations[0]["systemPrompt"].as_str().unwrap();
            assert!(system.starts_with("Judge.\n\nAnswer with JSON alone"), "{system}");
            assert!(system.contains(r#""score""#), "{system}");
            if let Some(again) = conversations.get(1) {
                assert_eq!(again["messages"][1]["content"]["text"], answers[0]);
                let repair = again["messages"][2]["content"]["text"].as_str().unwrap();
                assert!(repair.starts_with("This does not fit: "), "{repair}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn everything_that_is_said_arrives() -> Outcome {
    for era in eras() {
        let model = |_: &[Value]| json!([text("one"), text("two")]);
        let (client, conversations) = client(era, &Arc::default(), model).await?;
        assert_text(&client.call("full", ()).await?, "one\ntwo");
        let said = |role: &str, said: &str| json!({ "role": role, "content": text(said) });
        let expected = json!([{
            "messages": [said("user", "a"), said("assistant", "b"), said("user", "c")],
            "systemPrompt": "s",
            "maxTokens": 7,
            "temperature": 0.5,
            "stopSequences": ["x"],
            "modelPreferences": { "hints": [{ "name": "m" }], "costPriority": 0.25 },
        }]);
        assert_json(&*conversations.lock().unwrap(), &expected);
    }
    Ok(())
}

#[tokio::test]
async fn each_use_of_a_tool_remembers_by_itself() -> Outcome {
    for era in eras() {
        let reserve = |id: &str, article: &str| uses(id, "reserve", json!({ "article": article }));
        let model = move |conversations: &[Value]| match conversations.len() {
            1 => json!([reserve("1", "apple"), reserve("2", "pear")]),
            _ => text("both"),
        };
        let (client, conversations) = client(era, &Arc::default(), model).await?;
        assert_text(&client.call("shop", ()).await?, "all: both");
        let results = &conversations.lock().unwrap()[1]["messages"][2]["content"];
        assert_eq!(results[0]["content"][0]["text"], "apple is reserved");
        assert_eq!(results[1]["content"][0]["text"], "pear is reserved");
    }
    Ok(())
}
