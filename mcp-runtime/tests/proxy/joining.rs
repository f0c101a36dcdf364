//! Upstream servers that are down at the start, or later.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use mcp_runtime::Server;
use mcp_runtime::client::{Client, Era, Error, Event, Watch};
use mcp_runtime::gateway::Proxy;
use mcp_runtime::resource::Resource;
use mcp_runtime::tool::Tool;

use crate::answering::listed;
use crate::gateway::{ERAS, connect, proxy};

fn tool(name: &str) -> Tool {
    Tool::new(name, r#"{"type":"object"}"#, async |_cx, _arguments| "done")
}

fn server() -> Server {
    let resource = Resource::new("x://a", "a", async |_cx, _variables| "text");
    Server::new("up", "1").tool(tool("t")).resource(resource)
}

/// A server that can be reached while it is up.
#[derive(Clone, Default)]
struct Flaky {
    is_up: Arc<AtomicBool>,
    attempts: Arc<AtomicUsize>,
}

impl Flaky {
    async fn proxy(&self, era: Era) -> Proxy {
        let flaky = self.clone();
        let connect = move || {
            let flaky = flaky.clone();
            async move {
                flaky.attempts.fetch_add(1, Ordering::SeqCst);
                if flaky.is_up.load(Ordering::SeqCst) {
                    Ok(connect(server(), era, |it| it.forward_questions(true)).await)
                } else {
                    Client::stdio("/no/such/program").connect().await
                }
            }
        };
        Proxy::optional(connect).await.unwrap().prefix("flaky")
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_down_at_the_start_joins_when_it_is_up() {
    for (ours, theirs) in ERAS {
        let flaky = Flaky::default();
        let gateway = Server::new("gateway", "1").proxy(flaky.proxy(theirs).await);
        let gateway = gateway.proxy(proxy(server(), theirs).await);
        let client = connect(gateway, ours, |it| it).await;
        assert_eq!(listed(&client, "tools/list").await, ["up_t"], "{ours:?} {theirs:?}");
        client.call("up_t", ()).await.unwrap();
        let mut changes = client.subscribe(Watch::new().tools()).await.unwrap();
        flaky.is_up.store(true, Ordering::SeqCst);
        assert_eq!(changes.next().await.unwrap().unwrap(), Event::Tools);
        assert_eq!(listed(&client, "tools/list").await, ["up_t", "flaky_t"]);
        client.call("flaky_t", ()).await.unwrap();
        client.read("x://flaky/a").await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_become_rarer() {
    let flaky = Flaky::default();
    let gateway = Server::new("gateway", "1").proxy(flaky.proxy(Era::Modern).await);
    let client = connect(gateway, Era::Modern, |it| it).await;
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    let attempts = flaky.attempts.load(Ordering::SeqCst);
    assert!((10..=20).contains(&attempts), "{attempts}");
    client.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_delays_the_start_for_seconds() {
    let started = tokio::time::Instant::now();
    let (near, _far) = tokio::io::duplex(1 << 16);
    let near = std::sync::Mutex::new(Some(near));
    let silent = move || {
        let near = near.lock().unwrap().take();
        async move {
            let near = near.ok_or_else(|| Error::argument("one attempt"))?;
            let (reader, writer) = tokio::io::split(near);
            Client::over(reader, writer).connect().await
        }
    };
    let silent = Proxy::optional(silent).await.unwrap();
    assert!(started.elapsed().as_secs() <= 10);
    let gateway = Server::new("gateway", "1").proxy(silent).tool(tool("own"));
    let client = connect(gateway, Era::Modern, |it| it).await;
    assert_eq!(listed(&client, "tools/list").await, ["own"]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_ends_is_made_again() {
    for (ours, theirs) in ERAS {
        let current = Arc::<std::sync::Mutex<Option<Client>>>::default();
        let connecting = {
            let current = Arc::clone(&current);
            move || {
                let current = Arc::clone(&current);
                async move {
                    let client = connect(server(), theirs, |it| it.forward_questions(true)).await;
                    *current.lock().unwrap() = Some(client.clone());
                    Ok(client)
                }
            }
        };
        let proxy = Proxy::optional(connecting).await.unwrap().prefix("up");
        let client = connect(Server::new("gateway", "1").proxy(proxy), ours, |it| it).await;
        let watch = Watch::new().resource("x://up/a");
        let _changes = client.subscribe(watch).await.unwrap();
        client.call("up_t", ()).await.unwrap();
        let first = current.lock().unwrap().take().unwrap();
        first.close().await;
        let error = client.call("up_t", ()).await.unwrap_err();
        assert_eq!(error.remote().unwrap().message, "up cannot be reached", "{ours:?} {theirs:?}");
        while client.call("up_t", ()).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert!(current.lock().unwrap().is_some());
        client.close().await;
    }
}

#[tokio::test]
async fn a_client_that_can_never_connect_is_an_error() {
    let connect = || async { Err(Error::argument("no URL")) };
    let error = Proxy::optional(connect).await.unwrap_err();
    assert!(matches!(error, Error::Argument { .. }), "{error}");
}
