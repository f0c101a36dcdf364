//! What is known of one request before it is dispatched: its bytes, its revision, its sender.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::jsonrpc::{Raw, Request, RequestId};
use mcp_core::protocol::{ClientCapabilities, Implementation, LoggingLevel};
use mcp_core::revision::{Facts, Revision};

use super::context::Principal;
use super::lifecycle::{Admitted, META_PREFIX, RequestMeta, Session};
use super::outlet::{SharedOutlet, Voice};

/// A part of a frame, by position, so that it can travel with the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// The place of a part that borrows from the frame.
    pub(crate) fn of(part: &str, frame: &[u8]) -> Self {
        let start = (part.as_ptr() as usize).wrapping_sub(frame.as_ptr() as usize);
        let end = start.wrapping_add(part.len());
        if start <= end && end <= frame.len() { Self { start, end } } else { Self::default() }
    }

    /// The part again; empty if there is none.
    pub(crate) fn text(self, frame: &[u8]) -> &str {
        frame
            .get(self.start..self.end)
            .and_then(|part| std::str::from_utf8(part).ok())
            .unwrap_or("")
    }
}

/// How the sender of a request is known.
#[derive(Clone)]
pub(crate) enum Sender {
    /// By the handshake of its session.
    Session(Arc<Session>),
    /// By the `_meta` of the request itself, which lies here in the frame.
    Request(Span),
}

/// Where the parts of a request lie in its frame.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    id: RequestId,
    params: Span,
    meta: Span,
    progress_token: Option<Span>,
}

impl Parts {
    /// Finds the parts of a request that was decoded from this frame.
    pub(crate) fn of(frame: &[u8], request: &Request<'_>, meta: &RequestMeta<'_>) -> Self {
        let span = |part: Option<Raw<'_>>| part.map(|part| Span::of(part.as_str(), frame));
        Self {
            id: request.id.to_owned(),
            params: span(request.params).unwrap_or_default(),
            meta: span(meta.object).unwrap_or_default(),
            progress_token: meta
                .progress_token
                .filter(is_progress_token)
                .map(|token| Span::of(token.as_str(), frame)),
        }
    }

    /// The id of the request.
    #[cfg(feature = "http")]
    pub(crate) fn id(&self) -> &RequestId {
        &self.id
    }
}

/// Whether a token is text or a number; what is something else asks for nothing.
fn is_progress_token(token: &Raw<'_>) -> bool {
    matches!(token.as_str().as_bytes().first(), Some(b'"' | b'-' | b'0'..=b'9'))
}

/// One request on its way to its handler.
#[derive(Clone)]
pub(crate) struct Exchange {
    /// The bytes of the request.
    pub(crate) frame: Bytes,
    pub(crate) id: RequestId,
    params: Span,
    /// The revision the request is served under.
    pub(crate) revision: Revision,
    pub(crate) sender: Sender,
    /// The token of `_meta`, as JSON, where the sender wants to hear of progress.
    pub(crate) progress_token: Option<Span>,
    /// The lowest level of log messages that the sender wants, where the request says it.
    log_level: Option<LoggingLevel>,
    pub(crate) voice: Voice,
    pub(crate) origin: Origin,
}

impl Exchange {
    /// A request of a session.
    pub(crate) fn in_session(
        frame: Bytes,
        parts: Parts,
        session: Arc<Session>,
        outlet: SharedOutlet,
        origin: Origin,
    ) -> Self {
        Self {
            frame,
            id: parts.id,
            params: parts.params,
            revision: session.revision,
            sender: Sender::Session(session),
            progress_token: parts.progress_token,
            log_level: None,
            voice: Voice::new(outlet),
            origin,
        }
    }

    /// A request that stands by itself.
    pub(crate) fn stateless(
        frame: Bytes,
        parts: Parts,
        admitted: Admitted,
        outlet: SharedOutlet,
        origin: Origin,
    ) -> Self {
        Self {
            frame,
            id: parts.id,
            params: parts.params,
            revision: admitted.revision,
            sender: Sender::Request(parts.meta),
            progress_token: parts.progress_token,
            log_level: admitted.log_level,
            voice: Voice::new(outlet),
            origin,
        }
    }

    pub(crate) fn facts(&self) -> &'static Facts {
        self.revision.facts()
    }

    /// The parameters, where there are any.
    pub(crate) fn params(&self) -> Option<Raw<'_>> {
        match self.params.text(&self.frame) {
            "" => None,
            text => Some(Raw::from_accepted(text)),
        }
    }

    /// The lowest level of log messages that the client wants; `None` for no messages.
    pub(crate) fn log_threshold(&self) -> Option<LoggingLevel> {
        match &self.sender {
            Sender::Session(session) => Some(session.log_level()),
            Sender::Request(_) => self.log_level,
        }
    }

    /// What the client says it can do.
    pub(crate) fn client_capabilities(&self) -> ClientCapabilities {
        match &self.sender {
            Sender::Session(session) => session.capabilities.clone(),
            Sender::Request(meta) => self.meta_member(*meta, "clientCapabilities"),
        }
    }

    /// Who the client says it is.
    pub(crate) fn client_info(&self) -> Option<Implementation> {
        match &self.sender {
            Sender::Session(session) => Some(session.client.clone()),
            Sender::Request(meta) => self.meta_member(*meta, "clientInfo"),
        }
    }

    /// A member of `_meta` under the protocol's prefix; the default where it is absent or malformed.
    fn meta_member<T: serde::de::DeserializeOwned + Default>(&self, meta: Span, name: &str) -> T {
        let meta = Raw::from_accepted(meta.text(&self.frame));
        let wanted = |key: &str| key.strip_prefix(META_PREFIX).is_some_and(|rest| rest == name);
        meta.members()
            .find(|(key, _)| wanted(key))
            .and_then(|(_, value)| value.parse().ok())
            .unwrap_or_default()
    }
}

/// What a transport knows of the sender of a request.
#[derive(Clone, Default)]
pub(crate) struct Origin {
    /// Who sent it, absent for an anonymous sender.
    pub(crate) principal: Option<Arc<Principal>>,
    /// The headers it came with.
    #[cfg(feature = "http")]
    pub(crate) headers: Option<Arc<http::HeaderMap>>,
}
