//! Sessions that a server has forgotten, in the words of different servers.

use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::client::{Client, Era, Event, Watch};
use serde_json::json;

use crate::peer::{initialized, text, text_of};
use crate::trickle::{HttpServer, Reply, Request};

/// Starts a server that has forgotten its first session once `forgets` is true of a request, and
/// refuses it by `refusal`.
async fn forgetful(
    refusal: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    forgets: impl Fn(&Request) -> bool + Send + Sync + 'static,
) -> (HttpServer, Client) {
    let sessions = AtomicUsize::new(0);
    let server = HttpServer::start(move |request| {
        let is_first = request.header("mcp-session-id") == Some("session-0");
        match (request.method.as_str(), request.asks()) {
            ("POST", "initialize") => {
                let number = sessions.fetch_add(1, Ordering::SeqCst);
                Reply::result(request, initialized("2025-11-25"))
                    .with("mcp-session-id", &format!("session-{number}"))
            }
            _ if is_first && forgets(request) => refusal(request),
            ("POST", "tools/call") => Reply::result(request, text("done")),
            ("POST", "resources/subscribe") => Reply::result(request, json!({})),
            ("POST", _) => Reply::status(202),
            _ => Reply::status(405),
        }
    })
    .await;
    let builder = Client::http(&server.url).era(Era::Legacy).roots(std::iter::empty());
    (server, builder.connect().await.unwrap())
}

fn refusals() -> [fn(&Request) -> Reply; 8] {
    [
        // server-everything
        |request| {
            let error =
                json!({ "code": -32000, "message": "Bad Request: No valid session ID provided" });
            Reply::json(400, &json!({ "jsonrpc": "2.0", "id": request.body["id"], "error": error }))
        },
        // The TypeScript SDK
        |_| {
            let error = json!({ "code": -32000, "message": "Bad Request: Server not initialized" });
            Reply::json(400, &json!({ "jsonrpc": "2.0", "id": null, "error": error }))
        },
        // The Python SDK
        |_| {
            let error = json!({ "code": -32600, "message": "Session not found" });
            Reply::json(400, &json!({ "jsonrpc": "2.0", "id": "server-error", "error": error }))
        },
        |_| Reply::new(400, "text/plain", "Bad Request: No valid session ID provided"),
        |_| Reply::new(400, "text/plain", "Invalid or expired SESSION"),
        |_| Reply::json(400, &json!({ "error": "unknown session" })),
        |_| Reply::status(404),
        |_| {
            let error = json!({ "code": -32001, "message": "Session not found" });
            Reply::json(404, &json!({ "jsonrpc": "2.0", "id": null, "error": error }))
        },
    ]
}

#[tokio::test]
async fn a_session_that_is_refused_is_opened_again() {
    for (index, refusal) in refusals().into_iter().enumerate() {
        let (server, client) = forgetful(refusal, |request| request.asks() == "tools/call").await;
        assert_eq!(text_of(client.call("t", ()).await), "done", "{index}");
        assert_eq!(server.asked("initialize").len(), 2, "{index}");
    }
}

#[tokio::test]
async fn other_bad_requests_leave_the_session_as_it_is() {
    let refusals: [fn(&Request) -> Reply; 4] = [
        |_| Reply::status(400),
        |_| Reply::new(400, "text/plain", "Bad Request"),
        |request| Reply::error(400, request, -32000, json!(null)),
        |request| {
            let error = json!({ "code": -32602, "message": "no such browser session" });
            Reply::json(400, &json!({ "jsonrpc": "2.0", "id": request.body["id"], "error": error }))
        },
    ];
    for (index, refusal) in refusals.into_iter().enumerate() {
        let (server, client) = forgetful(refusal, |request| request.asks() == "tools/call").await;
        client.call("t", ()).await.unwrap_err();
        assert_eq!(server.asked("initialize").len(), 1, "{index}");
        assert_eq!(server.asked("tools/call").len(), 1, "{index}");
    }
}

#[tokio::test]
async fn a_session_that_is_refused_again_and_again_ends_in_the_words_of_the_server() {
    let server = HttpServer::start(|request| match (request.method.as_str(), request.asks()) {
        ("POST", "initialize") => {
            Reply::result(request, initialized("2025-11-25")).with("mcp-session-id", "always")
        }
        ("POST", "tools/call") => Reply::new(400, "text/plain", "the session database is gone"),
        ("POST", _) => Reply::status(202),
        _ => Reply::status(405),
    })
    .await;
    let client = Client::http(&server.url).era(Era::Legacy).connect().await.unwrap();
    let error = client.call("t", ()).await.unwrap_err();
    assert!(error.to_string().contains("the session database is gone"), "{error}");
    assert_eq!(server.asked("tools/call").len(), 2);
}

#[tokio::test]
async fn a_notification_finds_out_that_the_session_is_lost() {
    for refusal in refusals() {
        let (server, client) =
            forgetful(refusal, |request| request.asks() == "notifications/undo").await;
        client.notify("notifications/undo", json!({})).await.unwrap();
        assert_eq!(server.asked("initialize").len(), 2);
        let sent = server.asked("notifications/undo");
        assert_eq!(sent[1].header("mcp-session-id"), Some("session-1"));
    }
    let is_changed = |request: &Request| request.asks() == "notifications/roots/list_changed";
    let (server, client) = forgetful(|_| Reply::status(404), is_changed).await;
    client.roots_changed().await.unwrap();
    assert_eq!(text_of(client.call("t", ()).await), "done");
    assert_eq!(server.asked("initialize").len(), 2);
}

#[tokio::test]
async fn a_cancellation_finds_out_that_the_session_is_lost() {
    let sessions = AtomicUsize::new(0);
    let server =
        HttpServer::start(move |request| match (request.method.as_str(), request.asks()) {
            ("POST", "initialize") => {
                let number = sessions.fetch_add(1, Ordering::SeqCst);
                Reply::result(request, initialized("2025-11-25"))
                    .with("mcp-session-id", &format!("session-{number}"))
            }
            ("POST", "tools/call") => Reply::events(": open\n\n").hanging(),
            ("POST", "notifications/cancelled") => Reply::status(404),
            ("POST", "resources/subscribe") => Reply::result(request, json!({})),
            ("POST", _) => Reply::status(202),
            _ => Reply::status(405),
        })
        .await;
    let client = Client::http(&server.url).era(Era::Legacy).connect().await.unwrap();
    let mut watching = client.subscribe(Watch::new().resource("a:b")).await.unwrap();
    let call = tokio::spawn(client.call("t", ()).into_future());
    server.until(|request| request.asks() == "tools/call").await;
    call.abort();
    let change = tokio::time::timeout(std::time::Duration::from_secs(30), watching.next()).await;
    assert_eq!(change.unwrap().unwrap().unwrap(), Event::Missed);
    assert_eq!(server.asked("initialize").len(), 2);
}

#[tokio::test]
async fn the_stream_of_a_session_finds_out_that_it_is_lost() {
    for refusal in refusals() {
        let streams = AtomicUsize::new(0);
        let sessions = AtomicUsize::new(0);
        let server =
            HttpServer::start(move |request| match (request.method.as_str(), request.asks()) {
                ("POST", "initialize") => {
                    let number = sessions.fetch_add(1, Ordering::SeqCst);
                    Reply::result(request, initialized("2025-11-25"))
                        .with("mcp-session-id", &format!("session-{number}"))
                }
                ("POST", "resources/subscribe") => Reply::result(request, json!({})),
                ("POST", _) => Reply::status(202),
                ("GET", _) => match streams.fetch_add(1, Ordering::SeqCst) {
                    0 => Reply::events("retry: 1\n\n"),
                    1 => refusal(request),
                    _ => Reply::events(": open\n\n").hanging(),
                },
                _ => Reply::status(405),
            })
            .await;
        let client = Client::http(&server.url).era(Era::Legacy).connect().await.unwrap();
        let mut watching = client.subscribe(Watch::new().resource("a:b")).await.unwrap();
        while server.asked("initialize").len() < 2 {
            assert_eq!(watching.next().await.unwrap().unwrap(), Event::Missed);
        }
    }
}
