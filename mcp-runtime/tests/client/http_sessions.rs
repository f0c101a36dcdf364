//! HTTP with sessions, and the transport that came before.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::client::{Client, Era, Error, Event, Watch};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::peer::{initialized, text, told};
use crate::trickle::{Reply, Request, Site, event};

/// A server of sessions that answers everything but the handshake as a function says.
async fn site(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Site {
    let sessions = AtomicUsize::new(0);
    Site::start(move |request| match (request.method.as_str(), request.asks()) {
        ("POST", "initialize") => {
            let number = sessions.fetch_add(1, Ordering::SeqCst);
            Reply::result(request, initialized("2025-11-25"))
                .with("mcp-session-id", &format!("session-{number}"))
        }
        ("POST", "notifications/initialized") => Reply::status(202),
        _ => answer(request),
    })
    .await
}

async fn connect(site: &Site) -> Client {
    Client::http(&site.url).era(Era::Legacy).connect().await.unwrap()
}

#[tokio::test]
async fn a_session_is_named_in_every_request_and_deleted_at_the_end() {
    let site = site(|request| match request.method.as_str() {
        "POST" => Reply::result(request, text("done")),
        _ => Reply::status(405),
    })
    .await;
    let client = connect(&site).await;
    client.call("t", ()).await.unwrap();
    let opening = &site.asked("initialize")[0];
    assert_eq!(
        (opening.header("mcp-session-id"), opening.header("mcp-protocol-version")),
        (None, None)
    );
    for method in ["notifications/initialized", "tools/call"] {
        let asked = &site.asked(method)[0];
        assert_eq!(asked.header("mcp-session-id"), Some("session-0"), "{method}");
        assert_eq!(asked.header("mcp-protocol-version"), Some("2025-11-25"), "{method}");
        assert_eq!(asked.header("mcp-method"), None, "{method}");
    }
    client.close().await;
    site.until(|request| request.method == "DELETE").await;
    assert!(client.call("t", ()).await.unwrap_err().is_closed());
}

#[tokio::test]
async fn a_session_is_deleted_when_its_client_is_dropped() {
    let site = site(|_| Reply::status(405)).await;
    drop(connect(&site).await);
    site.until(|request| {
        request.method == "DELETE" && request.header("mcp-session-id") == Some("session-0")
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_session_is_opened_anew_and_the_request_sent_again() {
    let site = site(|request| match request.method.as_str() {
        "POST" if request.header("mcp-session-id") == Some("session-0") => Reply::status(404),
        "POST" => Reply::result(request, text("done")),
        _ => Reply::status(405),
    })
    .await;
    let client = connect(&site).await;
    assert_eq!(told(client.call("t", ()).await), "done");
    assert_eq!(site.asked("initialize").len(), 2);
    assert_eq!(site.asked("tools/call").len(), 2);
}

#[tokio::test]
async fn a_stream_that_ends_early_is_resumed() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let site = site(move |request| match request.method.as_str() {
        "POST" => Reply::events("id: 1\nretry: 20\ndata: \n\n"),
        "GET" if request.header("last-event-id").is_none() => Reply::status(405),
        // The first time there is still nothing.
        "GET" if count.fetch_add(1, Ordering::SeqCst) == 0 => Reply::events("id: 2\ndata:\n\n"),
        _ => {
            let answer = json!({ "jsonrpc": "2.0", "id": 2, "result": text("done") });
            Reply::events(format!("id: 3\n{}", event(&answer)))
        }
    })
    .await;
    let client = connect(&site).await;
    let started = std::time::Instant::now();
    assert_eq!(told(client.call("t", ()).await), "done");
    assert!(started.elapsed().as_millis() >= 40);
    let heard = site.heard.lock().unwrap();
    let resumed: Vec<_> =
        heard.iter().filter_map(|request| request.header("last-event-id")).collect();
    assert_eq!(resumed, ["1", "2"]);
}

#[tokio::test]
async fn a_cancelled_call_is_told_of_and_not_resumed() {
    let site = site(|request| match request.asks() {
        "tools/call" => Reply::events("id: 1\nretry: 100000\ndata: \n\n"),
        _ => Reply::status(if request.method == "POST" { 202 } else { 405 }),
    })
    .await;
    let client = connect(&site).await;
    let call = tokio::spawn(client.call("t", ()).into_future());
    site.until(|request| request.asks() == "tools/call").await;
    call.abort();
    site.until(|request| request.asks() == "notifications/cancelled").await;
    let told = &site.asked("notifications/cancelled")[0];
    assert_eq!(told.body["params"]["requestId"], site.asked("tools/call")[0].body["id"]);
}

/// A client that passes on what it hears of changes.
async fn hearing(site: &Site) -> (Client, UnboundedReceiver<Event>) {
    let (heard, changes) = unbounded_channel();
    let builder = Client::http(&site.url).era(Era::Legacy);
    let builder = builder.on_change(move |event| heard.send(event).unwrap());
    (builder.connect().await.unwrap(), changes)
}

#[tokio::test]
async fn the_session_s_own_stream_tells_of_changes_and_asks() {
    let site = site(|request| match (request.method.as_str(), request.asks()) {
        ("GET", _) => {
            let changed = json!({ "jsonrpc": "2.0", "method": "notifications/tools/list_changed" });
            let ping = json!({ "jsonrpc": "2.0", "id": "p", "method": "ping" });
            Reply::events(event(&ping) + &event(&changed)).hanging()
        }
        _ => Reply::status(202),
    })
    .await;
    let (client, mut changes) = hearing(&site).await;
    assert_eq!(changes.recv().await, Some(Event::Tools));
    site.until(|request| request.body["id"] == "p" && request.body["result"] == json!({})).await;
    drop(client);
}

#[tokio::test]
async fn a_stream_of_the_session_that_is_not_there_at_first_is_listened_to_later() {
    let count = AtomicUsize::new(0);
    let site = site(move |request| match request.method.as_str() {
        "GET" if count.fetch_add(1, Ordering::SeqCst) == 0 => Reply::status(503),
        "GET" => Reply::events(": open\n\n").hanging(),
        _ => Reply::status(202),
    })
    .await;
    let (client, mut changes) = hearing(&site).await;
    let change = tokio::time::timeout(std::time::Duration::from_secs(30), changes.recv()).await;
    // What the server said before it was listened to is lost.
    assert_eq!(change.unwrap(), Some(Event::Missed));
    drop(client);
}

#[tokio::test]
async fn subscriptions_in_a_session_are_made_anew_in_the_next() {
    let site = site(|request| match (request.method.as_str(), request.asks()) {
        ("GET", _) => Reply::status(405),
        ("POST", "tools/call") if request.header("mcp-session-id") == Some("session-0") => {
            Reply::status(404)
        }
        _ => Reply::result(request, text("done")),
    })
    .await;
    let client = connect(&site).await;
    let mut watching = client.subscribe(Watch::new().resource("a:b")).await.unwrap();
    client.call("t", ()).await.unwrap();
    let subscribed = site.asked("resources/subscribe");
    let sessions: Vec<_> =
        subscribed.iter().map(|request| request.header("mcp-session-id")).collect();
    assert_eq!(sessions, [Some("session-0"), Some("session-1")]);
    assert_eq!(watching.next().await.unwrap().unwrap(), Event::Missed);
    drop(watching);
    site.until(|request| request.asks() == "resources/unsubscribe").await;
}

#[tokio::test]
async fn an_answer_on_the_session_s_own_stream_counts() {
    let site = site(|request| match request.method.as_str() {
        "GET" => {
            let answer = json!({ "jsonrpc": "2.0", "id": 2, "result": text("done") });
            Reply::events(event(&answer)).hanging().after("tools/call")
        }
        "POST" => Reply::events(": open\n\n").hanging(),
        _ => Reply::status(405),
    })
    .await;
    let client = connect(&site).await;
    assert_eq!(told(client.call("t", ()).await), "done");
}

/// A server of the transport of 2024-11-05 that refuses another so.
async fn older(refusal: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Site {
    Site::start(move |request| match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/mcp") => {
            // The probe was request 1 and the handshake that was refused 2.
            let answer =
                |id: i64, result| event(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
            Reply::events("event: endpoint\ndata: /messages\n\n")
                .then("/messages", "initialize", answer(3, initialized("2024-11-05")))
                .then("/messages", "tools/call", answer(4, text("done")))
                .hanging()
        }
        ("POST", "/messages") => Reply::status(202),
        _ => refusal(request),
    })
    .await
}

#[tokio::test]
async fn the_transport_of_2024_is_found_and_spoken() {
    let check = async |site: Site| {
        let client = Client::http(&site.url).connect().await.unwrap();
        assert_eq!(client.revision().as_str(), "2024-11-05");
        assert_eq!(told(client.call("t", ()).await), "done");
    };
    for status in [400, 404, 405] {
        check(older(move |_| Reply::status(status)).await).await;
        // What the body says counts only where it is the word of a modern server.
        check(older(move |request| Reply::error(status, request, -32000, json!(null))).await).await;
    }
}

#[tokio::test]
async fn the_transport_of_2024_is_not_sought_where_it_cannot_be() {
    for (status, code) in [(400, -32022), (400, -32020), (404, -32601), (200, -32000)] {
        let site = older(move |request| Reply::error(status, request, code, json!(null))).await;
        let error = Client::http(&site.url).era(Era::Legacy).connect().await.unwrap_err();
        assert_eq!(error.remote().unwrap().code.0, code);
        let heard = site.heard.lock().unwrap();
        assert!(heard.iter().all(|request| request.method != "GET"), "{status} {code}");
    }
}

#[tokio::test]
async fn an_endpoint_elsewhere_is_not_told_anything() {
    let site = Site::start(|request| match request.method.as_str() {
        "GET" => Reply::events("event: endpoint\ndata: http://127.0.0.2:1/messages\n\n").hanging(),
        _ => Reply::status(405),
    })
    .await;
    let error = Client::http(&site.url).connect().await.unwrap_err();
    assert!(matches!(&error, Error::Http(failure) if failure.status == 405), "{error}");
}
