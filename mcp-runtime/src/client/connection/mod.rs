//! Connections that are ready for requests: the revision of the server is known.

pub(crate) mod envelope;
pub(crate) mod exchange;
pub(crate) mod negotiation;
pub(crate) mod probe;

use std::sync::Arc;
use std::time::Duration;

use mcp_core::json;
use mcp_core::method::{Method, ServerCapability};
use mcp_core::protocol::{ClientCapabilities, Implementation, ServerCapabilities, meta};
use mcp_core::revision::{Asks, Facts, Opens, Revision};

use super::inbound::Inbound;
#[cfg(feature = "otel")]
use super::metrics::Metrics;
use super::transport::Transport;
#[cfg(feature = "otel")]
use crate::durations::SessionTimer;

/// An era of the protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Era {
    /// The era that the server is found to speak; the modern one if it speaks both.
    #[default]
    Auto,
    /// Handshake and sessions: revisions up to 2025-11-25.
    Legacy,
    /// Metadata in every request: 2026-07-28.
    Modern,
}

/// Description of the server, as it gave it when the client connected.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerInfo {
    /// Revision that client and server speak.
    pub revision: Revision,
    /// Name and version, if the server states them.
    pub implementation: Option<Implementation>,
    /// Capabilities of the server.
    pub capabilities: ServerCapabilities,
    /// Instructions for models that use the server.
    pub instructions: Option<String>,
}

/// A connection that is ready for requests.
pub(crate) struct Connection {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) server: Arc<ServerInfo>,
    /// Members of the `_meta` of every request, as JSON without the braces.
    pub(crate) request_meta: String,
    /// Measures the session, if there is one.
    #[cfg(feature = "otel")]
    _timer: Option<SessionTimer>,
}

impl Connection {
    /// Creates a connection in the revision of a server.
    pub(crate) fn new(
        config: &ConnectConfig,
        inbound: &Inbound,
        transport: &Arc<dyn Transport>,
        server: ServerInfo,
    ) -> Self {
        inbound.allow_requests(server.revision.facts().asks == Asks::ServerRequests);
        let capabilities = inbound.handlers.capabilities(server.revision);
        let request_meta = config.request_meta(&capabilities, server.revision);
        #[cfg(feature = "otel")]
        let metrics = config.metrics.as_ref().filter(|_| server.revision.facts().sessions);
        Self {
            transport: Arc::clone(transport),
            request_meta,
            #[cfg(feature = "otel")]
            _timer: metrics.map(|it| it.session(server.revision, transport.is_remote())),
            server: Arc::new(server),
        }
    }

    pub(crate) fn facts(&self) -> &'static Facts {
        self.server.revision.facts()
    }

    /// Returns `true` if the server may be asked for a method. A session may use only the
    /// capabilities that the handshake has declared; without one, a server refuses what it lacks.
    pub(crate) fn offers(&self, method: Method) -> bool {
        self.facts().opens == Opens::EveryRequest || self.declares(method)
    }

    /// Returns `true` if the server has declared the capability that a method needs.
    pub(crate) fn declares(&self, method: Method) -> bool {
        let capabilities = &self.server.capabilities;
        match method.server_capability() {
            None => true,
            // Earlier servers complete without declaring it.
            Some(ServerCapability::Completions) if !self.facts().completions => true,
            Some(capability) => capabilities.has(capability),
        }
    }

    /// Returns `true` if the server keeps a session.
    pub(crate) fn has_session(&self) -> bool {
        self.facts().sessions
    }
}

/// Options of connecting.
pub(crate) struct ConnectConfig {
    /// Name and version of this client.
    pub(crate) implementation: Implementation,
    pub(crate) era: Era,
    /// Revision to offer, instead of the newest of its era.
    pub(crate) revision: Option<Revision>,
    /// Time after which a server that does not answer the probe is taken to be of the legacy era.
    pub(crate) probe_timeout: Duration,
    pub(crate) handshake_timeout: Duration,
    #[cfg(feature = "otel")]
    pub(crate) metrics: Metrics,
}

impl ConnectConfig {
    /// Returns the revision that is offered first.
    fn offers(&self, opens: Opens) -> Revision {
        let chosen = self.revision.filter(|revision| revision.facts().opens == opens);
        chosen.unwrap_or(Revision::newest_opening_by(opens))
    }

    /// Writes the members of `_meta` that describe this client, in revisions that require them.
    pub(crate) fn request_meta(
        &self,
        capabilities: &ClientCapabilities,
        revision: Revision,
    ) -> String {
        if revision.facts().opens == Opens::Handshake {
            return String::new();
        }
        json::members_string(|members| {
            members.value(meta::PROTOCOL_VERSION, revision.as_str());
            members.value(meta::CLIENT_INFO, &self.implementation);
            members.value(meta::CLIENT_CAPABILITIES, capabilities);
        })
    }
}

/// Returns the newest revision of a list that this client speaks.
pub(crate) fn newest_common(offered: &[String]) -> Option<Revision> {
    Revision::ALL.into_iter().find(|known| offered.iter().any(|name| name == known.as_str()))
}
