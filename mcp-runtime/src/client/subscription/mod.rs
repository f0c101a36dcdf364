//! Subscriptions to changes of a server, as one stream in both eras.
//!
//! Specification: [Subscriptions](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/subscriptions).

mod resources;
mod source;
mod watch;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use mcp_core::protocol::SubscriptionFilter;

use super::core::Client;
use super::error::Error;
use super::event::Event;
use super::message::BoxFuture;
use super::unfold::{self, Unfold};
use source::EventSource;

pub use watch::Watch;

/// A stream of changes. See [`Client::subscribe`].
///
/// Dropping it ends the subscription.
pub struct Subscription {
    agreed: SubscriptionFilter,
    events: Unfold<Box<EventSource>, Result<Event, Error>>,
}

impl Client {
    /// Subscribes to changes. Returns when the server has agreed.
    ///
    /// A change invalidates the cached results that it makes stale. When the connection is
    /// interrupted and can be made again, the subscription continues with [`Event::Missed`].
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error, Event, Watch};
    /// # use mcp_runtime::prelude::*;
    /// # /// Notes.
    /// # #[resource("notes://today")]
    /// # async fn notes() -> &'static str { "buy milk" }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let mut server = Server::new("notes", "1.0.0").with::<notes>();
    /// # let handle = server.handle();
    /// # let client = Client::in_memory(server).connect().await?;
    /// let mut changes = client.subscribe(Watch::lists().resource("notes://today")).await?;
    /// # handle.resource_updated("notes://today");
    /// assert_eq!(changes.next().await.unwrap()?, Event::Resource("notes://today".into()));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of any request.
    pub async fn subscribe(&self, watch: Watch) -> Result<Subscription, Error> {
        let mut source = EventSource::new(self, watch);
        let agreed = source.open().await?;
        Ok(Subscription { agreed, events: Unfold::new(source, next_event) })
    }
}

impl Subscription {
    /// Returns the changes to which the server agreed. In a session, these are the requested ones.
    pub fn agreed(&self) -> &SubscriptionFilter {
        &self.agreed
    }

    /// Returns the next change; `None` when the server has ended the subscription, or after an
    /// error.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
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

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("agreed", &self.agreed).finish_non_exhaustive()
    }
}

/// A change and the source behind it; `None` at the end.
type NextEvent = Option<(Result<Event, Error>, Box<EventSource>)>;

fn next_event(mut source: Box<EventSource>) -> BoxFuture<'static, NextEvent> {
    Box::pin(async move {
        let event = source.next().await?;
        if event.is_err() {
            source.close();
        }
        Some((event, source))
    })
}
