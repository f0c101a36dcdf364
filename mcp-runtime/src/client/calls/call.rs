//! A request with its options.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use mcp_core::jsonrpc::Raw;
use mcp_core::method::Method;
use mcp_core::protocol::{Meta, ProgressParams};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::events::{CallEvents, ProgressQueue};
use super::request::{Caching, ClientRequest, OnInputRequired};
use super::results::parse_result;
use super::rounds::CallOutcome;
use super::tasks::{finish_task, refuse_task};
use crate::client::core::{Client, Core, RequestOptions};
use crate::client::error::Error;
use crate::client::message::JsonText;

/// A request that has not been sent yet.
///
/// Awaiting it sends the request and returns the result. The method that creates it, such as
/// [`Client::call`], describes the request and its errors.
///
/// ```
/// # use std::time::Duration;
/// # use mcp_runtime::client::{Client, Error};
/// # use mcp_runtime::prelude::*;
/// # use serde_json::json;
/// # /// Add two integers.
/// # #[tool]
/// # async fn add(a: i64, b: i64) -> i64 { a + b }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let server = Server::new("calculator", "1.0.0").with::<add>();
/// # let client = Client::in_memory(server).connect().await?;
/// let result = client
///     .call("add", json!({ "a": 2, "b": 3 }))
///     .timeout(Duration::from_secs(10))
///     .meta("com.example/tenant", "acme")
///     .await?;
/// assert_eq!(result.to_text(), "5");
/// # Ok(())
/// # }
/// ```
#[must_use = "a request is sent when it is awaited"]
pub struct Call<T> {
    pub(super) client: Client,
    method: CallMethod,
    pub(super) params: Result<String, Error>,
    pub(super) options: RequestOptions,
    is_fresh: bool,
    result: PhantomData<fn() -> T>,
}

/// The method of a call.
#[derive(Debug)]
enum CallMethod {
    /// A method of the protocol, with all its rules.
    Known(Method),
    /// Any method. The request is sent as the caller wrote it.
    Custom(String),
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("method", &self.method).finish_non_exhaustive()
    }
}

impl<T> Call<T> {
    /// Creates a request of the protocol.
    pub(super) fn known(client: &Client, method: Method, params: Result<String, Error>) -> Self {
        // Progress proves that a tool is at work, and restarts the idle timeout.
        let wants_progress = method == Method::ToolsCall;
        let options = RequestOptions { wants_progress, ..RequestOptions::default() };
        Self::new(client, CallMethod::Known(method), params, options)
    }

    /// Creates a request that is sent as it is, and whose result is taken as it is.
    pub(super) fn custom(client: &Client, method: &str, params: Result<String, Error>) -> Self {
        let method = CallMethod::Custom(method.to_owned());
        Self::new(client, method, params, RequestOptions::default())
    }

    fn new(
        client: &Client,
        method: CallMethod,
        params: Result<String, Error>,
        options: RequestOptions,
    ) -> Self {
        let client = client.clone();
        Self { client, method, params, options, is_fresh: false, result: PhantomData }
    }

    /// Sets the longest time for the whole request, instead of
    /// [that of the client](super::super::ClientBuilder::timeout). Time in which handlers of the
    /// client answer the server does not count.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # /// Never return.
    /// # #[tool]
    /// # async fn hang() -> &'static str { std::future::pending().await }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("hangs", "1.0.0").with::<hang>();
    /// # let client = Client::in_memory(server).connect().await?;
    /// let call = client.call("hang", ()).timeout(Duration::from_millis(20));
    /// assert!(matches!(call.await, Err(Error::Timeout { .. })));
    /// # Ok(())
    /// # }
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Sets the longest silence of the server, instead of
    /// [that of the client](super::super::ClientBuilder::idle_timeout). Progress restarts it.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.options.idle_timeout = Some(timeout);
        self
    }

    /// Adds a member to the `_meta` of the request, such as a trace context.
    pub fn meta(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.options.meta.0.insert(key.into(), value.into());
        self
    }

    /// Adds members to the `_meta` of the request.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # use mcp_runtime::protocol::Meta;
    /// # /// Answer.
    /// # #[tool]
    /// # async fn ping() -> &'static str { "pong" }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("pings", "1.0.0").with::<ping>();
    /// # let client = Client::in_memory(server).connect().await?;
    /// let context = Meta::new().member("com.example/tenant", "acme").member("com.example/user", "ann");
    /// client.call("ping", ()).extend_meta(context).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn extend_meta(mut self, meta: Meta) -> Self {
        self.options.meta.0.extend(meta.0);
        self
    }

    /// Sets a listener of progress. It is called where the response is awaited and has to return
    /// soon.
    ///
    /// ```
    /// # use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # /// Count to three.
    /// # #[tool]
    /// # async fn count(cx: &Context) -> &'static str {
    /// #     for step in 1..=3 { cx.progress(step.into(), 3.0, "counting"); }
    /// #     "done"
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("counter", "1.0.0").with::<count>();
    /// # let client = Client::in_memory(server).connect().await?;
    /// let reports = Arc::new(AtomicU32::new(0));
    /// let counter = Arc::clone(&reports);
    /// let call = client.call("count", ()).on_progress(move |_| {
    ///     counter.fetch_add(1, Ordering::Relaxed);
    /// });
    /// call.await?;
    /// assert!(reports.load(Ordering::Relaxed) > 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_progress(mut self, listener: impl FnMut(ProgressParams) + Send + 'static) -> Self {
        self.options.on_progress = Some(Box::new(listener));
        self
    }

    /// Sends the request to the server even if a result in the cache is still fresh.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # /// Notes.
    /// # #[resource("notes://today")]
    /// # async fn notes() -> &'static str { "buy milk" }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("notes", "1.0.0").with::<notes>();
    /// # let client = Client::in_memory(server).connect().await?;
    /// let notes = client.read("notes://today").fresh().await?;
    /// # assert_eq!(notes.contents.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn fresh(mut self) -> Self {
        self.is_fresh = true;
        self
    }
}

impl<T: DeserializeOwned + Send + 'static> Call<T> {
    /// Sends the request, and returns the questions of the server instead of having handlers answer
    /// them.
    ///
    /// In a session, where a server asks by requests of its own, handlers answer all the same. The
    /// result of a request made with [`Client::request`] is returned as it is.
    ///
    /// ```
    /// # use mcp_runtime::client::{CallOutcome, Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # use mcp_runtime::protocol::InputResponses;
    /// # use serde_json::json;
    /// # /// A confirmation.
    /// # #[derive(Elicit)]
    /// # struct Confirmation { /// Book the seat.
    /// #     sure: bool }
    /// # /// Book a seat.
    /// # #[tool]
    /// # async fn book(cx: &Context) -> Result<String, ToolError> {
    /// #     let answer = cx.elicit::<Confirmation>("Sure?").await?;
    /// #     Ok(if answer.accepted().is_some_and(|it| it.sure) { "booked" } else { "kept" }.into())
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("seats", "1.0.0").with::<book>();
    /// # let client = Client::in_memory(server)
    /// #     .on_form(|_| async { mcp_runtime::protocol::ElicitResult::accept(Default::default()) })
    /// #     .connect().await?;
    /// let CallOutcome::InputRequired(waiting) = client.call("book", ()).by_hand().await? else {
    ///     panic!("the tool asks first");
    /// };
    /// let answers = waiting.input_requests.keys().map(|key| {
    ///     (key.clone(), json!({ "action": "accept", "content": { "sure": true } }))
    /// });
    /// let outcome = client.resume(&waiting, &answers.collect::<InputResponses>()).await?;
    /// # let outcome: CallOutcome<mcp_runtime::protocol::CallToolResult> = outcome;
    /// # let CallOutcome::Complete(result) = outcome else { panic!("it was answered") };
    /// # assert_eq!(result.to_text(), "booked");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The errors of the request itself.
    pub async fn by_hand(self) -> Result<CallOutcome<T>, Error> {
        self.send(OnInputRequired::Return).await
    }

    /// Returns the progress of the request and then its result as a stream.
    ///
    /// ```
    /// # use mcp_runtime::client::{CallEvent, Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # /// Count to three.
    /// # #[tool]
    /// # async fn count(cx: &Context) -> &'static str {
    /// #     for step in 1..=3 { cx.progress(step.into(), 3.0, "counting"); }
    /// #     "done"
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let server = Server::new("counter", "1.0.0").with::<count>();
    /// # let client = Client::in_memory(server).connect().await?;
    /// let mut events = client.call("count", ()).events();
    /// while let Some(event) = events.next().await {
    ///     match event? {
    ///         CallEvent::Progress(progress) => println!("{}", progress.progress),
    ///         CallEvent::Done(result) => assert_eq!(result.to_text(), "done"),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn events(mut self) -> CallEvents<T> {
        let progress = ProgressQueue::default();
        self.options.on_progress = Some(progress.listener());
        CallEvents::new(progress, self.into_future())
    }

    async fn send(self, on_input_required: OnInputRequired) -> Result<CallOutcome<T>, Error> {
        let Self { client, method, params, mut options, is_fresh, .. } = self;
        let (params, core) = (params?, &client.core);
        let mut accepts_tasks = false;
        let request = match &method {
            CallMethod::Custom(method) => ClientRequest::custom(method, &params),
            CallMethod::Known(method) => {
                core.mirror(*method, &params, &mut options);
                let caching = match (method, on_input_required) {
                    (Method::ResourcesRead, OnInputRequired::Answer) if is_fresh => {
                        Caching::Refresh
                    }
                    (Method::ResourcesRead, OnInputRequired::Answer) => Caching::On,
                    _ => Caching::Off,
                };
                accepts_tasks = *method == Method::ToolsCall
                    && core.inbound.handlers.has_tasks()
                    && client.revision().facts().tasks_extension();
                let request = ClientRequest::new(*method, &params);
                ClientRequest { on_input_required, caching, accepts_tasks, ..request }
            }
        };
        let (name, known) = (request.method, request.known);
        let mut outcome = core.request(request, &mut options).await?;
        if let CallOutcome::Complete(result) = &mut outcome
            && known == Some(Method::ToolsCall)
        {
            if accepts_tasks {
                let timeouts = (options.timeout, options.idle_timeout);
                *result = finish_task(&client, &params, result.clone(), timeouts).await?;
            } else {
                refuse_task(result.raw())?;
            }
        }
        outcome.try_map(|result| {
            if known == Some(Method::ToolsCall) {
                core.validate_output(&params, &result)?;
            }
            parse_result(name, result.as_str())
        })
    }
}

impl<T: DeserializeOwned + Send + 'static> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { self.send(OnInputRequired::Answer).await?.complete() })
    }
}

impl Core {
    /// Validates the output of a tool against its schema.
    fn validate_output(&self, params: &str, result: &JsonText) -> Result<(), Error> {
        match Raw::from_accepted(params).member("name").and_then(Raw::string) {
            Some(name) => self.tools.validate_output(&name, result.raw()),
            None => Ok(()),
        }
    }
}
