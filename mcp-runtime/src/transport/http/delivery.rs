//! The delivery of a message by a POST: its session, its sender, its headers, its way back.

use std::sync::Arc;

use mcp_core::jsonrpc::{LastMeta, ProtocolError, Raw};
use mcp_core::method::Method;
use mcp_core::revision::{Facts, Revision};

use super::headers::{PROTOCOL_VERSION, VersionHeader, shown};
use super::mirror;
use super::post::Post;
use super::queue::Queue;
use super::service::Shared;
use super::session::HttpSession;
use super::session_requests;
use super::stream::Stream;
use crate::component::app::App;
use crate::context::budget::Budget;
use crate::context::exchange::{Exchange, Origin};
use crate::context::request_meta::RequestMeta;
use crate::context::sink::SharedSink;
use crate::server::connection::{Connection, Delivery, NoSession, Reason, Unclaimed};
use crate::server::lifecycle;

/// A message in a POST.
pub(super) struct PostDelivery<'a> {
    pub(super) shared: &'a Shared,
    pub(super) post: Post,
    version: VersionHeader,
    /// The session that the message belongs to, once it was looked up.
    pub(super) session: Option<Arc<HttpSession>>,
    /// Obstacle to taking up the session.
    obstacle: Option<NoSession>,
    /// Messages for other instances.
    pub(super) unclaimed: Vec<Unclaimed>,
    /// The way back of a request whose handler has a sink.
    pub(super) reply: Option<Reply>,
    /// NotificationSink that the requests of an array share.
    pub(super) array_sink: Option<SharedSink>,
}

/// Carrier of what a handler sends before its answer.
pub(super) enum Reply {
    /// The response, which drives the handler and cancels it when the client disconnects.
    Driven(Arc<Queue>),
    /// A stream of the session, which outlives the response, as does the handler.
    Kept(Arc<HttpSession>, Arc<Stream>),
}

impl<'a> PostDelivery<'a> {
    pub(super) fn new(shared: &'a Shared, post: Post) -> Self {
        let version = VersionHeader::read(&post.headers);
        Self {
            shared,
            post,
            version,
            session: None,
            obstacle: None,
            unclaimed: Vec::new(),
            reply: None,
            array_sink: None,
        }
    }

    /// Takes up the session that the message names, if another instance has opened it.
    pub(super) async fn take_up(&mut self) {
        if self.stands_alone() {
            return;
        }
        let (headers, principal) = (&self.post.headers, self.post.principal.as_deref());
        self.obstacle = session_requests::take_up(self.shared, headers, principal).await.err();
    }

    /// Compares `Mcp-Method` and `Mcp-Name` with the request.
    fn compare_method_and_name(&self, exchange: &Exchange) -> Result<(), ProtocolError> {
        mirror::method(&self.post.headers, exchange.method.as_str())?;
        let method = exchange.method.protocol().filter(|method| exchange.facts().has(*method));
        let Some(key) = method.and_then(Method::subject) else { return Ok(()) };
        let named = exchange.param(key).and_then(Raw::string);
        mirror::name(&self.post.headers, named.as_deref())
    }

    /// Compares `Mcp-Param-…` with the arguments of a tool that the sender may see.
    fn compare_arguments(&self, exchange: &Exchange) -> Result<(), ProtocolError> {
        let app = &self.shared.app;
        // Most servers have no such tool, so that none needs to be looked up twice.
        if exchange.method.protocol() != Some(Method::ToolsCall) || !app.live.has_header_arguments()
        {
            return Ok(());
        }
        let named = exchange.param("name").and_then(Raw::string);
        let Some(name) = named else { return Ok(()) };
        match app.registry_for(exchange).tools.get(&name) {
            Some(tool) if !tool.headers.is_empty() => {
                let arguments = exchange.param("arguments");
                mirror::arguments(&self.post.headers, &tool.headers, arguments)
            }
            _ => Ok(()),
        }
    }
}

impl Delivery for PostDelivery<'_> {
    fn app(&self) -> &Arc<App> {
        &self.shared.app
    }

    fn stands_alone(&self) -> bool {
        self.version == VersionHeader::Stateless
    }

    fn connection(&mut self) -> Result<Option<&Arc<Connection>>, NoSession> {
        if let Some(obstacle) = self.obstacle {
            return Err(obstacle);
        }
        if self.session.is_none() {
            let (headers, principal) = (&self.post.headers, self.post.principal.as_deref());
            self.session = session_requests::find(self.shared, headers, principal)?
                .map(|(_, session)| session);
        }
        Ok(self.session.as_ref().map(|session| &session.connection))
    }

    fn pass_on(&mut self, unclaimed: Unclaimed) {
        if self.shared.sessions.stored.is_some() {
            self.unclaimed.push(unclaimed);
        }
    }

    fn last_meta(&self) -> Option<&LastMeta> {
        self.post.peer.last_meta()
    }

    fn sink(&mut self, facts: &Facts) -> SharedSink {
        if let Some(sink) = &self.array_sink {
            return Arc::clone(sink);
        }
        match &self.session {
            Some(session) if !facts.disconnect_cancels => {
                let stream = session.stream(self.post.accepts, &self.shared.config);
                let sink = session.sink(&stream);
                self.reply = Some(Reply::Kept(Arc::clone(session), stream));
                sink
            }
            _ => {
                let queue = self.post.queue(&self.shared.app.memory);
                self.reply = Some(Reply::Driven(Arc::clone(&queue)));
                queue
            }
        }
    }

    /// A notification has no response that its handler could send anything on.
    fn notification_sink(&self) -> SharedSink {
        Arc::new(Queue::closed(&self.shared.app.memory))
    }

    fn session_budget(&self) -> Arc<Budget> {
        self.shared.app.memory.of_session(self.shared.config.session_memory_limit)
    }

    fn origin(&self) -> Origin {
        let (principal, headers) = (&self.post.principal, &self.post.headers);
        Origin { principal: principal.clone(), headers: Some(Arc::clone(headers)) }
    }

    fn check_version(&self, meta: &RequestMeta<'_>) -> Result<(), Reason> {
        mirror::given_once(&self.post.headers).map_err(Reason::Invalid)?;
        let version = meta.protocol_version.and_then(Raw::string).unwrap_or_default();
        mirror::version(&self.post.headers, &version).map_err(Reason::Invalid)
    }

    fn check_request(&self, exchange: &Exchange) -> Result<(), Reason> {
        let has_headers = exchange.facts().standard_headers;
        if has_headers {
            self.compare_method_and_name(exchange).map_err(Reason::Invalid)?;
        }
        if !self.post.accepts.events && exchange.method.protocol() == Some(Method::Listen) {
            return Err(Reason::NotAcceptable(ProtocolError::invalid_request(
                "subscriptions/listen: the header `Accept` does not admit text/event-stream",
            )));
        }
        if has_headers {
            self.compare_arguments(exchange).map_err(Reason::Invalid)?;
        }
        Ok(())
    }

    fn check_notification(&self) -> Result<(), Reason> {
        mirror::given_once(&self.post.headers).map_err(Reason::Invalid)?;
        let named = shown(&self.post.headers, PROTOCOL_VERSION.clone());
        if self.stands_alone() && Revision::parse(&named).is_none() {
            return Err(Reason::Invalid(lifecycle::unsupported(&named)));
        }
        Ok(())
    }
}
