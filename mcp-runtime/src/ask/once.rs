//! Actions that are performed once in a call, however often its handler runs.

use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};

use mcp_core::json::not_finite;
use mcp_core::jsonrpc::ProtocolError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::ser::Error as _;
use serde_json::value::{RawValue, to_raw_value};

use super::journal::{Claim, Journal};
use crate::context::handle::Context;
use crate::context::request_channel::RequestChannel;

thread_local! {
    /// `true` while the body of a `once` is polled on this thread.
    static WITHIN: Cell<bool> = const { Cell::new(false) };
}

/// Returns `true` within the body of a `once`.
pub(crate) fn is_within_body() -> bool {
    WITHIN.get()
}

impl Context {
    /// Performs an action once in a call and stores its result.
    ///
    /// In the modern era a handler runs again from its beginning for every answer to a question. An
    /// action with side effects before a question belongs into a `once`, so that it is not repeated:
    /// its result is stored in the sealed state of the call and returned by later runs. The key
    /// identifies the action. A second `once` with the same key returns the result of the first, so
    /// use different keys in a loop. An action that has started is completed before the call waits
    /// for an answer. Questions within it are errors.
    ///
    /// A result that cannot be serialized and deserialized fails the request. A task spawned by the
    /// handler panics if it calls `once` after the call was suspended.
    ///
    /// # Example
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

    /// Performs an action that may fail. Unlike [`Context::once`], only success is stored: a failed
    /// action is repeated when the handler runs again.
    ///
    /// # Errors
    /// The error of the body.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Buy something.
    /// #[tool]
    /// async fn buy(cx: &Context, article: String) -> Result<String, ToolError> {
    ///     let reservation: u64 = cx.try_once("reserve", async || reserve(&article).await).await?;
    ///     Ok(format!("reserved under {reservation}"))
    /// }
    /// # async fn reserve(_: &str) -> std::io::Result<u64> { Ok(7) }
    /// ```
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
                Claim::Run => break,
                Claim::Closed => return self.too_late().await,
            }
        }
        let channel = &self.exchange().channel;
        let mut effect = EffectGuard { journal: &journal, channel, key, result: None };
        journal.ready().await;
        let value = Within(Box::pin(body())).await?;
        match to_json(&value) {
            Ok(result) => {
                journal.keep(key, &result).await;
                effect.result = Some(result);
            }
            Err(error) => {
                // Prevents another caller from performing the action again.
                journal.close();
                drop(effect);
                return self.cannot_go_on(key, &error).await;
            }
        }
        Ok(value)
    }

    /// Waits here until the handler is dropped. A task spawned by the handler continues after that. The
    /// action must not be performed now, because the next run performs it, so the task panics.
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

    /// Fails the request: the action must neither be repeated nor left out.
    async fn cannot_go_on<T>(&self, key: &str, error: &serde_json::Error) -> T {
        tracing::error!(key, %error, "the result of `once` cannot be kept");
        let message = format!("the result of `once` for `{key}` cannot be kept: {error}");
        self.asking().fail(ProtocolError::internal(message));
        self.exchange().channel.handler().wake();
        std::future::pending().await
    }
}

/// A running effect. Dropping it settles the effect in the journal.
struct EffectGuard<'a> {
    journal: &'a Journal,
    channel: &'a RequestChannel,
    key: &'a str,
    result: Option<Box<RawValue>>,
}

impl Drop for EffectGuard<'_> {
    fn drop(&mut self) {
        self.journal.settle(self.key, self.result.take());
        // The suspension of the call may have been waiting for this, on another thread.
        self.channel.handler().wake();
    }
}

/// Polls the body of a `once`, within which questions are refused.
struct Within<F>(Pin<Box<F>>);

impl<F: Future> Future for Within<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        let _outside = Restore(WITHIN.replace(true));
        self.0.as_mut().poll(cx)
    }
}

/// Restores the mark, also if the body panics.
struct Restore(bool);

impl Drop for Restore {
    fn drop(&mut self) {
        WITHIN.set(self.0);
    }
}
/// Serializes the result of an action. JSON would keep NaN as `null`.
fn to_json<T: Serialize>(value: &T) -> Result<Box<RawValue>, serde_json::Error> {
    let json = to_raw_value(value)?;
    match not_finite(value, json.get().as_bytes()) {
        Some(found) => Err(serde_json::Error::custom(found)),
        None => Ok(json),
    }
}
