//! Other servers behind this one: a gateway.
//!
//! ```text
//! our client ── request ──▶ component ──▶ Upstream::request ──▶ the other server
//!                              ▲               │ in_rounds: it asks by a result
//!                              │               │ flight: it asks while it works
//!            ask::pass_on ◀────┴── questions ──┘
//! ```
//!
//! `follow` keeps up with what the other server offers, `updates` watches there what is watched here,
//! `again` opens what was ended there, and `logs` lets through what the other server logs for a call.
//!
//! A component of another server is one of this server whose handler asks the other. What is listed
//! stays as it is but for names and URIs, and so do arguments, results and errors.

pub(crate) mod again;
pub(crate) mod components;
pub(crate) mod flight;
pub(crate) mod follow;
mod in_memory;
pub(crate) mod logs;
pub(crate) mod naming;
pub(crate) mod updates;
pub(crate) mod upstream;

use std::fmt;
use std::sync::Arc;

use mcp_core::name::ToolName;
use tokio::runtime::Handle;

use self::components::Offers;
use self::follow::{Following, Keys, Lists, offers};
use self::logs::KeepsItsLevel;
use self::naming::Naming;
use self::upstream::Upstream;
use super::component::registration::CheckedComponents;
use crate::client::{Client, Error, Subscription, Watch};
use crate::component::visibility::ComponentRef;
use crate::server::builder::Server;
use crate::server::builder::upstream::{Follower, UpstreamServer};

pub use self::in_memory::InMemory;

/// Decides whether a component of another server is offered here.
type Filter = Arc<dyn Fn(&ComponentRef<'_>) -> bool + Send + Sync>;

/// Another server, to be offered by this one. See [`Server::proxy`].
#[must_use = "it offers nothing until it is given to `Server::proxy`"]
pub struct Proxy {
    client: Client,
    prefix: Option<String>,
    filter: Option<Filter>,
    offers: Offers,
    changes: Option<Subscription>,
    runtime: Handle,
}

impl Proxy {
    /// Lists what the server of a client offers, and begins to listen for changes.
    ///
    /// Give the client [`forward_questions`](crate::client::ClientBuilder::forward_questions) if
    /// the server may be of the older era and asks.
    ///
    /// # Errors
    /// As any request of the client.
    ///
    /// # Panics
    /// Outside of a Tokio runtime, where a client cannot be.
    pub async fn of(client: Client) -> Result<Self, Error> {
        // Before it is listed, so that no change falls between the two.
        let changes = match client.subscribe(Watch::lists()).await {
            Ok(changes) => Some(changes),
            Err(Error::Remote(error)) => {
                tracing::debug!(target: "mcp_runtime::proxy", %error, "it tells of no changes");
                None
            }
            Err(error) => return Err(error),
        };
        let offers = offers(&client, Lists::of(&client.server_info().capabilities)).await?;
        let runtime = Handle::current();
        Ok(Self { client, prefix: None, filter: None, offers, changes, runtime })
    }

    /// Names components as [`Server::mount`] does: a tool `add` under `math` is called `math_add`,
    /// a resource `file://notes` becomes `file://math/notes`.
    ///
    /// Resources without `://` in their URI are left out then.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Offers those components only for which the function says so. It sees them as the other
    /// server names them, and also what is added later.
    pub fn only(
        mut self,
        wanted: impl Fn(&ComponentRef<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.filter = Some(Arc::new(wanted));
        self
    }

    /// The components, what is wrong, and what follows changes.
    fn open(self) -> (CheckedComponents, Option<String>, Option<Following>) {
        let Self { client, prefix, filter, mut offers, changes, runtime } = self;
        let is_name = |prefix: &String| ToolName::parse_wide(prefix);
        let fault = prefix.as_ref().and_then(|prefix| is_name(prefix).err());
        let fault = fault.map(|error| format!("the prefix of a proxy {error}"));
        let upstream = Arc::new(Upstream {
            client,
            naming: Naming(prefix),
            flights: Arc::default(),
            keeps_its_level: KeepsItsLevel::default(),
            watch: Arc::default(),
        });
        if let Some(filter) = &filter {
            retain(filter, &mut offers);
        }
        let components = upstream.components(&offers);
        let keys = Keys::of(&components);
        let following =
            changes.map(|changes| Following { upstream, filter, changes, runtime, keys });
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

/// Keeps what a filter wants.
fn retain(filter: &Filter, offers: &mut Offers) {
    offers.tools.retain(|tool| filter(&ComponentRef::Tool(tool)));
    offers.resources.retain(|resource| filter(&ComponentRef::Resource(resource)));
    offers.templates.retain(|template| filter(&ComponentRef::Template(template)));
    offers.prompts.retain(|prompt| filter(&ComponentRef::Prompt(prompt)));
}

impl Server {
    /// Offers the components of another server, behind its own: tools, resources, templates,
    /// prompts and completion.
    ///
    /// Both servers and both their clients may be of either era. Schemas, arguments, results and
    /// errors are passed on as they are; so are progress and cancellation, and changes of what is
    /// offered. What the other server asks is asked of the client that made the call: see
    /// [`forward_questions`](crate::client::ClientBuilder::forward_questions) for servers of the
    /// older era, whose questions are refused while several calls are in flight, because they do
    /// not say which call they are for.
    ///
    /// Clients that watch a resource hear of it when it changes there, and each reads what the other
    /// server logs for its calls, from the level on that it asked for. On a pipe and on the stream of
    /// a session, a log message does not say which request it is for, so it is passed on only while
    /// one is in flight.
    ///
    /// Instructions are not passed on.
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
