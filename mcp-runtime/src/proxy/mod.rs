//! Gateways: servers that offer the components of upstream servers.
//!
//! ```text
//! our client ── request ──▶ component ──▶ Upstream::request ──▶ upstream server
//!                              ▲               │ in_rounds: asks by its result
//!                              │               │ upstream_call: asks while it works
//!            ask::forward ◀────┴── questions ──┘
//! ```
//!
//! `listing` requests the lists of the upstream server, `follow` and `list_changes` keep them up to
//! date, `updates` subscribes to the resources that clients subscribe to, `reopen_timer` schedules the
//! attempts to reopen a subscription, and `logs` forwards the log messages of a call.
//!
//! A component of an upstream server is a component of this server whose handler sends a request to
//! the upstream server. Names and URIs are translated; everything else is forwarded without a change.

pub(crate) mod components;
pub(crate) mod follow;
mod in_memory;
mod list_changes;
mod listing;
pub(crate) mod logs;
pub(crate) mod naming;
mod reopen_timer;
pub(crate) mod updates;
pub(crate) mod upstream;
mod upstream_call;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use mcp_core::name::ToolName;
use tokio::runtime::Handle;

use self::follow::ChangeFollower;
use self::listing::{Filter, Keys, Listing, Lists};
use self::naming::Naming;
use self::upstream::Upstream;
use super::component::registration::CheckedComponents;
use crate::client::{Client, Error, Subscription, Watch};
use crate::component::visibility::ComponentRef;
use crate::server::builder::Server;
use crate::server::builder::upstream::{Follower, UpstreamServer};

pub use self::in_memory::InMemory;

/// An upstream server whose components a server offers. See [`Server::proxy`].
#[must_use = "it offers nothing until it is given to `Server::proxy`"]
pub struct Proxy {
    client: Client,
    prefix: Option<String>,
    filter: Option<Filter>,
    listing: Listing,
    changes: Option<Subscription>,
    runtime: Handle,
}

impl Proxy {
    /// Lists the components of a client's server and subscribes to their changes.
    ///
    /// A server of the legacy era that asks its client questions needs
    /// [`forward_questions`](crate::client::ClientBuilder::forward_questions).
    ///
    /// # Errors
    /// The errors of any request of the client.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn of(client: Client) -> Result<Self, Error> {
        // Subscribed before the lists are requested, so that no change is missed between the two.
        let changes = match client.subscribe(Watch::lists()).await {
            Ok(changes) => Some(changes),
            Err(Error::Remote(error)) => {
                tracing::debug!(target: "mcp_runtime::proxy", %error, "the server does not report changes");
                None
            }
            Err(error) => return Err(error),
        };
        let lists = Lists::declared(&client.server_info().capabilities);
        let listing = Listing::request(&client, lists).await?;
        let runtime = Handle::current();
        Ok(Self { client, prefix: None, filter: None, listing, changes, runtime })
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

    /// Returns the components, an error of the prefix, and the follower of changes.
    fn open(self) -> (CheckedComponents, Option<String>, Option<ChangeFollower>) {
        let Self { client, prefix, filter, mut listing, changes, runtime } = self;
        let is_name = |prefix: &String| ToolName::parse_wide(prefix);
        let fault = prefix.as_ref().and_then(|prefix| is_name(prefix).err());
        let fault = fault.map(|error| format!("the prefix of a proxy {error}"));
        let upstream = Arc::new(Upstream {
            client,
            naming: Naming(prefix),
            calls: Arc::default(),
            is_log_level_fixed: AtomicBool::new(false),
            watch: Arc::default(),
        });
        if let Some(filter) = &filter {
            listing.retain(filter);
        }
        let components = upstream.components(&listing);
        let keys = Keys::of(&components);
        let following =
            changes.map(|changes| ChangeFollower { upstream, filter, changes, runtime, keys });
        (components, fault, following)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("client", &self.client)
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
        self.may_gain |= proxy.changes.is_some();
        self.upstreams.push(Box::new(proxy));
        self
    }
}

impl UpstreamServer for Proxy {
    fn assemble(
        self: Box<Self>,
        components: &mut CheckedComponents,
        faults: &mut Vec<String>,
    ) -> Option<Follower> {
        let (found, fault, following) = self.open();
        components.append(found);
        faults.extend(fault);
        following.map(|following| -> Follower { Box::new(move |live| following.start(live)) })
    }
}
