//! Metrics for Prometheus.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use mcp_runtime::metrics::PrometheusEndpoint;
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClient, eras};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::kit::{Outcome, is_modern, soon};

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Wait for ever.
#[tool]
async fn wait(began: &State<Arc<Notify>>) -> String {
    began.notify_one();
    std::future::pending().await
}

async fn fetch(address: SocketAddr, request: &str) -> String {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{request}\r\n\r\n").as_bytes()).await.unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).await.unwrap();
        response
    };
    soon(exchange).await
}

async fn metrics(address: SocketAddr) -> String {
    let response = fetch(address, "GET /metrics HTTP/1.1\r\nhost: 127.0.0.1").await;
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.contains("content-type: application/openmetrics-text"), "{response}");
    response.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[tokio::test]
async fn requests_are_counted_by_method_component_and_outcome() -> Outcome {
    for era in eras() {
        let endpoint = PrometheusEndpoint::bind("127.0.0.1:0").unwrap();
        let address = endpoint.address();
        let began = Arc::<Notify>::default();
        let server = Server::new("counted", "1").with::<(add, wait)>().state(Arc::clone(&began));
        let client = TestClient::of(server.prometheus(endpoint)).era(era).connect().await?;
        client.call("add", json!({ "a": 1, "b": 2 })).await?;
        client.call("add", json!({ "a": "many" })).await?;
        for name in ["one", "another"] {
            let _ = client.call(name, ()).await;
        }
        let read = async {
            began.notified().await;
            metrics(address).await
        };
        let text = tokio::select! {
            _ = client.call("wait", ()) => unreachable!("it waits for ever"),
            text = read => text,
        };
        let count = |component: &str, outcome: &str, count: u32| {
            let line = format!(
                "mcp_requests_total{{method=\"tools/call\",component=\"{component}\",\
                 outcome=\"{outcome}\"}} {count}\n"
            );
            assert!(text.contains(&line), "{line} in {text}");
        };
        count("add", "ok", 1);
        count("add", "tool_error", 1);
        count("other", "error", 2);
        assert!(!text.contains("another"), "{text}");
        for line in [
            "mcp_request_duration_seconds_count{method=\"tools/call\",component=\"add\"} 2\n",
            "mcp_requests_in_flight 1\n",
            "mcp_tasks 0\n",
            &format!("mcp_sessions {}\n", u8::from(!is_modern(&client))),
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert!(text.contains("mcp_memory_bytes ") && text.ends_with("# EOF\n"), "{text}");
        let cancelled = "mcp_requests_total{method=\"tools/call\",component=\"wait\",outcome=\"cancelled\"} 1\n";
        let counted = async {
            while !metrics(address).await.contains(cancelled) {
                tokio::task::yield_now().await;
            }
        };
        soon(counted).await;
        assert!(metrics(address).await.contains("mcp_requests_in_flight 0\n"));
    }
    Ok(())
}

#[tokio::test]
async fn the_endpoint_answers_nothing_else_and_ends_with_its_server() -> Outcome {
    let endpoint = PrometheusEndpoint::bind("127.0.0.1:0").unwrap();
    let address = endpoint.address();
    let server = Server::new("counted", "1").with::<add>().prometheus(endpoint);
    let client = TestClient::of(server).connect().await?;
    for (request, status) in [
        ("GET / HTTP/1.1", "404"),
        ("POST /metrics HTTP/1.1", "405"),
        ("GET /metrics HTTP/1.1\r\nHost: evil.example.com", "403"),
        ("GET /metrics HTTP/1.1\r\nHost: localhost:80", "200"),
        ("GET /metrics HTTP/1.1\r\nHost: [::1]:80", "200"),
        ("hello", "400"),
    ] {
        let response = fetch(address, request).await;
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {response}");
    }
    let response = fetch(address, "HEAD /metrics HTTP/1.1").await;
    assert!(response.starts_with("HTTP/1.1 200 ") && response.ends_with("\r\n\r\n"), "{response}");
    client.close().await;
    let closed = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    soon(closed).await;
    Ok(())
}

#[test]
fn only_loopback_addresses_are_listened_at_unless_that_is_asked_for() {
    let error = PrometheusEndpoint::bind("0.0.0.0:0").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("is not a loopback address"), "{error}");
    assert!(PrometheusEndpoint::bind_public("0.0.0.0:0").is_ok());
}
