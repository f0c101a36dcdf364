//! Changes of the list of tools of a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::client::{Client, Event, Subscription, Watch};
use crate::owned_task::OwnedTask;

/// Changes of a list of tools. A task receives them until this is dropped.
pub(super) struct Changes {
    have_come: Arc<AtomicBool>,
    _receiving: Option<OwnedTask>,
}

impl Changes {
    /// Subscribes, if the server announces changes.
    pub(super) async fn of(client: &Client) -> Self {
        let have_come = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&have_come);
        let subscription = subscribe(client).await;
        let receiving = subscription.map(|subscription| {
            OwnedTask::spawn(async move { receive(subscription, &flag).await })
        });
        Self { have_come, _receiving: receiving }
    }

    /// `true` if the list has changed since the last time.
    pub(super) fn have_come(&self) -> bool {
        self.have_come.swap(false, Ordering::SeqCst)
    }
}

async fn subscribe(client: &Client) -> Option<Subscription> {
    let server = client.server_info();
    let tools = server.capabilities.tools.as_ref()?;
    if tools.list_changed != Some(true) {
        return None;
    }
    let subscription = client.subscribe(Watch::new().tools()).await;
    let subscription = subscription.inspect_err(|error| {
        let error = error.report();
        tracing::debug!(target: "mcp_runtime::agent", %error, "no changes of tools are announced");
    });
    subscription.ok()
}

async fn receive(mut changes: Subscription, have_come: &AtomicBool) {
    while let Some(Ok(event)) = changes.next().await {
        if matches!(event, Event::Tools | Event::Missed) {
            have_come.store(true, Ordering::SeqCst);
        }
    }
}
