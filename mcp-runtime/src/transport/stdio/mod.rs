//! Standard input and output: one message a line.
//!
//! A dedicated thread reads, decodes and polls each handler once. Handlers that are ready by then
//! are answered in one write when the input pauses; the others go to the runtime. The thread never
//! waits for a handler, and another one replaces it when a handler blocks it, so cancellations and
//! pings are received at all times.
//!
//! Specification: [stdio](https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio).

mod descriptors;
mod output;
#[cfg(unix)]
mod pipe_room;
mod reader;
#[cfg(all(test, unix))]
mod reader_tests;
#[cfg(windows)]
mod std_handles;
#[cfg(all(test, unix))]
mod tests;
#[cfg(windows)]
mod windows;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use self::descriptors::{Descriptors, Stopper};
use self::output::Output;
use self::reader::Reader;
use super::pipe::{Serving, Sink as _};
use crate::component::app::App;
use crate::context::budget;
use crate::context::exchange::Origin;
use crate::server::builder::Server;
use crate::server::connection::Connection;

/// Configuration of a server over standard input and output, or over any reader and writer. See
/// [`Server::stdio`](crate::Server::stdio).
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::Server;
/// use mcp_runtime::stdio::StdioConfig;
///
/// let config =
///     StdioConfig::new().max_line_length(1 << 20).shutdown_timeout(Duration::from_secs(2));
/// let server = Server::new("demo", "1.0.0").stdio(config);
/// # drop(server);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct StdioConfig {
    pub(super) max_line_length: usize,
    pub(super) memory_limit: usize,
    pub(super) shutdown_timeout: Duration,
}

impl Default for StdioConfig {
    fn default() -> Self {
        Self::new()
    }
}

impl Server {
    /// Sets how the server behaves on standard input and output.
    ///
    /// ```
    /// use mcp_runtime::Server;
    /// use mcp_runtime::stdio::StdioConfig;
    ///
    /// let server = Server::new("demo", "1.0.0").stdio(StdioConfig::new().max_line_length(64 << 10));
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn stdio(mut self, config: StdioConfig) -> Self {
        self.transports.insert(config);
        self
    }

    /// Settings of the server on standard input and output.
    pub(crate) fn stdio_config(&self) -> StdioConfig {
        self.transports.get::<StdioConfig>().map(|config| **config).unwrap_or_default()
    }
}

impl StdioConfig {
    /// Creates the default configuration.
    pub fn new() -> Self {
        Self {
            max_line_length: 4 << 20,
            memory_limit: budget::CONNECTION,
            shutdown_timeout: Duration::from_millis(500),
        }
    }

    /// Sets the size limit of a line, in bytes; 4 MiB by default. A longer line is answered with the
    /// error `-32700` and skipped.
    pub fn max_line_length(mut self, bytes: usize) -> Self {
        self.max_line_length = bytes;
        self
    }

    /// Sets the memory limit of the client, in bytes; 16 MiB by default.
    ///
    /// It covers requests in flight and subscriptions, and apart from them the answers that the client
    /// has not read. Beyond it, requests are answered with the error `-32603`, and so is a request whose
    /// answer the client has no room for within 30 seconds.
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = bytes;
        self
    }

    /// Sets the time that requests in flight have to finish after the input has ended; half a second
    /// by default.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }
}

/// Serves until the input ends, `stop` completes, or this future is dropped.
///
/// `ended` is called on the reading thread when the input has ended.
pub(crate) async fn serve(
    app: Arc<App>,
    config: StdioConfig,
    stop: impl Future<Output = ()>,
    ended: impl FnOnce(Unwritten) + Send + 'static,
) -> io::Result<()> {
    let closing = app.closing.clone();
    let Descriptors { input, output, stopper, guard } = descriptors::take()?;
    let output = Output::start(output, config.memory_limit)?;
    let serving = Serving::new(app, Arc::clone(&output), config.memory_limit);
    let pipe = serving.pipe(Origin::default());
    let stop_reading = StopReading(stopper);
    let (done, end) = oneshot::channel();
    let unwritten = Unwritten { output: Arc::clone(&output), connection: serving.connection() };
    let is_over = closing.clone();
    let at_end = move |result: io::Result<()>| {
        let has_ended = result.is_ok() && !is_over.is_cancelled();
        // The receiver is gone if serving was dropped.
        let _ = done.send(result);
        if has_ended {
            ended(unwritten);
        }
    };
    Reader::start(input, pipe, config.max_line_length, Box::new(at_end))?;
    let result = tokio::select! {
        // The sender is dropped only when the thread ends.
        ended = end => ended.unwrap_or(Ok(())),
        () = stop => Ok(()),
        () = closing.cancelled() => Ok(()),
        // The client cannot read any answer.
        () = output.gone() => Ok(()),
    };
    serving.shut_down(config.shutdown_timeout).await;
    drop(serving);
    drop(stop_reading);
    drop(guard);
    result
}

/// Answers that are written after the end of the input, in case the runtime is blocked.
pub(crate) struct Unwritten {
    output: Arc<Output>,
    connection: Arc<Connection>,
}

impl Unwritten {
    /// Ends the handlers, and blocks until their answers so far are written or the client reads
    /// nothing more.
    pub(crate) fn finish(self) {
        self.connection.end();
        self.output.flush();
        self.output.wait_until_written();
    }
}

/// Guard that ends the reading thread, also when serving is dropped.
struct StopReading(Stopper);

impl Drop for StopReading {
    fn drop(&mut self) {
        self.0.stop();
    }
}
