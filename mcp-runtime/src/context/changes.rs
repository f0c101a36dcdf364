//! Changes of the components of a server: counters of its lists, and subscribers of its resources.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};

use super::resource_subscriptions::ResourceSubscribers;

/// Limit of the resources whose changes wait to be sent to other instances. Beyond it, all are reported as
/// changed.
const MAX_OUTGOING: usize = 4096;

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
    /// Changes for other instances of the server, if there are any.
    outgoing: OnceLock<Arc<Outgoing>>,
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

    /// Changes for other instances, which are collected from now on.
    pub(crate) fn outgoing(&self) -> Arc<Outgoing> {
        Arc::clone(self.outgoing.get_or_init(Arc::default))
    }

    /// Reports a change of the lists to other instances.
    pub(crate) fn send_lists(&self, change: impl FnOnce(&mut Changes)) {
        if let Some(outgoing) = self.outgoing.get() {
            let mut changed = Changes::default();
            change(&mut changed);
            outgoing.add(|waiting| waiting.add_lists(changed));
        }
    }

    /// Notifies the subscribers of a resource, those of other instances as well.
    pub(crate) fn resource_updated(&self, uri: &str) {
        self.subscribers.mark(uri);
        if let Some(outgoing) = self.outgoing.get() {
            outgoing.add(|waiting| waiting.add_resource(uri));
        }
    }

    /// Publishes what another instance has sent.
    pub(crate) fn receive(&self, sent: &Sent) {
        if sent.lists() != Changes::default() {
            self.publish(|changes| changes.add(sent.lists()));
        }
        match sent.is_everything {
            true => self.subscribers.mark_all(),
            false => sent.uris.iter().for_each(|uri| self.subscribers.mark(uri)),
        }
    }
}

impl Changes {
    fn add(&mut self, other: Self) {
        self.tools += other.tools;
        self.resources += other.resources;
        self.prompts += other.prompts;
    }
}

/// Changes that are to be sent to other instances.
#[derive(Default)]
pub(crate) struct Outgoing {
    waiting: Mutex<Sent>,
    added: Notify,
}

impl Outgoing {
    fn add(&self, add: impl FnOnce(&mut Sent)) {
        add(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        self.added.notify_one();
    }

    /// Waits until there are changes, and takes them.
    pub(crate) async fn next(&self) -> Sent {
        loop {
            let sent =
                std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
            if sent != Sent::default() {
                return sent;
            }
            self.added.notified().await;
        }
    }

    /// Puts changes back that could not be sent.
    pub(crate) fn put_back(&self, sent: Sent) {
        self.add(|waiting| {
            waiting.add_lists(sent.lists());
            waiting.is_everything |= sent.is_everything;
            sent.uris.iter().for_each(|uri| waiting.add_resource(uri));
        });
    }
}

/// Changes as instances send them to each other. Those that follow each other closely are merged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Sent {
    tools: bool,
    resources: bool,
    prompts: bool,
    uris: BTreeSet<String>,
    /// `true` if every resource may have changed.
    is_everything: bool,
}

impl Sent {
    /// Everything may have changed.
    pub(crate) fn everything() -> Self {
        let uris = BTreeSet::new();
        Self { tools: true, resources: true, prompts: true, uris, is_everything: true }
    }

    fn lists(&self) -> Changes {
        let [tools, resources, prompts] = [self.tools, self.resources, self.prompts].map(u64::from);
        Changes { tools, resources, prompts }
    }

    fn add_lists(&mut self, changed: Changes) {
        self.tools |= changed.tools > 0;
        self.resources |= changed.resources > 0;
        self.prompts |= changed.prompts > 0;
    }

    fn add_resource(&mut self, uri: &str) {
        if !self.is_everything && !self.uris.contains(uri) {
            self.uris.insert(uri.to_owned());
        }
        if self.uris.len() > MAX_OUTGOING {
            self.uris.clear();
            self.is_everything = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn changes_for_other_instances_are_merged() {
        let feed = ChangeFeed::default();
        feed.resource_updated("a:before");
        let outgoing = feed.outgoing();
        feed.resource_updated("a:b");
        feed.resource_updated("a:b");
        feed.send_lists(|changes| changes.tools += 1);
        let sent = outgoing.next().await;
        let (tools, uris) = (true, BTreeSet::from(["a:b".to_owned()]));
        assert_eq!(sent, Sent { tools, uris, ..Sent::default() });
        outgoing.put_back(sent.clone());
        assert_eq!(outgoing.next().await, sent, "what could not be sent stays");
    }

    #[tokio::test]
    async fn too_many_changes_are_a_change_of_everything() {
        let feed = ChangeFeed::default();
        let outgoing = feed.outgoing();
        (0..=MAX_OUTGOING).for_each(|number| feed.resource_updated(&format!("a:{number}")));
        let is_everything = true;
        assert_eq!(outgoing.next().await, Sent { is_everything, ..Sent::default() });
    }

    #[test]
    fn received_changes_are_published_and_not_sent_again() {
        let feed = ChangeFeed::default();
        let outgoing = feed.outgoing();
        feed.receive(&Sent::everything());
        assert_eq!(feed.current(), Changes { tools: 1, resources: 1, prompts: 1 });
        assert_eq!(*outgoing.waiting.lock().unwrap(), Sent::default());
    }
}
