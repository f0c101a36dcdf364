//! Memory that a client over a pipe may hold.

use std::time::Duration;

use serde_json::{Value, json};

use super::output::Output;
use super::tests::{Client, call, pass, server};
use crate::component::resource::dynamic::Resource;
use crate::component::tool::dynamic::{Arguments, Tool};
use crate::context::handle::Context;
use crate::server::builder::Server;
use crate::transport::pipe::Sink as _;
use crate::transport::pipe::StdioConfig;

/// A call of a tool, with much beside its arguments.
fn padded(id: u64, tool: &str, length: usize) -> String {
    let mut call: Value = serde_json::from_str(&call(id, tool)).unwrap();
    call["params"]["_meta"]["x"] = "x".repeat(length).into();
    call.to_string()
}

/// A server with a memory limit, and a tool that answers later.
fn limited(bytes: usize) -> Server {
    let later = Tool::new("later", json!({ "type": "object" }), |_, _: Arguments| async {
        tokio::task::yield_now().await;
        "x".repeat(30_000)
    });
    server().tool(later).stdio(StdioConfig::new().memory_limit(bytes))
}

#[tokio::test(start_paused = true)]
async fn requests_in_flight_are_bounded() {
    let mut client = Client::of(limited(100_000));
    for id in 0..20 {
        client.send(&padded(id, "never", 20_000)).await;
    }
    client.send(&call(20, "now")).await;
    let mut refused = 0;
    let now = loop {
        let answer = client.answer().await;
        if answer["id"] == 20 {
            break answer;
        }
        assert_eq!(answer["error"]["code"], -32603, "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains("100000 bytes"), "{answer}");
        refused += 1;
    };
    assert_eq!(now["error"]["code"], -32603, "nothing else is served meanwhile");
    assert!((14..=16).contains(&refused), "{refused} refused");
    for id in 0..20 {
        let cancel = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } });
        client.send(&cancel.to_string()).await;
    }
    // The runtime drops the cancelled handlers.
    tokio::task::yield_now().await;
    client.send(&padded(21, "now", 20_000)).await;
    assert_eq!(client.answer().await["result"]["content"][0]["text"], "now");
}

#[tokio::test(start_paused = true)]
async fn unread_answers_of_tasks_wait_for_room() {
    const COUNT: u64 = 12;
    let mut client = Client::of(limited(200_000));
    for id in 0..COUNT {
        client.send(&call(id, "later")).await;
    }
    // All of them are ready, and more than there is room for.
    pass(Duration::from_secs(1)).await;
    let mut served = 0;
    for _ in 0..COUNT {
        served += u64::from(client.answer().await["result"].is_object());
    }
    assert_eq!(served, COUNT);
}

#[tokio::test(start_paused = true)]
async fn unread_answers_of_tasks_are_bounded() {
    const COUNT: u64 = 100;
    let mut client = Client::of(limited(200_000));
    for id in 0..COUNT {
        client.send(&call(id, "later")).await;
    }
    // The client reads nothing for longer than an answer waits for room.
    pass(Duration::from_secs(60)).await;
    let mut answers = Vec::new();
    for _ in 0..COUNT {
        answers.push(client.answer().await);
    }
    let mut ids: Vec<_> = answers.iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..COUNT).collect::<Vec<_>>(), "each has an answer");
    let served = answers.iter().filter(|answer| answer["result"].is_object()).count();
    assert!((4..20).contains(&served), "{served}");
    assert!(
        answers
            .iter()
            .all(|answer| { answer["result"].is_object() || answer["error"]["code"] == -32603 })
    );
}

#[tokio::test(start_paused = true)]
async fn subscriptions_are_bounded() {
    let note = Resource::new("note://{n}", "n", |_, _| async { "note".to_owned() });
    let mut client = Client::of(limited(200_000).resource(note));
    let uris: Vec<_> = (0..100).map(|index| format!("note://{index}")).collect();
    for id in 0..20 {
        let mut listen: Value = serde_json::from_str(&call(id, "")).unwrap();
        listen["method"] = "subscriptions/listen".into();
        listen["params"]["notifications"] = json!({ "resourceSubscriptions": uris });
        client.send(&listen.to_string()).await;
    }
    let (mut listening, mut refused) = (0, 0);
    for _ in 0..20 {
        let answer = client.answer().await;
        match answer["method"].as_str() {
            Some(_) => listening += 1,
            None => {
                assert_eq!(answer["error"]["code"], -32603, "{answer}");
                refused += 1;
            }
        }
    }
    assert!((4..10).contains(&listening), "{listening} listen, {refused} are refused");
}

/// A request of a session.
fn request(id: u64, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

fn call_in_session(id: u64, tool: &str) -> Value {
    request(id, "tools/call", json!({ "name": tool }))
}

fn cancel(id: u64) -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } })
}

/// A client with a session.
async fn opened(server: Server, revision: &str) -> Client {
    let mut client = Client::of(server);
    let params = json!({
        "protocolVersion": revision,
        "capabilities": { "sampling": {} },
        "clientInfo": { "name": "test", "version": "1" },
    });
    client.send(&request(9000, "initialize", params).to_string()).await;
    assert!(client.answer().await["result"].is_object());
    client
}

/// Receives answers until one has an id.
async fn answers_until(client: &mut Client, id: u64) -> Vec<Value> {
    let mut answers = Vec::new();
    loop {
        let answer = client.answer().await;
        if answer["id"] == id {
            return answers;
        }
        answers.push(answer);
    }
}

fn is_result(answer: &&Value) -> bool {
    assert!(answer["result"].is_object() || answer["error"]["code"] == -32603, "{answer}");
    answer["result"].is_object()
}

#[tokio::test(start_paused = true)]
async fn requests_in_flight_of_a_session_are_bounded() {
    let mut client = opened(limited(100_000), "2025-11-25").await;
    for id in 0..20 {
        let mut call = call_in_session(id, "never");
        call["params"]["_meta"] = json!({ "x": "x".repeat(20_000) });
        client.send(&call.to_string()).await;
    }
    client.send(&request(20, "ping", json!({})).to_string()).await;
    let refused = answers_until(&mut client, 20).await;
    assert_eq!(refused.iter().filter(is_result).count(), 0);
    assert!((14..=16).contains(&refused.len()), "{} refused", refused.len());
}

#[tokio::test(start_paused = true)]
async fn a_request_of_an_array_does_not_keep_the_array() {
    let mut client = opened(limited(100_000), "2025-03-26").await;
    let padding = json!({ "jsonrpc": "2.0", "method": "notifications/x", "params": { "x": "x".repeat(20_000) } });
    for id in 0..20 {
        let array = json!([padding, call_in_session(id, "never")]);
        client.send(&array.to_string()).await;
    }
    client.send(&call_in_session(20, "now").to_string()).await;
    assert_eq!(answers_until(&mut client, 20).await, Vec::<Value>::new());
}

#[tokio::test(start_paused = true)]
async fn gathered_answers_are_bounded_together() {
    let mut client = opened(limited(200_000), "2025-03-26").await;
    for array in 0..10 {
        let call = |place: u64, tool: &str| call_in_session(array * 10 + place, tool);
        let array = json!([call(0, "later"), call(1, "later"), call(2, "never")]);
        client.send(&array.to_string()).await;
    }
    pass(Duration::from_secs(1)).await;
    for array in 0..10 {
        client.send(&cancel(array * 10 + 2).to_string()).await;
    }
    let mut answers = Vec::new();
    for _ in 0..10 {
        answers.extend(client.answer().await.as_array().unwrap().clone());
    }
    let served = answers.iter().filter(is_result).count();
    assert!((5..=8).contains(&served), "{served} of {} served", answers.len());
}

#[tokio::test(start_paused = true)]
async fn unread_answers_to_arrays_are_bounded() {
    const COUNT: u64 = 100;
    let mut client = opened(limited(200_000), "2025-03-26").await;
    for id in 0..COUNT {
        client.send(&json!([call_in_session(id, "later")]).to_string()).await;
    }
    pass(Duration::from_secs(60)).await;
    let mut answers = Vec::new();
    for _ in 0..COUNT {
        answers.push(client.answer().await[0].clone());
    }
    let served = answers.iter().filter(is_result).count();
    assert!((4..20).contains(&served), "{served}");
}

#[tokio::test(start_paused = true)]
async fn subscriptions_of_a_session_are_bounded() {
    let note = Resource::new("note://{n}", "n", |_, _| async { "note".to_owned() });
    let mut client = opened(limited(50_000).resource(note), "2025-11-25").await;
    let uri = |id: u64| json!({ "uri": format!("note://{id}") });
    let mut id = 0;
    loop {
        client.send(&request(id, "resources/subscribe", uri(id)).to_string()).await;
        if !is_result(&&client.answer().await) {
            break;
        }
        id += 1;
    }
    assert!((50..200).contains(&id), "{id} subscriptions");
    client.send(&request(1000, "resources/unsubscribe", uri(0)).to_string()).await;
    assert!(is_result(&&client.answer().await));
    client.send(&request(1001, "resources/subscribe", uri(id)).to_string()).await;
    assert!(is_result(&&client.answer().await), "there is room again");
}

#[tokio::test(start_paused = true)]
async fn answers_to_questions_are_bounded() {
    const COUNT: u64 = 20;
    let (answered, mut outcomes) = tokio::sync::mpsc::unbounded_channel();
    let ask = Tool::new("ask", json!({ "type": "object" }), move |cx: Context, _: Arguments| {
        let answered = answered.clone();
        async move {
            let answer = cx.sample("Hello").max_tokens(5).await;
            answered.send(answer.is_ok()).unwrap();
            // The answer may be kept as long as the handler runs.
            std::future::pending::<String>().await
        }
    });
    let mut client = opened(limited(200_000).tool(ask), "2025-11-25").await;
    for id in 0..COUNT {
        client.send(&call_in_session(id, "ask").to_string()).await;
    }
    let mut accepted = 0;
    for _ in 0..COUNT {
        let question = client.answer().await;
        let content = json!({ "type": "text", "text": "x".repeat(30_000) });
        let result = json!({ "role": "assistant", "model": "m", "content": content });
        let response = json!({ "jsonrpc": "2.0", "id": question["id"], "result": result });
        client.send(&response.to_string()).await;
        accepted += u64::from(outcomes.recv().await.unwrap());
    }
    assert!((5..=7).contains(&accepted), "{accepted} accepted");
    for id in 0..COUNT {
        client.send(&cancel(id).to_string()).await;
    }
    pass(Duration::from_secs(1)).await;
    client.send(&call_in_session(COUNT, "now").to_string()).await;
    assert_eq!(answers_until(&mut client, COUNT).await, Vec::<Value>::new(), "there is room again");
}

#[test]
fn unread_notifications_are_bounded() {
    let output = Output::default();
    let message = [b'x'; 30_000];
    let sent = (0..100).take_while(|_| output.notify(&message, 100_000)).count();
    assert_eq!(sent, 4);
    assert!(output.deliver(&message), "other messages are sent all the same");
}
