//! Clients of servers in the same process.

use crate::client::{Client, ClientBuilder, Error, Stream};
use crate::context::principal::Principal;
use crate::server::builder::Server;

/// A server in this process. See [`Client::in_memory`].
#[derive(Debug)]
pub struct InMemory {
    server: Server,
    principal: Principal,
}

/// Number of bytes that each direction buffers.
const BUFFER: usize = 64 << 10;

impl Client {
    /// Creates a client of a server in this process, for tests and for programs that use their own
    /// tools. The server ends with the client.
    ///
    /// ```
    /// use mcp_runtime::client::Client;
    /// use mcp_runtime::prelude::*;
    /// use serde_json::json;
    ///
    /// /// Add two integers.
    /// #[tool]
    /// async fn add(a: i64, b: i64) -> i64 {
    ///     a + b
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), mcp_runtime::client::Error> {
    /// let server = Server::new("calculator", "1.0.0").with::<add>();
    /// let client = Client::in_memory(server).connect().await?;
    /// let sum: i64 = client.call_as("add", json!({ "a": 2, "b": 3 })).await?;
    /// assert_eq!(sum, 5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn in_memory(server: Server) -> ClientBuilder<InMemory> {
        ClientBuilder::new(InMemory { server, principal: Principal::anonymous() })
    }
}

impl ClientBuilder<InMemory> {
    /// Sets the identity of the client, which handlers see as
    /// [`Context::principal`](crate::Context::principal). Anonymous by default.
    pub fn principal(mut self, principal: Principal) -> Self {
        self.target.principal = principal;
        self
    }

    /// Builds the server, starts it and agrees with it on a revision.
    ///
    /// # Errors
    /// [`Error::Argument`] if the server cannot be built or a lifespan fails, and the errors of any request.
    pub async fn connect(self) -> Result<Client, Error> {
        let InMemory { server, principal } = self.target;
        let serves_own = server.upstreams.is_empty();
        let serving = server.ready_to_serve().await;
        let serving = serving.map_err(|error| Error::argument(error.report().to_string()))?;
        let serving = serving.by(principal);
        let (near, far) = tokio::io::duplex(BUFFER);
        let (reader, writer) = tokio::io::split(far);
        // The task ends when the near end is dropped.
        tokio::spawn(serving.over(reader, writer));
        let (reader, writer) = tokio::io::split(near);
        let target = Stream::new(reader, writer).serving_own_components(serves_own);
        ClientBuilder { target, options: self.options }.connect().await
    }
}
