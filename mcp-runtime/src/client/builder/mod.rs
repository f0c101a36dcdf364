//! How a client is put together: which server, and what this client does for it.

mod handlers;
#[cfg(feature = "client-http")]
mod http;
mod targets;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::protocol::Implementation;
use mcp_core::revision::{Opens, Revision};

use super::cache::Cache;
use super::connect::{Era, Setup};
use super::core::{Client, Parts};
use super::error::Error;
use super::exchange::Patience;
use super::handlers::Handlers;
use super::inbound::Inbound;
use super::transport::Connector;
use super::transport::child::Stderr;

#[cfg(feature = "client-http")]
pub use http::Http;
pub use targets::{Memory, Stdio, Stream};

/// A client before it is connected: [`Client::stdio`], [`Client::http`] and [`Client::over`] make
/// one. The options of all are here, those of a child process and of HTTP further down.
#[must_use = "a client does nothing until it is connected"]
pub struct ClientBuilder<T> {
    target: T,
    shared: Shared,
}

/// The options of every client.
struct Shared {
    info: Implementation,
    era: Era,
    revision: Option<Revision>,
    probe: Duration,
    handshake: Duration,
    patience: Patience,
    max_rounds: u32,
    max_message: usize,
    handlers: Handlers,
    cache: Cache,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            info: Implementation::new("mcp-runtime", env!("CARGO_PKG_VERSION")),
            era: Era::Auto,
            revision: None,
            probe: Duration::from_secs(10),
            handshake: Duration::from_secs(60),
            patience: Patience {
                quiet: Duration::from_secs(60),
                longest: Duration::from_secs(30 * 60),
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
            .field("handlers", &self.shared.handlers)
            .finish_non_exhaustive()
    }
}

impl<T> ClientBuilder<T> {
    fn of(target: T) -> Self {
        Self { target, shared: Shared::default() }
    }

    /// The name and version that servers are told.
    pub fn info(mut self, info: Implementation) -> Self {
        self.shared.info = info;
        self
    }

    /// The era to speak, instead of finding out.
    pub fn era(mut self, era: Era) -> Self {
        self.shared.era = era;
        self
    }

    /// The revision to ask for, and with it the era to speak, instead of the newest that both sides
    /// speak. A server that does not speak it may answer with another.
    pub fn revision(mut self, revision: Revision) -> Self {
        self.shared.revision = Some(revision);
        self.shared.era = match revision.facts().opens {
            Opens::Handshake => Era::Legacy,
            Opens::EveryRequest => Era::Modern,
        };
        self
    }

    /// How long a child process may take to answer the first question before it is taken to be of
    /// the older era; 10 seconds unless given. A late answer is still understood.
    pub fn probe_timeout(mut self, patience: Duration) -> Self {
        self.shared.probe = patience;
        self
    }

    /// How long connecting may take once the server is reached; a minute unless given.
    pub fn handshake_timeout(mut self, patience: Duration) -> Self {
        self.shared.handshake = patience;
        self
    }

    /// How long a server may say nothing about a request; a minute unless given. Progress begins
    /// it anew, and the time in which a handler of this client answers the server does not count.
    pub fn timeout(mut self, quiet: Duration) -> Self {
        self.shared.patience.quiet = quiet;
        self
    }

    /// How long a request may take in all, whatever progress it makes and however often the server
    /// asks back; half an hour unless given. The time in which handlers of this client answer does
    /// not count.
    pub fn longest(mut self, longest: Duration) -> Self {
        self.shared.patience.longest = longest;
        self
    }

    /// How often a server may ask for input before one result; 16 times unless given.
    pub fn max_rounds(mut self, rounds: u32) -> Self {
        self.shared.max_rounds = rounds;
        self
    }

    /// The longest message that is read, in bytes; 16 MiB unless given.
    pub fn max_message(mut self, bytes: usize) -> Self {
        self.shared.max_message = bytes;
        self
    }

    /// Where results are kept that may be used again; several clients can share one.
    pub fn cache(mut self, cache: Cache) -> Self {
        self.shared.cache = cache;
        self
    }
}

impl Shared {
    async fn connect(
        self,
        connector: Box<dyn Connector>,
        stderr: Option<Stderr>,
        authorization: Option<Arc<str>>,
    ) -> Result<Client, Error> {
        let inbound = Inbound::new(Arc::new(self.handlers), self.cache, connector.origin());
        let setup = Setup {
            info: self.info,
            era: self.era,
            revision: self.revision,
            probe: self.probe,
            handshake: self.handshake,
        };
        let (patience, max_rounds) = (self.patience, self.max_rounds);
        let parts =
            Parts { setup, connector, inbound, patience, max_rounds, authorization, stderr };
        Client::connect(parts).await
    }
}
