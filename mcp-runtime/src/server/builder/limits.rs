//! Limits of handlers and their results.

use std::time::Duration;

use super::Server;
use crate::component::limits::concurrency::ConcurrencyLimit;
#[cfg(feature = "limits")]
use crate::component::limits::rate::RateLimit;
use crate::component::limits::{Bounds, RequestLimitsBuilder};
use crate::component::registration::CheckedComponents;

/// Maximum size of a result by default, in bytes.
const MAX_RESULT_SIZE: usize = 25 << 20;

/// Settings for the limits of handlers and their results.
pub(crate) struct LimitSettings {
    pub(crate) handler_timeout: Option<Duration>,
    pub(crate) heartbeat: Option<Duration>,
    pub(crate) max_result_size: usize,
    pub(crate) masks_errors: bool,
    requests: RequestLimitsBuilder,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            handler_timeout: None,
            heartbeat: None,
            max_result_size: MAX_RESULT_SIZE,
            masks_errors: false,
            requests: RequestLimitsBuilder::default(),
        }
    }
}

impl LimitSettings {
    /// Checks the limits. Tools may come later to a server that `may_gain` some.
    pub(crate) fn finish(
        self,
        masks_errors: bool,
        components: &CheckedComponents,
        may_gain: bool,
        faults: &mut Vec<String>,
    ) -> Bounds {
        let is_known = |name: &&str| components.tools.iter().any(|tool| tool.name() == *name);
        let named = self.requests.tools();
        let unknown = named.into_iter().filter(|name| !may_gain && !is_known(name));
        faults.extend(
            unknown.map(|name| format!("a limit is for the tool `{name}`, which there is not")),
        );
        let requests = self.requests.finish().unwrap_or_else(|mistakes| {
            faults.extend(mistakes);
            None
        });
        Bounds {
            requests,
            handler_timeout: self.handler_timeout,
            heartbeat: self.heartbeat,
            max_result_size: self.max_result_size,
            masks_errors,
        }
    }
}

impl Server {
    /// Sets the time limit of handlers; none by default.
    ///
    /// A handler that does not finish in time is cancelled, as by its client: its future is dropped, or
    /// [`Context::cancelled`](crate::Context::cancelled) completes for a tool with `cancel =
    /// "cooperative"`. The call of a tool gets a result with `isError` that names the limit; resources, prompts,
    /// completers and methods of extensions get the error `-32603`. The time in which the client is asked
    /// does not count, nor does that of hooks. A call that runs as a task is limited by the `ttl` of the
    /// task instead.
    ///
    /// `timeout = "30s"` in `#[tool]`, `#[resource]` and `#[prompt]` sets another limit for one component, and
    /// `timeout = "none"` none.
    ///
    /// ```
    /// use std::time::Duration;
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Index a repository.
    /// #[tool(timeout = "10m")]
    /// async fn index(repository: String) -> String {
    ///     format!("{repository} is indexed")
    /// }
    ///
    /// let server = Server::new("code", "1.0.0").with::<index>().handler_timeout(Duration::from_secs(30));
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn handler_timeout(mut self, limit: Duration) -> Self {
        self.limits.handler_timeout = Some(limit);
        self
    }

    /// Limits the requests that run at the same time; no limit by default. A number limits all of them
    /// together, and a [`ConcurrencyLimit`] those of a tool or of each principal. All limits that are given
    /// apply.
    ///
    /// Calls of tools, prompts and completions, reads of resources and the methods of extensions count, while their
    /// handlers and hooks run. A request beyond a limit is refused at once: over HTTP with the status 429 and `Retry-After`,
    /// elsewhere with a result with `isError` for a tool, and the error `-32603` with the seconds in
    /// `data.retryAfter` for the others. Tasks do not count once they are created.
    #[must_use]
    pub fn concurrency_limit(mut self, limit: impl Into<ConcurrencyLimit>) -> Self {
        self.limits.requests.concurrency.push(limit.into());
        self
    }

    /// Limits the requests in a time; no limit by default. All limits that are given apply.
    ///
    /// The same requests count as for [`concurrency_limit`](Self::concurrency_limit), and are refused in the same way.
    /// The rounds in which the client sends answers to questions are counted by themselves. Each instance of a
    /// server counts by itself.
    #[cfg(feature = "limits")]
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.limits.requests.rates.push(limit);
        self
    }

    /// Sends progress after each interval in which a handler sends none, if its client requests progress;
    /// never by default.
    ///
    /// Many hosts end a call after 60 seconds without a message, and begin anew with each progress
    /// notification. So an interval of 15 to 30 seconds keeps calls alive that take minutes. The value increases by
    /// less than a handler can notice; total and message are those of its last report. Tasks send none.
    ///
    /// ```
    /// use std::time::Duration;
    /// use mcp_runtime::Server;
    ///
    /// let server = Server::new("demo", "1.0.0").progress_heartbeat(Duration::from_secs(20));
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn progress_heartbeat(mut self, interval: Duration) -> Self {
        self.limits.heartbeat = Some(interval.max(Duration::from_millis(1)));
        self
    }

    /// Sets the maximum size of a result, in bytes of its JSON; 25 MiB by default.
    ///
    /// In place of a larger one, the call of a tool gets a result with `isError` that advises to ask for
    /// less, and every other request the error `-32603`.
    ///
    /// ```
    /// use mcp_runtime::Server;
    ///
    /// let server = Server::new("demo", "1.0.0").max_result_size(1 << 20);
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn max_result_size(mut self, bytes: usize) -> Self {
        self.limits.max_result_size = bytes;
        self
    }

    /// Sends a fixed text in place of errors that were not written for the client.
    ///
    /// The messages of [`ToolError::new`](crate::ToolError::new),
    /// [`ResourceError`](crate::resource::ResourceError), [`ProtocolError`](crate::ProtocolError) and of
    /// questions to the client are sent, and so are descriptions of wrong arguments. What `?` converts from another
    /// error into one of these, and every other error of a handler, is masked; `tracing` has its message, in the span of the
    /// request. Hooks see all messages.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Count the lines of the log.
    /// #[tool]
    /// async fn lines() -> Result<usize, ToolError> {
    ///     let log = std::fs::read_to_string("/var/log/app.log")?; // is masked
    ///     if log.is_empty() {
    ///         return Err(ToolError::new("nothing was logged yet")); // is sent
    ///     }
    ///     Ok(log.lines().count())
    /// }
    ///
    /// let server = Server::new("logs", "1.0.0").with::<lines>().mask_errors();
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn mask_errors(mut self) -> Self {
        self.limits.masks_errors = true;
        self
    }
}
