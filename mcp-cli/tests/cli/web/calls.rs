use serde_json::{Value, json};

use super::{Events, Inspector, block_on};
use crate::harness::{ERAS, example};

fn call(eras: &[&str], name: &str, arguments: &Value) -> Value {
    json!({ "eras": eras, "method": "tools/call", "name": name, "arguments": arguments })
}

/// The methods of the messages of a call: the request, its progress, and the response. Other messages of the
/// connection may lie between.
fn methods(messages: &[Value], run: &Value) -> Vec<String> {
    let (first, end) = (run["firstMessage"].as_u64(), run["endMessage"].as_u64());
    let is_of = |message: &&Value| {
        let seq = message["seq"].as_u64();
        message["era"] == run["era"] && seq >= first && seq < end
    };
    let messages: Vec<_> = messages.iter().filter(is_of).collect();
    let call = messages.iter().find(|it| it["method"] == "tools/call").unwrap();
    let name = |message: &&Value| match message["method"].as_str() {
        Some(method @ ("tools/call" | "notifications/progress")) => Some(method.to_owned()),
        Some(_) => None,
        None => (message["id"] == call["id"]).then(|| "response".into()),
    };
    messages.iter().filter_map(name).collect()
}

#[test]
fn both_eras_are_called_with_progress_and_their_messages() {
    let inspector = Inspector::of(&[&example("conformance_server")]);
    block_on(async {
        let (_, mut events) = inspector.ready().await;
        let body = call(&["legacy", "modern"], "test_tool_with_progress", &json!({}));
        let runs = inspector.send("runs", &body).await["runs"].clone();
        let (mut ended, mut progress, mut messages) = (Vec::new(), 0, Vec::new());
        while ended.len() < 2 {
            let event = events.next().await;
            match event["type"].as_str() {
                Some("run") if event["run"]["status"] != "running" => {
                    ended.push(event["run"].clone());
                }
                Some("progress") => progress += 1,
                Some("message") => messages.push(event["message"].clone()),
                _ => {}
            }
        }
        assert!(progress >= 2, "{progress}");
        ended.sort_by_key(|run| run["id"].as_u64());
        assert_eq!(json!([ended[0]["id"], ended[1]["id"]]), runs);
        for (run, era) in ended.iter().zip(["modern", "legacy"]) {
            assert_eq!((&run["era"], &run["status"]), (&json!(era), &json!("done")), "{run:#}");
            assert_eq!(run["group"], runs[0]);
            assert!(run["ms"].as_f64().unwrap() > 0.0);
            let text = &run["result"]["content"][0]["text"];
            assert_eq!(text, "Reported progress three times.", "{run:#}");
            let methods = methods(&messages, run);
            let progress = "notifications/progress";
            assert_eq!(methods, ["tools/call", progress, progress, progress, "response"]);
        }
        let (snapshot, _) = inspector.events().await;
        assert_eq!(snapshot["runs"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn messages_are_kept_whole_and_cleared() {
    let inspector = Inspector::of(&[&example("torture")]);
    block_on(async {
        let (_, mut events) = inspector.ready().await;
        let text = "ä".repeat(10_000);
        let body = call(&["modern"], "echo", &json!({ "text": text }));
        let run = inspector.send("runs", &body).await["runs"][0].clone();
        let sent = events.until(|it| it["message"]["method"] == "tools/call").await;
        assert_eq!(
            (&sent["message"]["sent"], &sent["message"]["cut"]),
            (&json!(true), &json!(true))
        );
        let path = format!("/api/messages/{}", sent["message"]["seq"]);
        let request = || inspector.request("GET", &path).bearer_auth(&inspector.token).send();
        let whole = request().await.unwrap().bytes().await.unwrap();
        let whole: Value = serde_json::from_slice(&whole).unwrap();
        let message: Value = serde_json::from_str(whole["text"].as_str().unwrap()).unwrap();
        assert_eq!(message["params"]["arguments"]["text"], *text);
        events.end_of(&run).await;
        inspector.send("messages/clear", &json!({})).await;
        assert_eq!(request().await.unwrap().status().as_u16(), 404);
        let (snapshot, _) = inspector.events().await;
        assert_eq!(snapshot["messages"], json!([]));
    });
}

#[test]
fn errors_and_cancelled_calls_are_shown() {
    let inspector = Inspector::of(&[&example("torture")]);
    block_on(async {
        let (_, mut events) = inspector.ready().await;
        for era in ERAS {
            let mut run = async |name, arguments| {
                let body = call(&[era], name, &arguments);
                let id = inspector.send("runs", &body).await["runs"][0].clone();
                if name == "slow" {
                    let sent = json!({ "name": "slow", "arguments": { "ms": 60_000 } });
                    let is_sent = |event: &Value| {
                        let text = event["message"]["text"].as_str().unwrap_or_default();
                        let text: Value = serde_json::from_str(text).unwrap_or_default();
                        text["params"]["name"] == sent["name"]
                    };
                    events.until(is_sent).await;
                    inspector.send(&format!("runs/{id}/cancel"), &json!({})).await;
                }
                events.end_of(&id).await
            };
            let failed = run("fail", json!({})).await;
            assert_eq!(failed["result"]["isError"], true, "{failed:#}");
            let refused = run("nothing", json!({})).await;
            assert_eq!(refused["status"], "failed", "{refused:#}");
            assert_eq!(refused["error"]["code"], -32602, "{refused:#}");
            let cancelled = run("slow", json!({ "ms": 60_000 })).await;
            assert_eq!(cancelled["status"], "cancelled", "{cancelled:#}");
        }
    });
}

/// Answers the next question, and returns its kind and message.
async fn answer(inspector: &Inspector, events: &mut Events, answer: Value) -> (String, Value) {
    let question = events.question().await;
    inspector.send(&format!("questions/{}", question["id"]), &answer).await;
    (question["kind"].as_str().unwrap().to_owned(), question["params"].clone())
}

#[test]
fn questions_are_answered_in_both_eras() {
    let inspector = Inspector::of(&[&example("elicitation")]);
    block_on(async {
        let (_, mut events) = inspector.ready().await;
        for era in ERAS {
            let body = call(&[era], "book_table", &json!({ "restaurant": "Roma" }));
            let run = inspector.send("runs", &body).await["runs"][0].clone();
            let question = events.question().await;
            assert_eq!((&question["kind"], &question["era"]), (&json!("form"), &json!(era)));
            let path = format!("questions/{}", question["id"]);
            let (status, fault) = inspector.post(&path, &json!({ "content": {} })).await;
            assert_eq!(status, 400, "{fault}");
            let (snapshot, _) = inspector.events().await;
            assert_eq!(snapshot["questions"], json!([question]), "the question stays open");
            let content = json!({ "day": "2026-12-24", "guests": 3 });
            inspector.send(&path, &json!({ "action": "accept", "content": content })).await;

            let accept = json!({ "action": "accept", "content": { "book": true } });
            let (kind, params) = answer(&inspector, &mut events, accept).await;
            assert_eq!(kind, "form");
            let message = params["message"].as_str().unwrap();
            assert!(message.contains("2026-12-24, 3 guests, Inside"), "{message}");
            let (kind, params) =
                answer(&inspector, &mut events, json!({ "action": "accept" })).await;
            assert_eq!(kind, "url");
            assert!(params["url"].as_str().unwrap().starts_with("https://pay.example/"));
            let run = events.end_of(&run).await;
            let text = run["result"]["content"][0]["text"].as_str().unwrap();
            assert!(text.contains("Roma, 2026-12-24, 3 guests"), "{text}");
        }
    });
}

#[test]
fn the_model_is_played_by_the_page() {
    let inspector = Inspector::of(&[&example("sampling_agent")]);
    block_on(async {
        let (_, mut events) = inspector.ready().await;
        for era in ERAS {
            let body = call(&[era], "research", &json!({ "question": "How many hearts?" }));
            let run = inspector.send("runs", &body).await["runs"][0].clone();
            let said = json!({
                "role": "assistant", "model": "by hand", "content": { "type": "text", "text": "Three." }
            });
            let (kind, params) = answer(&inspector, &mut events, said).await;
            assert_eq!(kind, "sampling");
            assert!(params["systemPrompt"].as_str().unwrap().starts_with("Answer in one"));
            let run = events.end_of(&run).await;
            assert_eq!(run["result"]["content"][0]["text"], "Three.", "{run:#}");

            let run = inspector.send("runs", &body).await["runs"][0].clone();
            answer(&inspector, &mut events, json!({ "decline": true })).await;
            let run = events.end_of(&run).await;
            assert!(run["result"]["isError"] == true || run["status"] == "failed", "{run:#}");
        }
    });
}

#[test]
fn tasks_report_their_states_and_ask() {
    let inspector = Inspector::of(&[&example("long_job")]);
    block_on(async {
        let (_, mut events) = inspector.ready().await;
        for era in ERAS {
            let mut body = call(&[era], "write_report", &json!({ "subject": "bees" }));
            body["task"] = json!(true);
            let run = inspector.send("runs", &body).await["runs"][0].clone();
            let working = |event: &Value| event["run"]["remoteTask"]["status"] == "working";
            let state = events.until(working).await;
            assert!(state["run"]["remoteTask"]["taskId"].is_string(), "{state:#}");
            let accept = json!({ "action": "accept", "content": { "publish": true } });
            answer(&inspector, &mut events, accept).await;
            let run = events.end_of(&run).await;
            assert_eq!(run["remoteTask"]["status"], "completed", "{run:#}");
            let text = run["result"]["content"][0]["text"].as_str().unwrap();
            assert!(text.contains("https://reports.example/bees"), "{text}");

            body["arguments"] = json!({ "subject": "bees", "sources": 1000 });
            let run = inspector.send("runs", &body).await["runs"][0].clone();
            events.until(|event| event["run"]["id"] == run && working(event)).await;
            inspector.send(&format!("runs/{run}/cancel"), &json!({})).await;
            let run = events.end_of(&run).await;
            assert_eq!(run["remoteTask"]["status"], "cancelled", "{run:#}");
        }
    });
}

#[test]
fn arguments_are_completed_and_resources_watched() {
    block_on(async {
        let inspector = Inspector::of(&[&example("conformance_server")]);
        inspector.ready().await;
        for era in ERAS {
            let completion = inspector
                .send(
                    "complete",
                    &json!({
                        "era": era, "argument": "arg1", "value": "",
                        "ref": { "type": "ref/prompt", "name": "test_prompt_with_arguments" },
                    }),
                )
                .await;
            assert!(!completion["values"].as_array().unwrap().is_empty(), "{completion}");
        }
        let inspector = Inspector::of(&[&example("watched")]);
        let (_, mut events) = inspector.ready().await;
        for era in ERAS {
            let uri = "counter://value";
            let watch = |watch| json!({ "era": era, "uri": uri, "watch": watch });
            inspector.send("watch", &watch(true)).await;
            let body = call(&[era], "count", &json!({ "steps": 1 }));
            inspector.send("runs", &body).await;
            let updated = events.until(|event| event["type"] == "updated").await;
            assert_eq!((&updated["uri"], &updated["era"]), (&json!(uri), &json!(era)));
            inspector.send("watch", &watch(false)).await;
            let is_left = |event: &Value| {
                let connection = &event["connection"];
                connection["era"] == era && connection["watched"] == json!([])
            };
            events.until(is_left).await;
        }
    });
}
