//! What is opened before a server serves, and closed afterwards.

use std::io;
use std::sync::{Arc, Mutex};

use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClient, assert_text, eras};
use mcp_runtime::{Error, Serving};
use serde_json::json;
use tokio::sync::mpsc;

use crate::kit::{Outcome, soon};

/// What happens, in order.
type Events = mpsc::UnboundedSender<String>;

struct Pool(&'static str);

struct Cache(&'static str);

/// Name the pool and the cache.
#[tool]
async fn names(pool: State<Pool>, cache: &State<Cache>, events: State<Events>) -> String {
    events.send("called".into()).unwrap();
    format!("{} {}", pool.0, cache.0)
}

/// Name the pool of a part.
#[tool]
async fn part(pool: State<Pool>) -> &'static str {
    pool.0
}

fn server(events: &Events) -> Server {
    let (pool, cache) = (events.clone(), events.clone());
    Server::new("opened", "1")
        .with::<names>()
        .state(events.clone())
        .lifespan(async move |serving| {
            pool.send("opening the pool".into())?;
            tokio::task::yield_now().await;
            serving.with(Pool("pool")).await;
            pool.send("closed the pool".into())?;
            Ok(())
        })
        .lifespan(async move |serving| {
            cache.send("opening the cache".into())?;
            serving.with(Cache("cache")).await;
            cache.send("closed the cache".into())?;
            Ok(())
        })
}

async fn next(events: &mut mpsc::UnboundedReceiver<String>, count: usize) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(soon(events.recv()).await.unwrap());
    }
    all
}

#[tokio::test]
async fn a_lifespan_opens_before_the_first_request_and_closes_after_the_last() -> Outcome {
    for era in eras() {
        let (sender, mut events) = mpsc::unbounded_channel();
        let client = TestClient::of(server(&sender)).era(era).connect().await?;
        assert_eq!(next(&mut events, 2).await, ["opening the pool", "opening the cache"]);
        assert_text(&client.call("names", ()).await?, "pool cache");
        assert_eq!(next(&mut events, 1).await, ["called"]);
        drop(client);
        // In reverse.
        assert_eq!(next(&mut events, 2).await, ["closed the cache", "closed the pool"]);
    }
    Ok(())
}

#[tokio::test]
async fn a_server_over_a_pipe_returns_when_it_is_closed() {
    let (sender, mut events) = mpsc::unbounded_channel();
    let (near, far) = tokio::io::duplex(1024);
    let (reader, writer) = tokio::io::split(far);
    let serving = tokio::spawn(server(&sender).serve_over(reader, writer));
    assert_eq!(next(&mut events, 2).await.len(), 2);
    drop(near);
    soon(serving).await.unwrap().unwrap();
    // They are there already.
    assert_eq!(events.try_recv().as_deref(), Ok("closed the cache"));
    assert_eq!(events.try_recv().as_deref(), Ok("closed the pool"));
}

#[tokio::test]
async fn what_cannot_be_opened_keeps_the_server_from_serving() {
    let check = async |server: Server, expected: &str| {
        let (_near, far) = tokio::io::duplex(1024);
        let (reader, writer) = tokio::io::split(far);
        let error = soon(server.serve_over(reader, writer)).await.unwrap_err();
        assert!(matches!(error, Error::Lifespan { .. }), "{error:?}");
        let expected = format!("a lifespan of the server failed: {expected}");
        assert_eq!(error.report().to_string(), expected);
    };
    let (sender, mut events) = mpsc::unbounded_channel();
    let failing = server(&sender).lifespan(async |_: Serving<()>| {
        Err(io::Error::other("the queue is gone"))?;
        Ok(())
    });
    check(failing, "the queue is gone").await;
    // What was open is closed.
    let expected = ["opening the pool", "opening the cache", "closed the cache", "closed the pool"];
    assert_eq!(next(&mut events, 4).await, expected);
    let early = Server::new("s", "1").lifespan(async |_: Serving<()>| Ok(()));
    check(early, "it has ended without a call of `Serving::with`").await;
    let panicking = Server::new("s", "1").lifespan(async |_: Serving<()>| panic!("no"));
    check(panicking, "it panicked").await;
    let server = Server::new("s", "1").lifespan(async |_: Serving<()>| Err("no".into()));
    let error = TestClient::of(server).connect().await.unwrap_err();
    assert!(error.to_string().contains("a lifespan of the server failed: no"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_closed_is_reported() {
    let server = Server::new("s", "1").lifespan(async |serving| {
        serving.with(()).await;
        Err("still in use".into())
    });
    let (near, far) = tokio::io::duplex(1024);
    let (reader, writer) = tokio::io::split(far);
    drop(near);
    let error = soon(server.serve_over(reader, writer)).await.unwrap_err();
    assert_eq!(error.to_string(), "a lifespan of the server failed: still in use");
}

#[tokio::test]
async fn servers_that_are_composed_have_their_own() -> Outcome {
    let order = Arc::<Mutex<Vec<&str>>>::default();
    let open = |name: &'static str| {
        let order = Arc::clone(&order);
        async move |serving: Serving<Pool>| {
            order.lock().unwrap().push(name);
            serving.with(Pool(name)).await;
            Ok(())
        }
    };
    let inner = Server::new("inner", "1").with::<part>().lifespan(open("inner"));
    let merged = Server::new("merged", "1").lifespan(open("merged"));
    let server = Server::new("outer", "1")
        .with::<part>()
        .mount("in", inner)
        .merge(merged)
        .lifespan(open("outer"));
    let client = TestClient::of(server).connect().await?;
    assert_text(&client.call("part", ()).await?, "outer");
    assert_text(&client.call("in_part", ()).await?, "inner");
    assert_eq!(*order.lock().unwrap(), ["outer", "inner", "merged"]);
    Ok(())
}

#[tokio::test]
async fn handlers_end_before_what_they_use() -> Outcome {
    struct Used(Events);

    impl Drop for Used {
        fn drop(&mut self) {
            self.0.send("handler ended".into()).unwrap();
        }
    }

    /// Never end.
    #[tool]
    async fn hang(events: State<Events>) {
        let _used = Used(Events::clone(&events));
        events.send("handler began".into()).unwrap();
        std::future::pending().await
    }

    let (sender, mut events) = mpsc::unbounded_channel();
    let closing = sender.clone();
    let server = Server::new("s", "1").with::<hang>().lifespan(async move |serving| {
        serving.with(closing.clone()).await;
        closing.send("closed".into())?;
        Ok(())
    });
    let client = TestClient::of(server).connect().await?;
    {
        let call = client.request::<serde_json::Value>("tools/call", json!({ "name": "hang" }));
        tokio::select! {
            outcome = call => panic!("{outcome:?}"),
            began = soon(events.recv()) => assert_eq!(began.as_deref(), Some("handler began")),
        }
    }
    drop(client);
    assert_eq!(next(&mut events, 2).await, ["handler ended", "closed"]);
    Ok(())
}
