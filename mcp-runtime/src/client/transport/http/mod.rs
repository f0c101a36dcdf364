//! Streamable HTTP: every message is a POST request, and its response carries the replies.
//!
//! Specification: [Streamable HTTP](https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http),
//! [of 2025-11-25](https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http).

mod body;
mod cookies;
mod endpoint;
pub(crate) mod headers;
mod legacy_sse;
mod replies;
mod session;
mod session_stream;
pub(crate) mod sse;

pub(crate) use endpoint::{Endpoint, HeaderSource};

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mcp_core::revision::Revision;
use tokio::sync::oneshot;

use super::outbox::Outbox as _;
use super::{Connector, OutgoingNotification, OutgoingRequest, Replies, Transport};
use crate::client::error::Error;
use crate::client::inbound::Inbound;
use crate::client::message::BoxFuture;
use crate::owned_task::OwnedTask;
use legacy_sse::LegacySse;
use replies::HttpReplies;
use session::Session;

/// Longest time for which a request waits for the stream of the session.
const SESSION_STREAM_TIMEOUT: Duration = Duration::from_secs(1);

impl Connector for Arc<Endpoint> {
    fn connect<'a>(
        &'a self,
        inbound: &'a Arc<Inbound>,
    ) -> BoxFuture<'a, Result<Arc<dyn Transport>, Error>> {
        #[cfg(feature = "auth-client")]
        if let Some(authorizer) = &self.authorizer {
            authorizer.set_pauses(&inbound.pauses);
        }
        let session = Session::new(Arc::clone(self), Arc::clone(inbound));
        let http = Arc::new(StreamableHttp { session, session_stream: Mutex::default() });
        Box::pin(std::future::ready(Ok(http as Arc<dyn Transport>)))
    }

    fn connect_legacy_sse<'a>(
        &'a self,
        inbound: &'a Arc<Inbound>,
    ) -> Option<BoxFuture<'a, Result<Arc<dyn Transport>, Error>>> {
        Some(Box::pin(async move {
            let legacy = LegacySse::connect(Arc::clone(self), Arc::clone(inbound)).await?;
            Ok(legacy as Arc<dyn Transport>)
        }))
    }

    fn connects_again(&self) -> bool {
        true
    }

    /// A session that the server has forgotten is opened again.
    fn restarts(&self) -> bool {
        true
    }

    fn silence_is_legacy(&self) -> bool {
        false
    }

    fn origin(&self) -> Arc<str> {
        self.url.as_str().into()
    }

    fn caller(&self) -> Arc<str> {
        Endpoint::caller(self)
    }
}

/// A connection to a server over Streamable HTTP: one session, or none.
struct StreamableHttp {
    session: Arc<Session>,
    session_stream: Mutex<Option<OwnedTask>>,
}

impl Transport for StreamableHttp {
    fn request(&self, request: OutgoingRequest) -> BoxFuture<'_, Result<Box<dyn Replies>, Error>> {
        let replies = HttpReplies::new(&self.session, request);
        Box::pin(std::future::ready(replies.map(|replies| Box::new(replies) as Box<dyn Replies>)))
    }

    fn send(&self, message: Vec<u8>) -> BoxFuture<'_, Result<(), Error>> {
        self.session.send(message)
    }

    fn notify(&self, notification: OutgoingNotification) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(self.session.notify(notification))
    }

    fn opened(&self, revision: Revision) {
        self.session.set_revision(revision);
    }

    fn may_be_legacy_sse(&self) -> bool {
        self.session.may_be_legacy_sse()
    }

    /// Waits for the stream, because some servers drop what they cannot send at once. The wait is
    /// short, because others send the head of the stream only together with the first event.
    fn listen(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if !self.session.endpoint.reads_session_stream {
                return;
            }
            let (open, opened) = oneshot::channel();
            let reading = session_stream::read(Arc::downgrade(&self.session), open);
            *self.session_stream.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(OwnedTask::spawn(reading));
            // A stream that is late or refused is no error.
            let _ = tokio::time::timeout(SESSION_STREAM_TIMEOUT, opened).await;
        })
    }

    fn end(&self) -> Option<Error> {
        self.session.ending().get()
    }

    fn ended(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.session.ending().wait())
    }

    fn unmatched(&self) -> String {
        self.session.shared.pending.unmatched()
    }

    #[cfg(feature = "otel")]
    fn is_remote(&self) -> bool {
        true
    }

    fn mirrors(&self) -> bool {
        true
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if self.end().is_none() {
                self.session_stream.lock().unwrap_or_else(PoisonError::into_inner).take();
                self.session.detached().flush().await;
                self.session.finish(Error::closed("the client closed it"));
                Session::delete(Arc::clone(&self.session.endpoint), self.session.headers()).await;
            }
        })
    }
}

impl Drop for StreamableHttp {
    fn drop(&mut self) {
        if self.end().is_some() {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (endpoint, headers) = (Arc::clone(&self.session.endpoint), self.session.headers());
            runtime.spawn(Session::delete(endpoint, headers));
        }
    }
}
