//! Changes of the components of a server: counters of its lists, and subscribers of its resources.

use tokio::sync::watch;

use super::resource_subscriptions::ResourceSubscribers;

/// Change counters of the lists. A listener compares them with their last values, so a slow listener
/// misses no change and needs no memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) tools: u64,
    /// Counts resources and templates together: one notification covers both.
    pub(crate) resources: u64,
    pub(crate) prompts: u64,
}

/// Publishes changes of a server to its connections.
#[derive(Default)]
pub(crate) struct ChangeFeed {
    lists: watch::Sender<Changes>,
    /// Clients with subscriptions to single resources.
    pub(crate) subscribers: ResourceSubscribers,
}

impl ChangeFeed {
    /// The counters of this moment.
    pub(crate) fn current(&self) -> Changes {
        *self.lists.borrow()
    }

    /// Receives every change of a list from now on.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Changes> {
        self.lists.subscribe()
    }

    /// Publishes a change of the lists.
    pub(crate) fn publish(&self, change: impl FnOnce(&mut Changes)) {
        self.lists.send_modify(change);
    }
}
