//! The legacy SSE transport of 2024-11-05: one stream of events for all messages of the server, and a
//! second URL for the messages of the client.
//!
//! Specification: [HTTP with SSE](https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse).

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderMap;

use super::body::{Body, Events};
use super::endpoint::{Endpoint, HttpRequest, RESPONSE_TIMEOUT};
use super::session::unknown_session;
use crate::client::error::Error;
use crate::client::inbound::Inbound;
use crate::client::message::BoxFuture;
use crate::client::transport::outbox::{Detached, Outbox};
use crate::client::transport::shared::SharedConnection;
use crate::client::transport::{OutgoingRequest, Replies, Transport};
use crate::client::wire::Direction;
use crate::owned_task::OwnedTask;
use crate::shorten::shorten;

/// Longest time in which a server may send the event `endpoint`.
const ENDPOINT_EVENT_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct LegacySse {
    shared: Arc<SharedConnection>,
    outbox: Arc<MessageUrl>,
    _reading: OwnedTask,
}

/// The URL to which messages are posted.
struct MessageUrl {
    endpoint: Arc<Endpoint>,
    inbound: Arc<Inbound>,
    url: Url,
    detached: Detached,
}

impl Outbox for MessageUrl {
    const RESPONSE_TIMEOUT: Duration = RESPONSE_TIMEOUT;

    fn send(&self, message: Vec<u8>) -> BoxFuture<'_, Result<(), Error>> {
        self.inbound.observe(Direction::Sent, &message);
        Box::pin(async move { self.endpoint.post(&self.url, message, &HeaderMap::new()).await })
    }

    fn detached(&self) -> &Detached {
        &self.detached
    }
}

impl LegacySse {
    pub(super) async fn connect(
        endpoint: Arc<Endpoint>,
        inbound: Arc<Inbound>,
    ) -> Result<Arc<Self>, Error> {
        let response = endpoint.send(&endpoint.url, &HttpRequest::Get, &HeaderMap::new()).await?;
        let Body::Events(mut events) = Body::of(response, endpoint.max_message).await? else {
            return Err(Error::protocol("expected a stream of events, got something else"));
        };
        let path = tokio::time::timeout(ENDPOINT_EVENT_TIMEOUT, endpoint_event(&mut events)).await;
        let path = path.map_err(|_| Error::Timeout {
            method: "the event `endpoint`".to_owned(),
            after: ENDPOINT_EVENT_TIMEOUT,
            unmatched: String::new(),
        })??;
        let url = endpoint.url.join(&path).ok();
        let url = url.filter(|url| url.origin() == endpoint.url.origin()).ok_or_else(|| {
            Error::protocol(format!(
                "expected an endpoint on the same server, got `{}`",
                shorten(&path)
            ))
        })?;
        let max_message = endpoint.max_message;
        let outbox = Arc::new(MessageUrl {
            endpoint,
            inbound: Arc::clone(&inbound),
            url,
            detached: Detached::default(),
        });
        let shared = SharedConnection::new(Arc::downgrade(&outbox), inbound, max_message);
        let reading = OwnedTask::spawn(read(events, Arc::clone(&shared)));
        Ok(Arc::new(Self { shared, outbox, _reading: reading }))
    }
}

impl LegacySse {
    /// Posts a message. The connection ends if the server does not know it any more.
    async fn post(&self, message: Vec<u8>) -> Result<(), Error> {
        let sent = self.outbox.send(message).await;
        if let Err(Error::Http(failure)) = &sent
            && let Some(lost) = unknown_session(failure, failure.body.as_bytes())
        {
            self.shared.end(lost.clone());
            return Err(lost);
        }
        sent
    }
}

/// Waits for the event that contains the URL to post to.
async fn endpoint_event(events: &mut Events) -> Result<String, Error> {
    while let Some(event) = events.next().await? {
        if event.kind.as_deref() == Some("endpoint") {
            return Ok(event.data.unwrap_or_default());
        }
    }
    Err(Error::closed("the stream ended without an `endpoint`"))
}

async fn read(mut events: Box<Events>, shared: Arc<SharedConnection>) {
    let reason = loop {
        match events.next().await {
            Ok(Some(event)) => {
                if let Some(skimmed) = event.too_long {
                    shared.pending.too_long(skimmed, events.limit());
                }
                if let Some(data) = event.data.filter(|data| !data.is_empty()) {
                    shared.receive(data.as_bytes());
                }
            }
            Ok(None) => break Error::closed("the server ended its stream"),
            Err(error) => break Error::closed(error.report().to_string()),
        }
    };
    shared.end(reason);
}

impl Transport for LegacySse {
    fn request(&self, request: OutgoingRequest) -> BoxFuture<'_, Result<Box<dyn Replies>, Error>> {
        Box::pin(async move {
            let replies = self.shared.register(&request, &self.outbox)?;
            self.post(request.frame).await?;
            Ok(Box::new(replies) as Box<dyn Replies>)
        })
    }

    fn send(&self, message: Vec<u8>) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(self.post(message))
    }

    fn end(&self) -> Option<Error> {
        self.shared.pending.ending.get()
    }

    fn ended(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.shared.pending.ending.wait())
    }

    fn unmatched(&self) -> String {
        self.shared.pending.unmatched()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            self.outbox.detached().flush().await;
            self.shared.end(Error::closed("the client closed it"));
        })
    }
}
