//! Connections to a server that listens.

use std::time::Duration;

use mcp_runtime::http::HttpConfig;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use crate::client::{
    Draft, LEGACY, initialize, read_response, read_to_end, read_until, soon, write,
};
use crate::site::listening;

fn add() -> Draft {
    Draft::call("add", json!({ "a": 2, "b": 3 }))
}

#[tokio::test]
async fn a_connection_serves_one_request_after_the_other() {
    let site = listening(HttpConfig::local()).await;
    let mut stream = site.connect().await;
    for _ in 0..3 {
        write(&mut stream, &add().text()).await;
        let (status, body) = soon(read_response(&mut stream)).await;
        assert_eq!(status, 200);
        assert!(body.contains(r#""text":"5""#), "{body}");
    }
    write(&mut stream, &add().text().repeat(3)).await;
    for _ in 0..3 {
        assert_eq!(soon(read_response(&mut stream)).await.0, 200);
    }
}

#[tokio::test]
async fn only_the_endpoint_is_served() {
    let site = listening(HttpConfig::local()).await;
    let mut stream = site.connect().await;
    write(&mut stream, "GET /other HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let (status, body) = soon(read_response(&mut stream)).await;
    assert_eq!(status, 404);
    assert!(body.contains("the endpoint is /mcp"), "{body}");
    write(&mut stream, "GET /other HTTP/1.1\r\nhost: evil.example\r\n\r\n").await;
    assert_eq!(soon(read_response(&mut stream)).await.0, 403);
    write(&mut stream, &add().with("host", &site.address.to_string()).text()).await;
    assert_eq!(soon(read_response(&mut stream)).await.0, 200);
}

#[tokio::test]
async fn the_refusal_of_a_large_body_can_be_read_by_who_sends_it_whole() {
    let site = listening(HttpConfig::local()).await;
    let large = Draft::post("x".repeat(5 << 20));
    let mut stream = site.connect().await;
    write(&mut stream, &large.text()).await;
    let (status, body) = soon(read_response(&mut stream)).await;
    assert_eq!(status, 413);
    assert!(body.contains("larger than 4194304 bytes"), "{body}");
    assert_eq!(soon(read_to_end(&mut stream)).await, "");
}

#[tokio::test]
async fn a_length_that_lies_is_refused_at_once() {
    let site = listening(HttpConfig::local()).await;
    let mut stream = site.connect().await;
    let head = Draft::post("").with("content-length", "1099511627776").text();
    write(&mut stream, &head).await;
    assert_eq!(soon(read_response(&mut stream)).await.0, 413);
}

#[tokio::test]
async fn a_body_in_chunks_is_bounded() {
    let site = listening(HttpConfig::local().max_body_size(1000)).await;
    let mut stream = site.connect().await;
    let head = Draft::post("").with("transfer-encoding", "chunked").text();
    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
    write(&mut stream, &(head + &chunk)).await;
    assert_eq!(soon(read_response(&mut stream)).await.0, 413);
}

#[tokio::test]
async fn an_event_is_sent_at_once_and_a_disconnect_drops_the_handler() {
    let site = listening(HttpConfig::local()).await;
    let mut stream = site.connect().await;
    write(&mut stream, &Draft::call("park", json!({ "say": true })).text()).await;
    let said = soon(read_until(&mut stream, "\n\n\r\n")).await;
    assert!(said.contains("transfer-encoding: chunked"), "{said}");
    assert!(said.contains(r#""message":"parked""#), "{said}");
    drop(stream);
    soon(site.signals.dropped.notified()).await;

    let mut stream = site.connect().await;
    write(&mut stream, &Draft::call("park", json!({ "say": false })).text()).await;
    soon(site.signals.parked.notified()).await;
    soon(site.signals.parked.notified()).await;
    drop(stream);
    soon(site.signals.dropped.notified()).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_head_ends_the_connection() {
    let site = listening(HttpConfig::local()).await;
    for beginning in ["", "POST /mcp HTTP/1.1\r\nhost: local"] {
        let mut stream = site.connect().await;
        let start = tokio::time::Instant::now();
        write(&mut stream, beginning).await;
        read_to_end(&mut stream).await;
        assert_eq!(start.elapsed().as_secs(), 10, "{beginning:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_may_be_silent_between_requests() {
    let site = listening(HttpConfig::local()).await;
    let mut stream = site.connect().await;
    write(&mut stream, &add().text()).await;
    assert_eq!(read_response(&mut stream).await.0, 200);
    tokio::time::advance(Duration::from_secs(60)).await;
    write(&mut stream, &add().text()).await;
    assert_eq!(read_response(&mut stream).await.0, 200);
    let start = tokio::time::Instant::now();
    write(&mut stream, "POST /mcp").await;
    read_to_end(&mut stream).await;
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_is_refused() {
    let site = listening(HttpConfig::local()).await;
    let mut stream = site.connect().await;
    let text = add().text();
    write(&mut stream, &text[..text.len() - 1]).await;
    assert_eq!(read_response(&mut stream).await.0, 408);
}

#[tokio::test]
async fn no_more_connections_than_allowed_are_served() {
    let site = listening(HttpConfig::local().max_connections(1)).await;
    let mut first = site.connect().await;
    write(&mut first, &add().text()).await;
    assert_eq!(soon(read_response(&mut first)).await.0, 200);
    let mut second = site.connect().await;
    write(&mut second, &add().text()).await;
    // The first is served on; the second only when the first has ended.
    write(&mut first, &Draft::call("park", json!({ "say": false })).text()).await;
    soon(site.signals.parked.notified()).await;
    drop(first);
    assert_eq!(soon(read_response(&mut second)).await.0, 200);
    soon(site.signals.dropped.notified()).await;
}

#[tokio::test(start_paused = true)]
async fn connections_that_wait_make_room_for_others() {
    let site = listening(HttpConfig::local().max_connections(3)).await;
    let mut busy = site.connect().await;
    write(&mut busy, &Draft::call("park", json!({ "say": false })).text()).await;
    site.signals.parked.notified().await;
    let mut half = site.connect().await;
    write(&mut half, "POST /mcp").await;
    let mut idle = site.connect().await;
    write(&mut idle, &add().text()).await;
    assert_eq!(read_response(&mut idle).await.0, 200);
    for mut evicted in [half, idle] {
        let start = tokio::time::Instant::now();
        let mut next = site.connect().await;
        write(&mut next, &Draft::call("park", json!({ "say": false })).text()).await;
        site.signals.parked.notified().await;
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        assert_eq!(read_to_end(&mut evicted).await, "");
        // The next one stays.
        tokio::spawn(async move { read_response(&mut next).await });
    }
    site.signals.go.notify_waiters();
    assert_eq!(read_response(&mut busy).await.0, 200);
}

#[tokio::test]
async fn requests_that_run_are_answered_when_the_server_ends() {
    let grace = Duration::from_secs(600);
    let site = listening(HttpConfig::local().shutdown_timeout(grace)).await;
    let mut idle = site.connect().await;
    write(&mut idle, &add().text()).await;
    assert_eq!(soon(read_response(&mut idle)).await.0, 200);
    let mut busy = site.connect().await;
    write(&mut busy, &Draft::call("park", json!({ "say": false })).text()).await;
    soon(site.signals.parked.notified()).await;
    site.stop.send(()).unwrap();
    assert_eq!(soon(read_to_end(&mut idle)).await, "");
    site.signals.go.notify_one();
    let (status, body) = soon(read_response(&mut busy)).await;
    assert_eq!(status, 200);
    assert!(body.contains("went on"), "{body}");
    soon(site.served).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_session_ends_with_the_server() {
    let grace = Duration::from_millis(1);
    let site = listening(HttpConfig::local().shutdown_timeout(grace)).await;
    let mut stream = site.connect().await;
    write(&mut stream, &Draft::post(initialize(LEGACY)).text()).await;
    let head = soon(read_until(&mut stream, "\r\n\r\n")).await;
    let session = head.split("mcp-session-id: ").nth(1).unwrap().split("\r\n").next().unwrap();
    let call = json!({ "name": "park", "arguments": { "say": false } });
    let mut other = site.connect().await;
    write(&mut other, &Draft::in_session(session, 1, "tools/call", call).text()).await;
    soon(site.signals.parked.notified()).await;
    drop(other);
    site.stop.send(()).unwrap();
    soon(site.served).await.unwrap().unwrap();
    let dropped = tokio::time::timeout(Duration::ZERO, site.signals.dropped.notified()).await;
    dropped.expect("handlers are dropped before serving has ended");
}

#[tokio::test]
async fn what_is_no_http_is_refused() {
    let site = listening(HttpConfig::local()).await;
    for garbage in ["garbage\r\n\r\n", "POST /mcp HTTP/1.1\r\nhost : x\r\n\r\n"] {
        let mut stream = site.connect().await;
        write(&mut stream, garbage).await;
        assert_eq!(soon(read_response(&mut stream)).await.0, 400, "{garbage:?}");
        assert_eq!(soon(read_to_end(&mut stream)).await, "");
    }
    let mut stream = site.connect().await;
    write(&mut stream, &format!("GET /mcp HTTP/1.1\r\nx: {}", "x".repeat(100 << 10))).await;
    assert_eq!(soon(read_response(&mut stream)).await.0, 431);
}

#[tokio::test]
async fn what_takes_longer_than_the_grace_is_dropped() {
    let grace = Duration::from_millis(1);
    let site = listening(HttpConfig::local().shutdown_timeout(grace)).await;
    let mut busy = site.connect().await;
    write(&mut busy, &Draft::call("park", json!({ "say": false })).text()).await;
    soon(site.signals.parked.notified()).await;
    site.stop.send(()).unwrap();
    soon(site.served).await.unwrap().unwrap();
    soon(site.signals.dropped.notified()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_blocks_does_not_keep_the_server_from_ending() {
    let grace = Duration::from_millis(1);
    let site = listening(HttpConfig::local().shutdown_timeout(grace)).await;
    let (unblock, unblocked) = std::sync::mpsc::channel();
    *site.signals.unblocked.lock().unwrap() = Some(unblocked);
    let mut busy = site.connect().await;
    write(&mut busy, &Draft::call("block", json!({})).text()).await;
    soon(site.signals.parked.notified()).await;
    site.stop.send(()).unwrap();
    soon(site.served).await.unwrap().unwrap();
    unblock.send(()).unwrap();
}

#[tokio::test]
async fn dropping_the_server_ends_everything() {
    let site = listening(HttpConfig::local()).await;
    let mut busy = site.connect().await;
    write(&mut busy, &Draft::call("park", json!({ "say": false })).text()).await;
    soon(site.signals.parked.notified()).await;
    site.served.abort();
    soon(site.signals.dropped.notified()).await;
    busy.shutdown().await.unwrap();
}
