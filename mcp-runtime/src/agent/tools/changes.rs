//! Changes of the list of tools of a server.

use std::pin::pin;
use std::task::Poll;

use crate::client::{Client, Event, Subscription, Watch};

/// Changes of a list of tools, read without waiting.
pub(super) struct Changes(Option<Subscription>);

/// Maximum number of changes that are read at once: a server may send them without an end.
const MAX_EVENTS: usize = 1_000;

impl Changes {
    /// Subscribes, if the server announces changes.
    pub(super) async fn of(client: &Client) -> Self {
        let server = client.server_info();
        let tools = server.capabilities.tools.as_ref();
        if tools.is_none_or(|tools| tools.list_changed != Some(true)) {
            return Self(None);
        }
        let subscription = client.subscribe(Watch::new().tools()).await;
        let subscription = subscription.inspect_err(|error| {
            let error = error.report();
            tracing::debug!(target: "mcp_runtime::agent", %error, "no changes of tools are announced");
        });
        Self(subscription.ok())
    }

    /// `true` if the list has changed since the last time.
    pub(super) async fn have_come(&mut self) -> bool {
        let mut have_come = false;
        for _ in 0..MAX_EVENTS {
            let Some(subscription) = &mut self.0 else { break };
            match at_once(subscription.next()).await {
                None => break,
                Some(Some(Ok(Event::Tools | Event::Missed))) => have_come = true,
                Some(Some(Ok(_))) => {}
                Some(Some(Err(_)) | None) => self.0 = None,
            }
        }
        have_come
    }
}

/// Polls a future once.
async fn at_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
