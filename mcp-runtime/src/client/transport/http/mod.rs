//! A server at a URL: every message is a POST, and what comes back is its answer.
//!
//! Specification: [Streamable HTTP](https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http),
//! [of 2025-11-25](https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http).

mod headers;
mod listen;
mod older;
mod replies;
mod session;
mod site;
mod sse;

pub(crate) use site::Site;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mcp_core::revision::Revision;
use tokio::sync::oneshot;

use super::{Boxed, Connector, Notice, Outgoing, Owned, Replies, Transport};
use crate::client::error::Error;
use crate::client::inbound::Inbound;
use older::Older;
use replies::{HttpReplies, Unanswered};
use session::Session;

impl Connector for Arc<Site> {
    fn connect<'a>(
        &'a self,
        inbound: &'a Arc<Inbound>,
    ) -> Boxed<'a, Result<Arc<dyn Transport>, Error>> {
        let session = Session::new(Arc::clone(self), Arc::clone(inbound));
        let http = Arc::new(Http { session, listening: Mutex::default() });
        Box::pin(std::future::ready(Ok(http as Arc<dyn Transport>)))
    }

    fn connect_older<'a>(
        &'a self,
        inbound: &'a Arc<Inbound>,
    ) -> Option<Boxed<'a, Result<Arc<dyn Transport>, Error>>> {
        Some(Box::pin(async move {
            let older = Older::connect(Arc::clone(self), Arc::clone(inbound)).await?;
            Ok(older as Arc<dyn Transport>)
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
}

/// How long a server may take to accept an answer to a question of its own.
const ANSWER_PATIENCE: Duration = Duration::from_secs(30);

/// How long a server may take to hear that nobody waits any more.
const CANCEL_PATIENCE: Duration = Duration::from_secs(5);

/// How long the session's own stream is waited for.
const LISTEN_PATIENCE: Duration = Duration::from_secs(1);

/// A connection to a server over HTTP: one session, or none.
struct Http {
    session: Arc<Session>,
    listening: Mutex<Option<Owned>>,
}

impl Transport for Http {
    fn request(&self, request: Outgoing) -> Boxed<'_, Result<Box<dyn Replies>, Error>> {
        Box::pin(async move {
            let mut unanswered = Unanswered::new(&self.session, &request);
            let received =
                self.session.post(&request).await.inspect_err(|_| unanswered.settle())?;
            let session = Arc::clone(&self.session);
            let replies = HttpReplies::of(session, &request, received, unanswered).await?;
            Ok(Box::new(replies) as Box<dyn Replies>)
        })
    }

    fn tell(&self, message: Vec<u8>) -> Boxed<'_, Result<(), Error>> {
        Box::pin(self.session.tell(message))
    }

    fn notify(&self, notice: Notice) -> Boxed<'_, Result<(), Error>> {
        Box::pin(self.session.notify(notice))
    }

    fn opened(&self, revision: Revision) {
        self.session.settle(revision);
    }

    fn may_be_older(&self) -> bool {
        self.session.may_be_older()
    }

    /// Some servers say what they cannot say at once to nobody, so the stream is waited for, but
    /// not for long: others send the head of it together with the first event.
    fn listen(&self) -> Boxed<'_, ()> {
        Box::pin(async {
            if !self.session.site.listens {
                return;
            }
            let (open, opened) = oneshot::channel();
            let listening = Owned::spawn(listen::listen(Arc::downgrade(&self.session), open));
            *self.listening.lock().unwrap_or_else(PoisonError::into_inner) = Some(listening);
            // Both a stream that is late and one that is refused are as good as open.
            let _ = tokio::time::timeout(LISTEN_PATIENCE, opened).await;
        })
    }

    fn end(&self) -> Option<Error> {
        self.session.end()
    }

    fn ended(&self) -> Boxed<'_, ()> {
        Box::pin(self.session.ended())
    }

    fn mirrors(&self) -> bool {
        true
    }

    fn close(&self) -> Boxed<'_, ()> {
        Box::pin(async {
            if self.session.end().is_none() {
                self.listening.lock().unwrap_or_else(PoisonError::into_inner).take();
                self.session.finish(Error::closed("the client closed it"));
                Session::delete(Arc::clone(&self.session.site), self.session.headers()).await;
            }
        })
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        if self.session.end().is_some() {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (site, headers) = (Arc::clone(&self.session.site), self.session.headers());
            runtime.spawn(Session::delete(site, headers));
        }
    }
}
