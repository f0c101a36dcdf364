//! A server of the newest FastMCP, which asks its questions in the era of the client.

use std::ffi::OsString;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::client::{Client, Era};

use crate::{able, free_port, serve, text};

/// The interpreter, and the server that asks questions.
pub(crate) fn asker() -> (OsString, &'static str) {
    let python = std::env::var_os("INTEROP_PYTHON").unwrap_or_else(|| "python3".into());
    (python, concat!(env!("CARGO_MANIFEST_DIR"), "/interop/python/asker.py"))
}

/// Uses every feature of the Python server, which asks its questions in the era of the client.
async fn be_asked(client: &Client, era: Era) {
    let steps = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&steps);
    let work = client.call("work", ()).on_progress(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let result = work.await.unwrap();
    assert_eq!((text(&result).as_str(), steps.load(Ordering::Relaxed)), ("worked", 4));
    if era == Era::Legacy {
        assert_eq!(client.revision().as_str(), "2025-11-25");
        assert_eq!(text(&client.call("ask", ()).await.unwrap()), "accept Ann");
        let thought = client.call("think", ()).await.unwrap();
        assert_eq!(text(&thought), "thought 1 messages");
    } else {
        assert_eq!(client.revision().as_str(), "2026-07-28");
        let asked = client.call("ask_in_result", ()).await.unwrap();
        assert_eq!(text(&asked), "round 1: Ann, 1 messages");
    }
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn a_server_in_python_asks_over_stdio_in_both_eras() {
    let (python, script) = asker();
    for era in [Era::Auto, Era::Legacy] {
        let client = able(Client::stdio(&python).args([script])).era(era).connect().await.unwrap();
        be_asked(&client, era).await;
        client.close().await;
    }
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn a_server_in_python_asks_over_http_in_both_eras() {
    let ((python, script), port) = (asker(), free_port());
    let _server = serve(Command::new(python).arg(script).arg(port.to_string()), port).await;
    for era in [Era::Auto, Era::Legacy] {
        let url = format!("http://127.0.0.1:{port}/mcp");
        let client = able(Client::http(url)).era(era).connect().await.unwrap();
        be_asked(&client, era).await;
        client.close().await;
    }
}
