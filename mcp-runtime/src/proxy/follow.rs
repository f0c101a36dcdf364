//! Follows the changes of an upstream server while this server serves.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};

use tokio::runtime::Handle;
use tokio::sync::watch;

use super::list_changes::ListChanges;
use super::listing::{Filter, Keys, Listing, Lists};
use super::updates::{FollowReason, UpdateEvent, Updates};
use super::upstream::Upstream;
use crate::client::{Event, Subscription};
use crate::component::app::Live;
use crate::component::prompt::spec::PromptSpec;
use crate::component::registration::CheckedComponents;
use crate::component::registry::Listed;
use crate::component::resource::spec::{ResourceSpec, TemplateSpec};
use crate::component::tool::spec::ToolSpec;
use crate::owned_task::OwnedTask;

/// Follows one upstream server, once it is started.
pub(crate) struct ChangeFollower {
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) filter: Option<Filter>,
    pub(crate) changes: Subscription,
    pub(crate) runtime: Handle,
    /// Keys of the upstream server's components in this server.
    pub(crate) keys: Keys,
}

/// One event of the loop.
enum FollowEvent {
    /// Lists of the upstream server have changed; `None` if its client is closed.
    Lists(Option<Event>),
    /// A resource of the upstream server has changed.
    Update(UpdateEvent),
    /// The set of subscribed URIs has changed, for the `u64`th time.
    Subscribed(u64),
}

impl ChangeFollower {
    /// Starts a task that ends with the server or when the returned handle is dropped.
    pub(crate) fn start(self, live: &Arc<Live>) -> OwnedTask {
        let subscribed = live.feed.subscribers.changes();
        self.upstream.watch.has_followed(*subscribed.borrow());
        let updates = Updates::new(Arc::clone(&self.upstream));
        let live = Arc::downgrade(live);
        let runtime = self.runtime.clone();
        OwnedTask::spawn_in(&runtime, self.run(live, subscribed, updates))
    }

    async fn run(
        self,
        live: Weak<Live>,
        mut subscribed: watch::Receiver<u64>,
        mut updates: Updates,
    ) {
        let Self { upstream, filter, changes, keys, .. } = self;
        let declared = Lists::declared(&upstream.client.server_info().capabilities);
        let mut changes = ListChanges::new(upstream.client.clone(), changes);
        let mut components = ProxiedComponents { upstream, filter, keys };
        loop {
            let event = tokio::select! {
                event = changes.next() => FollowEvent::Lists(event),
                event = updates.next() => FollowEvent::Update(event),
                changed = subscribed.changed() => match changed {
                    Ok(()) => FollowEvent::Subscribed(*subscribed.borrow_and_update()),
                    Err(_) => return,
                },
            };
            match event {
                FollowEvent::Lists(Some(event)) => {
                    let changed = Lists::of_event(&event, declared);
                    components.reload(&live, changed).await;
                    if changed.resources {
                        updates.follow(&live, FollowReason::ResourcesChanged).await;
                    }
                }
                FollowEvent::Lists(None) => return,
                FollowEvent::Update(UpdateEvent::Changed(event)) => {
                    let Some(live) = live.upgrade() else { return };
                    updates.mark_changed(&live, &event);
                }
                FollowEvent::Update(UpdateEvent::Lapsed) => {
                    updates.follow(&live, FollowReason::SubscribersChanged).await;
                }
                FollowEvent::Subscribed(count) => {
                    updates.follow(&live, FollowReason::SubscribersChanged).await;
                    components.upstream.watch.has_followed(count);
                }
            }
        }
    }
}

/// Components of an upstream server in the registry of this server.
struct ProxiedComponents {
    upstream: Arc<Upstream>,
    filter: Option<Filter>,
    keys: Keys,
}

impl ProxiedComponents {
    /// Requests lists that have changed and replaces their components.
    async fn reload(&mut self, live: &Weak<Live>, changed: Lists) {
        match Listing::request(&self.upstream.client, changed).await {
            Ok(listing) => {
                if let Some(live) = live.upgrade() {
                    self.replace(&live, changed, listing);
                }
            }
            Err(error) => {
                let error = error.report();
                tracing::warn!(target: "mcp_runtime::proxy", %error, "a changed list cannot be requested");
            }
        }
    }

    fn replace(&mut self, live: &Live, changed: Lists, mut listing: Listing) {
        if let Some(filter) = &self.filter {
            listing.retain(filter);
        }
        let CheckedComponents { tools, resources, templates, prompts } =
            self.upstream.components(&listing);
        if changed.tools {
            swap::<ToolSpec>(live, &mut self.keys.tools, tools);
        }
        if changed.resources {
            swap::<ResourceSpec>(live, &mut self.keys.resources, resources);
            swap::<TemplateSpec>(live, &mut self.keys.templates, templates);
        }
        if changed.prompts {
            swap::<PromptSpec>(live, &mut self.keys.prompts, prompts);
        }
    }
}

/// Replaces the components with the given keys. Components that remain keep their position; new ones
/// are appended.
fn swap<T: Listed>(live: &Live, keys: &mut HashSet<String>, items: Vec<T>) {
    let order: Vec<String> = items.iter().map(|item| item.key().to_owned()).collect();
    let mut fresh: HashMap<String, Arc<T>> =
        items.into_iter().map(|item| (item.key().to_owned(), Arc::new(item))).collect();
    let mut taken = HashSet::new();
    let changed = live.change(|known: &[Arc<T>]| {
        let mut all = Vec::with_capacity(known.len());
        for item in known {
            let new = fresh.remove(item.key());
            if !keys.contains(item.key()) {
                if new.is_some() {
                    taken.insert(item.key().to_owned());
                }
                all.push(Arc::clone(item));
            } else if let Some(new) = new {
                all.push(new);
            }
        }
        all.extend(order.iter().filter_map(|key| fresh.remove(key)));
        T::contradiction(&all).map_or(Ok(all), Err)
    });
    match changed {
        Ok(()) => *keys = order.into_iter().filter(|key| !taken.contains(key)).collect(),
        Err(error) => {
            tracing::warn!(target: "mcp_runtime::proxy", error, "a changed list cannot be used");
        }
    }
    for key in taken {
        tracing::warn!(
            target: "mcp_runtime::proxy",
            "the {} `{key}` of another server is left out: there is one already",
            T::NOUN
        );
    }
}
