//! Notifications and responses that arrive elsewhere than expected, or under ids written as texts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mcp_runtime::client::{Client, Era};
use serde_json::{Value, json};

use crate::peer::{Peer, initialized, text, text_of};
use crate::trickle::{HttpServer, Reply, Request, event};

/// Starts a server with a session whose own stream is a reply.
async fn session(
    stream: impl Fn() -> Reply + Send + Sync + 'static,
    answer: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> (HttpServer, Client) {
    let server =
        HttpServer::start(move |request| match (request.method.as_str(), request.asks()) {
            ("POST", "initialize") => Reply::result(request, initialized("2025-11-25"))
                .with("mcp-session-id", "session-0"),
            ("POST", "tools/call" | "prompts/get") => answer(request),
            ("GET", _) => stream(),
            _ => Reply::status(202),
        })
        .await;
    let client = Client::http(&server.url).era(Era::Legacy).connect().await.unwrap();
    (server, client)
}

fn progress(token: Value, progress: u32) -> Value {
    let params = json!({ "progressToken": token, "progress": progress });
    json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": params })
}

/// Calls a tool and counts its progress.
async fn count_progress(client: &Client) -> (String, usize) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let call = client.call("t", ()).on_progress(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
    });
    let text = text_of(call.idle_timeout(Duration::from_secs(20)).await);
    (text, count.load(Ordering::SeqCst))
}

#[tokio::test]
async fn progress_on_the_stream_of_the_session_reaches_its_call() {
    let streams: [fn() -> String; 3] = [
        || event(&progress(json!(2), 1)),
        || event(&progress(json!("2"), 1)),
        || event(&json!([progress(json!(2), 1), progress(json!("02"), 2)])),
    ];
    for stream in streams {
        let (_server, client) = session(
            move || Reply::events(": open\n\n").then("/mcp", "tools/call", stream()).hanging(),
            // The head of the response comes after the progress.
            |request| Reply::result(request, text("done")).after("ping"),
        )
        .await;
        let release = async {
            // One progress notification arrives before the response is released.
            client.ping().await.unwrap_err();
        };
        let count = Arc::new(AtomicUsize::new(0));
        let (counted, seen) = (Arc::clone(&count), Arc::new(tokio::sync::Notify::new()));
        let notify = Arc::clone(&seen);
        let call = client.call("t", ()).on_progress(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            notify.notify_one();
        });
        let releasing = async {
            seen.notified().await;
            release.await;
        };
        let both = async { tokio::join!(call.into_future(), releasing) };
        let (result, ()) = tokio::time::timeout(Duration::from_secs(30), both).await.unwrap();
        assert_eq!((text_of(result).as_str(), count.load(Ordering::SeqCst)), ("done", 1));
    }
}

#[tokio::test]
async fn progress_on_the_stream_of_another_call_reaches_its_call() {
    // The calls are the requests 2 and 3.
    let (_server, client) = session(
        || Reply::status(405),
        |request| match request.asks() {
            "tools/call" => Reply::result(request, text("done")).after("ping"),
            _ => Reply::events(event(&progress(json!(2), 1))).hanging(),
        },
    )
    .await;
    let seen = Arc::new(tokio::sync::Notify::new());
    let notify = Arc::clone(&seen);
    let call = client.call("t", ()).on_progress(move |_| notify.notify_one());
    let other = client.prompt("p", mcp_runtime::client::NO_ARGUMENTS);
    let releasing = async {
        seen.notified().await;
        client.ping().await.unwrap_err();
    };
    let call = async {
        tokio::select! {
            biased;
            result = call => text_of(result),
            other = other => panic!("{other:?}"),
        }
    };
    let both = async { tokio::join!(call, releasing) };
    let (result, ()) = tokio::time::timeout(Duration::from_secs(30), both).await.unwrap();
    assert_eq!(result, "done");
}

#[tokio::test]
async fn an_answer_on_the_stream_of_another_call_reaches_its_call() {
    let (_server, client) = session(
        || Reply::status(405),
        |request| match request.asks() {
            "tools/call" => Reply::events(": open\n\n").hanging(),
            _ => {
                let answer = json!({ "jsonrpc": "2.0", "id": 2, "result": text("done") });
                Reply::events(event(&answer)).hanging()
            }
        },
    )
    .await;
    let (call, other) =
        (client.call("t", ()), client.prompt("p", mcp_runtime::client::NO_ARGUMENTS));
    let result = tokio::select! {
            biased;
        result = call => text_of(result),
        other = other => panic!("{other:?}"),
    };
    assert_eq!(result, "done");
}

#[tokio::test]
async fn ids_and_tokens_that_come_back_as_texts_are_those_of_the_request() {
    let answers: [fn(&Request) -> Reply; 3] = [
        |request| {
            let id = request.body["id"].to_string();
            Reply::json(200, &json!({ "jsonrpc": "2.0", "id": id, "result": text("done") }))
        },
        |request| {
            let id = request.body["id"].to_string();
            let answer = json!({ "jsonrpc": "2.0", "id": id, "result": text("done") });
            Reply::events(event(&progress(json!(id), 1)) + &event(&answer)).hanging()
        },
        |request| {
            let id = request.body["id"].to_string();
            let error = json!({ "code": -32000, "message": "done" });
            Reply::json(400, &json!({ "jsonrpc": "2.0", "id": id, "error": error }))
        },
    ];
    for (index, answer) in answers.into_iter().enumerate() {
        let (_server, client) = session(|| Reply::status(405), answer).await;
        let (text, count) = count_progress(&client).await;
        assert!(text.contains("done"), "{text}");
        assert_eq!(count, usize::from(index == 1));
    }
    let (mut peer, client) = Peer::legacy(|builder| builder).await;
    let server = async {
        let id = peer.expect("tools/call").await["id"].to_string();
        peer.send(progress(json!(id), 1)).await;
        peer.send(json!({ "jsonrpc": "2.0", "id": id, "result": text("done") })).await;
    };
    let (outcome, ()) = tokio::join!(count_progress(&client), server);
    assert_eq!(outcome, ("done".to_owned(), 1));
}

#[tokio::test]
async fn a_handshake_may_be_answered_under_a_text() {
    let (mut peer, builder) = Peer::new();
    let server = async {
        let asked = peer.expect("server/discover").await;
        let id = asked["id"].to_string();
        peer.send(json!({ "jsonrpc": "2.0", "id": id, "error": { "code": 1, "message": "" } }))
            .await;
        let asked = peer.expect("initialize").await;
        let id = asked["id"].to_string();
        peer.send(json!({ "jsonrpc": "2.0", "id": id, "result": initialized("2025-11-25") })).await;
        peer.expect("notifications/initialized").await;
    };
    let (client, ()) = tokio::join!(builder.connect(), server);
    assert_eq!(client.unwrap().revision().as_str(), "2025-11-25");
}

#[tokio::test]
async fn texts_that_only_look_like_an_id_are_not_ours() {
    let (mut peer, client) = Peer::legacy(|builder| builder).await;
    let server = async {
        let id = peer.expect("tools/call").await["id"].as_i64().unwrap();
        for foreign in [format!("0{id}"), format!("+{id}"), format!(" {id}"), format!("{id}.0")] {
            peer.send(progress(json!(foreign), 1)).await;
            let result = text(&format!("the answer to {foreign}"));
            peer.send(json!({ "jsonrpc": "2.0", "id": foreign, "result": result })).await;
        }
        peer.send(json!({ "jsonrpc": "2.0", "id": id, "result": text("done") })).await;
    };
    let (outcome, ()) = tokio::join!(count_progress(&client), server);
    assert_eq!(outcome, ("done".to_owned(), 0));
}

#[tokio::test]
async fn a_number_and_a_text_are_two_ids_of_the_server() {
    let (mut peer, client) =
        Peer::legacy(|builder| builder.roots([mcp_runtime::protocol::Root::new("file:///a")]))
            .await;
    for id in [json!(3), json!("3")] {
        peer.send(json!({ "jsonrpc": "2.0", "id": id, "method": "roots/list" })).await;
    }
    let mut answered = [peer.receive().await["id"].clone(), peer.receive().await["id"].clone()];
    answered.sort_by_key(Value::is_string);
    assert_eq!(answered, [json!(3), json!("3")]);
    drop(client);
}
