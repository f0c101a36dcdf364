//! Conversations with a model, round by round.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::exchange::Origin;
use crate::server::trial::Trial;
use crate::server::{Arguments, Context, Server, Tool, ToolError};

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

/// What the model is given; it counts its calls.
fn weather(calls: &Arc<AtomicUsize>) -> Tool {
    let calls = Arc::clone(calls);
    tool("weather", move |_, arguments| {
        let count = calls.fetch_add(1, Ordering::SeqCst) + 1;
        async move { Ok(format!("{} {count}", arguments.as_str())) }
    })
}

fn server(calls: &Arc<AtomicUsize>) -> Trial {
    let calls = Arc::clone(calls);
    let server = Server::new("sampling", "1.0")
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
        }));
    Trial::of(server)
}

/// Calls a tool until it has an answer. `model` is given the parameters of each question.
fn call(trial: &Trial, tool: &str, mut model: impl FnMut(&Value) -> Value) -> Value {
    let mut params = json!({ "name": tool });
    loop {
        let capabilities = json!({ "sampling": { "tools": {} } });
        let result = trial.ask_as(Origin::default(), capabilities, "tools/call", params.clone());
        if result["resultType"] != "input_required" {
            return result;
        }
        params["requestState"] = result["requestState"].clone();
        params["inputResponses"] = json!({});
        for (key, question) in result["inputRequests"].as_object().unwrap() {
            assert_eq!(question["method"], "sampling/createMessage");
            params["inputResponses"][key] = model(&question["params"]);
        }
    }
}

fn says(content: Value) -> Value {
    json!({ "role": "assistant", "content": content, "model": "m" })
}

fn uses(id: &str, name: &str, input: Value) -> Value {
    json!({ "type": "tool_use", "id": id, "name": name, "input": input })
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

#[test]
fn the_model_uses_tools_until_it_answers() {
    let calls = Arc::<AtomicUsize>::default();
    let trial = server(&calls);
    let mut rounds = Vec::new();
    let result = call(&trial, "research", |params| {
        rounds.push(params.clone());
        match rounds.len() {
            1 => says(json!([
                uses("1", "weather", json!({ "in": "Rome" })),
                uses("2", "weather", json!({ "in": "Oslo" })),
                uses("3", "broken", json!({})),
                uses("4", "missing", json!({})),
            ])),
            _ => says(text("It is fine.")),
        }
    });
    assert_eq!(result["content"][0]["text"], "It is fine.", "{result}");
    assert_eq!(calls.load(Ordering::SeqCst), 2, "each use is one call, however often it is run");
    assert_eq!(rounds.len(), 2);
    let names: Vec<_> =
        rounds[0]["tools"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["weather", "broken"]);
    let messages = rounds[1]["messages"].as_array().unwrap();
    let roles: Vec<_> = messages.iter().map(|message| &message["role"]).collect();
    assert_eq!(roles, ["user", "assistant", "user"]);
    let results = &messages[2]["content"];
    assert_eq!(results[0]["toolUseId"], "1");
    assert_eq!(results[0]["content"][0]["text"], r#"{"in":"Rome"} 1"#);
    assert_eq!(results[1]["content"][0]["text"], r#"{"in":"Oslo"} 2"#);
    assert_eq!(
        (&results[2]["isError"], &results[2]["content"][0]["text"]),
        (&json!(true), &json!("out of order"))
    );
    let unknown = "unknown tool: missing; there are weather, broken";
    assert_eq!(
        (&results[3]["isError"], &results[3]["content"][0]["text"]),
        (&json!(true), &json!(unknown))
    );
}

#[test]
fn the_model_has_to_answer_in_the_end() {
    let trial = server(&Arc::default());
    let mut choices = Vec::new();
    let result = call(&trial, "research", |params| {
        choices.push(params["toolChoice"]["mode"].clone());
        says(uses(&choices.len().to_string(), "weather", json!({})))
    });
    assert_eq!(choices, [json!(null), json!(null), json!("none")]);
    assert_eq!(result["isError"], true);
    let told = "the model used tools 2 times and did not answer";
    assert_eq!(result["content"][0]["text"], told);
}

#[test]
fn json_is_asked_for_twice_at_most() {
    let check = |answers: &[&str], expected: &str| {
        let trial = server(&Arc::default());
        let mut asked = Vec::new();
        let result = call(&trial, "mood", |params| {
            asked.push(params.clone());
            says(text(answers[asked.len() - 1]))
        });
        let told = result["content"][0]["text"].as_str().unwrap();
        assert!(told.starts_with(expected), "{told}");
        assert_eq!(asked.len(), answers.len());
        let system = asked[0]["systemPrompt"].as_str().unwrap();
        assert!(system.starts_with("Judge.\n\nAnswer with JSON alone"), "{system}");
        assert!(system.contains(r#""score""#), "{system}");
        if let Some(again) = asked.get(1) {
            assert_eq!(again["messages"][1]["content"]["text"], answers[0]);
            let repair = again["messages"][2]["content"]["text"].as_str().unwrap();
            assert!(repair.starts_with("This does not fit: "), "{repair}");
        }
    };
    check(&[r#"{"score":0.5}"#], "0.5");
    check(&["```json\n{\"score\":1}\n```"], "1");
    check(&["good", r#"{"score":0.25}"#], "0.25");
    check(
        &["good", "{}"],
        "the model answered twice with what does not fit: missing field `score`",
    );
}

#[test]
fn everything_that_is_said_arrives() {
    let trial = server(&Arc::default());
    let result = call(&trial, "full", |params| {
        let said = |role: &str, said: &str| json!({ "role": role, "content": text(said) });
        let expected = json!({
            "messages": [said("user", "a"), said("assistant", "b"), said("user", "c")],
            "systemPrompt": "s",
            "maxTokens": 7,
            "temperature": 0.5,
            "stopSequences": ["x"],
            "modelPreferences": { "hints": [{ "name": "m" }], "costPriority": 0.25 },
        });
        assert_eq!(*params, expected);
        says(json!([text("one"), text("two")]))
    });
    assert_eq!(result["content"][0]["text"], "one\ntwo");
}
