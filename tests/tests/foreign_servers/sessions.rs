//! Servers of the Python SDK 1.x and of FastMCP 2, which know sessions only.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::client::{Client, Error};
use serde_json::json;

use crate::{Served, able, free_port, serve, text};

pub(crate) const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/python/sessions.py");

/// The interpreters of all versions that are installed.
pub(crate) fn interpreters() -> Vec<PathBuf> {
    let all = std::env::var_os("INTEROP_SESSIONS").expect("tests/interop/run.sh sets it");
    std::env::split_paths(&all).collect()
}

/// Starts a server in a mode of the script, and returns its URL.
pub(crate) async fn start(python: &PathBuf, mode: &str, port: u16) -> (Served, String) {
    let mut command = Command::new(python);
    let served = serve(command.args([SCRIPT, mode, &port.to_string()]), port).await;
    let path = if mode == "sse" { "sse" } else { "mcp" };
    (served, format!("http://127.0.0.1:{port}/{path}"))
}

/// Uses what every mode of the server offers.
async fn exercise(client: &Client, shows_progress: bool) {
    assert!(client.tools().all().await.unwrap().len() >= 6);
    let echoed = client.call("echo", json!({ "text": "größe\u{2028}" })).await.unwrap();
    assert_eq!(text(&echoed), "größe\u{2028}");
    let failed = client.call("fail", ()).await.unwrap();
    assert!(failed.is_error && text(&failed).contains("the disk is full"));
    let refused = client.prompt("missing", [("a", "b")]).await.unwrap_err();
    assert!(matches!(refused, Error::Remote(_)), "{refused}");
    let steps = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&steps);
    let worked = client.call("work", ()).on_progress(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    assert_eq!(text(&worked.await.unwrap()), "worked");
    if shows_progress {
        assert_eq!(steps.load(Ordering::Relaxed), 4);
    }
    let note = client.read("note://first").await.unwrap();
    assert_eq!(note.contents.len(), 1);
    assert_eq!(client.templates().all().await.unwrap().len(), 1);
    let review = client.prompt("review", [("code", "fn main() {}")]).await.unwrap();
    assert_eq!(review.messages.len(), 1);
    client.ping().await.unwrap();
}

/// Answers every kind of question.
async fn be_asked(client: &Client) {
    assert_eq!(text(&client.call("ask", ()).await.unwrap()), "accept Ann");
    assert_eq!(text(&client.call("think", ()).await.unwrap()), "thought 1 messages");
    assert_eq!(text(&client.call("roots", ()).await.unwrap()), "file:///tmp");
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn over_stdio() {
    for python in interpreters() {
        let client = able(Client::stdio(&python).args([SCRIPT, "stdio"]));
        let client = client.connect().await.unwrap();
        assert_eq!(client.revision().as_str(), "2025-11-25");
        exercise(&client, true).await;
        be_asked(&client).await;
        client.close().await;
    }
}

#[tokio::test]
#[ignore = "needs what tests/interop/run.sh installs"]
async fn over_http_in_every_mode() {
    for python in interpreters() {
        for mode in ["http", "json", "stateless", "sse"] {
            let (_server, url) = start(&python, mode, free_port()).await;
            let client = able(Client::http(&url)).connect().await;
            let client = client.unwrap_or_else(|error| panic!("{python:?} {mode}: {error}"));
            assert_eq!(client.revision().as_str(), "2025-11-25", "{python:?} {mode}");
            // Some versions have no stream for progress in the other modes.
            let has_streams = matches!(mode, "http" | "sse");
            exercise(&client, has_streams).await;
            if has_streams {
                be_asked(&client).await;
            }
            client.close().await;
        }
    }
}
