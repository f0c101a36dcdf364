//! Builder of a test client.

use std::fmt;
use std::future::ready;
use std::sync::Arc;

use mcp_core::protocol::{LoggingLevel, Root};
use mcp_core::revision::Revision;
use serde_json::json;

use super::{Captured, TestClient};
use crate::client::{Cache, Client, ClientBuilder, Era, Error};
use crate::context::principal::Principal;
use crate::proxy::InMemory;
use crate::server::builder::Server;
use crate::testing::script::{Script, scripted};

/// Builder of a [`TestClient`].
#[must_use = "a client does nothing until it is connected"]
pub struct TestClientBuilder {
    server: Server,
    script: Script,
    has_capabilities: bool,
    /// Settings of the client itself.
    settings: Vec<Setting>,
}

type Setting = Box<dyn FnOnce(ClientBuilder<InMemory>) -> ClientBuilder<InMemory> + Send>;

scripted!(TestClientBuilder);

impl TestClientBuilder {
    pub(super) fn new(server: Server) -> Self {
        Self { server, script: Script::default(), has_capabilities: true, settings: Vec::new() }
    }

    /// Sets the era of the protocol. The modern one by default.
    pub fn era(self, era: Era) -> Self {
        self.configure(move |client| client.era(era))
    }

    /// Sets the revision of the protocol.
    pub fn revision(self, revision: Revision) -> Self {
        self.configure(move |client| client.revision(revision))
    }

    /// Sets the identity of the client. Anonymous by default.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::testing::{TestClient, assert_text};
    ///
    /// /// Name the caller.
    /// #[tool]
    /// async fn whoami(caller: Principal) -> String {
    ///     caller.subject().unwrap_or("anonymous").to_owned()
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), mcp_runtime::client::Error> {
    /// let server = Server::new("who", "1.0.0").with::<whoami>();
    /// let client = TestClient::of(server).principal(Principal::new("ann")).connect().await?;
    /// assert_text(&client.call("whoami", ()).await?, "ann");
    /// # Ok(())
    /// # }
    /// ```
    pub fn principal(self, principal: Principal) -> Self {
        self.configure(move |client| client.principal(principal))
    }

    /// Removes all capabilities: the client declares that it cannot answer questions.
    pub fn incapable(mut self) -> Self {
        self.has_capabilities = false;
        self
    }

    /// Changes other settings of the client, such as extensions, timeouts or handlers in place of the
    /// script.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::protocol::Settings;
    /// use mcp_runtime::testing::{TestClient, assert_text};
    ///
    /// /// Return whether the client supports tickets.
    /// #[tool]
    /// async fn supports(cx: &Context) -> String {
    ///     cx.client().extension("com.example/tickets").is_some().to_string()
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), mcp_runtime::client::Error> {
    /// let client = TestClient::of(Server::new("tickets", "1.0.0").with::<supports>())
    ///     .configure(|client| client.extension("com.example/tickets", Settings::default()))
    ///     .connect()
    ///     .await?;
    /// assert_text(&client.call("supports", ()).await?, "true");
    /// # Ok(())
    /// # }
    /// ```
    pub fn configure(
        mut self,
        setting: impl FnOnce(ClientBuilder<InMemory>) -> ClientBuilder<InMemory> + Send + 'static,
    ) -> Self {
        self.settings.push(Box::new(setting));
        self
    }

    /// Builds the server and connects to it.
    ///
    /// # Errors
    /// [`Error::Argument`] if the server cannot be built, and the errors of the handshake.
    pub async fn connect(self) -> Result<TestClient, Error> {
        let captured = Arc::<Captured>::default();
        // Without a cache, so that every request reaches the server.
        // Unchecked, because other clients may answer as wrongly as a script does.
        let mut builder = Client::in_memory(self.server).cache(Cache::new(0)).unchecked();
        builder = with_listeners(builder, &captured);
        if self.has_capabilities {
            builder = with_answers(builder, self.script, &captured);
        }
        let builder = self.settings.into_iter().fold(builder, |builder, setting| setting(builder));
        let client = builder.connect().await?;
        client.set_log_level(LoggingLevel::Debug).await?;
        Ok(TestClient::new(client, captured))
    }
}

/// Records log messages and other notifications.
fn with_listeners(
    builder: ClientBuilder<InMemory>,
    captured: &Arc<Captured>,
) -> ClientBuilder<InMemory> {
    let (logs, others) = (Arc::clone(captured), Arc::clone(captured));
    builder.on_log(move |message| logs.logs.push(message)).on_notification(move |method, params| {
        let params = serde_json::from_str(params).unwrap_or_default();
        others.notifications.push((method.to_owned(), params));
    })
}

/// Answers the questions of the server from a script.
fn with_answers(
    builder: ClientBuilder<InMemory>,
    script: Script,
    captured: &Arc<Captured>,
) -> ClientBuilder<InMemory> {
    let script = Arc::new(script);
    let own = || (Arc::clone(&script), Arc::clone(captured));
    let (user, record) = own();
    let form = move |form| ready(record.answer(&user, "elicitation/create", &form));
    let (user, record) = own();
    let url = move |url| ready(record.answer(&user, "elicitation/create", &url));
    let (model, record) = own();
    let sample = move |request| ready(record.answer(&model, "sampling/createMessage", &request));
    let (script, record) = own();
    let roots = move || {
        let listed = record.answer::<Listed>(&script, "roots/list", &json!({}));
        ready(listed.map(|listed| listed.roots))
    };
    builder.on_form(form).on_url(url).sampling_tools(true).on_sample(sample).on_roots(roots)
}

#[derive(serde::Deserialize)]
struct Listed {
    roots: Vec<Root>,
}

impl fmt::Debug for TestClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestClientBuilder")
            .field("has_capabilities", &self.has_capabilities)
            .finish_non_exhaustive()
    }
}
