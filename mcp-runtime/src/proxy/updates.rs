//! Changes of single resources of the other server, heard as far as somebody here watches them.
//!
//! There is one subscription for everything that is watched, and another in its place when that
//! changes: a server of the older era is asked for what is new and told what is not wanted any
//! more, one of the modern era is asked for all of it on a new stream.

use std::collections::{BTreeSet, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream as _;
use tokio::time::Instant;

use super::again::Again;
use super::upstream::Upstream;
use crate::client::{Error, Event, Subscription, Watch, is_part};
use crate::component::app::Live;
use crate::component::resource::find::reader as find_reader;
use crate::component::resource::upstream_watch::SETTLE_TIMEOUT;

/// How long a stream is still read that another has replaced. What the server said on it before
/// the other was open may come later, because streams over HTTP keep no order among each other.
const OVERLAP: Duration = Duration::from_secs(5);

/// How many streams that were replaced are read at most.
const MOST_REPLACED: usize = 4;

/// What is heard of single resources.
pub(crate) struct Updates {
    upstream: Arc<Upstream>,
    /// What is watched, as the other server names it.
    watched: BTreeSet<String>,
    /// What the other server has refused to tell of. It is not asked again for as long as it offers
    /// the same resources.
    refused: BTreeSet<String>,
    /// The subscription in force is the last, if it is not a replaced one as well.
    streams: VecDeque<Open>,
    /// When what could not be watched is watched again.
    again: Again,
    /// Whether something may have changed unheard.
    has_lapsed: bool,
}

/// What there is to hear of.
pub(crate) enum Told {
    Event(Event),
    /// What is watched has to be followed again.
    Lapsed,
}

struct Open {
    events: Subscription,
    /// Until when it is read, if another has replaced it.
    until: Option<Instant>,
}

/// Why what is watched is looked at again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Because {
    /// Clients of ours watch something else.
    OfClients,
    /// The other server offers something else.
    OfOffers,
}

impl Updates {
    pub(crate) fn new(upstream: Arc<Upstream>) -> Self {
        let (watched, refused) = (BTreeSet::new(), BTreeSet::new());
        let (streams, again) = (VecDeque::new(), Again::default());
        Self { upstream, watched, refused, streams, again, has_lapsed: false }
    }

    /// Has the other server tell of what is watched now. The server that watches is not held
    /// meanwhile, so that it can end.
    pub(crate) async fn follow(&mut self, live: &Weak<Live>, because: Because) {
        let Some(wanted) = live.upgrade().map(|live| self.wanted(&live)) else { return };
        if because == Because::OfOffers {
            self.refused.clear();
        }
        self.refused.retain(|uri| wanted.contains(uri));
        let wanted: BTreeSet<_> = wanted.difference(&self.refused).cloned().collect();
        if wanted == self.watched {
            self.again.settled();
            return;
        }
        let started = Instant::now();
        if let Err(error) = self.replace(&wanted).await {
            tracing::warn!(target: "mcp_runtime::proxy", error = %error.report(), "resources cannot be watched");
            self.lapse();
            return;
        }
        self.again.settled();
        let has_lapsed = std::mem::take(&mut self.has_lapsed);
        let is_late = started.elapsed() >= SETTLE_TIMEOUT;
        let before = std::mem::replace(&mut self.watched, wanted);
        if is_late || has_lapsed || because == Because::OfOffers {
            // Somebody has watched it before.
            let Some(live) = live.upgrade() else { return };
            self.watched.difference(&before).for_each(|uri| self.mark(&live, uri));
        }
    }

    /// What is watched here and comes from the other server.
    fn wanted(&self, live: &Live) -> BTreeSet<String> {
        let registry = live.registry();
        let uris = live.feed.watchers.uris();
        let is_mine = |uri: &&Arc<str>| {
            let found = find_reader(&registry, uri).and_then(|(reader, _)| reader.watch);
            found.is_some_and(|watch| Arc::ptr_eq(&watch, &self.upstream.watch))
        };
        uris.iter().filter(is_mine).filter_map(|uri| self.upstream.naming.original(uri)).collect()
    }

    /// Puts a subscription in the place of the one there is.
    async fn replace(&mut self, wanted: &BTreeSet<String>) -> Result<(), Error> {
        if wanted.is_empty() {
            self.streams.clear();
            return Ok(());
        }
        let watch = wanted.iter().fold(Watch::new().allow_refusals(), Watch::resource);
        let events = self.upstream.client.subscribe(watch).await?;
        let agreed: BTreeSet<_> = events.agreed().resource_subscriptions.iter().flatten().collect();
        self.refused.extend(wanted.iter().filter(|uri| !agreed.contains(uri)).cloned());
        // All subscriptions of a session hear the same, so what was said to the one that is
        // replaced is there by now.
        let is_stream = !self.upstream.client.core.current_connection().has_session();
        let overlap = if is_stream { OVERLAP } else { Duration::ZERO };
        for stream in &mut self.streams {
            stream.until.get_or_insert(Instant::now() + overlap);
        }
        self.streams.push_back(Open { events, until: None });
        while self.streams.len() > MOST_REPLACED + 1 {
            self.streams.pop_front();
        }
        Ok(())
    }

    /// What is told next; it waits for as long as nothing is watched.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    pub(crate) async fn next(&mut self) -> Told {
        loop {
            let until = self.streams.front().and_then(|stream| stream.until);
            let over = async {
                match until {
                    Some(until) => tokio::time::sleep_until(until).await,
                    None => std::future::pending().await,
                }
            };
            let again = self.again;
            tokio::select! {
                biased;
                told = std::future::poll_fn(|cx| self.poll(cx)) => match told {
                    Some(event) => return Told::Event(event),
                    None => self.lapse(),
                },
                () = over => drop(self.streams.pop_front()),
                () = again.due() => {
                    self.again.settled();
                    return Told::Lapsed;
                }
            }
        }
    }

    /// What a subscription tells; nothing if the one in force has ended.
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
            let was_in_force = stream.until.is_none();
            self.streams.remove(index);
            if was_in_force {
                let error = ended.as_ref().map(|error| tracing::field::display(error.report()));
                tracing::warn!(target: "mcp_runtime::proxy", error, "resources are not watched");
                self.watched.clear();
                return Poll::Ready(None);
            }
        }
        Poll::Pending
    }

    /// What is to be watched is not, and is tried again some time.
    fn lapse(&mut self) {
        self.has_lapsed = true;
        self.again.ended();
    }

    /// Tells those who watch what has changed.
    pub(crate) fn tell(&self, live: &Live, event: &Event) {
        let concerns = |watched: &&String| match event {
            Event::Resource(uri) => is_part(uri, watched),
            _ => true,
        };
        self.watched.iter().filter(concerns).for_each(|uri| self.mark(live, uri));
    }

    fn mark(&self, live: &Live, original: &str) {
        if let Ok(uri) = self.upstream.naming.uri(original) {
            live.feed.watchers.mark(&uri);
        }
    }
}

impl Drop for Updates {
    fn drop(&mut self) {
        self.upstream.watch.follows_no_more();
    }
}
