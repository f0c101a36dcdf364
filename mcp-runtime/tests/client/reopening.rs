//! Sessions that are opened again.

use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::client::{Client, Era, Error, Watch};
use serde_json::json;

use crate::peer::{initialized, text, text_of};
use crate::trickle::{HttpServer, Reply, Request, poke};

/// A server that forgets its first session when a tool is called.
async fn forgetful(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> HttpServer {
    let sessions = AtomicUsize::new(0);
    HttpServer::start(move |request| match (request.method.as_str(), request.asks()) {
        ("POST", "initialize") => {
            let number = sessions.fetch_add(1, Ordering::SeqCst);
            let session = format!("session-{number}");
            let opened =
                Reply::result(request, initialized("2025-11-25")).with("mcp-session-id", &session);
            if number == 0 { opened } else { opened.after("open") }
        }
        ("POST", "tools/call") if request.header("mcp-session-id") == Some("session-0") => {
            Reply::status(404)
        }
        ("POST", method) if method.starts_with("notifications/") => Reply::status(202),
        ("POST", "open") => Reply::status(202),
        ("POST", _) => answer(request),
        _ => Reply::status(405),
    })
    .await
}

#[tokio::test]
async fn what_a_new_session_refuses_fails_nothing_else() {
    let server = forgetful(|request| match request.asks() {
        "resources/subscribe" if request.header("mcp-session-id") == Some("session-1") => {
            Reply::error(200, request, -32002, json!(null))
        }
        "resources/subscribe" => Reply::result(request, json!({})),
        _ => Reply::result(request, text("done")),
    })
    .await;
    let client = Client::http(&server.url).era(Era::Legacy).connect().await.unwrap();
    let mut watching = client.subscribe(Watch::new().resource("a:b")).await.unwrap();
    poke(&server.url, "open").await;
    assert_eq!(text_of(client.call("t", ()).await), "done");
    assert_eq!(server.asked("resources/subscribe").len(), 2);
    // A subscription that cannot continue gets an error.
    let outcome = watching.next().await;
    assert!(matches!(outcome, Some(Err(Error::Remote(_)))), "{outcome:?}");
    assert!(watching.next().await.is_none());
}

#[tokio::test]
async fn a_new_session_that_cannot_be_told_a_level_fails_nothing_else() {
    let server = forgetful(|request| match request.asks() {
        "logging/setLevel" if request.header("mcp-session-id") == Some("session-1") => {
            Reply::status(500)
        }
        "logging/setLevel" => Reply::result(request, json!({})),
        _ => Reply::result(request, text("done")),
    })
    .await;
    let client = Client::http(&server.url).era(Era::Legacy).connect().await.unwrap();
    client.set_log_level(mcp_runtime::protocol::LoggingLevel::Info).await.unwrap();
    poke(&server.url, "open").await;
    assert_eq!(text_of(client.call("t", ()).await), "done");
    assert_eq!(server.asked("logging/setLevel").len(), 2);
}

#[tokio::test]
async fn a_client_that_is_closed_while_it_connects_again_stays_closed() {
    let server = forgetful(|request| Reply::result(request, text("done"))).await;
    let client = Client::http(&server.url).era(Era::Legacy).connect().await.unwrap();
    let call = tokio::spawn(client.call("t", ()).into_future());
    let opens_again = |request: &Request| request.asks() == "initialize";
    let wait = async {
        while server.heard.lock().unwrap().iter().filter(|request| opens_again(request)).count() < 2
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), wait).await.unwrap();
    client.close().await;
    poke(&server.url, "open").await;
    let error = call.await.unwrap().unwrap_err();
    assert!(error.is_closed(), "{error}");
    server
        .until(|request| {
            request.method == "DELETE" && request.header("mcp-session-id") == Some("session-1")
        })
        .await;
    assert!(client.call("t", ()).await.unwrap_err().is_closed());
}
