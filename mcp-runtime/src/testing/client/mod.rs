//! A client of a server in the same process, with a scripted user and model.

mod builder;
mod received;

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
use self::received::Received;
use super::script::Script;
use crate::client::{Call, Client, Era, Error, Event, Watch};
use crate::server::builder::Server;

/// Returns both eras, to run a test in each.
///
/// # Example
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

/// A [`Client`] of a server in the same process, which answers the questions of the server from a
/// script and records its notifications.
///
/// It dereferences to [`Client`]. It requests log messages of all levels and does not cache results,
/// so that a test observes all that the server does.
///
/// # Example
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
    /// Tasks that read the subscriptions.
    subscriptions: Mutex<JoinSet<()>>,
}

/// A question of a server.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ServerQuestion {
    /// Method, such as `elicitation/create`.
    pub method: String,
    /// Parameters.
    pub params: Value,
}

/// All that one client has received.
#[derive(Default)]
struct Captured {
    asked: Received<ServerQuestion>,
    logs: Received<LoggingMessageParams>,
    progress: Received<ProgressParams>,
    changes: Received<Event>,
    notifications: Received<(String, Value)>,
}

impl Captured {
    /// Answers a question from the script. Without an answer the handler of the server fails.
    fn answer<T: DeserializeOwned>(
        &self,
        script: &Script,
        method: &str,
        params: &impl Serialize,
    ) -> Result<T, ProtocolError> {
        let invalid = |error: serde_json::Error| ProtocolError::internal(error.to_string());
        let params = serde_json::to_value(params).map_err(invalid)?;
        let answer = script.answer(method, &params);
        self.asked.push(ServerQuestion { method: method.to_owned(), params });
        let answer = answer.map_err(ProtocolError::internal)?;
        serde_json::from_value(answer).map_err(invalid)
    }
}

impl TestClient {
    /// Creates the builder of a client of a server.
    pub fn of(server: Server) -> TestClientBuilder {
        TestClientBuilder::new(server)
    }

    fn new(client: Client, captured: Arc<Captured>) -> Self {
        Self { client, captured, subscriptions: Mutex::default() }
    }

    /// Calls a tool and records its progress. See [`Client::call`].
    pub fn call(&self, name: impl Into<String>, arguments: impl Serialize) -> Call<CallToolResult> {
        self.recorded(self.client.call(name, arguments))
    }

    /// Reads a resource and records its progress. See [`Client::read`].
    pub fn read(&self, uri: impl Into<String>) -> Call<ReadResourceResult> {
        self.recorded(self.client.read(uri))
    }

    /// Gets a prompt and records its progress. See [`Client::prompt`].
    pub fn prompt<K: Into<String>, V: Into<String>>(
        &self,
        name: impl Into<String>,
        arguments: impl IntoIterator<Item = (K, V)>,
    ) -> Call<GetPromptResult> {
        self.recorded(self.client.prompt(name, arguments))
    }

    /// Sends any request and records its progress. See [`Client::request`]. With a `serde_json::Value` as
    /// `T`, the result has all members that the server sends.
    pub fn request<T>(&self, method: &str, params: impl Serialize) -> Call<T> {
        self.recorded(self.client.request(method, params))
    }

    fn recorded<T>(&self, call: Call<T>) -> Call<T> {
        let captured = Arc::clone(&self.captured);
        call.on_progress(move |progress| captured.progress.push(progress))
    }

    /// Subscribes to changes, which are recorded in [`changes`](Self::changes).
    ///
    /// # Example
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
    /// The errors of any request.
    pub async fn watch(&self, watch: Watch) -> Result<SubscriptionFilter, Error> {
        let mut subscription = self.client.subscribe(watch).await?;
        let agreed = subscription.agreed().clone();
        let captured = Arc::clone(&self.captured);
        // The task ends with this client.
        lock(&self.subscriptions).spawn(async move {
            while let Some(Ok(event)) = subscription.next().await {
                captured.changes.push(event);
            }
        });
        Ok(agreed)
    }

    /// Questions of the server so far.
    pub fn asked(&self) -> Vec<ServerQuestion> {
        self.captured.asked.all()
    }

    /// Log messages of the server so far.
    pub fn logs(&self) -> Vec<LoggingMessageParams> {
        self.captured.logs.all()
    }

    /// Waits for the next log message: the first that was not waited for yet.
    ///
    /// # Panics
    /// If none arrives.
    pub async fn next_log(&self) -> LoggingMessageParams {
        self.captured.logs.next("a log message").await
    }

    /// Progress of the requests so far.
    pub fn progress(&self) -> Vec<ProgressParams> {
        self.captured.progress.all()
    }

    /// Changes so far, as far as they are [subscribed to](Self::watch).
    pub fn changes(&self) -> Vec<Event> {
        self.captured.changes.all()
    }

    /// Waits for the next change that is [subscribed to](Self::watch): the first that was not waited for
    /// yet.
    ///
    /// # Panics
    /// If none arrives.
    pub async fn next_change(&self) -> Event {
        self.captured.changes.next("a change").await
    }

    /// Notifications of extensions so far: method and parameters.
    pub fn notifications(&self) -> Vec<(String, Value)> {
        self.captured.notifications.all()
    }

    /// Waits for the next notification of an extension: the first that was not waited for yet.
    ///
    /// # Panics
    /// If none arrives.
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
