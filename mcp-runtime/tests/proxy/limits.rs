//! Limits of a gateway, for what the servers behind it do.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mcp_runtime::client::ClientBuilder;
use mcp_runtime::client::Stream;
use mcp_runtime::elicit::AskError;
use mcp_runtime::limits::ConcurrencyLimit;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::ElicitResult;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::gateway::{ERAS, connect, proxy};

struct Dropped(mpsc::UnboundedSender<()>);

impl Drop for Dropped {
    fn drop(&mut self) {
        // The receiver is gone at the end of a test.
        let _ = self.0.send(());
    }
}

/// Never end.
#[tool]
async fn hang(dropped: State<mpsc::UnboundedSender<()>>) {
    let _dropped = Dropped(mpsc::UnboundedSender::clone(&dropped));
    pending().await
}

/// Work for almost a minute.
#[tool]
async fn work() -> &'static str {
    sleep(Duration::from_secs(50)).await;
    "done"
}

#[derive(Elicit)]
struct Confirm {
    /// Go on
    yes: bool,
}

/// Ask.
#[tool]
async fn ask(cx: &Context) -> Result<String, AskError> {
    let answer = cx.elicit::<Confirm>("Sure?").await?.accepted();
    Ok(format!("{}", answer.is_some_and(|confirm| confirm.yes)))
}

/// Fail with a secret.
#[tool]
async fn fail() -> Result<String, std::io::Error> {
    Err(std::io::Error::other("for the gateway too"))
}

/// Repeat a letter.
#[tool]
async fn repeat(count: usize) -> String {
    "x".repeat(count)
}

fn upstream(dropped: &mpsc::UnboundedSender<()>) -> Server {
    Server::new("upstream", "1").with::<(hang, work, ask, fail, repeat)>().state(dropped.clone())
}

#[tokio::test(start_paused = true)]
async fn a_call_that_takes_too_long_is_cancelled_behind_the_gateway() {
    for (ours, theirs) in ERAS {
        let (dropped, mut is_dropped) = mpsc::unbounded_channel();
        let gateway = Server::new("gateway", "1").proxy(proxy(upstream(&dropped), theirs).await);
        let client = connect(gateway.handler_timeout(Duration::from_secs(5)), ours, |it| it).await;
        let result = client.call("up_hang", ()).await.unwrap();
        assert!(result.is_error && result.to_text().contains("within 5s"), "{result:?}");
        is_dropped.recv().await.unwrap();
    }
}

fn slow_user(builder: ClientBuilder<Stream>) -> ClientBuilder<Stream> {
    builder.on_form(async |_| {
        sleep(Duration::from_secs(20)).await;
        ElicitResult::accept([("yes".to_owned(), json!(true))].into_iter().collect())
    })
}

#[tokio::test(start_paused = true)]
async fn the_time_of_the_user_does_not_count() {
    for (ours, theirs) in ERAS {
        let (dropped, _) = mpsc::unbounded_channel();
        let gateway = Server::new("gateway", "1").proxy(proxy(upstream(&dropped), theirs).await);
        let client =
            connect(gateway.handler_timeout(Duration::from_secs(5)), ours, slow_user).await;
        let result = client.call("up_ask", ()).await.unwrap();
        assert_eq!(result.to_text(), "true", "{ours:?} {theirs:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_gateway_shows_that_it_is_alive() {
    for (ours, theirs) in ERAS {
        let (dropped, _) = mpsc::unbounded_channel();
        let gateway = Server::new("gateway", "1").proxy(proxy(upstream(&dropped), theirs).await);
        let client =
            connect(gateway.progress_heartbeat(Duration::from_secs(20)), ours, |it| it).await;
        let count = Arc::<AtomicUsize>::default();
        let counting = Arc::clone(&count);
        let call = client.call("up_work", ()).on_progress(move |_| {
            counting.fetch_add(1, Ordering::SeqCst);
        });
        assert_eq!(call.await.unwrap().to_text(), "done");
        assert_eq!(count.load(Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn limits_and_masking_concern_the_gateway_itself() {
    for (ours, theirs) in ERAS {
        let (dropped, _) = mpsc::unbounded_channel();
        let gateway = Server::new("gateway", "1")
            .proxy(proxy(upstream(&dropped), theirs).await)
            .concurrency_limit(ConcurrencyLimit::new(1).tool("up_repeat"))
            .max_result_size(2000)
            .mask_errors();
        let client = connect(gateway, ours, |it| it).await;
        let call = async |count: usize| client.call("up_repeat", json!({ "count": count })).await;
        assert_eq!(call(10).await.unwrap().to_text(), "x".repeat(10));
        let result = call(3000).await.unwrap();
        assert!(result.is_error && result.to_text().contains("at most 2000"), "{result:?}");
        // The server behind has decided what its clients may read.
        let result = client.call("up_fail", ()).await.unwrap();
        assert_eq!(result.to_text(), "for the gateway too");
    }
}
