//! Finds the era of a server and agrees with it on a revision.
//!
//! Specification: [Versioning](https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use mcp_core::jsonrpc::ErrorCode;
use mcp_core::method::Method;
use mcp_core::protocol::{InitializeParams, InitializeResult, ServerCapabilities};
use mcp_core::revision::{Opens, Revision};

use super::envelope::RequestParts;
use super::exchange::{self, Exchange, Listeners};
use super::probe::{Probe, is_modern_refusal, is_unknown_method, server_info, supported_versions};
use super::{ConnectConfig, Connection, Era, ServerInfo, newest_common};
use crate::client::clock::{RequestClock, Timeouts};
use crate::client::error::Error;
use crate::client::inbound::Inbound;
use crate::client::message::{JsonText, excerpt, to_json};
use crate::client::transport::{Connector, Replies, Reply, Transport};
use crate::read_json::read_json;

/// Connects to a server and agrees with it on a revision.
pub(crate) struct Negotiation<'a> {
    pub(crate) config: &'a ConnectConfig,
    pub(crate) connector: &'a dyn Connector,
    pub(crate) inbound: &'a Arc<Inbound>,
    pub(crate) ids: &'a AtomicI64,
}

/// A probe, or the handshake that took its place because the server did not answer the probe.
enum Probed {
    Probe(Probe),
    Connected(Connection),
}

impl Negotiation<'_> {
    /// Connects. `known` describes the server if there was a connection to it before.
    pub(crate) async fn connect(&self, known: Option<&ServerInfo>) -> Result<Connection, Error> {
        let transport = self.connector.connect(self.inbound).await?;
        let connected = self.negotiate(&transport, known).await;
        if connected.is_err() {
            // Closed in the background, so that the error is not delayed.
            let closing = Arc::clone(&transport);
            tokio::spawn(async move { closing.close().await });
        }
        connected
    }

    async fn negotiate(
        &self,
        transport: &Arc<dyn Transport>,
        known: Option<&ServerInfo>,
    ) -> Result<Connection, Error> {
        match (known.map(|known| known.revision.facts().opens), self.config.era) {
            (Some(Opens::EveryRequest), _) => {
                Ok(self.connection(transport, known.cloned().unwrap_or_else(unknown_server)))
            }
            (Some(Opens::Handshake), _) | (None, Era::Legacy) => {
                self.handshake(transport, None).await
            }
            (None, Era::Auto | Era::Modern) => {
                self.probe(transport, self.config.offers(Opens::EveryRequest)).await
            }
        }
    }

    /// Asks the server for its revisions and uses the newest common one.
    async fn probe(
        &self,
        transport: &Arc<dyn Transport>,
        revision: Revision,
    ) -> Result<Connection, Error> {
        match self.send_probe(transport, revision).await? {
            Probed::Connected(connection) => Ok(connection),
            Probed::Probe(Probe::Modern(found)) => match newest_common(&found.supported_versions) {
                Some(best) if best.facts().opens == Opens::EveryRequest => {
                    Ok(self.connection(transport, server_info(*found, best)))
                }
                best => self.fall_back(transport, best, found.supported_versions).await,
            },
            Probed::Probe(Probe::Supports(offered)) => match newest_common(&offered) {
                Some(best) if best.facts().opens == Opens::EveryRequest => {
                    self.probe_again(transport, best).await
                }
                best => self.fall_back(transport, best, offered).await,
            },
            Probed::Probe(Probe::Legacy(error)) => self.as_legacy(transport, error).await,
            Probed::Probe(Probe::Failed(error)) => Err(error),
        }
    }

    /// Probes once more in a revision that the server listed, even if it is the one just used: the
    /// server has stated by now that it supports it.
    async fn probe_again(
        &self,
        transport: &Arc<dyn Transport>,
        revision: Revision,
    ) -> Result<Connection, Error> {
        match Probe::of(self.discover(transport, revision).await) {
            Probe::Modern(found) => Ok(self.connection(transport, server_info(*found, revision))),
            Probe::Supports(offered) if offered.iter().any(|name| name == revision.as_str()) => {
                Err(Error::protocol(format!(
                    "expected an answer in a revision that the server lists, but it lists \
                     {revision} and refuses it"
                )))
            }
            Probe::Supports(offered) => Err(Error::UnsupportedVersion { offered }),
            Probe::Legacy(error) | Probe::Failed(error) => Err(error),
        }
    }

    async fn send_probe(
        &self,
        transport: &Arc<dyn Transport>,
        revision: Revision,
    ) -> Result<Probed, Error> {
        if !self.connector.silence_is_legacy() {
            let outcome = self.discover(transport, revision).await;
            return Ok(Probed::Probe(Probe::of(outcome)));
        }
        let meta = self.meta(revision);
        let request = discover(&meta, revision);
        let mut replies = exchange::send(&**transport, self.next_id(), &request).await?;
        let limit = self.config.probe_timeout;
        match tokio::time::timeout(limit, self.response(&mut *replies)).await {
            Ok(outcome) => Ok(Probed::Probe(Probe::of(outcome))),
            Err(_) if self.config.era == Era::Modern => Err(Error::Timeout {
                method: Method::Discover.to_string(),
                after: limit,
                unmatched: transport.unmatched(),
            }),
            Err(_) => self.handshake_or_late_response(transport, &mut *replies).await,
        }
    }

    /// Waits for a handshake and for a late response to the probe, because a silent server may be of
    /// the legacy era or slow to start. The first one decides.
    async fn handshake_or_late_response(
        &self,
        transport: &Arc<dyn Transport>,
        replies: &mut dyn Replies,
    ) -> Result<Probed, Error> {
        let mut handshake = std::pin::pin!(self.handshake(transport, None));
        tokio::select! {
            biased;
            late = self.response(replies) => match Probe::of(late) {
                modern @ (Probe::Modern(_) | Probe::Supports(_)) => Ok(Probed::Probe(modern)),
                Probe::Legacy(_) | Probe::Failed(_) => handshake.await.map(Probed::Connected),
            },
            connected = &mut handshake => connected.map(Probed::Connected),
        }
    }

    /// Opens a session with a server that did not answer the probe as a modern one. It may have
    /// ended upon the unknown request, and is connected to again then.
    async fn as_legacy(
        &self,
        transport: &Arc<dyn Transport>,
        reason: Error,
    ) -> Result<Connection, Error> {
        if self.config.era == Era::Modern {
            return Err(reason);
        }
        if transport.end().is_some() && self.connector.connects_again() {
            let fresh = self.connector.connect(self.inbound).await?;
            return self.handshake(&fresh, None).await;
        }
        match self.handshake(transport, None).await {
            // A server that knows neither method is a modern one that does not implement the probe.
            Err(handshake) if is_unknown_method(&handshake) && is_unknown_method(&reason) => {
                Ok(self.connection(transport, unknown_server()))
            }
            Err(handshake)
                if is_modern_refusal(&handshake) && matches!(reason, Error::Protocol { .. }) =>
            {
                Err(reason)
            }
            outcome => outcome,
        }
    }

    async fn fall_back(
        &self,
        transport: &Arc<dyn Transport>,
        best: Option<Revision>,
        offered: Vec<String>,
    ) -> Result<Connection, Error> {
        match best {
            Some(best) if self.config.era == Era::Auto => {
                self.handshake(transport, Some(best)).await
            }
            _ => Err(Error::UnsupportedVersion { offered }),
        }
    }

    async fn discover(
        &self,
        transport: &Arc<dyn Transport>,
        revision: Revision,
    ) -> Result<JsonText, Error> {
        let meta = self.meta(revision);
        self.request(transport, &discover(&meta, revision)).await
    }

    /// Opens a session. A server that refuses the handshake and names a revision of the modern era is
    /// asked in that one.
    async fn handshake(
        &self,
        transport: &Arc<dyn Transport>,
        revision: Option<Revision>,
    ) -> Result<Connection, Error> {
        let opened = self.open_session(transport, revision).await;
        if self.config.era != Era::Legacy
            && let Err(Error::Remote(refusal)) = &opened
            && refusal.code == ErrorCode::UNSUPPORTED_PROTOCOL_VERSION
            && let Some(best) = newest_common(&supported_versions(refusal))
            && best.facts().opens == Opens::EveryRequest
        {
            return self.probe_again(transport, best).await;
        }
        opened
    }

    /// Opens a session, with the legacy SSE transport if the server does not support this one.
    async fn open_session(
        &self,
        transport: &Arc<dyn Transport>,
        revision: Option<Revision>,
    ) -> Result<Connection, Error> {
        let refusal = match self.initialize(transport, revision).await {
            Err(error) if transport.may_be_legacy_sse() && !is_modern_refusal(&error) => error,
            outcome => return outcome,
        };
        let Some(connecting) = self.connector.connect_legacy_sse(self.inbound) else {
            return Err(refusal);
        };
        match tokio::time::timeout(self.config.handshake_timeout, connecting).await {
            Ok(Ok(legacy)) => self.initialize(&legacy, revision).await,
            // The refusal is more helpful than the lack of a legacy transport.
            Ok(Err(_)) | Err(_) => Err(refusal),
        }
    }

    async fn initialize(
        &self,
        transport: &Arc<dyn Transport>,
        revision: Option<Revision>,
    ) -> Result<Connection, Error> {
        let revision = revision.unwrap_or_else(|| self.config.offers(Opens::Handshake));
        let params = to_json(&InitializeParams::new(
            revision.as_str(),
            self.inbound.handlers.capabilities(revision),
            self.config.implementation.clone(),
        ));
        let request = RequestParts::plain(Method::Initialize.as_str(), &params, "", revision);
        self.inbound.allow_requests(true);
        let result = self.request(transport, &request).await?;
        let result: InitializeResult = read_json(result.as_str()).map_err(|error| {
            let got = excerpt(result.as_str());
            Error::protocol(format!("expected the result of `initialize`, got {got}: {error}"))
        })?;
        let agreed = Revision::parse(&result.protocol_version)
            .filter(|revision| revision.facts().opens == Opens::Handshake);
        let Some(agreed) = agreed else {
            return Err(Error::UnsupportedVersion { offered: vec![result.protocol_version] });
        };
        transport.opened(agreed);
        let limit = self.config.handshake_timeout;
        exchange::notify(&**transport, Method::Initialized, limit).await?;
        transport.listen().await;
        let server = ServerInfo {
            revision: agreed,
            implementation: Some(result.server_info),
            capabilities: result.capabilities,
            instructions: result.instructions,
        };
        Ok(self.connection(transport, server))
    }

    async fn request(
        &self,
        transport: &Arc<dyn Transport>,
        request: &RequestParts<'_>,
    ) -> Result<JsonText, Error> {
        let limit = self.config.handshake_timeout;
        let exchange = Exchange {
            transport: &**transport,
            inbound: self.inbound,
            id: self.next_id(),
            timeouts: Timeouts { idle: limit, total: limit },
            clock: &RequestClock::start(&self.inbound.pauses),
            listeners: Listeners::default(),
            #[cfg(feature = "otel")]
            metrics: &self.config.metrics,
        };
        exchange.run(request).await
    }

    /// Waits for the response at the end of replies.
    async fn response(&self, replies: &mut dyn Replies) -> Result<JsonText, Error> {
        loop {
            match replies.next().await? {
                Reply::Response(response) => return response.map_err(Error::Remote),
                Reply::Notification(notification) => self.inbound.notification(&notification),
                Reply::Missed => {}
            }
        }
    }

    fn next_id(&self) -> i64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    fn meta(&self, revision: Revision) -> String {
        let capabilities = self.inbound.handlers.capabilities(revision);
        self.config.request_meta(&capabilities, revision)
    }

    fn connection(&self, transport: &Arc<dyn Transport>, server: ServerInfo) -> Connection {
        Connection::new(self.config, self.inbound, transport, server)
    }
}

fn discover(meta: &str, revision: Revision) -> RequestParts<'_> {
    let request = RequestParts::plain(Method::Discover.as_str(), "{}", meta, revision);
    RequestParts { is_probe: true, ..request }
}

/// Describes a modern server that does not describe itself.
fn unknown_server() -> ServerInfo {
    ServerInfo {
        revision: Revision::newest_opening_by(Opens::EveryRequest),
        implementation: None,
        capabilities: ServerCapabilities::default(),
        instructions: None,
    }
}
