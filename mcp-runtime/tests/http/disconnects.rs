//! The end of a connection while a request is answered, whatever the client has sent after it.

use mcp_runtime::http::HttpConfig;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::client::{
    Draft, LEGACY, initialize, read_response, read_to_end, read_until, soon, write,
};
use crate::site::{Listening, listening};

/// The way in which a client ends its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Close,
    Reset,
}

const ENDS: [End; 2] = [End::Close, End::Reset];

/// A site that serves one connection at a time, so that a connection that stays is noticed.
async fn site() -> Listening {
    listening(HttpConfig::local().max_connections(1)).await
}

fn modern(tool: &str, say: bool) -> String {
    Draft::call(tool, json!({ "say": say })).text()
}

fn legacy(session: &str, id: i64, tool: &str, arguments: Value) -> Draft {
    let params = json!({
        "name": tool, "arguments": arguments, "_meta": { "progressToken": id },
    });
    Draft::in_session(session, id, "tools/call", params)
}

/// Bytes that a client may have sent after its request.
fn tails() -> Vec<Vec<u8>> {
    let add = Draft::call("add", json!({ "a": 2, "b": 3 })).text();
    vec![
        Vec::new(),
        b"P".to_vec(),
        b"\r\n".to_vec(),
        add.as_bytes()[..add.len() / 2].to_vec(),
        add.clone().into_bytes(),
        add.repeat(200).into_bytes(),
        vec![b'x'; 8 << 20],
    ]
}

/// Sends the bytes and ends the connection.
async fn send_and_end(mut stream: TcpStream, tail: &[u8], end: End) {
    stream.write_all(tail).await.unwrap();
    if end == End::Reset {
        stream.set_zero_linger().unwrap();
    }
}

/// Checks that the place of an ended connection is free.
async fn check_free(site: &Listening) {
    let mut stream = soon(site.connect()).await;
    write(&mut stream, &Draft::call("add", json!({ "a": 2, "b": 3 })).text()).await;
    assert_eq!(soon(read_response(&mut stream)).await.0, 200);
}

/// Opens a session over a connection that ends.
async fn open(site: &Listening, revision: &str) -> String {
    let mut stream = site.connect().await;
    write(&mut stream, &Draft::post(initialize(revision)).text()).await;
    let head = soon(read_until(&mut stream, "\r\n\r\n")).await;
    head.split("mcp-session-id: ").nth(1).unwrap().split("\r\n").next().unwrap().to_owned()
}

#[tokio::test]
async fn a_disconnect_cancels_a_modern_request_whatever_was_sent_after_it() {
    let site = site().await;
    for tail in tails() {
        for end in ENDS {
            for say in [false, true] {
                let mut stream = soon(site.connect()).await;
                write(&mut stream, &modern("park", say)).await;
                soon(site.signals.parked.notified()).await;
                soon(send_and_end(stream, &tail, end)).await;
                soon(site.signals.dropped.notified()).await;
                check_free(&site).await;
            }
        }
    }
}

#[tokio::test]
async fn a_disconnect_ends_a_subscription_and_the_stream_of_a_session() {
    let site = site().await;
    let session = open(&site, LEGACY).await;
    let listen = Draft::modern("subscriptions/listen", json!({ "notifications": {} }));
    let stream =
        Draft::new("GET").with("accept", "text/event-stream").with("mcp-session-id", &session);
    // A body that is announced and never sent.
    let with_body = stream.clone().with("content-length", "5");
    for draft in [listen, stream, with_body] {
        for tail in tails() {
            for end in ENDS {
                let mut stream = soon(site.connect()).await;
                write(&mut stream, &draft.text()).await;
                soon(read_until(&mut stream, "\r\n\r\n")).await;
                soon(send_and_end(stream, &tail, end)).await;
                check_free(&site).await;
            }
        }
    }
}

#[tokio::test]
async fn a_request_that_breaks_off_frees_its_connection() {
    let site = site().await;
    let text = modern("park", false);
    for length in [1, text.find("\r\n\r\n").unwrap(), text.len() - 1] {
        for end in ENDS {
            let stream = soon(site.connect()).await;
            soon(send_and_end(stream, &text.as_bytes()[..length], end)).await;
            check_free(&site).await;
        }
    }
}

#[tokio::test]
async fn a_handler_of_a_session_goes_on_and_its_connection_is_free() {
    let site = site().await;
    let session = open(&site, LEGACY).await;
    for tail in tails() {
        for end in ENDS {
            for say in [false, true] {
                let mut stream = soon(site.connect()).await;
                let call = legacy(&session, 1, "park", json!({ "say": say }));
                write(&mut stream, &call.text()).await;
                soon(site.signals.parked.notified()).await;
                let said = match say {
                    true => soon(read_until(&mut stream, "\n\n\r\n")).await,
                    false => String::new(),
                };
                soon(send_and_end(stream, &tail, end)).await;
                check_free(&site).await;
                site.signals.go.notify_one();
                soon(site.signals.finished.notified()).await;
                if say {
                    check_resumed(&site, &session, &said, "went on").await;
                }
            }
        }
    }
}

/// Checks that the answer waits for a client that reconnects.
async fn check_resumed(site: &Listening, session: &str, said: &str, expected: &str) {
    let id = said.split("id: ").nth(1).unwrap().split('\n').next().unwrap();
    let back = Draft::new("GET")
        .with("accept", "text/event-stream")
        .with("mcp-session-id", session)
        .with("last-event-id", id)
        .with("connection", "close");
    let mut stream = soon(site.connect()).await;
    write(&mut stream, &back.text()).await;
    let resumed = soon(read_to_end(&mut stream)).await;
    assert!(resumed.contains(expected), "{}", &resumed[..resumed.len().min(1000)]);
}

#[tokio::test]
async fn a_large_answer_waits_for_its_client_too() {
    let site = site().await;
    let session = open(&site, LEGACY).await;
    for tail in [b"".as_slice(), b"P"] {
        let mut stream = soon(site.connect()).await;
        let call = legacy(&session, 1, "park", json!({ "say": true, "size": 2 << 20 }));
        write(&mut stream, &call.text()).await;
        let said = soon(read_until(&mut stream, "\n\n\r\n")).await;
        soon(send_and_end(stream, tail, End::Close)).await;
        check_free(&site).await;
        site.signals.go.notify_one();
        soon(site.signals.finished.notified()).await;
        check_resumed(&site, &session, &said, &"x".repeat(2 << 20)).await;
    }
}

#[tokio::test]
async fn a_half_closed_connection_gets_the_answers_that_are_ready() {
    let site = site().await;
    let add = Draft::call("add", json!({ "a": 2, "b": 3 }));
    let report = Draft::call("report", json!({})).text();
    for (text, expected) in [
        (add.text(), 1),
        (add.text().repeat(3), 3),
        (add.text() + "P", 1),
        (report, 1),
        (Draft::call("park", json!({ "say": false, "size": 0 })).text(), 0),
        (add.text() + &Draft::call("park", json!({ "say": false })).text(), 1),
    ] {
        let mut stream = soon(site.connect()).await;
        write(&mut stream, &text).await;
        stream.shutdown().await.unwrap();
        let answers = soon(read_to_end(&mut stream)).await;
        assert_eq!(answers.matches("HTTP/1.1 200").count(), expected, "{answers}");
        assert_eq!(answers.matches(r#""result""#).count(), expected, "{answers}");
    }
    // Also an answer that does not fit into the buffers of the system.
    let mut stream = soon(site.connect()).await;
    write(&mut stream, &Draft::call("echo", json!({ "text": "x".repeat(3 << 20) })).text()).await;
    stream.shutdown().await.unwrap();
    let (status, body) = soon(read_response(&mut stream)).await;
    assert_eq!((status, body.len() > 3 << 20), (200, true));
}

#[tokio::test]
async fn a_half_closed_connection_of_a_session_gets_every_answer() {
    let site = site().await;
    let session = open(&site, "2025-03-26").await;
    let park = |id, say| legacy(&session, id, "park", json!({ "say": say }));
    let message = |id: i64| {
        json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {
            "name": "park", "arguments": { "say": false },
        } })
    };
    let array = Draft::post(json!([message(1), message(2)])).with("mcp-session-id", &session);
    for (text, handlers) in [
        (park(1, false).text(), 1),
        (park(1, true).text(), 1),
        (park(1, false).text() + &park(2, false).text(), 2),
        (park(1, true).text() + &park(2, true).text() + "P", 2),
        (array.text(), 2),
    ] {
        let mut stream = soon(site.connect()).await;
        write(&mut stream, &text).await;
        stream.shutdown().await.unwrap();
        soon(site.signals.parked.notified()).await;
        check_free(&site).await;
        for _ in 0..handlers {
            site.signals.go.notify_one();
            soon(site.signals.finished.notified()).await;
        }
        let answers = soon(read_to_end(&mut stream)).await;
        assert_eq!(answers.matches("went on").count(), handlers, "{answers}");
    }
}

#[tokio::test]
async fn a_client_that_sends_without_end_is_disconnected() {
    let site = site().await;
    let mut stream = site.connect().await;
    write(&mut stream, &modern("park", false)).await;
    soon(site.signals.parked.notified()).await;
    let sent = async { while stream.write_all(&[b'x'; 64 << 10]).await.is_ok() {} };
    soon(sent).await;
    soon(site.signals.dropped.notified()).await;
    check_free(&site).await;
}

#[tokio::test]
async fn requests_behind_a_slow_one_are_answered_in_their_order() {
    let site = site().await;
    let mut stream = site.connect().await;
    let add = Draft::call("add", json!({ "a": 2, "b": 3 }));
    write(&mut stream, &(modern("park", false) + &add.text().repeat(50))).await;
    soon(site.signals.parked.notified()).await;
    // The rest of the last one comes while the first is still answered.
    let text = add.text();
    let (most, rest) = text.split_at(100);
    write(&mut stream, most).await;
    tokio::task::yield_now().await;
    write(&mut stream, rest).await;
    site.signals.go.notify_one();
    let (_, first) = soon(read_response(&mut stream)).await;
    assert!(first.contains("went on"), "{first}");
    for _ in 0..51 {
        let (status, body) = soon(read_response(&mut stream)).await;
        assert_eq!(status, 200);
        assert!(body.contains(r#""text":"5""#), "{body}");
    }
}

#[tokio::test]
async fn half_closed_connections_do_not_use_up_the_connections() {
    let site = site().await;
    let mut waiting = Vec::new();
    for _ in 0..50 {
        let session = open(&site, LEGACY).await;
        let mut stream = soon(site.connect()).await;
        write(&mut stream, &legacy(&session, 1, "park", json!({ "say": false })).text()).await;
        stream.shutdown().await.unwrap();
        soon(site.signals.parked.notified()).await;
        waiting.push(stream);
    }
    check_free(&site).await;
    for _ in 0..50 {
        site.signals.go.notify_one();
        soon(site.signals.finished.notified()).await;
    }
    for mut stream in waiting {
        assert!(soon(read_to_end(&mut stream)).await.contains("went on"));
    }
}
