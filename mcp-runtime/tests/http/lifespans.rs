//! What is opened before a server serves over HTTP, and closed afterwards.

use mcp_runtime::prelude::*;
use mcp_runtime::{Error, Serving};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::client::{Draft, LEGACY, open, soon};

struct Pool(&'static str);

/// Name the pool.
#[tool]
async fn name(pool: State<Pool>) -> &'static str {
    pool.0
}

fn server() -> (Server, mpsc::UnboundedReceiver<&'static str>) {
    let (events, received) = mpsc::unbounded_channel();
    let server = Server::new("opened", "1").with::<name>().lifespan(async move |serving| {
        events.send("opening")?;
        tokio::task::yield_now().await;
        serving.with(Pool("pool")).await;
        events.send("closed")?;
        Ok(())
    });
    (server, received)
}

#[tokio::test]
async fn a_service_in_a_router_opens_before_its_first_request() {
    let (server, mut events) = server();
    let service = server.into_service().unwrap();
    let answer = Draft::call("name", json!({})).send(&service).await;
    assert_eq!(answer.text_result(), "pool");
    open(&service, LEGACY).await;
    assert_eq!(soon(events.recv()).await, Some("opening"));
    service.open().await.unwrap();
    soon(service.shutdown()).await;
    assert_eq!(events.try_recv(), Ok("closed"));
    assert_eq!(Draft::call("name", json!({})).send(&service).await.status, 503);
}

#[tokio::test]
async fn it_closes_with_the_last_clone() {
    let (server, mut events) = server();
    let service = server.into_service().unwrap();
    service.open().await.unwrap();
    drop(service);
    assert_eq!(soon(events.recv()).await, Some("opening"));
    assert_eq!(soon(events.recv()).await, Some("closed"));
}

#[tokio::test]
async fn a_service_that_cannot_be_opened_answers_503() {
    let failing = || Server::new("s", "1").lifespan(async |_: Serving<()>| Err("a secret".into()));
    let service = failing().into_service().unwrap();
    for _ in 0..2 {
        let answer = Draft::call("name", json!({})).send(&service).await;
        assert_eq!(answer.status, 503, "{answer:?}");
        assert!(!answer.body.contains("secret"), "{answer:?}");
    }
    let error = service.open().await.unwrap_err();
    assert_eq!(error.to_string(), "a lifespan of the server failed: a secret");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let error = failing().serve_listener(listener, std::future::pending()).await.unwrap_err();
    assert!(matches!(error, Error::Lifespan { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_listens_returns_when_it_is_closed() {
    let (server, mut events) = server();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.serve_listener(listener, async {
        let _ = stopped.await;
    }));
    assert_eq!(soon(events.recv()).await, Some("opening"));
    stop.send(()).unwrap();
    soon(serving).await.unwrap().unwrap();
    assert_eq!(events.try_recv(), Ok("closed"));
}

#[tokio::test]
async fn a_server_that_is_dropped_closes_too() {
    let (server, mut events) = server();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let serving = tokio::spawn(server.serve_listener(listener, std::future::pending()));
    assert_eq!(soon(events.recv()).await, Some("opening"));
    serving.abort();
    assert_eq!(soon(events.recv()).await, Some("closed"));
}
