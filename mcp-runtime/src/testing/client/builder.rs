//! How a test client is put together.

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

/// A [`TestClient`] before it is connected.
#[must_use = "a client does nothing until it is connected"]
pub struct TestClientBuilder {
    server: Server,
    script: Script,
    is_able: bool,
    /// What is set of the client itself.
    set: Vec<Set>,
}

type Set = Box<dyn FnOnce(ClientBuilder<InMemory>) -> ClientBuilder<InMemory> + Send>;

scripted!(TestClientBuilder);

impl TestClientBuilder {
    pub(super) fn new(server: Server) -> Self {
        Self { server, script: Script::default(), is_able: true, set: Vec::new() }
    }

    /// The era to speak; the modern one unless it is said.
    pub fn era(self, era: Era) -> Self {
        self.configure(move |client| client.era(era))
    }

    /// The revision to speak, to see what a server shows to clients of an older one.
    pub fn revision(self, revision: Revision) -> Self {
        self.configure(move |client| client.revision(revision))
    }

    /// Whom the server takes the client for; nobody unless it is said.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::testing::{TestClient, assert_text};
    ///
    /// /// Say who calls.
    /// #[tool]
    /// async fn whoami(caller: Principal) -> String {
    ///     caller.subject().unwrap_or("nobody").to_owned()
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

    /// Has the client declare that it cannot be asked anything.
    pub fn incapable(mut self) -> Self {
        self.is_able = false;
        self
    }

    /// Sets anything else of the client, such as extensions, time-outs or a handler of the test's
    /// own in the place of the script.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::protocol::Settings;
    /// use mcp_runtime::testing::{TestClient, assert_text};
    ///
    /// /// Say whether the client knows of tickets.
    /// #[tool]
    /// async fn knows(cx: &Context) -> String {
    ///     cx.client().extension("com.example/tickets").is_some().to_string()
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), mcp_runtime::client::Error> {
    /// let client = TestClient::of(Server::new("tickets", "1.0.0").with::<knows>())
    ///     .configure(|client| client.extension("com.example/tickets", Settings::default()))
    ///     .connect()
    ///     .await?;
    /// assert_text(&client.call("knows", ()).await?, "true");
    /// # Ok(())
    /// # }
    /// ```
    pub fn configure(
        mut self,
        set: impl FnOnce(ClientBuilder<InMemory>) -> ClientBuilder<InMemory> + Send + 'static,
    ) -> Self {
        self.set.push(Box::new(set));
        self
    }

    /// Builds the server and connects to it.
    ///
    /// # Errors
    /// [`Error::Argument`] if the server cannot be built, and whatever the handshake comes to.
    pub async fn connect(self) -> Result<TestClient, Error> {
        let captured = Arc::<Captured>::default();
        // A test asks the server, not what was kept of earlier answers.
        let mut builder = Client::in_memory(self.server).cache(Cache::new(0));
        builder = listening(builder, &captured);
        if self.is_able {
            builder = answering(builder, self.script, &captured);
        }
        let builder = self.set.into_iter().fold(builder, |builder, set| set(builder));
        let client = builder.connect().await?;
        client.set_log_level(LoggingLevel::Debug).await?;
        Ok(TestClient::new(client, captured))
    }
}

/// Keeps what the server says by itself.
fn listening(
    builder: ClientBuilder<InMemory>,
    captured: &Arc<Captured>,
) -> ClientBuilder<InMemory> {
    let (logs, others) = (Arc::clone(captured), Arc::clone(captured));
    builder.on_log(move |message| logs.logs.push(message)).on_notification(move |method, params| {
        let params = serde_json::from_str(params).unwrap_or_default();
        others.notifications.push((method.to_owned(), params));
    })
}

/// Answers what the server asks from a script.
fn answering(
    builder: ClientBuilder<InMemory>,
    script: Script,
    captured: &Arc<Captured>,
) -> ClientBuilder<InMemory> {
    let script = Arc::new(script);
    let own = || (Arc::clone(&script), Arc::clone(captured));
    let (user, heard) = own();
    let form = move |form| ready(heard.answer(&user, "elicitation/create", &form));
    let (user, heard) = own();
    let url = move |url| ready(heard.answer(&user, "elicitation/create", &url));
    let (model, heard) = own();
    let sample = move |request| ready(heard.answer(&model, "sampling/createMessage", &request));
    let (script, heard) = own();
    let roots = move || {
        let listed = heard.answer::<Listed>(&script, "roots/list", &json!({}));
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
        f.debug_struct("TestClientBuilder").field("is_able", &self.is_able).finish_non_exhaustive()
    }
}
