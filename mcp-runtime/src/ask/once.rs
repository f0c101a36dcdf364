//! What a call does once, however often its handler runs.

use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};

use mcp_core::jsonrpc::ProtocolError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

use super::journal::{Claim, Journal};
use crate::context::handle::Context;
use crate::context::request_channel::RequestChannel;

thread_local! {
    /// Whether the body of a `once` is being polled on this thread.
    static WITHIN: Cell<bool> = const { Cell::new(false) };
}

/// Whether this is asked from within the body of a `once`.
pub(crate) fn is_within_body() -> bool {
    WITHIN.get()
}

impl Context {
    /// Does something once in a call and remembers what it came to.
    ///
    /// In the modern era a handler runs again from its beginning for every answer to a question.
    /// What it does to the world before a question belongs into a `once`, so that it is not done
    /// again; the result is kept in the state of the call, sealed, and is given back at once. The
    /// key names what is done: a second `once` of the same key gives the result of the first, so
    /// have keys tell things apart, in a loop for instance. A body that has begun is let finish
    /// before the call waits for an answer. Nothing can be asked within it.
    ///
    /// A result that cannot be written as JSON or read back ends the request with an error. A task
    /// that the handler has spawned and that comes to a `once` after the call was suspended ends
    /// there.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Buy something.
    /// #[tool]
    /// async fn buy(cx: &Context, article: String) -> String {
    ///     let reservation: u64 = cx.once("reserve", async || reserve(&article).await).await;
    ///     format!("reserved under {reservation}")
    /// }
    /// # async fn reserve(_: &str) -> u64 { 7 }
    /// ```
    pub async fn once<T, F, Body>(&self, key: impl AsRef<str>, body: F) -> T
    where
        T: Serialize + DeserializeOwned,
        F: FnOnce() -> Body,
        Body: Future<Output = T>,
    {
        let done = async move || Ok::<T, std::convert::Infallible>(body().await);
        match self.try_once(key, done).await {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// Does something that may fail. Like [`Context::once`], except that only a success is
    /// remembered: what has failed is tried again when the handler runs again.
    ///
    /// # Errors
    /// What the body fails with.
    pub async fn try_once<T, E, F, Body>(&self, key: impl AsRef<str>, body: F) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
        F: FnOnce() -> Body,
        Body: Future<Output = Result<T, E>>,
    {
        let key = key.as_ref();
        let journal = Arc::clone(&self.asking().journal);
        loop {
            match journal.claim(key) {
                Claim::Done(result) => return self.read_back(key, &result).await,
                Claim::Wait => journal.settled(key).await,
                Claim::Do => break,
                Claim::Never => return self.too_late().await,
            }
        }
        let channel = &self.exchange().channel;
        let mut effect = Begun { journal: &journal, channel, key, result: None };
        let value = Within(Box::pin(body())).await?;
        match to_raw_value(&value) {
            Ok(result) => effect.result = Some(result),
            Err(error) => {
                // Nobody may take its place.
                journal.close();
                drop(effect);
                return self.cannot_go_on(key, &error).await;
            }
        }
        Ok(value)
    }

    /// The handler is dropped while it waits here. What goes on afterwards is a task that it has
    /// spawned; to do the thing now would be to do it once more than the handler does when it runs
    /// again, so the task ends as if it had panicked.
    async fn too_late<T>(&self) -> T {
        self.exchange().channel.handler().ended().await;
        tracing::error!("a task that a handler has spawned uses `once` when its call is suspended");
        if cfg!(panic = "abort") {
            std::future::pending().await
        } else {
            std::panic::resume_unwind(Box::new("`once` was used after the call was suspended"))
        }
    }

    async fn read_back<T: DeserializeOwned, E>(
        &self,
        key: &str,
        result: &RawValue,
    ) -> Result<T, E> {
        match serde_json::from_str(result.get()) {
            Ok(value) => Ok(value),
            Err(error) => self.cannot_go_on(key, &error).await,
        }
    }

    /// Ends the request: to do the thing again would be wrong, and so would be to do without it.
    async fn cannot_go_on<T>(&self, key: &str, error: &serde_json::Error) -> T {
        tracing::error!(key, %error, "the result of `once` cannot be kept");
        let message = format!("the result of `once` for `{key}` cannot be kept: {error}");
        self.asking().fail(ProtocolError::internal(message));
        self.exchange().channel.handler().wake();
        std::future::pending().await
    }
}

/// Something that is being done. Its end is written down when this is dropped.
struct Begun<'a> {
    journal: &'a Journal,
    channel: &'a RequestChannel,
    key: &'a str,
    result: Option<Box<RawValue>>,
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.journal.settle(self.key, self.result.take());
        // The call may have waited for this alone, on another thread.
        self.channel.handler().wake();
    }
}

/// Polls a body so that questions within it are noticed.
struct Within<F>(Pin<Box<F>>);

impl<F: Future> Future for Within<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        let _outside = Restore(WITHIN.replace(true));
        self.0.as_mut().poll(cx)
    }
}

/// Puts the mark back as it was, also if the body panics.
struct Restore(bool);

impl Drop for Restore {
    fn drop(&mut self) {
        WITHIN.set(self.0);
    }
}
