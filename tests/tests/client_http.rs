//! The client and our own servers over HTTP, in both eras.

#![allow(missing_docs)]

use std::time::Duration;

use mcp_runtime::client::{Client, Era, Error, Event, Watch};
use mcp_tests::http::HttpServer;
use serde_json::json;

async fn connect(server: &HttpServer, era: Era) -> Client {
    let url = format!("http://{}/mcp", server.address);
    Client::http(url).era(era).connect().await.unwrap()
}

#[tokio::test]
async fn our_own_server_is_driven_in_both_eras() {
    let server = HttpServer::start("torture");
    for (era, revision) in [(Era::Auto, "2026-07-28"), (Era::Legacy, "2025-11-25")] {
        let client = connect(&server, era).await;
        assert_eq!(client.revision().as_str(), revision);
        assert_eq!(client.tools().all().await.unwrap().len(), 6);
        assert_eq!(client.call_as::<i64>("add", json!({ "a": 2, "b": 3 })).await.unwrap(), 5);
        let echoed = client.call_as::<String>("echo", json!({ "text": "größe\n" })).await.unwrap();
        assert_eq!(echoed, "größe\n");
        let refused = client.call("ad", ()).await.unwrap_err();
        assert!(refused.to_string().contains("add"), "{refused}");
        client.ping().await.unwrap();
        client.close().await;
    }
}

#[tokio::test]
async fn a_dropped_call_ends_its_handler_in_both_eras() {
    for era in [Era::Modern, Era::Legacy] {
        let server = HttpServer::start("torture");
        let client = connect(&server, era).await;
        let slow =
            client.call("slow", json!({ "ms": 600_000 })).idle_timeout(Duration::from_millis(300));
        assert!(matches!(slow.await, Err(Error::Timeout { .. })));
        let errors = server.errors.clone();
        tokio::task::spawn_blocking(move || errors.wait_for("HANDLER_DROPPED")).await.unwrap();
    }
}

#[tokio::test]
async fn changes_are_received_in_both_eras() {
    for era in [Era::Modern, Era::Legacy] {
        let server = HttpServer::start("watched");
        let client = connect(&server, era).await;
        let mut changes = client.subscribe(Watch::new().resource("counter://value")).await.unwrap();
        // In a session, notifications wait until the stream is open.
        client.call("count", json!({ "steps": 1 })).await.unwrap();
        let change = tokio::time::timeout(Duration::from_secs(60), changes.next()).await.unwrap();
        assert_eq!(change.unwrap().unwrap(), Event::Resource("counter://value".into()));
    }
}
