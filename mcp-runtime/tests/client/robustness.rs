//! Servers that break off, violate the protocol or stay silent: one clear error, no leftovers.

use std::time::Duration;

use mcp_runtime::client::{Client, Era, Error};
use serde_json::json;

use crate::peer::{Peer, discovered, text, text_of};
use crate::trickle::{HttpServer, Reply};

#[tokio::test]
async fn the_end_of_a_pipe_fails_everybody_who_waits() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let calls: Vec<_> = (0..20).map(|_| tokio::spawn(client.call("t", ()).into_future())).collect();
    for _ in 0..20 {
        peer.expect("tools/call").await;
    }
    drop(peer);
    for call in calls {
        let error = call.await.unwrap().unwrap_err();
        assert!(error.is_closed(), "{error}");
    }
    assert!(client.is_closed());
    assert!(client.call("t", ()).await.unwrap_err().is_closed());
}

#[tokio::test]
async fn an_answer_given_twice_is_taken_once() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        peer.answer(&asked, text("one")).await;
        peer.answer(&asked, text("two")).await;
        let asked = peer.expect("tools/call").await;
        peer.answer(&asked, text("three")).await;
    };
    let ask = async { (text_of(client.call("t", ()).await), text_of(client.call("t", ()).await)) };
    let (results, ()) = tokio::join!(ask, server);
    assert_eq!(results, ("one".to_owned(), "three".to_owned()));
}

#[tokio::test]
async fn no_garbage_hurts() {
    let (mut peer, client) = Peer::modern(|builder| builder.max_message(1000)).await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        for garbage in [
            "",
            "{",
            "null",
            "[]",
            "[[]]",
            "\"text\"",
            "{}",
            "\u{0}",
            "{\"jsonrpc\":\"2.0\"}",
            "{\"jsonrpc\":\"2.0\",\"id\":[],\"result\":{}}",
            "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{}}",
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progressToken\":{}}}",
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/resources/updated\",\"params\":{}}",
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/unheard\"}",
        ] {
            peer.send_line(garbage).await;
        }
        peer.answer(&asked, text("done")).await;
        // The client has not responded to any of it.
        let asked = peer.expect("tools/call").await;
        peer.answer(&asked, json!({ "content": "x".repeat(2000) })).await;
        let asked = peer.expect("tools/call").await;
        peer.answer(&asked, json!({ "content": 7 })).await;
    };
    let ask = async {
        let mut outcomes = Vec::new();
        for _ in 0..3 {
            outcomes.push(text_of(client.call("t", ()).await));
        }
        outcomes
    };
    let (outcomes, ()) = tokio::join!(ask, server);
    assert_eq!(outcomes[0], "done");
    assert!(outcomes[1].contains("up to 1000 bytes"), "{}", outcomes[1]);
    assert!(outcomes[2].contains("expected the result of `tools/call`"), "{}", outcomes[2]);
}

#[tokio::test]
async fn a_message_that_is_too_long_fails_the_request_that_it_answers() {
    let long = "x".repeat(20_000);
    let answers: [fn(&serde_json::Value, &str) -> String; 4] = [
        |id, long| format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"x":"{long}"}}}}"#),
        |id, long| format!(r#"{{"result":{{"x":"{long}","id":99}},"jsonrpc":"2.0","id":{id}}}"#),
        |id, long| format!(r#"{{"error":{{"code":1,"message":"{long}"}},"id":"{id}"}}"#),
        |id, long| format!(r#"{{"id":{id},"result":["\"}}{long}"],"jsonrpc":"2.0"}}"#),
    ];
    for answer in answers {
        let (mut peer, client) = Peer::modern(|builder| builder.max_message(1000)).await;
        let server = async {
            let first = peer.expect("tools/call").await;
            let second = peer.expect("tools/call").await;
            // Neither a long line of a log nor long notifications and requests fail any request.
            peer.send_line(&long).await;
            peer.notify("notifications/message", json!({ "level": "info", "data": &long })).await;
            let id = &second["id"];
            let asked = format!(r#"{{"id":{id},"method":"ping","params":{{"x":"{long}"}}}}"#);
            peer.send_line(&asked).await;
            peer.send_line(&answer(&first["id"], &long)).await;
            peer.answer(&second, text("done")).await;
            peer
        };
        let calls = async {
            tokio::join!(client.call("t", ()).into_future(), client.call("t", ()).into_future())
        };
        let ((first, second), _peer) = tokio::join!(calls, server);
        let first = text_of(first);
        assert!(first.contains("up to 1000 bytes"), "{first}");
        assert_eq!(text_of(second), "done");
    }
}

#[tokio::test]
async fn a_message_that_is_not_too_long_may_hold_many_values() {
    let numbers: Vec<u32> = (0..200_000).collect();
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        let asked = peer.expect("tools/call").await;
        peer.answer(&asked, json!({ "content": [], "structuredContent": numbers })).await;
    };
    let read = client.call_as::<Vec<u32>>("t", ());
    let (read, ()) = tokio::join!(read, server);
    assert_eq!(read.unwrap(), numbers);
}

#[tokio::test]
async fn an_error_without_an_id_belongs_to_the_only_request() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        peer.expect("tools/call").await;
        let error = json!({ "code": -32700, "message": "not JSON" });
        peer.send(json!({ "jsonrpc": "2.0", "id": null, "error": error })).await;
    };
    let (result, ()) = tokio::join!(client.call("t", ()).into_future(), server);
    assert!(text_of(result).contains("not JSON"));
}

/// Cuts the response to a call after every number of bytes.
async fn cut_everywhere(kind: &'static str, body: impl Fn(&serde_json::Value) -> String) {
    let whole = body(&json!(2));
    for cut in 0..whole.len() {
        let part = whole.as_bytes()[..cut].to_vec();
        let length = whole.len();
        let server = HttpServer::start(move |request| match request.asks() {
            "server/discover" => Reply::result(request, discovered()),
            _ if kind == "text/event-stream" => Reply::events(part.clone()),
            _ => Reply::new(200, kind, part.clone()).announcing(length),
        })
        .await;
        let client = Client::http(&server.url).era(Era::Modern).connect().await.unwrap();
        let call = client.call("t", ()).idle_timeout(Duration::from_secs(30));
        let error = call.await.expect_err("it was cut");
        assert!(
            matches!(error, Error::Closed(_) | Error::Transport { .. } | Error::Protocol { .. }),
            "cut at {cut}: {error}"
        );
    }
}

#[tokio::test]
async fn a_connection_may_be_cut_at_any_byte() {
    let answer = |id: &serde_json::Value| {
        json!({ "jsonrpc": "2.0", "id": id, "result": text("done") }).to_string()
    };
    cut_everywhere("application/json", answer).await;
    cut_everywhere("text/event-stream", |id| format!("id: 1\ndata: {}\n\n", answer(id))).await;
}

#[tokio::test]
async fn a_closed_client_closes_its_end() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    client.close().await;
    assert!(peer.is_closed().await);
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    drop(client);
    assert!(peer.is_closed().await);
}

#[tokio::test]
async fn a_pipe_may_be_cut_at_any_byte() {
    let answer = format!("{}\n", json!({ "jsonrpc": "2.0", "id": 2, "result": text("done") }));
    for cut in 0..answer.len() {
        let (mut peer, client) = Peer::modern(|builder| builder).await;
        let server = async {
            peer.expect("tools/call").await;
            peer.send_bytes(&answer.as_bytes()[..cut]).await;
            drop(peer);
        };
        let (result, ()) = tokio::join!(client.call("t", ()).into_future(), server);
        let error = result.expect_err("it was cut");
        assert!(error.is_closed(), "cut at {cut}: {error}");
    }
    let opening = format!("{}\n", json!({ "jsonrpc": "2.0", "id": 1, "result": discovered() }));
    for cut in 0..opening.len() {
        let (mut peer, builder) = Peer::new();
        let server = async {
            peer.expect("server/discover").await;
            peer.send_bytes(&opening.as_bytes()[..cut]).await;
            drop(peer);
        };
        let (client, ()) = tokio::join!(builder.connect(), server);
        let error = client.expect_err("it was cut");
        assert!(error.is_closed(), "cut at {cut}: {error}");
    }
}
