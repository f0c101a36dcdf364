//! HTTP with sessions, and the legacy SSE transport.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::client::{Client, Era, Error, Event, Watch};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::peer::{initialized, text, text_of};
use crate::trickle::{HttpServer, Reply, Request, event};

/// Starts a server with sessions that answers every request but the handshake by a function.
async fn server(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> HttpServer {
    let sessions = AtomicUsize::new(0);
    HttpServer::start(move |request| match (request.method.as_str(), request.asks()) {
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

async fn connect(server: &HttpServer) -> Client {
    Client::http(&server.url).era(Era::Legacy).connect().await.unwrap()
}

#[tokio::test]
async fn a_session_is_named_in_every_request_and_deleted_at_the_end() {
    let server = server(|request| match request.method.as_str() {
        "POST" => Reply::result(request, text("done")),
        _ => Reply::status(405),
    })
    .await;
    let client = connect(&server).await;
    client.call("t", ()).await.unwrap();
    let opening = &server.asked("initialize")[0];
    assert_eq!(
        (opening.header("mcp-session-id"), opening.header("mcp-protocol-version")),
        (None, None)
    );
    for method in ["notifications/initialized", "tools/call"] {
        let asked = &server.asked(method)[0];
        assert_eq!(asked.header("mcp-session-id"), Some("session-0"), "{method}");
        assert_eq!(asked.header("mcp-protocol-version"), Some("2025-11-25"), "{method}");
        assert_eq!(asked.header("mcp-method"), None, "{method}");
    }
    client.close().await;
    server.until(|request| request.method == "DELETE").await;
    assert!(client.call("t", ()).await.unwrap_err().is_closed());
}

#[tokio::test]
async fn a_session_is_deleted_when_its_client_is_dropped() {
    let server = server(|_| Reply::status(405)).await;
    drop(connect(&server).await);
    server
        .until(|request| {
            request.method == "DELETE" && request.header("mcp-session-id") == Some("session-0")
        })
        .await;
}

#[tokio::test]
async fn a_forgotten_session_is_opened_anew_and_the_request_sent_again() {
    let server = server(|request| match request.method.as_str() {
        "POST" if request.header("mcp-session-id") == Some("session-0") => Reply::status(404),
        "POST" => Reply::result(request, text("done")),
        _ => Reply::status(405),
    })
    .await;
    let client = connect(&server).await;
    assert_eq!(text_of(client.call("t", ()).await), "done");
    assert_eq!(server.asked("initialize").len(), 2);
    assert_eq!(server.asked("tools/call").len(), 2);
}

#[tokio::test]
async fn a_stream_that_ends_early_is_resumed() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let server = server(move |request| match request.method.as_str() {
        "POST" => Reply::events("id: 1\nretry: 20\ndata: \n\n"),
        "GET" if request.header("last-event-id").is_none() => Reply::status(405),
        // The first attempt gets an empty stream.
        "GET" if count.fetch_add(1, Ordering::SeqCst) == 0 => Reply::events("id: 2\ndata:\n\n"),
        _ => {
            let answer = json!({ "jsonrpc": "2.0", "id": 2, "result": text("done") });
            Reply::events(format!("id: 3\n{}", event(&answer)))
        }
    })
    .await;
    let client = connect(&server).await;
    let started = std::time::Instant::now();
    assert_eq!(text_of(client.call("t", ()).await), "done");
    assert!(started.elapsed().as_millis() >= 40);
    let heard = server.heard.lock().unwrap();
    let resumed: Vec<_> =
        heard.iter().filter_map(|request| request.header("last-event-id")).collect();
    assert_eq!(resumed, ["1", "2"]);
}

#[tokio::test]
async fn a_cancelled_call_is_told_of_and_not_resumed() {
    let server = server(|request| match request.asks() {
        "tools/call" => Reply::events("id: 1\nretry: 100000\ndata: \n\n"),
        _ => Reply::status(if request.method == "POST" { 202 } else { 405 }),
    })
    .await;
    let client = connect(&server).await;
    let call = tokio::spawn(client.call("t", ()).into_future());
    server.until(|request| request.asks() == "tools/call").await;
    call.abort();
    server.until(|request| request.asks() == "notifications/cancelled").await;
    let notified = &server.asked("notifications/cancelled")[0];
    assert_eq!(notified.body["params"]["requestId"], server.asked("tools/call")[0].body["id"]);
}

#[tokio::test]
async fn a_cancellation_is_sent_before_the_session_is_deleted() {
    let server = server(|request| match request.asks() {
        "tools/call" => Reply::events("id: 1\nretry: 100000\ndata: \n\n"),
        _ => Reply::status(if request.method == "GET" { 405 } else { 202 }),
    })
    .await;
    let client = connect(&server).await;
    let call = tokio::spawn(client.call("t", ()).into_future());
    server.until(|request| request.asks() == "tools/call").await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    client.close().await;
    let heard = server.heard.lock().unwrap();
    let last: Vec<_> = heard.iter().rev().take(2).map(|it| (&*it.method, it.asks())).collect();
    assert_eq!(last, [("DELETE", ""), ("POST", "notifications/cancelled")]);
}

/// Connects a client that forwards the changes it receives.
async fn hearing(server: &HttpServer) -> (Client, UnboundedReceiver<Event>) {
    let (heard, changes) = unbounded_channel();
    let builder = Client::http(&server.url).era(Era::Legacy);
    let builder = builder.on_change(move |event| heard.send(event).unwrap());
    (builder.connect().await.unwrap(), changes)
}

#[tokio::test]
async fn the_session_s_own_stream_tells_of_changes_and_asks() {
    let server = server(|request| match (request.method.as_str(), request.asks()) {
        ("GET", _) => {
            let changed = json!({ "jsonrpc": "2.0", "method": "notifications/tools/list_changed" });
            let ping = json!({ "jsonrpc": "2.0", "id": "p", "method": "ping" });
            Reply::events(event(&ping) + &event(&changed)).hanging()
        }
        _ => Reply::status(202),
    })
    .await;
    let (client, mut changes) = hearing(&server).await;
    assert_eq!(changes.recv().await, Some(Event::Tools));
    server.until(|request| request.body["id"] == "p" && request.body["result"] == json!({})).await;
    drop(client);
}

#[tokio::test]
async fn a_stream_of_the_session_that_is_not_there_at_first_is_listened_to_later() {
    let count = AtomicUsize::new(0);
    let server = server(move |request| match request.method.as_str() {
        "GET" if count.fetch_add(1, Ordering::SeqCst) == 0 => Reply::status(503),
        "GET" => Reply::events(": open\n\n").hanging(),
        _ => Reply::status(202),
    })
    .await;
    let (client, mut changes) = hearing(&server).await;
    let change = tokio::time::timeout(std::time::Duration::from_secs(30), changes.recv()).await;
    // Notifications before the stream was open are lost.
    assert_eq!(change.unwrap(), Some(Event::Missed));
    drop(client);
}

#[tokio::test]
async fn subscriptions_in_a_session_are_made_anew_in_the_next() {
    let server = server(|request| match (request.method.as_str(), request.asks()) {
        ("GET", _) => Reply::status(405),
        ("POST", "tools/call") if request.header("mcp-session-id") == Some("session-0") => {
            Reply::status(404)
        }
        _ => Reply::result(request, text("done")),
    })
    .await;
    let client = connect(&server).await;
    let mut watching = client.subscribe(Watch::new().resource("a:b")).await.unwrap();
    client.call("t", ()).await.unwrap();
    let subscribed = server.asked("resources/subscribe");
    let sessions: Vec<_> =
        subscribed.iter().map(|request| request.header("mcp-session-id")).collect();
    assert_eq!(sessions, [Some("session-0"), Some("session-1")]);
    assert_eq!(watching.next().await.unwrap().unwrap(), Event::Missed);
    drop(watching);
    server.until(|request| request.asks() == "resources/unsubscribe").await;
}

#[tokio::test]
async fn an_answer_on_the_session_s_own_stream_counts() {
    let server = server(|request| match request.method.as_str() {
        "GET" => {
            let answer = json!({ "jsonrpc": "2.0", "id": 2, "result": text("done") });
            Reply::events(event(&answer)).hanging().after("tools/call")
        }
        "POST" => Reply::events(": open\n\n").hanging(),
        _ => Reply::status(405),
    })
    .await;
    let client = connect(&server).await;
    assert_eq!(text_of(client.call("t", ()).await), "done");
}

/// Returns the changes that a client receives from a stream of the session.
async fn changes_from(stream: String, max_message: usize) -> Vec<Event> {
    let end = event(&json!({ "jsonrpc": "2.0", "method": "notifications/prompts/list_changed" }));
    let server = server(move |request| match request.method.as_str() {
        "GET" => Reply::events(format!("{stream}{end}")).hanging(),
        _ => Reply::status(202),
    })
    .await;
    let (heard, mut changes) = unbounded_channel();
    let client = Client::http(&server.url)
        .era(Era::Legacy)
        .max_message(max_message)
        .on_change(move |event| heard.send(event).unwrap())
        .connect()
        .await
        .unwrap();
    let mut received = Vec::new();
    loop {
        let change = tokio::time::timeout(std::time::Duration::from_secs(30), changes.recv()).await;
        match change.unwrap().unwrap() {
            Event::Prompts => break,
            change => received.push(change),
        }
    }
    drop(client);
    received
}

#[tokio::test]
async fn the_session_s_own_stream_has_the_limits_of_a_post_and_takes_batches() {
    let tools = json!({ "jsonrpc": "2.0", "method": "notifications/tools/list_changed" });
    let updated = |uri: &str| {
        let method = "notifications/resources/updated";
        json!({ "jsonrpc": "2.0", "method": method, "params": { "uri": uri } })
    };
    let batch = event(&json!([tools, 7, updated("a:b")]));
    let expected = [Event::Tools, Event::Resource("a:b".into())];
    assert_eq!(changes_from(batch, 16 << 20).await, expected);
    // More values than a message has by default.
    let mut many = updated("a:b");
    many["params"]["_meta"] = json!({ "x": vec![0; 200_000] });
    assert_eq!(changes_from(event(&many), 16 << 20).await, [Event::Resource("a:b".into())]);
    // What is too long is skipped, and what follows is not.
    let long = event(&updated(&"x".repeat(5000)));
    assert_eq!(changes_from(long.clone() + &event(&tools), 4000).await, [Event::Tools]);
    assert_eq!(changes_from(long, 6000).await, [Event::Resource("x".repeat(5000))]);
    let noise = "data: nonsense\n\ndata: {\n\nevent: other\ndata: {}\n\n";
    assert_eq!(changes_from(noise.to_owned() + &event(&tools), 4000).await, [Event::Tools]);
}

/// Starts a server of the legacy SSE transport that refuses Streamable HTTP with a reply.
async fn older(refusal: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> HttpServer {
    HttpServer::start(move |request| match (request.method.as_str(), request.path.as_str()) {
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
    let check = async |server: HttpServer| {
        let client = Client::http(&server.url).connect().await.unwrap();
        assert_eq!(client.revision().as_str(), "2024-11-05");
        assert_eq!(text_of(client.call("t", ()).await), "done");
    };
    for status in [400, 404, 405] {
        check(older(move |_| Reply::status(status)).await).await;
        // The body counts only if it is an error of a modern server.
        check(older(move |request| Reply::error(status, request, -32000, json!(null))).await).await;
    }
}

#[tokio::test]
async fn a_message_that_is_too_long_fails_one_request_of_the_older_transport() {
    let server = HttpServer::start(|request| {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/mcp") => {
                let answer = |id: i64, result| {
                    // The id stands at the end, as the TypeScript SDK writes it.
                    format!("data: {{\"result\":{result},\"jsonrpc\":\"2.0\",\"id\":{id}}}\n\n")
                };
                let long = answer(4, text(&"x".repeat(5000)));
                Reply::events("event: endpoint\ndata: /messages\n\n")
                    .then("/messages", "initialize", answer(3, initialized("2024-11-05")))
                    .then("/messages", "tools/call", long)
                    .then("/messages", "prompts/get", answer(5, json!({ "messages": [] })))
                    .hanging()
            }
            ("POST", "/messages") => Reply::status(202),
            _ => Reply::status(405),
        }
    })
    .await;
    let client = Client::http(&server.url).max_message(4000).connect().await.unwrap();
    let found = text_of(client.call("t", ()).await);
    assert!(found.contains("up to 4000 bytes"), "{found}");
    client.prompt("p", mcp_runtime::client::NO_ARGUMENTS).await.unwrap();
}

#[tokio::test]
async fn a_session_of_the_older_transport_that_is_lost_is_opened_again() {
    for (status, said) in [(404, "Could not find session"), (400, "No transport for sessionId")] {
        let streams = AtomicUsize::new(0);
        let server = HttpServer::start(move |request| {
            let answer =
                |id: i64, result| event(&json!({ "jsonrpc": "2.0", "id": id, "result": result }));
            match (request.method.as_str(), request.path.as_str()) {
                ("GET", "/mcp") => {
                    let number = streams.fetch_add(1, Ordering::SeqCst);
                    let endpoint = format!("event: endpoint\ndata: /messages{number}\n\n");
                    // The requests of the first session are 2, 3 and 4, those of the second 5 to 7.
                    let (path, first) = [("/messages0", 3), ("/messages1", 6)][number];
                    Reply::events(endpoint)
                        .then(path, "initialize", answer(first, initialized("2024-11-05")))
                        .then(path, "tools/call", answer(first + 1, text("done")))
                        .hanging()
                }
                ("POST", "/messages0") if request.asks() == "tools/call" => {
                    Reply::new(status, "text/plain", said)
                }
                ("POST", "/mcp") => Reply::status(405),
                _ => Reply::status(202),
            }
        })
        .await;
        let client = Client::http(&server.url).connect().await.unwrap();
        let call = client.call("t", ()).idle_timeout(std::time::Duration::from_secs(30));
        assert_eq!(text_of(call.await), "done", "{said}");
    }
}

#[tokio::test]
async fn the_transport_of_2024_is_not_sought_where_it_cannot_be() {
    for (status, code) in [(400, -32022), (400, -32020), (404, -32601), (200, -32000)] {
        let server = older(move |request| Reply::error(status, request, code, json!(null))).await;
        let error = Client::http(&server.url).era(Era::Legacy).connect().await.unwrap_err();
        assert_eq!(error.remote().unwrap().code.0, code);
        let heard = server.heard.lock().unwrap();
        assert!(heard.iter().all(|request| request.method != "GET"), "{status} {code}");
    }
}

#[tokio::test]
async fn an_endpoint_elsewhere_is_not_told_anything() {
    let server = HttpServer::start(|request| match request.method.as_str() {
        "GET" => Reply::events("event: endpoint\ndata: http://127.0.0.2:1/messages\n\n").hanging(),
        _ => Reply::status(405),
    })
    .await;
    let error = Client::http(&server.url).connect().await.unwrap_err();
    assert!(matches!(&error, Error::Http(failure) if failure.status == 405), "{error}");
}
