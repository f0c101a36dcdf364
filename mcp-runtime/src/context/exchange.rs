//! One request as it is admitted: its bytes, its revision, its sender.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use mcp_core::json;
use mcp_core::jsonrpc::{
    LongValues, MembersPast, Notification, ProtocolError, Raw, Request, RequestId,
};
use mcp_core::method::Method;
use mcp_core::protocol::{ClientCapabilities, Implementation, LoggingLevel};
use mcp_core::revision::{Facts, Revision};

use super::host::Host;
use super::questions::QuestionSlot;
use super::request_channel::RequestChannel;
use super::sink::SharedSink;
use super::state::{MountedState, State};
use crate::context::principal::Principal;
use crate::context::request_meta::{Admitted, META_PREFIX, RequestMeta};
use crate::context::session::Session;

/// A part of a frame, by position, so that it can be stored beside the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// The position of a part that borrows from the frame.
    pub(crate) fn of(part: &str, frame: &[u8]) -> Self {
        let start = (part.as_ptr() as usize).wrapping_sub(frame.as_ptr() as usize);
        let end = start.wrapping_add(part.len());
        if start <= end && end <= frame.len() { Self { start, end } } else { Self::default() }
    }

    /// The part between two positions.
    pub(crate) fn between(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The part as a JSON value, if there is one.
    pub(crate) fn raw(self, frame: &[u8]) -> Option<Raw<'_>> {
        Some(self.text(frame)).filter(|text| !text.is_empty()).map(Raw::from_accepted)
    }

    /// `true` if the part is a JSON object.
    pub(crate) fn is_object(self, frame: &[u8]) -> bool {
        frame.get(self.start..self.end).is_some_and(|part| part.starts_with(b"{"))
    }

    /// The text of the part; empty if there is none.
    pub(crate) fn text(self, frame: &[u8]) -> &str {
        frame.get(self.start..self.end).and_then(|part| json::text(part).ok()).unwrap_or("")
    }
}

/// Method of a message, parsed once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MethodName {
    /// A method of the protocol, in any of its revisions.
    Protocol(Method),
    /// Any other method, which an extension may define.
    Extension(Arc<str>),
}

impl MethodName {
    /// Parses a name on the wire.
    pub(crate) fn parse(name: &str) -> Self {
        Method::parse(name).map_or_else(|| Self::Extension(name.into()), Self::Protocol)
    }

    /// The method of the protocol, if it is one.
    pub(crate) fn protocol(&self) -> Option<Method> {
        match self {
            Self::Protocol(method) => Some(*method),
            Self::Extension(_) => None,
        }
    }

    /// Name on the wire.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Protocol(method) => method.as_str(),
            Self::Extension(name) => name,
        }
    }
}

/// Positions of the only parameters of a request apart from `_meta`; empty for an absent one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Named {
    /// Name of the component that the request is for.
    pub(crate) name: Span,
    pub(crate) arguments: Span,
}

/// Origin of what is known of the sender of a request.
#[derive(Clone)]
pub(crate) enum Sender {
    /// The handshake of its session.
    Session(Arc<Session>),
    /// The `_meta` of the request itself.
    Request,
}

/// Method of a message, and the positions of its parts in the frame.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    method: MethodName,
    id: RequestId,
    params: Span,
    meta: Span,
    named: Option<Named>,
    progress_token: Option<Span>,
    long_values: Option<Arc<LongValues>>,
}

impl Parts {
    /// Finds the parts of a request that was decoded from this frame.
    pub(crate) fn of(frame: &[u8], request: &Request<'_>) -> Self {
        let span = |part: Option<Raw<'_>>| part.map(|part| Span::of(part.as_str(), frame));
        let known = &request.known;
        let named = || Named {
            name: span(known.name).unwrap_or_default(),
            arguments: span(known.arguments).unwrap_or_default(),
        };
        Self {
            method: MethodName::parse(&request.method),
            id: request.id.to_owned(),
            params: span(request.params).unwrap_or_default(),
            meta: span(known.meta.object).unwrap_or_default(),
            named: (!known.has_others).then(named),
            progress_token: known
                .meta
                .progress_token
                .filter(is_progress_token)
                .map(|token| Span::of(token.as_str(), frame)),
            long_values: request.long_values.clone(),
        }
    }

    /// Finds the parts of a notification. Its id is a placeholder: a notification has no answer.
    pub(crate) fn of_notification(
        frame: &[u8],
        method: MethodName,
        notification: &Notification<'_>,
        meta: &RequestMeta<'_>,
    ) -> Self {
        let span = |part: Option<Raw<'_>>| part.map(|part| Span::of(part.as_str(), frame));
        Self {
            method,
            id: RequestId::Integer(0),
            params: span(notification.params).unwrap_or_default(),
            meta: span(meta.object).unwrap_or_default(),
            named: None,
            progress_token: None,
            long_values: None,
        }
    }

    /// Method of the message.
    pub(crate) fn method(&self) -> &MethodName {
        &self.method
    }

    /// Id of the request.
    pub(crate) fn id(&self) -> &RequestId {
        &self.id
    }
}

/// Returns `true` if a token is a string or an integer. Anything else requests no progress.
fn is_progress_token(token: &Raw<'_>) -> bool {
    match token.as_str().as_bytes() {
        [b'"', ..] => true,
        [b'-' | b'0'..=b'9', digits @ ..] => {
            digits.iter().all(u8::is_ascii_digit)
                || token.as_str().parse::<f64>().is_ok_and(|number| number.fract() == 0.0)
        }
        _ => false,
    }
}

/// One request on its way to its handler.
#[derive(Clone)]
pub(crate) struct Exchange {
    /// The bytes of the request.
    pub(crate) frame: Bytes,
    pub(crate) method: MethodName,
    pub(crate) id: RequestId,
    params: Span,
    meta: Span,
    named: Option<Named>,
    /// Long values of the frame, if it has any.
    long_values: Option<Arc<LongValues>>,
    /// The revision the request is served under.
    pub(crate) revision: Revision,
    pub(crate) sender: Sender,
    /// The progress token of `_meta`, as JSON, if the sender requests progress.
    pub(crate) progress_token: Option<Span>,
    /// The lowest level of log messages that the request asks for.
    log_level: Option<LoggingLevel>,
    pub(crate) channel: RequestChannel,
    /// Separate questions of a part of the request.
    own_questions: Option<Arc<QuestionSlot>>,
    pub(crate) origin: Origin,
    /// State of the mounted server of the component, once the component is known.
    pub(crate) mounted_state: Option<Arc<MountedState>>,
}

impl Exchange {
    /// Creates a request of a session.
    pub(crate) fn in_session(
        frame: Bytes,
        parts: Parts,
        session: Arc<Session>,
        sink: SharedSink,
        origin: Origin,
    ) -> Self {
        let admitted = Admitted { revision: session.revision, log_level: None };
        Self::new(frame, parts, admitted, Sender::Session(session), sink, origin)
    }

    /// Creates what stands for the requests of a session where there is none: for messages that the server
    /// sends by itself.
    pub(crate) fn of_session(session: Arc<Session>, sink: SharedSink, origin: Origin) -> Self {
        let parts = Parts {
            method: MethodName::Protocol(Method::ResourcesSubscribe),
            id: RequestId::Integer(0),
            params: Span::default(),
            meta: Span::default(),
            named: None,
            progress_token: None,
            long_values: None,
        };
        Self::in_session(Bytes::new(), parts, session, sink, origin)
    }

    /// Creates a request without a session.
    pub(crate) fn stateless(
        frame: Bytes,
        parts: Parts,
        admitted: Admitted,
        sink: SharedSink,
        origin: Origin,
    ) -> Self {
        Self::new(frame, parts, admitted, Sender::Request, sink, origin)
    }

    #[inline]
    fn new(
        frame: Bytes,
        parts: Parts,
        admitted: Admitted,
        sender: Sender,
        sink: SharedSink,
        origin: Origin,
    ) -> Self {
        Self {
            frame,
            method: parts.method,
            id: parts.id,
            params: parts.params,
            meta: parts.meta,
            named: parts.named,
            long_values: parts.long_values,
            revision: admitted.revision,
            sender,
            progress_token: parts.progress_token,
            log_level: admitted.log_level,
            channel: RequestChannel::new(sink),
            own_questions: None,
            origin,
            mounted_state: None,
        }
    }

    pub(crate) fn facts(&self) -> &'static Facts {
        self.revision.facts()
    }

    /// A value of the state of the mounted server, or else of the server itself.
    pub(crate) fn state<'a, T: Send + Sync + 'static>(
        &'a self,
        host: &'a dyn Host,
    ) -> Option<&'a State<T>> {
        let own = self.mounted_state.as_ref().and_then(|mounted| mounted.get());
        own.or_else(|| host.state().get())
    }

    /// The slot of the questions that the handler asks.
    pub(crate) fn question_slot(&self) -> &QuestionSlot {
        match &self.own_questions {
            Some(own) => own,
            None => self.channel.question_slot(),
        }
    }

    /// Separates the questions of a part of the request from the others.
    pub(crate) fn separate_questions(&mut self) {
        self.own_questions = Some(Arc::default());
    }

    /// The parameters, if there are any.
    pub(crate) fn params(&self) -> Option<Raw<'_>> {
        match self.params.text(&self.frame) {
            "" => None,
            text => Some(Raw::from_accepted(text)),
        }
    }

    /// Iterates over the members of an object in the frame. Long values cost nothing.
    pub(crate) fn members_of<'a>(&'a self, object: Raw<'a>) -> MembersPast<'a, 'a> {
        object.members_past(self.long_values.as_deref(), &self.frame)
    }

    /// The first parameter with a name.
    #[cfg(feature = "http")]
    pub(crate) fn param(&self, name: &str) -> Option<Raw<'_>> {
        match (self.named, name) {
            (Some(named), "name") => named.name.raw(&self.frame),
            (Some(named), "arguments") => named.arguments.raw(&self.frame),
            _ => self.param_members().find(|(key, _)| key == name).map(|(_, value)| value),
        }
    }

    /// Text of the parameter that names what a request is for; `None` if it is no text.
    ///
    /// # Errors
    /// `-32602` if it is given twice: others on the way may have read the other one.
    pub(crate) fn subject(&self, name: &str) -> Result<Option<Cow<'_, str>>, ProtocolError> {
        let mut all = self.param_members().filter(|(key, _)| key == name);
        let subject = all.next().and_then(|(_, value)| value.string());
        match all.next() {
            None => Ok(subject),
            Some(_) => Err(repeated_param(self.method.as_str(), name)),
        }
    }

    /// Positions of the name and the arguments that a request gives, if it has no other parameters and none of
    /// them twice.
    pub(crate) fn named(&self) -> Option<Named> {
        self.named
    }

    /// Iterates over the parameters.
    pub(crate) fn param_members(&self) -> MembersPast<'_, '_> {
        self.members_of(self.params().unwrap_or(Raw::from_accepted("{}")))
    }

    /// The lowest level of log messages that the client requests; `None` for no messages.
    pub(crate) fn log_threshold(&self) -> Option<LoggingLevel> {
        match &self.sender {
            Sender::Session(session) => Some(session.log_level()),
            Sender::Request => self.log_level,
        }
    }

    /// Capabilities that the client declares.
    pub(crate) fn client_capabilities(&self) -> ClientCapabilities {
        match &self.sender {
            Sender::Session(session) => session.capabilities.clone(),
            Sender::Request => self.meta_member("clientCapabilities"),
        }
    }

    /// Name and version that the client declares.
    pub(crate) fn client_info(&self) -> Option<Implementation> {
        match &self.sender {
            Sender::Session(session) => Some(session.client.clone()),
            Sender::Request => self.meta_member("clientInfo"),
        }
    }

    /// A member of `_meta` under the protocol's prefix; the default where it is absent or malformed.
    fn meta_member<T: serde::de::DeserializeOwned + Default>(&self, name: &str) -> T {
        let wanted = |key: &str| key.strip_prefix(META_PREFIX).is_some_and(|rest| rest == name);
        let found = self.meta().into_iter().flat_map(Raw::members).find(|(key, _)| wanted(key));
        found.and_then(|(_, value)| value.parse().ok()).unwrap_or_default()
    }

    /// The `_meta` of the request, if there is one.
    pub(crate) fn meta(&self) -> Option<Raw<'_>> {
        match self.meta.text(&self.frame) {
            "" => None,
            text => Some(Raw::from_accepted(text)),
        }
    }
}

/// Error `-32602` for a parameter that is given twice.
pub(crate) fn repeated_param(method: &str, name: &str) -> ProtocolError {
    ProtocolError::invalid_params(format!("{method}: the member `{name}` is given twice"))
}

/// Sender of a request, as the transport identifies it.
#[derive(Clone, Default)]
pub(crate) struct Origin {
    /// The authenticated sender; `None` for an anonymous one.
    pub(crate) principal: Option<Arc<Principal>>,
    /// Headers of the HTTP request.
    #[cfg(feature = "http")]
    pub(crate) headers: Option<Arc<http::HeaderMap>>,
}

impl Origin {
    /// The origin of work that has no request: that of a principal, if there is one.
    pub(crate) fn of(principal: Option<Arc<Principal>>) -> Self {
        Self {
            principal,
            #[cfg(feature = "http")]
            headers: None,
        }
    }

    /// Digest of the id of the session over HTTP, which is a credential itself.
    pub(crate) fn session_digest(&self) -> Option<String> {
        #[cfg(feature = "http")]
        {
            use sha2::{Digest as _, Sha256};

            let id = self.headers.as_ref()?.get("mcp-session-id")?;
            let digest = Sha256::digest(id.as_bytes());
            Some(digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
        }
        #[cfg(not(feature = "http"))]
        None
    }

    /// Returns `true` if the request came over the network.
    pub(crate) fn is_remote(&self) -> bool {
        #[cfg(feature = "http")]
        return self.headers.is_some();
        #[cfg(not(feature = "http"))]
        return false;
    }
}
