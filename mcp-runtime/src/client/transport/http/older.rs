//! The transport of 2024-11-05: one stream of events for everything the server says, and a second
//! URL for what the client says.
//!
//! Specification: [HTTP with SSE](https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse).

use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::Limits;
use reqwest::Url;
use reqwest::header::HeaderMap;

use super::site::{self, Events, Inflow, Outbound, Site};
use super::{ANSWER_PATIENCE, CANCEL_PATIENCE};
use crate::client::error::Error;
use crate::client::inbound::{Answering, Inbound};
use crate::client::transport::pipe::cancelled;
use crate::client::transport::waiters::Waiters;
use crate::client::transport::{Boxed, Outgoing, Owned, Replies, Transport, limits};

/// How long a server may take to say where it wants to be told.
const ENDPOINT_PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Older {
    mouth: Arc<Mouth>,
    waiters: Arc<Waiters>,
    inbound: Arc<Inbound>,
    _reading: Owned,
}

/// Where the server is told something.
struct Mouth {
    site: Arc<Site>,
    url: Url,
}

impl Mouth {
    async fn tell(&self, message: Vec<u8>) -> Result<(), Error> {
        let outbound = Outbound::Post(message.into());
        let response = self.site.send(&self.url, &outbound, &HeaderMap::new()).await?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(Error::Http(site::failure(response).await.0))
    }
}

impl Older {
    pub(super) async fn connect(
        site: Arc<Site>,
        inbound: Arc<Inbound>,
    ) -> Result<Arc<Self>, Error> {
        let response = site.send(&site.url, &Outbound::Get, &HeaderMap::new()).await?;
        let Inflow::Events(mut events) = site.read(response).await? else {
            return Err(Error::protocol("expected a stream of events, got something else"));
        };
        let endpoint = tokio::time::timeout(ENDPOINT_PATIENCE, endpoint(&mut events)).await;
        let endpoint = endpoint.map_err(|_| Error::Timeout {
            method: "the event `endpoint`".to_owned(),
            after: ENDPOINT_PATIENCE,
            seen: String::new(),
        })??;
        let url = site.url.join(&endpoint).ok().filter(|url| url.origin() == site.url.origin());
        let url = url.ok_or_else(|| {
            Error::protocol(format!("expected an endpoint on the same server, got `{endpoint}`"))
        })?;
        let mouth = Arc::new(Mouth { site, url });
        let waiters = Arc::new(Waiters::default());
        let limits = limits(mouth.site.longest);
        let answering = answering(&mouth);
        let reading = read(events, Arc::clone(&waiters), limits, Arc::clone(&inbound), answering);
        Ok(Arc::new(Self { mouth, waiters, inbound, _reading: Owned::spawn(reading) }))
    }
}

/// Waits for the server to say where it wants to be told.
async fn endpoint(events: &mut Events) -> Result<String, Error> {
    while let Some(event) = events.next().await? {
        if event.kind.as_deref() == Some("endpoint") {
            return Ok(event.data.unwrap_or_default());
        }
    }
    Err(Error::closed("the stream ended without an `endpoint`"))
}

async fn read(
    mut events: Box<Events>,
    waiters: Arc<Waiters>,
    limits: Limits,
    inbound: Arc<Inbound>,
    answering: Answering,
) {
    let why = loop {
        match events.next().await {
            Ok(Some(event)) => {
                if let Some(data) = event.data.filter(|data| !data.is_empty()) {
                    waiters.receive(data.as_bytes(), limits, &inbound, &answering);
                }
            }
            Ok(None) => break Error::closed("the server ended its stream"),
            Err(error) => break Error::closed(error.to_string()),
        }
    };
    inbound.end_questions();
    waiters.end(why);
}

fn answering(mouth: &Arc<Mouth>) -> Answering {
    let mouth = Arc::downgrade(mouth);
    Arc::new(move |message| {
        let mouth = mouth.upgrade();
        Box::pin(async move {
            if let Some(mouth) = mouth {
                // The connection ended in the meantime.
                let _ = tokio::time::timeout(ANSWER_PATIENCE, mouth.tell(message)).await;
            }
        })
    })
}

impl Transport for Older {
    fn request(&self, request: Outgoing) -> Boxed<'_, Result<Box<dyn Replies>, Error>> {
        Box::pin(async move {
            let (mouth, id) = (Arc::clone(&self.mouth), request.id);
            let cancellable = request.cancellable;
            let replies = self.waiters.expect(id, move || {
                if let Ok(runtime) = tokio::runtime::Handle::try_current()
                    && cancellable
                {
                    runtime.spawn(async move {
                        // A server that cannot be told finds out by itself.
                        let telling = mouth.tell(cancelled(id));
                        let _ = tokio::time::timeout(CANCEL_PATIENCE, telling).await;
                    });
                }
            })?;
            self.mouth.tell(request.frame).await?;
            Ok(Box::new(replies) as Box<dyn Replies>)
        })
    }

    fn tell(&self, message: Vec<u8>) -> Boxed<'_, Result<(), Error>> {
        Box::pin(self.mouth.tell(message))
    }

    fn end(&self) -> Option<Error> {
        self.waiters.ending()
    }

    fn ended(&self) -> Boxed<'_, ()> {
        Box::pin(self.waiters.ended())
    }

    fn seen(&self) -> String {
        self.waiters.seen()
    }

    fn close(&self) -> Boxed<'_, ()> {
        self.inbound.end_questions();
        self.waiters.end(Error::closed("the client closed it"));
        Box::pin(std::future::ready(()))
    }
}
