//! The source of the changes of one subscription: a stream of its own, or the session.

use std::sync::Arc;
use std::time::Duration;

use mcp_core::method::Method;
use mcp_core::protocol::SubscriptionFilter;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::Instant;

use super::resources::ResourceSubscriptions;
use super::watch::Watch;
use crate::client::connection::Connection;
use crate::client::core::{Client, Core};
use crate::client::error::Error;
use crate::client::event::Event;
use crate::client::message::Notification;
use crate::client::transport::{Replies, Reply};

/// Largest number of attempts in a row to subscribe again.
const MAX_ATTEMPTS: u32 = 6;

/// The source of the changes of one subscription. It subscribes again after an interruption.
pub(super) struct EventSource {
    client: Client,
    watch: Watch,
    channel: Option<Channel>,
    backoff: ReopenBackoff,
}

/// The channel on which changes arrive.
enum Channel {
    /// The replies to a request, in the modern era.
    Replies(Box<dyn Replies>),
    /// The notifications of a session.
    Session {
        events: broadcast::Receiver<Event>,
        connection: Arc<Connection>,
        _resources: ResourceSubscriptions,
    },
}

/// The outcome of waiting for a message.
enum Received {
    Event(Event),
    /// A message that is no change.
    Other,
    /// The server ended the subscription.
    Ended,
    Interrupted(Error),
}

impl EventSource {
    /// Creates a source that is not open.
    pub(super) fn new(client: &Client, watch: Watch) -> Box<Self> {
        let (client, backoff) = (client.clone(), ReopenBackoff::new());
        Box::new(Self { client, watch, channel: None, backoff })
    }

    /// Subscribes. Returns the changes to which the server agreed.
    pub(super) async fn open(&mut self) -> Result<SubscriptionFilter, Error> {
        let connection = self.client.core.connection().await?;
        if connection.facts().has(Method::Listen) {
            self.open_replies(connection).await
        } else {
            self.open_session(connection).await
        }
    }

    async fn open_replies(
        &mut self,
        connection: Arc<Connection>,
    ) -> Result<SubscriptionFilter, Error> {
        let core = &self.client.core;
        let (replies, agreed) = core.listen(&connection, self.watch.filter(), None).await?;
        self.channel = Some(Channel::Replies(replies));
        Ok(agreed)
    }

    async fn open_session(
        &mut self,
        connection: Arc<Connection>,
    ) -> Result<SubscriptionFilter, Error> {
        let core = &self.client.core;
        let events = core.inbound.events();
        let mut resources = ResourceSubscriptions::new(core);
        let mut agreed = self.watch.clone();
        for uri in &self.watch.uris {
            match resources.add(uri).await {
                Err(Error::Remote(_)) if self.watch.allows_refusals => {
                    resources.remove_last();
                    agreed.uris.remove(uri);
                }
                outcome => outcome?,
            }
        }
        self.channel = Some(Channel::Session { events, connection, _resources: resources });
        Ok(agreed.filter())
    }

    /// Closes the channel.
    pub(super) fn close(&mut self) {
        self.channel = None;
    }

    /// Returns the next change; `None` at the end of the subscription.
    pub(super) async fn next(&mut self) -> Option<Result<Event, Error>> {
        loop {
            match self.channel.as_mut()?.receive(&self.client.core).await {
                Ok(Received::Event(event)) if self.watch.includes(&event) => {
                    self.backoff = ReopenBackoff::new();
                    return Some(Ok(event));
                }
                Ok(Received::Event(_) | Received::Other) => {}
                Ok(Received::Ended) => return None,
                Ok(Received::Interrupted(error)) => {
                    return Some(self.reopen(error).await.map(|()| Event::Missed));
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// Subscribes again, several times with growing pauses. A refusal of the server is final.
    async fn reopen(&mut self, mut error: Error) -> Result<(), Error> {
        self.client.core.inbound.change(&Event::Missed);
        for _ in 0..MAX_ATTEMPTS {
            if self.client.is_closed() {
                return Err(error);
            }
            tokio::time::sleep(self.backoff.pause()).await;
            match self.open().await {
                Ok(_) => {
                    self.backoff.opened = Instant::now();
                    return Ok(());
                }
                Err(refused @ Error::Remote(_)) => return Err(refused),
                Err(other) => error = other,
            }
        }
        Err(error)
    }
}

impl Channel {
    /// Waits for the next message.
    ///
    /// # Errors
    /// [`Error::Remote`] if the server ends the subscription with an error.
    async fn receive(&mut self, core: &Core) -> Result<Received, Error> {
        Ok(match self {
            Self::Replies(replies) => match replies.next().await {
                Ok(Reply::Notification(notification)) => received(&notification, core),
                Ok(Reply::Missed) => Received::Event(Event::Missed),
                Ok(Reply::Response(response)) => {
                    response.map_err(Error::Remote)?;
                    Received::Ended
                }
                Err(error) => Received::Interrupted(error),
            },
            Self::Session { events, connection, .. } => tokio::select! {
                event = events.recv() => match event {
                    Ok(event) => Received::Event(event),
                    Err(RecvError::Lagged(_)) => Received::Event(Event::Missed),
                    Err(RecvError::Closed) => Received::Ended,
                },
                () = connection.transport.ended() => Received::Interrupted(
                    connection.transport.end().unwrap_or_else(|| Error::closed("it ended"))
                ),
            },
        })
    }
}

/// Dispatches a notification on the stream of a subscription.
fn received(notification: &Notification, core: &Core) -> Received {
    match Method::parse(&notification.method) {
        Some(Method::Cancelled) => Received::Ended,
        Some(method) => match Event::announced_by(method, notification) {
            Some(event) => {
                core.inbound.change(&event);
                Received::Event(event)
            }
            None => Received::Other,
        },
        None => Received::Other,
    }
}

/// The pauses before attempts to subscribe again: a server that ends each stream at once is not
/// asked without pause.
struct ReopenBackoff {
    attempts: u32,
    opened: Instant,
}

impl ReopenBackoff {
    /// Time after which an interruption counts as the first one again.
    const RESET_AFTER: Duration = Duration::from_secs(30);

    /// Number of doublings of the pause.
    const MAX_DOUBLINGS: u32 = 5;

    fn new() -> Self {
        Self { attempts: 0, opened: Instant::now() }
    }

    /// Returns the pause before the attempt that happens now.
    fn pause(&mut self) -> Duration {
        if self.opened.elapsed() > Self::RESET_AFTER {
            *self = Self::new();
        }
        let pause = Duration::from_millis(100 << self.attempts);
        self.attempts = (self.attempts + 1).min(Self::MAX_DOUBLINGS);
        pause
    }
}
