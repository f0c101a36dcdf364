//! Handlers that block their thread.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mcp_runtime::prelude::*;
use mcp_runtime::tool::{Arguments, Tool};
use serde_json::json;

use crate::client::{Draft, LEGACY, open};

/// Longer than a first poll may last before its tool is known to block.
const BLOCKING: Duration = Duration::from_millis(50);

/// Time after which a test fails.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A server with a tool that blocks until it is released.
fn server() -> (Server, Receiver<()>, Sender<()>) {
    let (enter, entered) = channel();
    let (release, released) = channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let schema = r#"{"type":"object"}"#;
    let block = Tool::new("block", schema, move |_: Context, _: Arguments| {
        enter.send(()).unwrap();
        let _ = released.lock().unwrap().recv();
        async { "blocked" }
    });
    let now = Tool::new("now", schema, |_: Context, _: Arguments| async { "now" });
    (Server::new("s", "1").tool(block).tool(now), entered, release)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_that_blocks_does_not_take_every_thread() {
    for in_session in [false, true] {
        let (server, entered, release) = server();
        let service = server.into_service().unwrap();
        let session = match in_session {
            true => Some(open(&service, LEGACY).await),
            false => None,
        };
        let call = |id: i64, tool: &str| match &session {
            Some(session) => {
                let params = json!({ "name": tool, "arguments": {} });
                Draft::in_session(session, id, "tools/call", params)
            }
            None => Draft::call(tool, json!({})),
        };
        let spawn = |id: i64, tool: &str| {
            let (draft, service) = (call(id, tool), service.clone());
            tokio::spawn(async move { draft.send(&service).await.text_result() })
        };
        let first = spawn(1, "block");
        entered.recv_timeout(TIMEOUT).unwrap();
        let started = Instant::now();
        while started.elapsed() < BLOCKING {
            std::thread::yield_now();
        }
        // As many as would block every thread of the runtime.
        let others: Vec<_> = (2..6).map(|id| spawn(id, "block")).collect();
        let now = spawn(6, "now");
        assert_eq!(tokio::time::timeout(TIMEOUT, now).await.unwrap().unwrap(), "now");
        for _ in 0..5 {
            release.send(()).unwrap();
        }
        for call in std::iter::once(first).chain(others) {
            assert_eq!(call.await.unwrap(), "blocked");
        }
    }
}
