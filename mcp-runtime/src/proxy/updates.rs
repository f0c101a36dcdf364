//! Changes of single resources of an upstream server, as far as clients of this server subscribe to
//! them.
//!
//! One subscription covers all URIs and is replaced when they change. In a session the client sends
//! only the difference; in the modern era it opens a new stream with all URIs.

use std::collections::{BTreeSet, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream as _;
use tokio::time::Instant;

use super::reopen_timer::ReopenTimer;
use super::upstream::Upstream;
use crate::client::{Error, Event, Subscription, Watch, is_part};
use crate::component::app::Live;
use crate::component::resource::find::reader as find_reader;
use crate::component::resource::upstream_watch::SETTLE_TIMEOUT;

/// Time for which a replaced stream is still read. Events sent before its replacement was open may
/// arrive later, because streams over HTTP are not ordered among each other.
const OVERLAP: Duration = Duration::from_secs(5);

/// Maximum number of replaced streams that are still read.
const MAX_REPLACED: usize = 4;

/// Subscription to single resources of an upstream server.
pub(crate) struct Updates {
    upstream: Arc<Upstream>,
    /// Subscribed URIs, as the upstream server names them.
    subscribed: BTreeSet<String>,
    /// URIs refused by the upstream server. They are not requested again while its list of resources
    /// stays the same.
    refused: BTreeSet<String>,
    /// The current stream is the last one, unless that has been replaced as well.
    streams: VecDeque<UpdateStream>,
    /// Time of the next attempt after a failure.
    timer: ReopenTimer,
    /// `true` if changes may have been missed.
    has_lapsed: bool,
}

/// Event of a subscription.
pub(crate) enum UpdateEvent {
    /// Resources have changed.
    Changed(Event),
    /// The subscription has to be opened again.
    Lapsed,
}

struct UpdateStream {
    events: Subscription,
    /// Time until which a replaced stream is read; `None` for the current one.
    until: Option<Instant>,
}

/// Reason for comparing the subscription with the requested URIs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FollowReason {
    /// Clients of this server have subscribed or unsubscribed, or the subscription has lapsed.
    SubscribersChanged,
    /// The upstream server offers other resources than before.
    ResourcesChanged,
}

impl Updates {
    pub(crate) fn new(upstream: Arc<Upstream>) -> Self {
        let (subscribed, refused) = (BTreeSet::new(), BTreeSet::new());
        let (streams, timer) = (VecDeque::new(), ReopenTimer::default());
        Self { upstream, subscribed, refused, streams, timer, has_lapsed: false }
    }

    /// Subscribes to the URIs that clients request now. This server is not kept alive meanwhile.
    pub(crate) async fn follow(&mut self, live: &Weak<Live>, reason: FollowReason) {
        let Some(wanted) = live.upgrade().map(|live| self.wanted(&live)) else { return };
        if reason == FollowReason::ResourcesChanged {
            self.refused.clear();
        }
        self.refused.retain(|uri| wanted.contains(uri));
        let wanted: BTreeSet<_> = wanted.difference(&self.refused).cloned().collect();
        if wanted == self.subscribed {
            self.timer.stop();
            return;
        }
        let started = Instant::now();
        if let Err(error) = self.replace(&wanted).await {
            tracing::warn!(target: "mcp_runtime::proxy", error = %error.report(), "subscribing to resources failed");
            self.lapse();
            return;
        }
        self.timer.stop();
        let has_lapsed = std::mem::take(&mut self.has_lapsed);
        let is_late = started.elapsed() >= SETTLE_TIMEOUT;
        let before = std::mem::replace(&mut self.subscribed, wanted);
        if is_late || has_lapsed || reason == FollowReason::ResourcesChanged {
            // Clients may have subscribed to them before the upstream subscription was open.
            let Some(live) = live.upgrade() else { return };
            self.subscribed.difference(&before).for_each(|uri| self.mark(&live, uri));
        }
    }

    /// The URIs of the upstream server that clients of this server subscribe to.
    fn wanted(&self, live: &Live) -> BTreeSet<String> {
        let registry = live.registry();
        let uris = live.feed.subscribers.uris();
        let is_mine = |uri: &&Arc<str>| {
            let found = find_reader(&registry, uri).and_then(|(reader, _)| reader.watch);
            found.is_some_and(|watch| Arc::ptr_eq(&watch, &self.upstream.watch))
        };
        uris.iter().filter(is_mine).filter_map(|uri| self.upstream.naming.original(uri)).collect()
    }

    /// Replaces the current subscription.
    async fn replace(&mut self, wanted: &BTreeSet<String>) -> Result<(), Error> {
        if wanted.is_empty() {
            self.streams.clear();
            return Ok(());
        }
        let watch = wanted.iter().fold(Watch::new().allow_refusals(), Watch::resource);
        let events = self.upstream.client.subscribe(watch).await?;
        let agreed: BTreeSet<_> = events.agreed().resource_subscriptions.iter().flatten().collect();
        self.refused.extend(wanted.iter().filter(|uri| !agreed.contains(uri)).cloned());
        // A session delivers each event to all its subscriptions, so the replaced one has nothing
        // left to deliver.
        let is_stream = !self.upstream.client.core.current_connection().has_session();
        let overlap = if is_stream { OVERLAP } else { Duration::ZERO };
        for stream in &mut self.streams {
            stream.until.get_or_insert(Instant::now() + overlap);
        }
        self.streams.push_back(UpdateStream { events, until: None });
        while self.streams.len() > MAX_REPLACED + 1 {
            self.streams.pop_front();
        }
        Ok(())
    }

    /// Waits for the next event; forever while there is no subscription.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    pub(crate) async fn next(&mut self) -> UpdateEvent {
        loop {
            let until = self.streams.front().and_then(|stream| stream.until);
            let over = async {
                match until {
                    Some(until) => tokio::time::sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            let timer = self.timer;
            tokio::select! {
                biased;
                event = std::future::poll_fn(|cx| self.poll(cx)) => match event {
                    Some(event) => return UpdateEvent::Changed(event),
                    None => self.lapse(),
                },
                () = over => drop(self.streams.pop_front()),
                () = timer.elapsed() => {
                    self.timer.stop();
                    return UpdateEvent::Lapsed;
                }
            }
        }
    }

    /// Polls all streams for an event; `None` if the current stream has ended.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        let mut index = 0;
        while let Some(stream) = self.streams.get_mut(index) {
            let ended = match Pin::new(&mut stream.events).poll_next(cx) {
                Poll::Pending => {
                    index += 1;
                    continue;
                }
                Poll::Ready(Some(Ok(event))) => return Poll::Ready(Some(event)),
                Poll::Ready(ended) => ended.and_then(Result::err),
            };
            let was_current = stream.until.is_none();
            self.streams.remove(index);
            if was_current {
                let error = ended.as_ref().map(|error| tracing::field::display(error.report()));
                tracing::warn!(target: "mcp_runtime::proxy", error, "a subscription to resources has ended");
                self.subscribed.clear();
                return Poll::Ready(None);
            }
        }
        Poll::Pending
    }

    /// Schedules the next attempt to subscribe.
    fn lapse(&mut self) {
        self.has_lapsed = true;
        self.timer.start();
    }

    /// Marks the resources that an event concerns as changed, for their subscribers.
    pub(crate) fn mark_changed(&self, live: &Live, event: &Event) {
        let concerns = |subscribed: &&String| match event {
            Event::Resource(uri) => is_part(uri, subscribed),
            _ => true,
        };
        self.subscribed.iter().filter(concerns).for_each(|uri| self.mark(live, uri));
    }

    fn mark(&self, live: &Live, original: &str) {
        if let Ok(uri) = self.upstream.naming.uri(original) {
            live.feed.subscribers.mark(&uri);
        }
    }
}

impl Drop for Updates {
    fn drop(&mut self) {
        self.upstream.watch.follows_no_more();
    }
}
