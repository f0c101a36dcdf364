//! How requests reach a server, and how what it says comes back.
//!
//! A [`Transport`] turns one request into [`Replies`]: a stream of messages that ends in the
//! response. Whoever asks reads the stream, and dropping it is cancelling the request; no task
//! stands between the two. What belongs to no request goes to [`Inbound`](super::inbound::Inbound).

pub(crate) mod child;
#[cfg(feature = "client-http")]
pub(crate) mod http;
mod lines;
pub(crate) mod pipe;
mod ring;
pub(crate) mod waiters;

pub(crate) use lines::Lines;
pub(crate) use waiters::excerpt;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use mcp_core::jsonrpc::{Limits, ProtocolError, Raw};
use mcp_core::revision::Revision;

use super::error::Error;
use super::inbound::Inbound;

/// A future whose type is not told.
pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// One connection to a server, or one session with it.
pub(crate) trait Transport: Send + Sync + 'static {
    /// Sends a request. The stream that comes back ends with its response.
    fn request(&self, request: Outgoing) -> Boxed<'_, Result<Box<dyn Replies>, Error>>;

    /// Sends a message that has no response.
    fn tell(&self, message: Vec<u8>) -> Boxed<'_, Result<(), Error>>;

    /// Sends a notification that is not the protocol's own.
    fn notify(&self, notice: Notice) -> Boxed<'_, Result<(), Error>> {
        self.tell(notice.frame)
    }

    /// The revision of a session is settled.
    fn opened(&self, revision: Revision) {
        let _ = revision;
    }

    /// Whether the server refused the handshake as one does that speaks only the transport that
    /// came before, if its answer does not say otherwise.
    fn may_be_older(&self) -> bool {
        false
    }

    /// From now on, what the server says by itself is listened to. Returns when it can say
    /// something, or will not.
    fn listen(&self) -> Boxed<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Why it cannot be used any more, if it cannot.
    fn end(&self) -> Option<Error>;

    /// Waits until it cannot be used any more.
    fn ended(&self) -> Boxed<'_, ()>;

    /// What came that belongs to nobody, for an error about waiting in vain.
    fn seen(&self) -> String {
        String::new()
    }

    /// Whether parts of requests are repeated in headers.
    fn mirrors(&self) -> bool {
        false
    }

    /// Ends it in order and waits until that is done.
    fn close(&self) -> Boxed<'_, ()>;
}

/// A notification on its way to the server.
#[cfg_attr(
    not(feature = "client-http"),
    expect(dead_code, reason = "only HTTP repeats members of a message")
)]
pub(crate) struct Notice {
    pub(crate) method: Box<str>,
    /// The message.
    pub(crate) frame: Vec<u8>,
    pub(crate) revision: Revision,
}

/// What comes back for one request. Dropping it before its end cancels the request.
pub(crate) trait Replies: Send {
    /// The next message. After a response or an error there is none.
    fn next(&mut self) -> Boxed<'_, Result<Reply, Error>>;
}

/// Makes connections to one server.
pub(crate) trait Connector: Send + Sync + 'static {
    /// Connects.
    fn connect<'a>(
        &'a self,
        inbound: &'a Arc<Inbound>,
    ) -> Boxed<'a, Result<Arc<dyn Transport>, Error>>;

    /// Connects by the transport that came before, where there was one.
    fn connect_older<'a>(
        &'a self,
        inbound: &'a Arc<Inbound>,
    ) -> Option<Boxed<'a, Result<Arc<dyn Transport>, Error>>> {
        let _ = inbound;
        None
    }

    /// Whether it can connect more than once.
    fn connects_again(&self) -> bool;

    /// Whether to connect again by itself when a connection ended unexpectedly.
    fn restarts(&self) -> bool;

    /// Whether a server that does not answer the probe may be one of the older era.
    fn silence_is_legacy(&self) -> bool;

    /// What tells this server from others, for caches that are shared.
    fn origin(&self) -> Arc<str>;
}

/// A request on its way out.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "client-http"),
    expect(dead_code, reason = "only HTTP repeats members of a message")
)]
pub(crate) struct Outgoing {
    pub(crate) id: i64,
    pub(crate) method: Box<str>,
    /// The whole message.
    pub(crate) frame: Vec<u8>,
    /// The revision it is written in.
    pub(crate) revision: Revision,
    /// Whether the server is told when nobody waits any more.
    pub(crate) cancellable: bool,
    pub(crate) mirrored: Mirrored,
}

/// What HTTP repeats in headers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mirrored {
    /// The tool, prompt, resource or task that is asked for.
    pub(crate) name: Option<String>,
    /// Arguments by the name that follows `Mcp-Param-`.
    pub(crate) arguments: Vec<(String, String)>,
}

/// A message that belongs to a request.
#[derive(Debug)]
pub(crate) enum Reply {
    /// The response.
    Answer(Result<Json, ProtocolError>),
    /// A notification.
    Note(Note),
    /// Notifications came faster than they were read, and some are lost.
    Missed,
}

/// A notification of the server.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    pub(crate) method: Box<str>,
    pub(crate) params: Json,
}

impl Note {
    pub(crate) fn new(note: &mcp_core::jsonrpc::Notification<'_>) -> Self {
        Self {
            method: (&*note.method).into(),
            params: note.params.map_or_else(Json::empty, Json::of),
        }
    }

    /// How many bytes it takes.
    fn len(&self) -> usize {
        self.method.len() + self.params.as_str().len()
    }
}

/// The limits of a message, which follow from how long it may be: one that is read whole is not
/// refused for its number of values, unless it has hardly anything but them.
pub(crate) fn limits(longest: usize) -> Limits {
    let limits = Limits::default();
    let nodes = u32::try_from(longest / 8).unwrap_or(u32::MAX);
    limits.nodes(nodes.max(limits.nodes))
}

/// The text of one JSON value that was checked.
#[derive(Clone)]
pub(crate) struct Json(Arc<str>);

impl Json {
    pub(crate) fn of(raw: Raw<'_>) -> Self {
        Self(raw.as_str().into())
    }

    pub(crate) fn empty() -> Self {
        Self("{}".into())
    }

    pub(crate) fn raw(&self) -> Raw<'_> {
        Raw::from_accepted(&self.0)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A task that ends when its owner does.
#[derive(Debug)]
pub(crate) struct Owned(tokio::task::JoinHandle<()>);

impl Owned {
    pub(crate) fn spawn(future: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(tokio::spawn(future))
    }

    /// The same in a runtime that need not be the one of the caller.
    pub(crate) fn spawn_in(
        runtime: &tokio::runtime::Handle,
        future: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        Self(runtime.spawn(future))
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.abort();
    }
}
