//! A client of a server in the same process, with a scripted user and model.

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::{
    CallToolResult, LoggingLevel, LoggingMessageParams, ProgressParams, Root,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::script::Script;
use crate::client::{Call, Client, Era, Error, Event};
use crate::server::Server;

/// Both eras, to run a test in each.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::testing::{TestClient, assert_text, eras};
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
/// for era in eras() {
///     let server = Server::new("calculator", "1.0.0").with::<add>();
///     let client = TestClient::of(server).era(era).connect().await?;
///     assert_text(&client.call("add", json!({ "a": 2, "b": 3 })).await?, "5");
/// }
/// # Ok(())
/// # }
/// ```
pub fn eras() -> [Era; 2] {
    [Era::Legacy, Era::Modern]
}

/// A [`Client`] of a server in the same process, which answers from a script what the server asks and
/// remembers what the server says.
///
/// It can be used wherever a `&Client` can. Log messages of every level are asked for.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::testing::{TestClient, assert_text};
/// use mcp_runtime::{AskError, Elicited};
/// use serde_json::json;
///
/// #[derive(Elicit)]
/// struct Confirm {
///     /// Delete it for good
///     yes: bool,
/// }
///
/// /// Delete a file.
/// #[tool]
/// async fn delete(cx: &Context, path: String) -> Result<String, AskError> {
///     cx.log(LoggingLevel::Warning, format!("deleting {path}"));
///     match cx.elicit::<Confirm>(format!("Really delete {path}?")).await? {
///         Elicited::Accepted(Confirm { yes: true }) => Ok(format!("{path} is gone")),
///         _ => Ok("left alone".to_owned()),
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), mcp_runtime::client::Error> {
/// let server = Server::new("files", "1.0.0").with::<delete>();
/// let client = TestClient::of(server).answers("Really", json!({ "yes": true })).connect().await?;
/// assert_text(&client.call("delete", json!({ "path": "a.txt" })).await?, "a.txt is gone");
/// assert_eq!(client.asked()[0].params["message"], "Really delete a.txt?");
/// assert_eq!(client.logs()[0].data, "deleting a.txt");
/// # Ok(())
/// # }
/// ```
pub struct TestClient {
    client: Client,
    captured: Arc<Captured>,
}

/// A question that a server has asked.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ServerQuestion {
    /// Its method, such as `elicitation/create`.
    pub method: String,
    /// Its parameters.
    pub params: Value,
}

#[derive(Default)]
struct Captured {
    asked: Mutex<Vec<ServerQuestion>>,
    logs: Mutex<Vec<LoggingMessageParams>>,
    progress: Mutex<Vec<ProgressParams>>,
    changes: Mutex<Vec<Event>>,
}

impl Captured {
    /// Answers as the script has it. What it lacks is told to the server, whose handler fails of it.
    fn answer<T: DeserializeOwned>(
        &self,
        script: &Script,
        method: &str,
        params: &impl Serialize,
    ) -> Result<T, ProtocolError> {
        let params = serde_json::to_value(params).unwrap_or_default();
        let answer = script.answer(method, &params);
        lock(&self.asked).push(ServerQuestion { method: method.to_owned(), params });
        let answer = answer.map_err(ProtocolError::internal)?;
        serde_json::from_value(answer).map_err(|error| ProtocolError::internal(error.to_string()))
    }
}

/// A [`TestClient`] before it is connected.
#[must_use = "a client does nothing until it is connected"]
pub struct TestClientBuilder {
    server: Server,
    era: Era,
    script: Script,
    is_able: bool,
}

impl TestClient {
    /// A client of a server. Which era it speaks, [`TestClientBuilder::era`] says.
    pub fn of(server: Server) -> TestClientBuilder {
        TestClientBuilder { server, era: Era::Auto, script: Script::default(), is_able: true }
    }

    /// Calls a tool, and remembers its progress. See [`Client::call`].
    pub fn call(&self, name: impl Into<String>, arguments: impl Serialize) -> Call<CallToolResult> {
        let captured = Arc::clone(&self.captured);
        let keep = move |progress| lock(&captured.progress).push(progress);
        self.client.call(name, arguments).on_progress(keep)
    }

    /// What the server has asked so far.
    pub fn asked(&self) -> Vec<ServerQuestion> {
        lock(&self.captured.asked).clone()
    }

    /// What the server has logged so far.
    pub fn logs(&self) -> Vec<LoggingMessageParams> {
        lock(&self.captured.logs).clone()
    }

    /// The progress of the calls so far.
    pub fn progress(&self) -> Vec<ProgressParams> {
        lock(&self.captured.progress).clone()
    }

    /// The changes that the server has told of so far.
    pub fn changes(&self) -> Vec<Event> {
        lock(&self.captured.changes).clone()
    }
}

impl Deref for TestClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl TestClientBuilder {
    /// The era to speak; the modern one unless it is said.
    pub fn era(mut self, era: Era) -> Self {
        self.era = era;
        self
    }

    /// Has the client declare that it cannot be asked anything.
    pub fn incapable(mut self) -> Self {
        self.is_able = false;
        self
    }

    /// Has the user fill in a form. It is the form whose message contains the text.
    pub fn answers(mut self, message: &str, content: Value) -> Self {
        self.script.elicit(message, json!({ "action": "accept", "content": content }));
        self
    }

    /// Has the user agree to go to a URL. It is the question whose message contains the text.
    pub fn agrees(mut self, message: &str) -> Self {
        self.script.elicit(message, json!({ "action": "accept" }));
        self
    }

    /// Has the user say no to a question.
    pub fn declines(mut self, message: &str) -> Self {
        self.script.elicit(message, json!({ "action": "decline" }));
        self
    }

    /// Has the user dismiss a question.
    pub fn cancels(mut self, message: &str) -> Self {
        self.script.elicit(message, json!({ "action": "cancel" }));
        self
    }

    /// Has the model say something. It is the conversation whose last message contains the text.
    pub fn says(mut self, message: &str, text: &str) -> Self {
        self.script.sample(message, json!({ "type": "text", "text": text }));
        self
    }

    /// Has the model use a tool. It is the conversation whose last message contains the text.
    pub fn uses(mut self, message: &str, tool: &str, input: Value) -> Self {
        let content = json!({ "type": "tool_use", "id": tool, "name": tool, "input": input });
        self.script.sample(message, content);
        self
    }

    /// Has the client open these URIs as its roots.
    pub fn roots(mut self, uris: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let roots: Vec<_> = uris.into_iter().map(|uri| json!({ "uri": uri.into() })).collect();
        self.script.roots(json!({ "roots": roots }));
        self
    }

    /// Builds the server and connects to it.
    ///
    /// # Errors
    /// [`Error::Argument`] if the server cannot be built, and whatever the handshake comes to.
    pub async fn connect(self) -> Result<TestClient, Error> {
        let captured = Arc::<Captured>::default();
        let (logs, changes) = (Arc::clone(&captured), Arc::clone(&captured));
        let mut builder = Client::in_memory(self.server)
            .era(self.era)
            .on_log(move |message| lock(&logs.logs).push(message))
            .on_change(move |event| lock(&changes.changes).push(event));
        if self.is_able {
            let script = Arc::new(self.script);
            let own = || (Arc::clone(&script), Arc::clone(&captured));
            let (user, heard) = own();
            builder = builder.on_form(move |form| {
                std::future::ready(heard.answer(&user, "elicitation/create", &form))
            });
            let (user, heard) = own();
            builder = builder.on_url(move |url| {
                std::future::ready(heard.answer(&user, "elicitation/create", &url))
            });
            let (model, heard) = own();
            builder = builder.sampling_with_tools().on_sample(move |request| {
                std::future::ready(heard.answer(&model, "sampling/createMessage", &request))
            });
            let (script, heard) = own();
            builder = builder.on_roots(move || {
                let listed = heard.answer::<Listed>(&script, "roots/list", &json!({}));
                std::future::ready(listed.map(|listed| listed.roots))
            });
        }
        let client = builder.connect().await?;
        client.set_log_level(LoggingLevel::Debug).await?;
        Ok(TestClient { client, captured })
    }
}

#[derive(serde::Deserialize)]
struct Listed {
    roots: Vec<Root>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for TestClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestClient")
            .field("revision", &self.client.revision())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for TestClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestClientBuilder").field("era", &self.era).finish_non_exhaustive()
    }
}
