//! Follows the changes of an upstream server while this server serves.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};

use tokio::runtime::Handle;
use tokio::sync::watch;

use super::connected::Connected;
use super::joining::Joining;
use super::list_changes::ListChanges;
use super::listing::{Filter, Keys, Listing, Lists};
use super::naming::Naming;
use super::offerable::offerable;
use super::reopen_timer::ReopenTimer;
use super::updates::{FollowReason, UpdateEvent, Updates};
use super::upstream::Upstream;
use crate::client::{Client, Event};
use crate::component::app::Live;
use crate::component::list_hints::ListHints;
use crate::component::registration::CheckedComponents;
use crate::component::registry::Listed;
use crate::component::resource::upstream_watch::UpstreamWatch;
use crate::owned_task::OwnedTask;

/// Follows one upstream server, once it is started.
pub(crate) struct ChangeFollower {
    pub(crate) components: ProxiedComponents,
    /// The first connection, if there is one already.
    pub(crate) link: Option<Link>,
    /// Connects again after a connection has ended.
    pub(crate) joining: Option<Joining>,
    pub(crate) runtime: Handle,
}

/// A connection to be followed.
pub(crate) struct Link {
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) changes: Option<ListChanges>,
    /// Lists that could not be requested.
    pub(crate) failed: Lists,
}

/// One event of the loop.
enum FollowEvent {
    /// Lists of the upstream server have changed; `None` if its client is closed.
    Lists(Option<Event>),
    /// Lists that could not be requested are to be requested again.
    Retry,
    /// A resource of the upstream server has changed.
    Update(UpdateEvent),
    /// The set of subscribed URIs has changed, for the `u64`th time.
    Subscribed(u64),
}

impl ChangeFollower {
    /// Starts a task that ends with the server or when the returned handle is dropped.
    pub(crate) fn start(self, live: &Arc<Live>) -> OwnedTask {
        let subscribed = live.feed.subscribers.changes();
        if let Some(link) = &self.link {
            link.upstream.watch.has_followed(*subscribed.borrow());
        }
        let live = Arc::downgrade(live);
        let runtime = self.runtime.clone();
        OwnedTask::spawn_in(&runtime, self.run(live, subscribed))
    }

    async fn run(self, live: Weak<Live>, mut subscribed: watch::Receiver<u64>) {
        let Self { mut components, mut link, mut joining, .. } = self;
        loop {
            if let Some(link) = link.take() {
                let followed = Followed::new(link, &mut components, &live);
                if followed.run(&mut subscribed).await == Ended::Server {
                    return;
                }
                if let Some(joining) = &mut joining {
                    joining.lost();
                }
            }
            let Some(joining) = &mut joining else { return };
            let connected = tokio::select! {
                connected = joining.join() => connected,
                () = closed(&mut subscribed) => return,
            };
            let Some(live) = live.upgrade() else { return };
            link = Some(components.join(&live, connected));
        }
    }
}

/// Waits for the end of this server.
async fn closed(subscribed: &mut watch::Receiver<u64>) {
    while subscribed.changed().await.is_ok() {}
}

/// Reason for which following a connection has ended.
#[derive(PartialEq, Eq)]
enum Ended {
    /// The connection has ended.
    Connection,
    /// This server has ended.
    Server,
}

/// One connection that is followed.
struct Followed<'a> {
    components: &'a mut ProxiedComponents,
    live: &'a Weak<Live>,
    upstream: Arc<Upstream>,
    changes: Option<ListChanges>,
    updates: Updates,
    /// Lists that could not be requested.
    failed: Lists,
    /// Time of the next attempt to request them.
    retry: ReopenTimer,
}

impl<'a> Followed<'a> {
    fn new(link: Link, components: &'a mut ProxiedComponents, live: &'a Weak<Live>) -> Self {
        let Link { upstream, changes, failed } = link;
        let updates = Updates::new(Arc::clone(&upstream));
        let mut retry = ReopenTimer::default();
        if failed.any() {
            retry.start();
        }
        Self { components, live, upstream, changes, updates, failed, retry }
    }

    async fn run(mut self, subscribed: &mut watch::Receiver<u64>) -> Ended {
        let declared = Lists::declared(&self.upstream.client.server_info().capabilities);
        // Clients may have subscribed while there was no connection.
        let count = *subscribed.borrow_and_update();
        self.updates.follow(self.live, FollowReason::SubscribersChanged).await;
        self.upstream.watch.has_followed(count);
        loop {
            let event = match self.next(subscribed).await {
                Ok(event) => event,
                Err(ended) => return ended,
            };
            match event {
                FollowEvent::Lists(Some(event)) => {
                    self.reload(Lists::of_event(&event, declared)).await;
                }
                FollowEvent::Lists(None) => return Ended::Connection,
                FollowEvent::Retry => {
                    self.retry.stop();
                    self.reload(self.failed).await;
                }
                FollowEvent::Update(UpdateEvent::Changed(event)) => {
                    let Some(live) = self.live.upgrade() else { return Ended::Server };
                    self.updates.mark_changed(&live, &event);
                }
                FollowEvent::Update(UpdateEvent::Lapsed) => {
                    self.updates.follow(self.live, FollowReason::SubscribersChanged).await;
                }
                FollowEvent::Subscribed(count) => {
                    self.updates.follow(self.live, FollowReason::SubscribersChanged).await;
                    self.upstream.watch.has_followed(count);
                }
            }
        }
    }

    async fn next(&mut self, subscribed: &mut watch::Receiver<u64>) -> Result<FollowEvent, Ended> {
        let changes = &mut self.changes;
        let changed = async {
            match changes {
                Some(changes) => changes.next().await,
                None => std::future::pending().await,
            }
        };
        let retry = self.retry;
        let upstream = &self.upstream;
        tokio::select! {
            event = changed => Ok(FollowEvent::Lists(event)),
            event = self.updates.next() => Ok(FollowEvent::Update(event)),
            () = retry.elapsed() => Ok(FollowEvent::Retry),
            () = upstream.ended() => Err(Ended::Connection),
            changed = subscribed.changed() => match changed {
                Ok(()) => Ok(FollowEvent::Subscribed(*subscribed.borrow_and_update())),
                Err(_) => Err(Ended::Server),
            },
        }
    }

    /// Requests lists that have changed and replaces their components.
    async fn reload(&mut self, changed: Lists) {
        let requested = Listing::request(&self.upstream.client, changed, false).await;
        let failed = match requested {
            Ok((listing, failed)) => {
                let followed = self.changes.as_ref().map(ListChanges::followed);
                listing.store_hints(&self.components.hints, followed.unwrap_or_default());
                if let Some(live) = self.live.upgrade() {
                    self.components.replace(&live, &self.upstream, listing);
                }
                failed
            }
            Err(error) => {
                let error = error.report();
                tracing::warn!(target: "mcp_runtime::proxy", %error, "a changed list cannot be requested");
                changed
            }
        };
        self.failed = self.failed.without(changed).or(failed);
        if failed.any() {
            self.retry.start();
        } else if !self.failed.any() {
            self.retry.stop();
        }
        if changed.resources {
            self.updates.follow(self.live, FollowReason::ResourcesChanged).await;
        }
    }
}

/// Components of an upstream server in the registry of this server.
pub(crate) struct ProxiedComponents {
    pub(crate) naming: Naming,
    /// Watch of the server's resources, whatever the connection.
    pub(crate) watch: Arc<UpstreamWatch>,
    pub(crate) filter: Option<Filter>,
    /// Keys of the upstream server's components in this server.
    pub(crate) keys: Keys,
    pub(crate) hints: Arc<ListHints>,
}

impl ProxiedComponents {
    /// The server as a client reaches it.
    pub(crate) fn upstream(&self, client: Client) -> Upstream {
        Upstream::new(client, self.naming.clone(), Arc::clone(&self.watch))
    }

    /// Replaces the components by those of a new connection.
    fn join(&mut self, live: &Live, connected: Connected) -> Link {
        let Connected { client, listing, failed, changes } = connected;
        let upstream = Arc::new(self.upstream(client));
        tracing::info!(target: "mcp_runtime::proxy", upstream = upstream.name(), "a server has joined");
        self.replace(live, &upstream, listing);
        Link { upstream, changes, failed }
    }

    /// Replaces the components of the lists that are present.
    fn replace(&mut self, live: &Live, upstream: &Arc<Upstream>, mut listing: Listing) {
        if let Some(filter) = &self.filter {
            listing.retain(filter);
        }
        let CheckedComponents { tools, resources, templates, prompts } =
            upstream.components(&listing);
        if listing.tools.is_some() {
            swap(live, &mut self.keys.tools, tools);
        }
        if listing.resources.is_some() {
            swap(live, &mut self.keys.resources, resources);
        }
        if listing.templates.is_some() {
            swap(live, &mut self.keys.templates, templates);
        }
        if listing.prompts.is_some() {
            swap(live, &mut self.keys.prompts, prompts);
        }
    }
}

/// Replaces the components with the given keys by those that can be offered. Components that remain
/// keep their position; new ones are appended.
fn swap<T: Listed>(live: &Live, keys: &mut HashSet<String>, items: Vec<T>) {
    if keys.is_empty() && items.is_empty() {
        return;
    }
    let changed: Result<(), std::convert::Infallible> = live.change(|known: &[Arc<T>]| {
        let others = known.iter().filter(|item| !keys.contains(item.key()));
        let items = offerable(items, others.map(|item| &**item).collect());
        let order: Vec<String> = items.iter().map(|item| item.key().to_owned()).collect();
        let mut fresh: HashMap<&str, Arc<T>> =
            order.iter().map(String::as_str).zip(items.into_iter().map(Arc::new)).collect();
        let mut all = Vec::with_capacity(known.len());
        for item in known {
            if !keys.contains(item.key()) {
                all.push(Arc::clone(item));
            } else if let Some(new) = fresh.remove(item.key()) {
                all.push(new);
            }
        }
        all.extend(order.iter().filter_map(|key| fresh.remove(key.as_str())));
        drop(fresh);
        *keys = order.into_iter().collect();
        Ok(all)
    });
    let Ok(()) = changed;
}
