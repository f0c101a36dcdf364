//! A request with its options, and the progress beside its result.

use std::collections::VecDeque;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use mcp_core::jsonrpc::{ErrorCode, Raw};
use mcp_core::method::Method;
use mcp_core::protocol::{Meta, ProgressParams};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::read;
use crate::client::core::{Client, Core, Options};
use crate::client::error::Error;
use crate::client::rounds::Answered;
use crate::client::transport::{Boxed, Json, Mirrored};
use crate::client::unfold;

/// How many reports of progress wait for a reader; of more, the newest are kept.
const MOST_PROGRESS: usize = 64;

/// A request that has not been sent yet. Awaiting it sends it and gives the result; what it is of
/// says where it was made, such as [`Client::call`].
#[must_use = "a request is sent when it is awaited"]
pub struct Call<T> {
    client: Client,
    method: Asking,
    params: Result<String, Error>,
    options: Options,
    is_fresh: bool,
    result: PhantomData<fn() -> T>,
}

/// What is asked for.
#[derive(Debug)]
enum Asking {
    /// One of the protocol's own requests, with all that belongs to it.
    Known(Method),
    /// A request as the caller writes it.
    Plain(String),
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("method", &self.method).finish_non_exhaustive()
    }
}

impl<T> Call<T> {
    pub(crate) fn new(
        client: &Client,
        method: Method,
        name: String,
        params: Result<String, Error>,
    ) -> Self {
        let mirrored = Mirrored { name: Some(name), ..Mirrored::default() };
        // Progress shows that a tool is at work, which extends the time it may take.
        let wants_progress = method == Method::ToolsCall;
        let options = Options { mirrored, wants_progress, ..Options::default() };
        Self::with(client, Asking::Known(method), params, options)
    }

    /// A request that is sent as it is written, and whose result is taken as it comes.
    pub(crate) fn plain(client: &Client, method: &str, params: Result<String, Error>) -> Self {
        Self::with(client, Asking::Plain(method.to_owned()), params, Options::default())
    }

    fn with(
        client: &Client,
        method: Asking,
        params: Result<String, Error>,
        options: Options,
    ) -> Self {
        let client = client.clone();
        Self { client, method, params, options, is_fresh: false, result: PhantomData }
    }

    /// How long the server may say nothing about it, instead of what the client was built with.
    /// Progress begins it anew.
    pub fn timeout(mut self, quiet: Duration) -> Self {
        self.options.quiet = Some(quiet);
        self
    }

    /// How long it may take in all, instead of what the client was built with; the time in which
    /// handlers of the client answer does not count.
    pub fn longest(mut self, longest: Duration) -> Self {
        self.options.longest = Some(longest);
        self
    }

    /// Adds a value to the request's `_meta`, such as a trace context.
    pub fn meta(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.options.meta = std::mem::take(&mut self.options.meta).member(key, value);
        self
    }

    /// Adds many values to the request's `_meta`.
    pub fn extend_meta(mut self, meta: Meta) -> Self {
        self.options.meta.0.extend(meta.0);
        self
    }

    /// Hears of progress. The function is called where the answer is waited for and has to return
    /// soon.
    pub fn on_progress(mut self, heard: impl FnMut(ProgressParams) + Send + 'static) -> Self {
        self.options.on_progress = Some(Box::new(heard));
        self
    }

    /// Asks the server even if a result that was kept is still fresh.
    pub fn fresh(mut self) -> Self {
        self.is_fresh = true;
        self
    }
}

impl<T: DeserializeOwned + Send + 'static> Call<T> {
    /// Sends it, and leaves answering to the caller if the server asks for input. Handlers of the
    /// client are not used for it, except in sessions, where a server asks by itself. The result of
    /// a request made with [`Client::request`] is taken as it comes.
    ///
    /// # Errors
    /// As the request itself.
    pub async fn by_hand(mut self) -> Result<Answered<T>, Error> {
        let method = match self.method {
            Asking::Known(method) => method,
            Asking::Plain(_) => return self.send().await.map(Answered::Complete),
        };
        let params = self.params?;
        let core = &self.client.core;
        core.mirror(method, &params, &mut self.options);
        match core.by_hand(method, &params, &params, &mut self.options).await? {
            Answered::Complete(result) => {
                core.check(method, &params, &result)?;
                read(method, result.as_str()).map(Answered::Complete)
            }
            Answered::InputRequired(continuation) => Ok(Answered::InputRequired(continuation)),
        }
    }

    /// Its progress and then its result, as a stream.
    pub fn events(mut self) -> CallEvents<T> {
        let heard = Arc::new(Mutex::new(VecDeque::new()));
        let queue = Arc::clone(&heard);
        self.options.on_progress = Some(Box::new(move |progress| {
            let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            if queue.len() == MOST_PROGRESS {
                queue.pop_front();
            }
            queue.push_back(progress);
        }));
        CallEvents { heard, result: Some(self.into_future()), ended: None }
    }

    async fn send(mut self) -> Result<T, Error> {
        let params = self.params?;
        let core = &self.client.core;
        let options = &mut self.options;
        match self.method {
            Asking::Plain(method) => {
                let result = core.request_named(&method, &params, options).await?;
                read(method, result.as_str())
            }
            Asking::Known(method) => {
                let result = match method {
                    Method::ToolsCall => core.call_tool(&params, options).await?,
                    Method::ResourcesRead => core.read(&params, options, self.is_fresh).await?,
                    _ => core.complete(method, &params, options).await?.0,
                };
                read(method, result.as_str())
            }
        }
    }
}

impl<T: DeserializeOwned + Send + 'static> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl Core {
    /// Says what is repeated in headers.
    fn mirror(&self, method: Method, params: &str, options: &mut Options) {
        let params = Raw::from_accepted(params);
        let name = method.subject().and_then(|key| params.member(key)).and_then(Raw::string);
        let name = name.map(std::borrow::Cow::into_owned);
        if let Some(name) = name.as_deref().filter(|_| method == Method::ToolsCall) {
            options.mirrored.arguments = self.tools.mirrored(name, params.member("arguments"));
        }
        options.mirrored.name = name;
    }

    pub(crate) fn options_for(&self, method: Method, params: &str) -> Options {
        let mut options = Options::default();
        self.mirror(method, params, &mut options);
        options
    }

    /// Compares what a tool returned with what it says it returns.
    fn check(&self, method: Method, params: &str, result: &Json) -> Result<(), Error> {
        let name = Raw::from_accepted(params).member("name").and_then(Raw::string);
        match name.filter(|_| method == Method::ToolsCall) {
            Some(name) => self.tools.check_output(&name, result.raw()),
            None => Ok(()),
        }
    }

    /// Asks once, and once more if the headers did not match what was asked: the schema of the tool
    /// has changed, or was never seen, and what is to be repeated in headers stands in the list.
    pub(crate) async fn request_mirrored(
        self: &Arc<Self>,
        method: Method,
        params: &str,
        options: &mut Options,
    ) -> Result<Json, Error> {
        match self.request(method, params, options).await {
            Err(Error::Remote(error))
                if error.code == ErrorCode::HEADER_MISMATCH
                    && method == Method::ToolsCall
                    && self.current().transport.mirrors() =>
            {
                self.relearn_tools().await?;
                self.mirror(method, params, options);
                self.request(method, params, options).await
            }
            outcome => outcome,
        }
    }

    async fn call_tool(
        self: &Arc<Self>,
        params: &str,
        options: &mut Options,
    ) -> Result<Json, Error> {
        self.mirror(Method::ToolsCall, params, options);
        let (result, _) = self.complete(Method::ToolsCall, params, options).await?;
        self.check(Method::ToolsCall, params, &result)?;
        Ok(result)
    }

    async fn read(
        self: &Arc<Self>,
        params: &str,
        options: &mut Options,
        is_fresh: bool,
    ) -> Result<Json, Error> {
        let key = self.key(Method::ResourcesRead, params);
        if let Some(kept) = self.inbound.cache.get(&key).filter(|_| !is_fresh) {
            return Ok(kept);
        }
        let asked = self.inbound.cache.now();
        let (result, depends_on_params_alone) =
            self.complete(Method::ResourcesRead, params, options).await?;
        if depends_on_params_alone {
            self.inbound.cache.put(key, &result, asked);
        }
        Ok(result)
    }
}

/// What happens to a request. See [`Call::events`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CallEvent<T> {
    /// It goes on.
    Progress(ProgressParams),
    /// It is done.
    Done(T),
}

/// The progress of a request and then its result. See [`Call::events`].
///
/// Dropping it tells the server to stop.
pub struct CallEvents<T> {
    heard: Arc<Mutex<VecDeque<ProgressParams>>>,
    result: Option<Boxed<'static, Result<T, Error>>>,
    /// The result, held back until all progress before it was read.
    ended: Option<Result<T, Error>>,
}

impl<T> Unpin for CallEvents<T> {}

impl<T> CallEvents<T> {
    /// What happens next; `None` after the result.
    pub async fn next(&mut self) -> Option<Result<CallEvent<T>, Error>> {
        unfold::next(self).await
    }
}

impl<T> Stream for CallEvents<T> {
    type Item = Result<CallEvent<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(running) = &mut self.result
            && let Poll::Ready(ended) = running.as_mut().poll(cx)
        {
            self.result = None;
            self.ended = Some(ended);
        }
        let progress = self.heard.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        match (progress, self.ended.is_some()) {
            (Some(progress), _) => Poll::Ready(Some(Ok(CallEvent::Progress(progress)))),
            (None, true) => Poll::Ready(self.ended.take().map(|ended| ended.map(CallEvent::Done))),
            (None, false) if self.result.is_some() => Poll::Pending,
            (None, false) => Poll::Ready(None),
        }
    }
}

impl<T> fmt::Debug for CallEvents<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallEvents").finish_non_exhaustive()
    }
}
