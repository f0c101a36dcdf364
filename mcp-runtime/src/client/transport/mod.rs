//! Transports: they send requests to a server and return its replies.
//!
//! A [`Transport`] turns one request into [`Replies`]: a stream of messages that ends with the
//! response. The future of the caller reads that stream, and dropping the stream cancels the request;
//! there is no task in between. Messages that belong to no request go to [`Inbound`].

pub(crate) mod child;
mod ending;
#[cfg(any(windows, test))]
mod executable;
#[cfg(feature = "client-http")]
pub(crate) mod http;
mod lines;
mod outbox;
mod own_id;
mod pending;
pub(crate) mod pipe;
mod shared;
mod skim;
mod stderr_lines;
mod tail_buffer;

use std::sync::Arc;

use mcp_core::jsonrpc::Limits;
use mcp_core::revision::Revision;

use super::error::Error;
use super::inbound::Inbound;
use super::message::{BoxFuture, Notification, Response};
use super::tools::UnsafeInteger;

pub(crate) use own_id::own_id;

/// A connection to a server, or a session with it.
pub(crate) trait Transport: Send + Sync + 'static {
    /// Sends a request. The replies end with its response, or with the error of sending it.
    fn request(&self, request: OutgoingRequest) -> BoxFuture<'_, Result<Box<dyn Replies>, Error>>;

    /// Sends a message that has no response.
    fn send(&self, message: Vec<u8>) -> BoxFuture<'_, Result<(), Error>>;

    /// Sends a notification that is not defined by the protocol.
    fn notify(&self, notification: OutgoingNotification) -> BoxFuture<'_, Result<(), Error>> {
        self.send(notification.frame)
    }

    /// Sets the revision of the session.
    fn opened(&self, revision: Revision) {
        let _ = revision;
    }

    /// Returns `true` if the server refused the handshake as one does that speaks only the legacy
    /// SSE transport, unless its answer proves otherwise.
    fn may_be_legacy_sse(&self) -> bool {
        false
    }

    /// Starts to receive what the server sends by itself. Returns when it can send, or will not.
    fn listen(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }

    /// Returns the reason of the end, once the connection has ended.
    fn end(&self) -> Option<Error>;

    /// Waits for the end of the connection.
    fn ended(&self) -> BoxFuture<'_, ()>;

    /// Describes the messages that matched no request, for the error of a request without response.
    fn unmatched(&self) -> String {
        String::new()
    }

    /// Returns `true` if the server is reached over the network.
    #[cfg(feature = "otel")]
    fn is_remote(&self) -> bool {
        false
    }

    /// Returns `true` if parts of requests are repeated in headers.
    fn mirrors(&self) -> bool {
        false
    }

    /// Closes the connection and waits until that is done.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// The messages that the server sends for one request. Dropping them before the response cancels
/// the request.
pub(crate) trait Replies: Send {
    /// Returns the next message. There is none after a response or an error.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    fn next(&mut self) -> BoxFuture<'_, Result<Reply, Error>>;
}

/// A message that belongs to a request.
#[derive(Debug)]
pub(crate) enum Reply {
    Response(Response),
    Notification(Notification),
    /// Notifications arrived faster than they were read, and some are lost.
    Missed,
}

/// Connects to one server.
pub(crate) trait Connector: Send + Sync + 'static {
    /// Connects.
    fn connect<'a>(
        &'a self,
        inbound: &'a Arc<Inbound>,
    ) -> BoxFuture<'a, Result<Arc<dyn Transport>, Error>>;

    /// Connects with the legacy SSE transport, where there is one.
    fn connect_legacy_sse<'a>(
        &'a self,
        inbound: &'a Arc<Inbound>,
    ) -> Option<BoxFuture<'a, Result<Arc<dyn Transport>, Error>>> {
        let _ = inbound;
        None
    }

    /// Returns `true` if it can connect more than once.
    fn connects_again(&self) -> bool;

    /// Returns `true` if a connection that ended unexpectedly is made again.
    fn restarts(&self) -> bool;

    /// Returns `true` if a server that does not answer the probe may be of the legacy era.
    fn silence_is_legacy(&self) -> bool;

    /// Returns `true` if the server is of this process, and all that it offers is its own.
    #[cfg_attr(not(feature = "agent"), expect(dead_code, reason = "only agents trust a server"))]
    fn serves_own_components(&self) -> bool {
        false
    }

    /// Returns the identity of the server, for caches that are shared.
    fn origin(&self) -> Arc<str>;

    /// Returns the identity of the caller for the server, for caches that are shared. Callers without
    /// one share their results among each other.
    fn caller(&self) -> Arc<str> {
        "".into()
    }
}

/// A request to be sent.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "client-http"),
    expect(dead_code, reason = "only HTTP repeats members of a message")
)]
pub(crate) struct OutgoingRequest {
    pub(crate) id: i64,
    pub(crate) method: Box<str>,
    /// The whole message.
    pub(crate) frame: Vec<u8>,
    /// Revision in which the message is written.
    pub(crate) revision: Revision,
    /// `true` if dropping the replies cancels the request.
    pub(crate) is_cancellable: bool,
    /// `true` for the probe, which any response of the server answers.
    pub(crate) is_probe: bool,
    pub(crate) mirrored: MirroredHeaders,
}

/// A notification to be sent.
#[cfg_attr(
    not(feature = "client-http"),
    expect(dead_code, reason = "only HTTP repeats members of a message")
)]
pub(crate) struct OutgoingNotification {
    pub(crate) method: Box<str>,
    /// The whole message.
    pub(crate) frame: Vec<u8>,
    pub(crate) revision: Revision,
}

/// Members of a request that HTTP repeats in headers.
#[derive(Clone, Debug, Default)]
pub(crate) struct MirroredHeaders {
    /// Name of the tool or prompt, or URI of the resource.
    pub(crate) name: Option<String>,
    /// Arguments by the name that follows `Mcp-Param-`; an error for one that must not be sent so.
    pub(crate) arguments: Vec<(String, Result<String, UnsafeInteger>)>,
}

/// Returns the limits of a message of a size in bytes. A message within its size is not refused for
/// its number of values, unless it consists of hardly anything else.
fn limits(max_message: usize) -> Limits {
    let limits = Limits::default();
    let nodes = u32::try_from(max_message / 8).unwrap_or(u32::MAX);
    limits.nodes(nodes.max(limits.nodes))
}
