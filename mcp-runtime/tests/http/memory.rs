//! Memory that clients may hold: requests in flight, unread answers, subscriptions.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use mcp_runtime::http::{HttpConfig, McpService};
use mcp_runtime::prelude::*;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

use crate::client::{Answer, Draft, LEGACY, events, open, read_response, read_until, soon, write};

/// Longer than a first poll may last before its tool is known to block.
const BLOCKING: Duration = Duration::from_millis(150);

/// Wait for ever.
#[tool]
async fn wait() -> String {
    std::future::pending().await
}

/// Return a text of some length.
#[tool]
async fn large(length: usize) -> CallToolResult {
    CallToolResult::text("x".repeat(length))
}

/// Report progress, and return a text of some length.
#[tool]
async fn reported(cx: &Context, length: usize) -> CallToolResult {
    cx.progress(1.0, 2.0, "soon");
    tokio::task::yield_now().await;
    CallToolResult::text("x".repeat(length))
}

/// Return a text of some length. Keep the thread before that.
#[tool]
async fn busy(length: usize, keep: Option<bool>) -> CallToolResult {
    let started = Instant::now();
    while keep.is_some() && started.elapsed() < BLOCKING {
        std::thread::yield_now();
    }
    CallToolResult::text("x".repeat(length))
}

/// A note.
#[resource("note://{name}")]
async fn note(name: String) -> String {
    name
}

fn server(config: HttpConfig, memory_limit: usize) -> Server {
    Server::new("s", "1")
        .with::<(wait, large, reported, busy, note)>()
        .http(config)
        .memory_limit(memory_limit)
        .max_result_size(64 << 20)
}

pub(crate) fn service(config: HttpConfig, memory_limit: usize) -> McpService {
    server(config, memory_limit).into_service().unwrap()
}

pub(crate) type Sending = Pin<Box<dyn Future<Output = Answer>>>;

pub(crate) fn send(draft: &Draft, service: &McpService) -> Sending {
    let (draft, service) = (draft.clone(), service.clone());
    Box::pin(async move { draft.send(&service).await })
}

/// The answer, if it comes at once.
pub(crate) async fn at_once(sending: &mut Sending) -> Option<Answer> {
    poll_fn(|cx| {
        Poll::Ready(match sending.as_mut().poll(cx) {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        })
    })
    .await
}

/// Sends requests that wait until one is answered. Returns those that wait, and the answer.
pub(crate) async fn fill(
    service: &McpService,
    draft: impl Fn(i64) -> Draft,
) -> (Vec<Sending>, Answer) {
    let mut waiting = Vec::new();
    for id in 1..1000 {
        let mut sending = send(&draft(id), service);
        match at_once(&mut sending).await {
            Some(answer) => return (waiting, answer),
            None => waiting.push(sending),
        }
    }
    panic!("a thousand requests wait");
}

/// A call in a session, with much beside its arguments.
pub(crate) fn padded(session: &str, id: i64, length: usize) -> Draft {
    let params = json!({ "name": "wait", "arguments": {}, "_meta": { "x": "x".repeat(length) } });
    Draft::in_session(session, id, "tools/call", params)
}

pub(crate) fn check_refused(answer: &Answer, status: u16, part: &str) {
    assert_eq!(answer.status.as_u16(), status, "{answer:?}");
    assert_eq!(answer.code(), -32603, "{answer:?}");
    assert!(answer.body.contains(part), "{answer:?}");
}

#[tokio::test]
async fn the_requests_of_all_clients_are_bounded() {
    let service = service(HttpConfig::local(), 250_000);
    let call = json!({ "name": "wait", "arguments": {}, "x": "x".repeat(100_000) });
    let call = Draft::modern("tools/call", call);
    let session = open(&service, LEGACY).await;
    let (mut waiting, answer) = fill(&service, |_| call.clone()).await;
    check_refused(&answer, 503, "the server is out of memory");
    assert_eq!(waiting.len(), 3);
    let refused = padded(&session, 1, 20_000).send(&service).await;
    check_refused(&refused, 503, "the server is out of memory");
    waiting.pop();
    assert!(at_once(&mut send(&call, &service)).await.is_none(), "there is room again");
}

#[tokio::test]
async fn a_body_counts_while_it_arrives() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = server(HttpConfig::local(), 250_000);
    let serving = tokio::spawn(server.serve_listener(listener, std::future::pending()));
    let call = json!({ "name": "large", "arguments": { "length": 1 }, "x": "x".repeat(100_000) });
    let text = Draft::modern("tools/call", call).text();
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = TcpStream::connect(address).await.unwrap();
        write(&mut client, &text[..text.len() - 1]).await;
        clients.push(client);
    }
    // Bodies without a length count as well, piece by piece.
    let refused = loop {
        let mut client = TcpStream::connect(address).await.unwrap();
        write(&mut client, &text).await;
        match soon(read_response(&mut client)).await {
            // The others have not been read so far.
            (200, _) => tokio::task::yield_now().await,
            refused => break refused,
        }
    };
    assert_eq!(refused.0, 503, "{}", refused.1);
    for client in &mut clients {
        write(client, &text[text.len() - 1..]).await;
        assert_eq!(soon(read_response(client)).await.0, 200, "what has begun goes on");
    }
    serving.abort();
}

#[tokio::test]
async fn unread_answers_are_bounded() {
    for tool in ["large", "reported"] {
        let service = service(HttpConfig::local(), 250_000);
        let call = Draft::call(tool, json!({ "length": 100_000 }));
        let mut unread = Vec::new();
        let refused = loop {
            let mut response = call.begin(&service).await;
            assert!(unread.len() < 100, "{tool}: nothing is refused");
            if tool == "large" && response.status() == 200 {
                unread.push(response);
                continue;
            }
            if tool == "reported" {
                // The stream has begun, so the answer is an error in it.
                let mut text = String::new();
                let mut frames = Vec::new();
                while let Some(frame) = response.body_mut().frame().await {
                    let data = frame.unwrap().into_data().unwrap();
                    text.push_str(std::str::from_utf8(&data).unwrap());
                    frames.push(data);
                }
                let answer = events(&text).pop().unwrap();
                if answer["result"].is_object() {
                    // Read by us, but not sent by an HTTP server.
                    unread.push(response.map(|_| Default::default()));
                    std::mem::forget(frames);
                    continue;
                }
                break answer;
            }
            assert_eq!(response.status(), 503);
            let body = response.into_body().collect().await.unwrap().to_bytes();
            break serde_json::from_slice::<Value>(&body).unwrap();
        };
        assert_eq!(
            (&refused["id"], &refused["error"]["code"]),
            (&json!(1), &json!(-32603)),
            "{tool}"
        );
        assert!((2..=4).contains(&unread.len()), "{tool}: {} unread", unread.len());
    }
}

#[tokio::test]
async fn the_answer_of_a_task_counts_before_it_is_sent() {
    let service = service(HttpConfig::local(), 250_000);
    Draft::call("busy", json!({ "length": 1, "keep": true })).send(&service).await;
    let call = Draft::call("busy", json!({ "length": 100_000 }));
    let mut unsent = Vec::new();
    for _ in 0..5 {
        let mut sending = send(&call, &service);
        assert!(at_once(&mut sending).await.is_none(), "it runs in a task");
        unsent.push(sending);
    }
    let other = json!({ "name": "large", "arguments": { "length": 1 }, "x": "x".repeat(20_000) });
    let other = Draft::modern("tools/call", other);
    let refused = soon(async {
        loop {
            let answer = other.send(&service).await;
            if answer.status != 200 {
                break answer;
            }
            tokio::task::yield_now().await;
        }
    });
    check_refused(&refused.await, 503, "the server is out of memory");
    unsent.clear();
    assert_eq!(other.send(&service).await.status, 200, "there is room again");
}

#[tokio::test]
async fn an_answer_of_any_size_fits_if_there_is_room() {
    let config = HttpConfig::local().session_memory_limit(10_000);
    let service = service(config, 10_000);
    let answer = Draft::call("large", json!({ "length": 1_000_000 })).send(&service).await;
    assert_eq!(answer.text_result().len(), 1_000_000);
    let session = open(&service, LEGACY).await;
    let call = json!({ "name": "reported", "arguments": { "length": 1_000_000 }, "_meta": { "progressToken": 1 } });
    let call = Draft::in_session(&session, 1, "tools/call", call);
    let answer = call.send(&service).await;
    let answer = answer.events().pop().unwrap();
    assert_eq!(answer["result"]["content"][0]["text"].as_str().map(str::len), Some(1_000_000));
}

#[tokio::test]
async fn subscriptions_are_bounded() {
    let service = service(HttpConfig::local(), 1_000_000);
    let uris: Vec<_> = (0..1000).map(|index| format!("note://{index}")).collect();
    let filter = json!({ "notifications": { "resourceSubscriptions": uris } });
    let listen = Draft::modern("subscriptions/listen", filter);
    let mut listening = Vec::new();
    let refused = loop {
        let response = listen.begin(&service).await;
        if response.status() != 200 {
            break response;
        }
        listening.push(response);
        assert!(listening.len() < 100, "nothing is refused");
    };
    assert_eq!(refused.status(), 503);
    assert!((2..=5).contains(&listening.len()), "{}", listening.len());
    listening.clear();
    assert_eq!(listen.begin(&service).await.status(), 200, "there is room again");
}

#[tokio::test]
async fn handshakes_are_bounded() {
    let service = service(HttpConfig::local(), 1_000_000);
    let icons: Vec<_> = (0..3000).map(|_| json!({ "src": "x" })).collect();
    let experimental = json!({ "x": { "many": vec![json!([]); 5000] } });
    let handshake =
        Draft::post(json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": LEGACY,
        "capabilities": { "experimental": experimental },
        "clientInfo": { "name": "test", "version": "1", "icons": icons },
    } }));
    let mut opened = 0;
    let refused = loop {
        let answer = handshake.send(&service).await;
        if answer.status != 200 {
            break answer;
        }
        opened += 1;
        assert!(opened < 100, "nothing is refused");
    };
    check_refused(&refused, 503, "the server is out of memory");
    assert!(opened >= 2, "{opened}");
}

#[tokio::test]
async fn a_client_that_reads_nothing_is_disconnected() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let config = HttpConfig::local().write_timeout(Duration::from_millis(200)).max_connections(1);
    let server = server(config, 100 << 20);
    let serving = tokio::spawn(server.serve_listener(listener, std::future::pending()));
    for tool in ["large", "reported"] {
        let mut slow = TcpStream::connect(address).await.unwrap();
        let call = Draft::call(tool, json!({ "length": 32 << 20 }));
        write(&mut slow, &call.text()).await;
        read_until(&mut slow, "200 OK").await;
        // It is served when the place of the other is free.
        let mut next = TcpStream::connect(address).await.unwrap();
        write(&mut next, &Draft::call("large", json!({ "length": 1 })).text()).await;
        assert_eq!(soon(read_response(&mut next)).await.0, 200);
        let mut rest = Vec::new();
        // The end may be a reset.
        let _ = soon(slow.read_to_end(&mut rest)).await;
        assert!(rest.len() < 32 << 20, "{tool}: {} bytes", rest.len());
    }
    serving.abort();
}

#[tokio::test]
async fn a_client_that_reads_slowly_is_served() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let config = HttpConfig::local().write_timeout(Duration::from_secs(2));
    let server = server(config, 100 << 20);
    let serving = tokio::spawn(server.serve_listener(listener, std::future::pending()));
    let mut slow = TcpStream::connect(address).await.unwrap();
    write(&mut slow, &Draft::call("large", json!({ "length": 32 << 20 })).text()).await;
    let mut received = 0;
    let mut buffer = vec![0; 4 << 20];
    while received < 32 << 20 {
        // Slower in all than the time without progress.
        tokio::time::timeout(Duration::from_millis(300), std::future::pending::<()>())
            .await
            .unwrap_err();
        let count = soon(slow.read(&mut buffer)).await.unwrap();
        assert_ne!(count, 0, "{received} bytes");
        received += count;
    }
    serving.abort();
}
