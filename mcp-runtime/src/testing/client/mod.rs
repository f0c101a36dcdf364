//! A client of a server in the same process, with a scripted user and model.

mod builder;
mod heard;

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::{
    CallToolResult, GetPromptResult, LoggingMessageParams, ProgressParams, ReadResourceResult,
    SubscriptionFilter,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::task::JoinSet;

pub use self::builder::TestClientBuilder;
use self::heard::Heard;
use super::script::Script;
use crate::client::{Call, Client, Era, Error, Event, Watch};
use crate::server::builder::Server;

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
/// It can be used wherever a `&Client` can. Log messages of every level are asked for, and no result
/// is kept to be used again, so that a test sees what the server does.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::testing::{TestClient, assert_text};
/// use mcp_runtime::elicit::{AskError, Elicited};
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
    /// What reads the subscriptions.
    watching: Mutex<JoinSet<()>>,
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

/// What one client has heard.
#[derive(Default)]
struct Captured {
    asked: Heard<ServerQuestion>,
    logs: Heard<LoggingMessageParams>,
    progress: Heard<ProgressParams>,
    changes: Heard<Event>,
    notifications: Heard<(String, Value)>,
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
        self.asked.push(ServerQuestion { method: method.to_owned(), params });
        let answer = answer.map_err(ProtocolError::internal)?;
        serde_json::from_value(answer).map_err(|error| ProtocolError::internal(error.to_string()))
    }
}

impl TestClient {
    /// A client of a server. Which era it speaks, [`TestClientBuilder::era`] says.
    pub fn of(server: Server) -> TestClientBuilder {
        TestClientBuilder::new(server)
    }

    fn new(client: Client, captured: Arc<Captured>) -> Self {
        Self { client, captured, watching: Mutex::default() }
    }

    /// Calls a tool, and remembers its progress. See [`Client::call`].
    pub fn call(&self, name: impl Into<String>, arguments: impl Serialize) -> Call<CallToolResult> {
        self.heard(self.client.call(name, arguments))
    }

    /// Reads a resource, and remembers its progress. See [`Client::read`].
    pub fn read(&self, uri: impl Into<String>) -> Call<ReadResourceResult> {
        self.heard(self.client.read(uri))
    }

    /// Renders a prompt, and remembers its progress. See [`Client::prompt`].
    pub fn prompt<K: Into<String>, V: Into<String>>(
        &self,
        name: impl Into<String>,
        arguments: impl IntoIterator<Item = (K, V)>,
    ) -> Call<GetPromptResult> {
        self.heard(self.client.prompt(name, arguments))
    }

    /// Sends any request, and remembers its progress. As a `serde_json::Value`, its result is all
    /// that the server sends: see [`Client::request`].
    pub fn request<T>(&self, method: &str, params: impl Serialize) -> Call<T> {
        self.heard(self.client.request(method, params))
    }

    fn heard<T>(&self, call: Call<T>) -> Call<T> {
        let captured = Arc::clone(&self.captured);
        call.on_progress(move |progress| captured.progress.push(progress))
    }

    /// Hears of changes from now on, in the way of its era; [`changes`](Self::changes) has them.
    ///
    /// ```
    /// use mcp_runtime::client::{Event, Watch};
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::testing::{TestClient, eras};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), mcp_runtime::client::Error> {
    /// for era in eras() {
    ///     let mut server = Server::new("clock", "1.0.0");
    ///     let handle = server.handle();
    ///     let client = TestClient::of(server).era(era).connect().await?;
    ///     client.watch(Watch::new().resource("clock://now")).await?;
    ///     handle.resource_updated("clock://now");
    ///     assert_eq!(client.next_change().await, Event::Resource("clock://now".into()));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As any request.
    pub async fn watch(&self, watch: Watch) -> Result<SubscriptionFilter, Error> {
        let mut subscription = self.client.subscribe(watch).await?;
        let agreed = subscription.agreed().clone();
        let captured = Arc::clone(&self.captured);
        // It ends with this client.
        lock(&self.watching).spawn(async move {
            while let Some(Ok(event)) = subscription.next().await {
                captured.changes.push(event);
            }
        });
        Ok(agreed)
    }

    /// What the server has asked so far.
    pub fn asked(&self) -> Vec<ServerQuestion> {
        self.captured.asked.all()
    }

    /// What the server has logged so far.
    pub fn logs(&self) -> Vec<LoggingMessageParams> {
        self.captured.logs.all()
    }

    /// The next log message: the first that was not waited for yet.
    ///
    /// # Panics
    /// If none comes.
    pub async fn next_log(&self) -> LoggingMessageParams {
        self.captured.logs.next("a log message").await
    }

    /// The progress of the requests so far.
    pub fn progress(&self) -> Vec<ProgressParams> {
        self.captured.progress.all()
    }

    /// The changes so far of what is [watched](Self::watch).
    pub fn changes(&self) -> Vec<Event> {
        self.captured.changes.all()
    }

    /// The next change of what is [watched](Self::watch): the first that was not waited for yet.
    ///
    /// # Panics
    /// If none comes.
    pub async fn next_change(&self) -> Event {
        self.captured.changes.next("a change").await
    }

    /// The notifications so far that the protocol does not name, such as those of extensions:
    /// method and parameters.
    pub fn notifications(&self) -> Vec<(String, Value)> {
        self.captured.notifications.all()
    }

    /// The next such notification: the first that was not waited for yet.
    ///
    /// # Panics
    /// If none comes.
    pub async fn next_notification(&self) -> (String, Value) {
        self.captured.notifications.next("a notification").await
    }
}

impl Deref for TestClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
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
