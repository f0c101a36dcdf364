//! Gateways: servers that offer the components of upstream servers.
//!
//! ```text
//! our client ── request ──▶ component ──▶ Upstream::request ──▶ upstream server
//!                              ▲               │ in_rounds: asks by its result
//!                              │               │ upstream_call: asks while it works
//!            ask::forward ◀────┴── questions ──┘
//! ```
//!
//! `joining` connects to a server that may be down, `listing` requests the lists of a server,
//! `offerable` leaves out what cannot be offered, `follow` and `list_changes` keep the lists up to date,
//! `updates` subscribes to the resources that clients subscribe to, `reopen_timer` schedules further
//! attempts, and `logs` forwards the log messages of a call.
//!
//! A component of an upstream server is a component of this server whose handler sends a request to
//! the upstream server. Names and URIs are translated; everything else is forwarded without a change,
//! which `forwarding` does for results.

pub(crate) mod components;
mod connected;
pub(crate) mod follow;
mod forwarding;
mod in_memory;
mod joining;
mod list_changes;
mod listing;
pub(crate) mod logs;
pub(crate) mod naming;
mod offerable;
mod reopen_timer;
pub(crate) mod updates;
pub(crate) mod upstream;
mod upstream_call;

use std::fmt;
use std::sync::Arc;

use mcp_core::name::ToolName;
use tokio::runtime::Handle;

use self::connected::Connected;
use self::follow::{ChangeFollower, Link, ProxiedComponents};
use self::joining::Joining;
use self::listing::{Filter, Keys};
use self::naming::Naming;
use self::offerable::retain_offerable;
use crate::client::{Client, Error};
use crate::component::app::Live;
use crate::component::list_hints::ListHints;
use crate::component::registration::CheckedComponents;
use crate::component::registry::Registry;
#[cfg(feature = "providers")]
use crate::component::tool::builder::ListedTool;
use crate::component::visibility::ComponentRef;
use crate::server::builder::Server;
use crate::server::builder::upstream::{AssembledUpstream, UpstreamServer};

pub use self::in_memory::InMemory;

/// An upstream server whose components a server offers. See [`Server::proxy`].
#[must_use = "it offers nothing until it is given to `Server::proxy`"]
pub struct Proxy {
    prefix: Option<String>,
    filter: Option<Filter>,
    hints: Arc<ListHints>,
    /// The server, unless it has not been reached.
    connected: Option<Connected>,
    /// Connects to a server that may not be up.
    joining: Option<Joining>,
    runtime: Handle,
}

impl Proxy {
    /// Lists the components of a client's server and subscribes to their changes.
    ///
    /// A list that the server does not give is left out, and requested again later. The end of the
    /// client's connection is final; see [`optional`](Self::optional) for a server that may be down.
    ///
    /// A server of the legacy era that asks its client questions needs
    /// [`forward_questions`](crate::client::ClientBuilder::forward_questions).
    ///
    /// # Errors
    /// The end of the connection, and the first error if the server gives none of its lists.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn of(client: Client) -> Result<Self, Error> {
        let hints = Arc::default();
        let connected = Connected::establish(client, &hints).await?;
        Ok(Self::new(hints, Some(connected), None))
    }

    /// Connects to a server that may be down.
    ///
    /// If it cannot be reached, or does not answer within five seconds, the other servers are served
    /// without it, and it joins when it is up. It is tried again after one second, then two, four and
    /// so on up to a minute. The same applies when its connection ends later: its components stay
    /// listed, and fail until then.
    ///
    /// ```no_run
    /// use mcp_runtime::client::Client;
    /// use mcp_runtime::gateway::Proxy;
    /// use mcp_runtime::Server;
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let weather = || Client::http("https://weather.example/mcp").forward_questions(true).connect();
    /// let files = || Client::stdio("files-server").forward_questions(true).connect();
    /// let gateway = Server::new("gateway", "1.0.0")
    ///     .proxy(Proxy::optional(weather).await?.prefix("weather"))
    ///     .proxy(Proxy::optional(files).await?.prefix("files"));
    /// gateway.run().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Argument`], for a client that can never connect.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn optional<F>(connect: impl Fn() -> F + Send + Sync + 'static) -> Result<Self, Error>
    where
        F: Future<Output = Result<Client, Error>> + Send + 'static,
    {
        let hints = Arc::default();
        let mut joining = Joining::new(connect, &hints);
        let connected = joining.first().await?;
        Ok(Self::new(hints, connected, Some(joining)))
    }

    fn new(hints: Arc<ListHints>, connected: Option<Connected>, joining: Option<Joining>) -> Self {
        let runtime = Handle::current();
        Self { prefix: None, filter: None, hints, connected, joining, runtime }
    }

    /// Adds a prefix to names and URIs, as [`Server::mount`] does: with `math`, the tool `add` becomes
    /// `math_add` and the resource `file://notes` becomes `file://math/notes`.
    ///
    /// Resources without `://` in their URI are then left out.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Offers only the components for which a function returns `true`. The function receives them
    /// with the names of the upstream server, including components that are added later.
    pub fn only(
        mut self,
        wanted: impl Fn(&ComponentRef<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.filter = Some(Arc::new(wanted));
        self
    }

    /// Returns `true` if components may be added while the server serves.
    fn may_gain(&self) -> bool {
        let grows = |connected: &Connected| connected.changes.is_some() || connected.failed.any();
        self.joining.is_some() || self.connected.as_ref().is_some_and(grows)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("client", &self.connected.as_ref().map(|connected| &connected.client))
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Offers the components of an upstream server after those of this server: tools, resources,
    /// templates, prompts and completion.
    ///
    /// Both servers and their clients may be of either era. Forwarded are:
    ///
    /// - schemas, arguments, results, errors, progress and cancellation,
    /// - changes of lists, and of resources that clients subscribe to,
    /// - log messages of a call, from the level that its client requests,
    /// - questions of the upstream server, to the client that made the call. A server of the legacy
    ///   era needs [`forward_questions`](crate::client::ClientBuilder::forward_questions). Its
    ///   questions do not state which call they belong to, so they are refused while several calls are
    ///   in flight.
    ///
    /// Log messages over a pipe, or on the stream of a session, do not state their request either, so
    /// they are forwarded only while one request is in flight. Instructions are not forwarded.
    ///
    /// ```no_run
    /// use mcp_runtime::client::Client;
    /// use mcp_runtime::gateway::Proxy;
    /// use mcp_runtime::Server;
    ///
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let weather = Client::stdio("weather-server").forward_questions(true).connect().await?;
    /// let weather = Proxy::of(weather).await?.prefix("weather");
    /// Server::new("gateway", "1.0.0").proxy(weather).run().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn proxy(mut self, proxy: Proxy) -> Self {
        self.may_gain |= proxy.may_gain();
        self.upstreams.push(Box::new(proxy));
        self
    }
}

impl UpstreamServer for Proxy {
    #[cfg(feature = "providers")]
    fn list_tools(&self) -> Vec<ListedTool> {
        let naming = Naming(self.prefix.clone());
        let listing = self.connected.as_ref().map(|connected| &connected.listing);
        listing.map_or_else(Vec::new, |listing| listing.list_tools(&naming, self.filter.as_ref()))
    }

    fn assemble(
        self: Box<Self>,
        components: &mut CheckedComponents,
        added: &Registry,
        faults: &mut Vec<String>,
    ) -> AssembledUpstream {
        let Self { prefix, filter, hints, connected, joining, runtime } = *self;
        let fault = prefix.as_ref().and_then(|prefix| ToolName::parse_wide(prefix).err());
        faults.extend(fault.map(|error| format!("the prefix of a proxy {error}")));
        let mut proxied = ProxiedComponents {
            naming: Naming(prefix),
            watch: Arc::default(),
            filter,
            keys: Keys::default(),
            hints: Arc::clone(&hints),
        };
        let link = connected.map(|Connected { client, mut listing, failed, changes }| {
            let upstream = Arc::new(proxied.upstream(client));
            if let Some(filter) = &proxied.filter {
                listing.retain(filter);
            }
            let found = retain_offerable(upstream.components(&listing), components, added);
            proxied.keys = Keys::of(&found);
            components.append(found);
            Link { upstream, changes, failed }
        });
        let follower = ChangeFollower { components: proxied, link, joining, runtime };
        let follower = Box::new(move |live: &Arc<Live>| follower.start(live));
        AssembledUpstream { hints, follower }
    }
}
