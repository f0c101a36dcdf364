//! Changes of a server, as one stream in both eras.
//!
//! Specification: [Subscriptions](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions).

use std::collections::BTreeSet;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use mcp_core::method::Method;
use mcp_core::protocol::{
    Meta, SubscriptionFilter, SubscriptionsAcknowledgedParams, SubscriptionsListenParams,
};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::Instant;

use super::connect::{Link, json};
use super::core::{Client, Core};
use super::error::Error;
use super::exchange::{self, Asked};
use super::inbound::event;
use super::transport::{Boxed, Mirrored, Note, Replies, Reply};
use super::unfold::{self, Unfold};
use super::watched::Interest;

/// Something of a server that changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Event {
    /// The list of tools.
    Tools,
    /// The list of prompts.
    Prompts,
    /// The list of resources or of their templates.
    Resources,
    /// The resource of a URI, or a part of it.
    Resource(String),
    /// Anything may have changed: the connection was interrupted, or changes came faster than they
    /// were read.
    Missed,
}

/// What to hear of. See [`Client::subscribe`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    tools: bool,
    prompts: bool,
    resources: bool,
    uris: BTreeSet<String>,
    /// Whether a session that refuses some of it is heard of the rest.
    takes_less: bool,
}

impl Watch {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The three lists.
    pub fn lists() -> Self {
        Self::new().tools().prompts().resources()
    }

    /// The list of tools.
    #[must_use]
    pub fn tools(mut self) -> Self {
        self.tools = true;
        self
    }

    /// The list of prompts.
    #[must_use]
    pub fn prompts(mut self) -> Self {
        self.prompts = true;
        self
    }

    /// The list of resources.
    #[must_use]
    pub fn resources(mut self) -> Self {
        self.resources = true;
        self
    }

    /// The resource of a URI.
    #[must_use]
    pub fn resource(mut self, uri: impl Into<String>) -> Self {
        self.uris.insert(uri.into());
        self
    }

    /// Does without what a session refuses to tell. In the modern era a server agrees to less by
    /// itself.
    pub(crate) fn what_is_agreed(mut self) -> Self {
        self.takes_less = true;
        self
    }

    /// Whether a change is one to hear of.
    fn includes(&self, event: &Event) -> bool {
        match event {
            Event::Tools => self.tools,
            Event::Prompts => self.prompts,
            Event::Resources => self.resources,
            // A server may tell of a part of what is watched.
            Event::Resource(uri) => self.uris.iter().any(|watched| is_part(uri, watched)),
            Event::Missed => true,
        }
    }

    fn filter(&self) -> SubscriptionFilter {
        let wanted = |wanted: bool| wanted.then_some(true);
        let mut filter = SubscriptionFilter::default();
        filter.tools_list_changed = wanted(self.tools);
        filter.prompts_list_changed = wanted(self.prompts);
        filter.resources_list_changed = wanted(self.resources);
        filter.resource_subscriptions =
            (!self.uris.is_empty()).then(|| self.uris.iter().cloned().collect());
        filter
    }
}

/// Whether a URI is the one that is watched or that of a part of it.
pub(crate) fn is_part(uri: &str, watched: &str) -> bool {
    const BOUNDS: [char; 3] = ['/', '?', '#'];
    uri.strip_prefix(watched).is_some_and(|rest| {
        rest.is_empty() || watched.ends_with(BOUNDS) || rest.starts_with(BOUNDS)
    })
}

/// Changes as they happen. See [`Client::subscribe`].
///
/// Dropping it ends the subscription.
pub struct Subscription {
    agreed: SubscriptionFilter,
    events: Unfold<Box<Feed>, Result<Event, Error>>,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("agreed", &self.agreed).finish_non_exhaustive()
    }
}

impl Subscription {
    /// What the server agreed to tell; in a session, what was asked for.
    pub fn agreed(&self) -> &SubscriptionFilter {
        &self.agreed
    }

    /// The next change; `None` when the server has ended the subscription, or after an error.
    pub async fn next(&mut self) -> Option<Result<Event, Error>> {
        unfold::next(self).await
    }
}

impl Stream for Subscription {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.events).poll_next(cx)
    }
}

impl Client {
    /// Hears of changes. It returns when the server has agreed.
    ///
    /// What was kept of what changes is forgotten. When the connection is interrupted and can be
    /// made again, the subscription goes on with [`Event::Missed`].
    ///
    /// # Errors
    /// As any request.
    pub async fn subscribe(&self, watch: Watch) -> Result<Subscription, Error> {
        let mut feed =
            Box::new(Feed { client: self.clone(), watch, source: None, cuts: Cuts::new() });
        let agreed = feed.open().await?;
        Ok(Subscription { agreed, events: Unfold::new(feed, step) })
    }
}

/// Where the changes of one subscription come from.
struct Feed {
    client: Client,
    watch: Watch,
    source: Option<Source>,
    cuts: Cuts,
}

/// How often the connection was interrupted lately, which says how long to wait before it is made
/// again.
struct Cuts {
    in_a_row: u32,
    opened: Instant,
}

impl Cuts {
    fn new() -> Self {
        Self { in_a_row: 0, opened: Instant::now() }
    }

    /// How long to wait now: a server that ends each stream at once is not asked without pause.
    fn pause(&mut self) -> Duration {
        const CALM: Duration = Duration::from_secs(30);
        if self.opened.elapsed() > CALM {
            *self = Self::new();
        }
        let pause = Duration::from_millis(100 << self.in_a_row);
        self.in_a_row = (self.in_a_row + 1).min(5);
        pause
    }
}

enum Source {
    /// The stream of a request.
    Stream(Box<dyn Replies>),
    /// What the session tells.
    Session { events: broadcast::Receiver<Event>, link: Arc<Link>, _interest: Interest },
}

type Step = Option<(Result<Event, Error>, Box<Feed>)>;

fn step(mut feed: Box<Feed>) -> Boxed<'static, Step> {
    Box::pin(async move {
        let event = feed.next().await?;
        if event.is_err() {
            feed.source = None;
        }
        Some((event, feed))
    })
}

impl Feed {
    async fn open(&mut self) -> Result<SubscriptionFilter, Error> {
        let link = self.client.core.link().await?;
        if link.facts().has(Method::Listen) {
            self.open_stream(link).await
        } else {
            self.open_session(link).await
        }
    }

    async fn open_stream(&mut self, link: Arc<Link>) -> Result<SubscriptionFilter, Error> {
        let core = &self.client.core;
        let params = json(&SubscriptionsListenParams::new(self.watch.filter()));
        let meta = core.meta(&link, &Meta::new(), None);
        let asked = Asked {
            method: Method::Listen.as_str(),
            params: &params,
            meta: &meta,
            revision: link.peer.revision,
            mirrored: Mirrored::default(),
            wants_progress: false,
        };
        let id = core.next_id();
        let opened = async {
            let mut replies = exchange::send(&*link.transport, id, &asked).await?;
            let agreed = acknowledged(&mut *replies).await?;
            Ok((replies, agreed))
        };
        let patience = core.patience.quiet;
        let opened = tokio::time::timeout(patience, opened).await.map_err(|_| Error::Timeout {
            method: Method::Listen.to_string(),
            after: patience,
            seen: link.transport.seen(),
        });
        let (replies, agreed) = opened??;
        self.source = Some(Source::Stream(replies));
        Ok(agreed)
    }

    async fn open_session(&mut self, link: Arc<Link>) -> Result<SubscriptionFilter, Error> {
        let core = &self.client.core;
        let events = core.inbound.events();
        let mut interest = Interest::new(core);
        let mut agreed = self.watch.clone();
        for uri in &self.watch.uris {
            match interest.begin(uri).await {
                Err(Error::Remote(_)) if self.watch.takes_less => {
                    interest.take_back();
                    agreed.uris.remove(uri);
                }
                outcome => outcome?,
            }
        }
        self.source = Some(Source::Session { events, link, _interest: interest });
        Ok(agreed.filter())
    }

    async fn next(&mut self) -> Option<Result<Event, Error>> {
        loop {
            let heard = match self.source.as_mut()? {
                Source::Stream(replies) => match replies.next().await {
                    Ok(Reply::Note(note)) => heard(&note, &self.client.core),
                    Ok(Reply::Missed) => Heard::Event(Event::Missed),
                    // The server ended it in order.
                    Ok(Reply::Answer(Ok(_))) => return None,
                    Ok(Reply::Answer(Err(error))) => return Some(Err(Error::Remote(error))),
                    Err(error) => Heard::Broken(error),
                },
                Source::Session { events, link, .. } => tokio::select! {
                    event = events.recv() => match event {
                        Ok(event) => Heard::Event(event),
                        Err(RecvError::Lagged(_)) => Heard::Event(Event::Missed),
                        Err(RecvError::Closed) => return None,
                    },
                    () = link.transport.ended() => Heard::Broken(
                        link.transport.end().unwrap_or_else(|| Error::closed("it ended"))
                    ),
                },
            };
            match heard {
                Heard::Event(event) if self.watch.includes(&event) => {
                    self.cuts = Cuts::new();
                    return Some(Ok(event));
                }
                Heard::Event(_) | Heard::Nothing => {}
                Heard::Ended => return None,
                Heard::Broken(error) => match self.open_again(error).await {
                    Ok(()) => return Some(Ok(Event::Missed)),
                    Err(error) => return Some(Err(error)),
                },
            }
        }
    }

    /// Subscribes again after the connection was interrupted, several times with growing pauses. A
    /// server that refuses that is not asked once more.
    async fn open_again(&mut self, mut error: Error) -> Result<(), Error> {
        const MOST_FAILURES: u32 = 6;
        self.client.core.inbound.change(&Event::Missed);
        for _ in 0..MOST_FAILURES {
            if self.client.is_closed() {
                return Err(error);
            }
            tokio::time::sleep(self.cuts.pause()).await;
            match self.open().await {
                Ok(_) => {
                    self.cuts.opened = Instant::now();
                    return Ok(());
                }
                Err(refused @ Error::Remote(_)) => return Err(refused),
                Err(other) => error = other,
            }
        }
        Err(error)
    }
}

enum Heard {
    Event(Event),
    Nothing,
    Ended,
    Broken(Error),
}

/// What a notification on the stream of a subscription says.
fn heard(note: &Note, core: &Core) -> Heard {
    match Method::parse(&note.method) {
        Some(Method::Cancelled) => Heard::Ended,
        Some(method) => match event(method, note) {
            Some(event) => {
                core.inbound.change(&event);
                Heard::Event(event)
            }
            None => Heard::Nothing,
        },
        None => Heard::Nothing,
    }
}

/// Waits for the server to agree.
async fn acknowledged(replies: &mut dyn Replies) -> Result<SubscriptionFilter, Error> {
    loop {
        match replies.next().await? {
            Reply::Note(note) if &*note.method == Method::SubscriptionsAcknowledged.as_str() => {
                let params: SubscriptionsAcknowledgedParams =
                    serde_json::from_str(note.params.as_str()).map_err(|error| {
                        Error::protocol(format!("the acknowledgment cannot be read: {error}"))
                    })?;
                return Ok(params.notifications);
            }
            Reply::Answer(Err(error)) => return Err(Error::Remote(error)),
            Reply::Answer(Ok(_)) => {
                return Err(Error::protocol("the server ended the subscription before it began"));
            }
            Reply::Note(_) | Reply::Missed => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_part;

    #[test]
    fn parts_of_what_is_watched_concern_who_watches() {
        for (uri, expected) in [
            ("a://b", true),
            ("a://b/c", true),
            ("a://b?c", true),
            ("a://b#c", true),
            ("a://bc", false),
            ("a://", false),
        ] {
            assert_eq!(is_part(uri, "a://b"), expected, "{uri}");
        }
        assert!(is_part("a://b/c", "a://b/"));
        assert!(is_part("a://b?c=1", "a://b?"));
    }
}
