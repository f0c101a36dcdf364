//! A server whose tool waits for ever.

use std::sync::Arc;

use mcp_runtime::client::Client;
use mcp_runtime::prelude::*;
use mcp_runtime::{Server, State};
use tokio::sync::Notify;

/// What happens to a call that waits.
#[derive(Default)]
pub(crate) struct Told {
    begun: Notify,
    dropped: Notify,
}

struct TellOnDrop(Arc<Told>);

impl Drop for TellOnDrop {
    fn drop(&mut self) {
        self.0.dropped.notify_one();
    }
}

/// Wait for ever.
#[tool]
async fn wait(told: State<Arc<Told>>) -> &'static str {
    let _tell = TellOnDrop(Arc::clone(&told));
    told.begun.notify_one();
    std::future::pending().await
}

pub(crate) fn waiting() -> (Server, Arc<Told>) {
    let told = Arc::<Told>::default();
    (Server::new("up", "1").with::<wait>().state(Arc::clone(&told)), told)
}

impl Told {
    /// Gives a call up and waits until its handler is dropped.
    pub(crate) async fn of_the_end(&self, client: &Client) {
        tokio::select! {
            _ = client.call("up_wait", ()) => panic!("it never ends"),
            () = self.begun.notified() => {}
        }
        self.dropped.notified().await;
    }
}
