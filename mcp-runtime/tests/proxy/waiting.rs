//! A server with a tool that never returns.

use std::sync::Arc;

use mcp_runtime::client::Client;
use mcp_runtime::prelude::*;
use mcp_runtime::{Server, State};
use tokio::sync::Notify;

/// An event of a waiting call.
#[derive(Default)]
pub(crate) struct CallEvents {
    begun: Notify,
    dropped: Notify,
}

struct NotifyOnDrop(Arc<CallEvents>);

impl Drop for NotifyOnDrop {
    fn drop(&mut self) {
        self.0.dropped.notify_one();
    }
}

/// Wait for ever.
#[tool]
async fn wait(events: State<Arc<CallEvents>>) -> &'static str {
    let _guard = NotifyOnDrop(Arc::clone(&events));
    events.begun.notify_one();
    std::future::pending().await
}

pub(crate) fn waiting() -> (Server, Arc<CallEvents>) {
    let events = Arc::<CallEvents>::default();
    (Server::new("up", "1").with::<wait>().state(Arc::clone(&events)), events)
}

impl CallEvents {
    /// Cancels a call and waits until its handler is dropped.
    pub(crate) async fn cancel_and_wait(&self, client: &Client) {
        tokio::select! {
            _ = client.call("up_wait", ()) => panic!("it never ends"),
            () = self.begun.notified() => {}
        }
        self.dropped.notified().await;
    }
}
