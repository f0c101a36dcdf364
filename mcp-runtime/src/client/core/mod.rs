//! The client and the state that its clones share.

mod backoff;
mod listen;
mod log_level;
mod reconnect;
mod subscribed;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use mcp_core::json;
use mcp_core::protocol::{ClientCapabilities, Meta, meta};
use mcp_core::revision::{LogLevelFrom, Revision};

use super::cache::Cache;
use super::clock::{RequestClock, Timeouts};
use super::connection::envelope::RequestParts;
use super::connection::exchange::{Exchange, Listeners, OnProgress};
use super::connection::negotiation::Negotiation;
use super::connection::{ConnectConfig, Connection, ServerInfo};
use super::error::Error;
use super::handlers::QuestionRouter;
use super::inbound::Inbound;
use super::log::OnLog;
use super::message::JsonText;
use super::tools::KnownTools;
use super::transport::child::Stderr;
use super::transport::{Connector, MirroredHeaders};
use backoff::RestartBackoff;
use subscribed::SubscribedResources;

pub(crate) use log_level::LOG_LEVEL_TIMEOUT;
pub(crate) use subscribed::uri_params;

/// A client of one server. Clones are cheap and share the connection, which ends with the last of
/// them.
///
/// Create one with [`Client::stdio`], [`Client::http`], [`Client::over`] or [`Client::in_memory`],
/// which return a builder with options. See the [module](super) for an overview.
#[derive(Clone)]
pub struct Client {
    pub(crate) core: Arc<Core>,
}

/// The state that the clones of a client share.
pub(crate) struct Core {
    pub(crate) config: ConnectConfig,
    pub(crate) connector: Box<dyn Connector>,
    pub(crate) inbound: Arc<Inbound>,
    pub(crate) timeouts: Timeouts,
    pub(crate) max_rounds: u32,
    pub(crate) tools: KnownTools,
    pub(crate) subscribed: SubscribedResources,
    connection: RwLock<Arc<Connection>>,
    /// Held while the client reconnects, so that it reconnects once.
    reconnecting: Arc<tokio::sync::Mutex<RestartBackoff>>,
    itself: Weak<Self>,
    ids: AtomicI64,
    is_closed: AtomicBool,
    /// Log level that was set last, as its number plus one; zero for none.
    log_level: AtomicU32,
    stderr: Option<Stderr>,
}

/// Options of one request.
#[derive(Default)]
pub(crate) struct RequestOptions {
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) timeout: Option<Duration>,
    /// Clock of the request, once its first attempt has begun.
    pub(crate) clock: Option<RequestClock>,
    pub(crate) meta: Meta,
    /// Further members of `_meta` as JSON, without the braces; empty for none.
    pub(crate) forwarded_meta: String,
    pub(crate) on_progress: Option<OnProgress>,
    pub(crate) on_log: Option<OnLog>,
    pub(crate) wants_progress: bool,
    pub(crate) mirrored: MirroredHeaders,
    /// Capabilities to declare with this request instead of those of the client.
    pub(crate) capabilities: Option<ClientCapabilities>,
}

/// The parts of a client that is not connected yet.
pub(crate) struct ClientParts {
    pub(crate) config: ConnectConfig,
    pub(crate) connector: Box<dyn Connector>,
    pub(crate) inbound: Arc<Inbound>,
    pub(crate) timeouts: Timeouts,
    pub(crate) max_rounds: u32,
    pub(crate) stderr: Option<Stderr>,
}

impl Client {
    pub(crate) async fn connect(parts: ClientParts) -> Result<Self, Error> {
        let ids = AtomicI64::new(1);
        let negotiation = Negotiation {
            config: &parts.config,
            connector: &*parts.connector,
            inbound: &parts.inbound,
            ids: &ids,
        };
        let connection = negotiation.connect(None).await?;
        let core = Arc::new_cyclic(|itself| Core {
            connection: RwLock::new(Arc::new(connection)),
            config: parts.config,
            connector: parts.connector,
            inbound: parts.inbound,
            timeouts: parts.timeouts,
            max_rounds: parts.max_rounds,
            tools: KnownTools::default(),
            subscribed: SubscribedResources::default(),
            reconnecting: Arc::default(),
            itself: Weak::clone(itself),
            ids,
            is_closed: AtomicBool::new(false),
            log_level: AtomicU32::new(0),
            stderr: parts.stderr,
        });
        Ok(Self { core })
    }

    /// Returns the description of the server.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// let client = Client::in_memory(Server::new("calculator", "1.0.0")).connect().await?;
    /// let server = client.server_info();
    /// assert_eq!(server.implementation.as_ref().unwrap().name, "calculator");
    /// assert!(server.capabilities.prompts.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn server_info(&self) -> Arc<ServerInfo> {
        Arc::clone(&self.core.current_connection().server)
    }

    /// Returns the revision of the protocol that client and server speak.
    pub fn revision(&self) -> Revision {
        self.core.current_connection().server.revision
    }

    /// Returns the last lines that a child process wrote to standard error, and those before it that were
    /// restarted; empty for other servers.
    pub fn stderr(&self) -> String {
        self.core.stderr.as_ref().map(Stderr::text).unwrap_or_default()
    }

    /// Returns the cache of results.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let client = Client::in_memory(Server::new("calculator", "1.0.0")).connect().await?;
    /// // Sends the next requests to the server, whatever has been kept.
    /// client.cache().clear();
    /// # Ok(())
    /// # }
    /// ```
    pub fn cache(&self) -> &Cache {
        &self.core.inbound.cache
    }

    /// Closes the connection and waits until a child process has ended or a session is deleted. All
    /// clones of this client are closed with it.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// let client = Client::in_memory(Server::new("calculator", "1.0.0")).connect().await?;
    /// client.close().await;
    /// assert!(client.is_closed());
    /// assert!(client.ping().await.unwrap_err().is_closed());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn close(&self) {
        self.core.is_closed.store(true, Ordering::SeqCst);
        self.core.current_connection().transport.close().await;
    }

    /// Returns `true` if the server is of this process, and all that it offers is its own.
    #[cfg(feature = "agent")]
    pub(crate) fn serves_own_components(&self) -> bool {
        self.core.connector.serves_own_components()
    }

    /// Returns `true` if the connection has ended and the client does not reconnect.
    pub fn is_closed(&self) -> bool {
        self.core.is_closed.load(Ordering::Relaxed)
            || self.core.current_connection().transport.end().is_some()
                && !self.core.connector.restarts()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.server_info()).finish_non_exhaustive()
    }
}

impl Core {
    pub(crate) fn current_connection(&self) -> Arc<Connection> {
        Arc::clone(&self.connection.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set_connection(&self, connection: Connection) -> Arc<Connection> {
        let connection = Arc::new(connection);
        *self.connection.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&connection);
        connection
    }

    /// Returns the router of the questions of a session, if they are routed to callers.
    pub(crate) fn router(&self) -> Option<&Arc<QuestionRouter>> {
        self.inbound.handlers.router.as_ref()
    }

    pub(crate) fn next_id(&self) -> i64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns the timeouts of a request and its clock, which is started by its first attempt.
    fn limits(&self, options: &mut RequestOptions) -> (Timeouts, RequestClock) {
        let timeouts = Timeouts {
            idle: options.idle_timeout.unwrap_or(self.timeouts.idle),
            total: options.timeout.unwrap_or(self.timeouts.total),
        };
        let start = || RequestClock::start(&self.inbound.pauses);
        (timeouts, *options.clock.get_or_insert_with(start))
    }

    /// Sends a request once over a connection.
    pub(crate) async fn attempt(
        &self,
        connection: &Connection,
        method: &str,
        params: &str,
        options: &mut RequestOptions,
    ) -> Result<JsonText, Error> {
        let mut meta = self.meta(connection, &options.meta, options.capabilities.as_ref());
        if !options.forwarded_meta.is_empty() {
            let separator = if meta.is_empty() { "" } else { "," };
            meta.extend([separator, &options.forwarded_meta]);
        }
        let request = RequestParts {
            method,
            params,
            meta: &meta,
            revision: connection.server.revision,
            mirrored: options.mirrored.clone(),
            wants_progress: options.wants_progress || options.on_progress.is_some(),
            is_probe: false,
        };
        let (timeouts, clock) = self.limits(options);
        let exchange = Exchange {
            transport: &*connection.transport,
            inbound: &self.inbound,
            id: self.next_id(),
            timeouts,
            clock: &clock,
            listeners: Listeners {
                progress: options.on_progress.as_mut(),
                log: options.on_log.clone(),
            },
            #[cfg(feature = "otel")]
            metrics: &self.config.metrics,
        };
        exchange.run(&request).await
    }

    /// Writes the members of `_meta`: those of every request, and those that this one adds.
    pub(crate) fn meta(
        &self,
        connection: &Connection,
        added: &Meta,
        capabilities: Option<&ClientCapabilities>,
    ) -> String {
        let stated = capabilities
            .map(|capabilities| self.config.request_meta(capabilities, connection.server.revision));
        let level = self.log_level().filter(|_| {
            connection.facts().log_level == LogLevelFrom::RequestMeta
                && added.get(meta::LOG_LEVEL).is_none()
        });
        // Of the members that the protocol reserves, callers may set the log level only.
        let reserved = [
            meta::PROTOCOL_VERSION,
            meta::CLIENT_INFO,
            meta::CLIENT_CAPABILITIES,
            meta::PROGRESS_TOKEN,
        ];
        json::members_string(|members| {
            let stated = stated.as_deref().unwrap_or(&connection.request_meta);
            members.members(|out| out.extend_from_slice(stated.as_bytes()));
            members.optional(meta::LOG_LEVEL, level.as_ref());
            for (key, value) in &added.0 {
                if !reserved.contains(&key.as_str()) {
                    json::value(members.entry(key), value);
                }
            }
        })
    }
}
