//! Tools of a server that an agent offers.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::client::{Client, Error};
use crate::server::builder::Server;

/// Tools of a server that an agent offers: of a client, or of a server of this process.
///
/// [`Agent::tools`](super::super::Agent::tools) takes clients and servers as they are; this type is for
/// options.
///
/// ```
/// use mcp_runtime::agent::{Agent, ScriptedModel, ServerTools};
/// use mcp_runtime::client::{Client, Error};
/// # use mcp_runtime::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let client = Client::in_memory(Server::new("files", "1.0.0")).connect().await?;
/// let files = ServerTools::from(&client).name("files").trust_annotations(true);
/// let agent = Agent::new(ScriptedModel::new()).tools(files);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ServerTools {
    pub(super) name: Option<String>,
    pub(super) is_trusted: Option<bool>,
    pub(super) target: Target,
}

#[derive(Clone)]
pub(super) enum Target {
    Client(Client),
    Server(Arc<LocalServer>),
}

/// A server of this process, started when it is needed first.
pub(super) struct LocalServer {
    server: Mutex<Option<Server>>,
    client: OnceCell<Client>,
}

impl ServerTools {
    /// Sets a name for the server. Names of its tools begin with it.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets whether annotations of tools, such as `readOnlyHint`, are to be believed. A tool with
    /// trusted annotations that is read-only needs no approval.
    ///
    /// Annotations are statements of the server, and a malicious one can call its tools read-only. So
    /// only those of servers of this process are trusted by default, unless they are proxies of others.
    #[must_use]
    pub fn trust_annotations(mut self, trust: bool) -> Self {
        self.is_trusted = Some(trust);
        self
    }
}

impl Target {
    pub(super) async fn client(&self) -> Result<Client, Error> {
        match self {
            Self::Client(client) => Ok(client.clone()),
            Self::Server(local) => local.client.get_or_try_init(|| local.start()).await.cloned(),
        }
    }
}

impl LocalServer {
    async fn start(&self) -> Result<Client, Error> {
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner).take();
        let server =
            server.ok_or_else(|| Error::argument("the server could not be started before"))?;
        Client::in_memory(server).connect().await
    }
}

impl From<&Client> for ServerTools {
    fn from(client: &Client) -> Self {
        client.clone().into()
    }
}

impl From<Client> for ServerTools {
    fn from(client: Client) -> Self {
        Self { name: None, is_trusted: None, target: Target::Client(client) }
    }
}

impl From<Server> for ServerTools {
    fn from(server: Server) -> Self {
        let (server, client) = (Mutex::new(Some(server)), OnceCell::new());
        let target = Target::Server(Arc::new(LocalServer { server, client }));
        Self { name: None, is_trusted: None, target }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(client) => client.fmt(f),
            Self::Server(_) => f.write_str("Server"),
        }
    }
}
