//! Texts of servers in errors: one line of them, without control characters.

use mcp_runtime::client::{Client, ClientBuilder, Era, Error, Stream};
use serde_json::{Value, json};

use crate::peer::{Peer, discovered, initialized};

/// A text that a terminal would act on, and that fills many of its pages.
fn hostile() -> String {
    "\u{1b}[2J\u{9b}31mowned\u{7}\r\n\u{202e}".repeat(200)
}

#[track_caller]
fn check(error: &Error, what: &str) {
    for text in [error.to_string(), error.report().to_string()] {
        let bad = |character: char| character.is_control() || character == '\u{202e}';
        assert!(!text.chars().any(bad), "{what}: {text:?}");
        assert!(text.chars().count() < 1000, "{what}: {}", text.len());
    }
}

/// A client of a server that sends one line in answer to whatever request comes next.
async fn answering(era: Era, answer: impl FnOnce(&Value) -> String + Send + 'static) -> Client {
    let configure = |builder: ClientBuilder<Stream>| builder;
    let (mut peer, client) = match era {
        Era::Modern => Peer::modern(configure).await,
        _ => Peer::legacy(configure).await,
    };
    tokio::spawn(async move {
        let asked = peer.receive().await;
        peer.send_line(&answer(&asked)).await;
        // Answers to questions, and the end.
        while !peer.is_closed().await {}
    });
    client
}

fn response(asked: &Value, outcome: (&str, Value)) -> String {
    let (member, value) = outcome;
    json!({ "jsonrpc": "2.0", "id": asked["id"], member: value }).to_string()
}

#[tokio::test(start_paused = true)]
async fn what_a_server_answers_is_shown_as_a_line() {
    let text = hostile();
    for era in [Era::Modern, Era::Legacy] {
        for outcome in [
            ("error", json!({ "code": -32000, "message": text })),
            ("error", json!({ "code": -32000, "message": "m", "data": text })),
            ("error", json!(text)),
            ("error", json!({ "code": text, "message": 1 })),
            ("result", json!(text)),
            ("result", json!({ "content": text })),
            ("result", json!({ "content": [{ "type": "text", "text": [text] }] })),
            ("result", json!({ "resultType": text })),
            ("result", json!({ "resultType": "input_required", "inputRequests": text })),
            (
                "result",
                json!({ "resultType": "input_required", "inputRequests": { "a": { "method": text } } }),
            ),
        ] {
            let shown: String = outcome.1.to_string().chars().take(50).collect();
            let shown = format!("{era:?} {} {shown}", outcome.0);
            let client = answering(era, move |asked| response(asked, outcome)).await;
            if let Err(error) = client.call("t", ()).await {
                check(&error, &shown);
            }
        }
        // The text of a tool that failed, and a result of another type.
        let failed = json!({ "content": [{ "type": "text", "text": text }], "isError": true });
        let client = answering(era, |asked| response(asked, ("result", failed))).await;
        let error = client.call_as::<u32>("t", ()).await.unwrap_err();
        check(&error, "a failure");
        let Error::Tool { text: all, .. } = error else { panic!("{error}") };
        assert_eq!(all, text);
        let wrong = json!({ "content": [], "structuredContent": { "result": text } });
        let client = answering(era, |asked| response(asked, ("result", wrong))).await;
        check(&client.call_as::<u32>("t", ()).await.unwrap_err(), "another type");
        // A list.
        let list = json!({ "tools": text });
        let client = answering(era, |asked| response(asked, ("result", list))).await;
        check(&client.tools().all().await.unwrap_err(), "a list");
        // A line that is no message, and none that answers.
        let line = text.replace(['\r', '\n'], " ");
        let client = answering(era, |_| line).await;
        check(&client.call("t", ()).await.unwrap_err(), "no message");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_server_says_of_itself_is_shown_as_a_line() {
    let text = hostile();
    let opening = async |era: Era, outcome: (&str, Value)| {
        let (mut peer, builder) = Peer::new();
        let connecting = builder.era(era).connect();
        let outcome = (outcome.0.to_owned(), outcome.1);
        let server = tokio::spawn(async move {
            loop {
                let asked = peer.receive().await;
                if asked.get("id").is_some() {
                    peer.send_line(&response(&asked, (&outcome.0, outcome.1.clone()))).await;
                }
            }
        });
        let connected = connecting.await;
        server.abort();
        connected.err()
    };
    let mut versions = discovered();
    versions["supportedVersions"] = (0..20).map(|_| text.clone()).collect();
    let mut chosen = initialized("2025-11-25");
    chosen["protocolVersion"] = text.clone().into();
    let mut named = initialized("2025-11-25");
    named["serverInfo"] = text.clone().into();
    for (era, outcome) in [
        (Era::Modern, ("result", versions.clone())),
        (Era::Auto, ("result", versions)),
        (Era::Legacy, ("result", chosen)),
        (Era::Legacy, ("result", named)),
        (Era::Legacy, ("result", json!(text))),
        (Era::Modern, ("result", json!(text))),
        (Era::Legacy, ("error", json!({ "code": -32000, "message": text }))),
        (
            Era::Modern,
            ("error", json!({ "code": -32022, "message": text, "data": { "supported": [text] } })),
        ),
    ] {
        let shown: String = outcome.1.to_string().chars().take(60).collect();
        if let Some(error) = opening(era, outcome).await {
            check(&error, &format!("{era:?} {shown}"));
        }
    }
}
