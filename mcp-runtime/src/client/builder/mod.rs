//! Builders of clients.

mod handlers;
#[cfg(feature = "client-http")]
mod http;
mod stdio;
mod stream;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::protocol::Implementation;
use mcp_core::revision::{Opens, Revision};

use super::cache::Cache;
use super::clock::Timeouts;
use super::connection::{ConnectConfig, Era};
use super::core::{Client, ClientParts};
use super::error::Error;
use super::handlers::Handlers;
use super::inbound::Inbound;
use super::transport::Connector;
use super::transport::child::Stderr;

#[cfg(feature = "client-http")]
pub use http::Http;
pub use stdio::Stdio;
pub use stream::Stream;

/// A client that is not connected yet.
///
/// [`Client::stdio`], [`Client::http`], [`Client::over`] and [`Client::in_memory`] create one. The
/// options of all clients come first, those of a kind of server further down.
///
/// ```
/// # use std::time::Duration;
/// # use mcp_runtime::client::{Client, Error};
/// # use mcp_runtime::prelude::*;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let server = Server::new("calculator", "1.0.0");
/// let client = Client::in_memory(server)
///     .idle_timeout(Duration::from_secs(20))
///     .timeout(Duration::from_secs(300))
///     .on_log(|message| println!("{}", message.data))
///     .connect()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a client does nothing until it is connected"]
pub struct ClientBuilder<T> {
    pub(crate) target: T,
    pub(crate) options: ClientOptions,
}

/// The options of every client.
pub(crate) struct ClientOptions {
    config: ConnectConfig,
    timeouts: Timeouts,
    max_rounds: u32,
    max_message: usize,
    handlers: Handlers,
    cache: Cache,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            config: ConnectConfig {
                implementation: Implementation::new("mcp-runtime", env!("CARGO_PKG_VERSION")),
                era: Era::Auto,
                revision: None,
                probe_timeout: Duration::from_secs(10),
                handshake_timeout: Duration::from_secs(60),
                #[cfg(feature = "otel")]
                metrics: None,
            },
            timeouts: Timeouts {
                idle: Duration::from_secs(60),
                total: Duration::from_secs(30 * 60),
            },
            max_rounds: 16,
            max_message: 16 << 20,
            handlers: Handlers::default(),
            cache: Cache::default(),
        }
    }
}

impl<T> fmt::Debug for ClientBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("handlers", &self.options.handlers)
            .finish_non_exhaustive()
    }
}

impl<T> ClientBuilder<T> {
    pub(crate) fn new(target: T) -> Self {
        Self { target, options: ClientOptions::default() }
    }

    /// Sets the name and version that the client states to servers.
    pub fn info(mut self, info: Implementation) -> Self {
        self.options.config.implementation = info;
        self
    }

    /// Sets the era of the protocol, instead of finding out that of the server.
    pub fn era(mut self, era: Era) -> Self {
        self.options.config.era = era;
        self
    }

    /// Sets the revision to offer, and with it the era. By default it is the newest that both sides
    /// speak. A server that does not speak it may choose another of its era.
    pub fn revision(mut self, revision: Revision) -> Self {
        self.options.config.revision = Some(revision);
        self.options.config.era = match revision.facts().opens {
            Opens::Handshake => Era::Legacy,
            Opens::EveryRequest => Era::Modern,
        };
        self
    }

    /// Sets the time after which a child process that does not answer the first request is taken to
    /// be of the legacy era. 10 seconds by default. A late answer is still accepted.
    pub fn probe_timeout(mut self, timeout: Duration) -> Self {
        self.options.config.probe_timeout = timeout;
        self
    }

    /// Sets the longest time for agreeing on a revision, once the server is reached. One minute by
    /// default.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.options.config.handshake_timeout = timeout;
        self
    }

    /// Records metrics by the [semantic conventions of
    /// OpenTelemetry](https://github.com/open-telemetry/semantic-conventions-genai) with a meter:
    /// `mcp.client.operation.duration` and, in revisions with sessions, `mcp.client.session.duration`.
    ///
    /// ```
    /// use mcp_runtime::client::Client;
    /// use mcp_runtime::metrics::opentelemetry;
    ///
    /// let builder = Client::stdio("some-server").meter(&opentelemetry::global::meter("demo"));
    /// # drop(builder);
    /// ```
    #[cfg(feature = "otel")]
    pub fn meter(mut self, meter: &opentelemetry::metrics::Meter) -> Self {
        self.options.config.metrics = Some(Arc::new(super::metrics::ClientMetrics::new(meter)));
        self
    }

    /// Sets the longest time for a whole request, including the rounds in which the server asks for
    /// input. Half an hour by default. Time in which handlers of this client answer the server does
    /// not count.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeouts.total = timeout;
        self
    }

    /// Sets the longest silence of the server during a request. One minute by default. Progress
    /// restarts it, and time in which handlers of this client answer the server does not count.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.options.timeouts.idle = timeout;
        self
    }

    /// Sets the largest number of rounds in which a server asks for input before its result. 16 by
    /// default.
    pub fn max_rounds(mut self, rounds: u32) -> Self {
        self.options.max_rounds = rounds;
        self
    }

    /// Sets the size of the largest message that is read, in bytes. 16 MiB by default.
    pub fn max_message(mut self, bytes: usize) -> Self {
        self.options.max_message = bytes;
        self
    }

    /// Sets the cache of results. Several clients can share one.
    pub fn cache(mut self, cache: Cache) -> Self {
        self.options.cache = cache;
        self
    }
}

impl ClientOptions {
    async fn connect(
        self,
        connector: Box<dyn Connector>,
        stderr: Option<Stderr>,
    ) -> Result<Client, Error> {
        let inbound = Inbound::new(Arc::new(self.handlers), self.cache, connector.origin());
        let Self { config, timeouts, max_rounds, .. } = self;
        let parts = ClientParts { config, connector, inbound, timeouts, max_rounds, stderr };
        Client::connect(parts).await
    }
}
