//! Standard input and output: one message a line.
//!
//! A dedicated thread reads, decodes and polls each handler once. Handlers that are ready by then
//! are answered in one write when the input pauses; the others go to the runtime. The thread never
//! waits for a handler, so it receives cancellations and pings at all times.
//!
//! Specification: [stdio](https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/stdio).

mod descriptors;
mod output;
#[cfg(all(test, unix))]
mod tests;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use self::descriptors::{Descriptors, Input, Stopper};
use self::output::Output;
use super::pipe::{Lines, Pipe, Serving};
use crate::component::app::App;
use crate::context::exchange::Origin;
use crate::server::builder::Server;

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
        Self { max_line_length: 4 << 20, shutdown_timeout: Duration::from_millis(500) }
    }

    /// Sets the size limit of a line, in bytes; 4 MiB by default. A longer line is answered with the
    /// error `-32700` and skipped.
    pub fn max_line_length(mut self, bytes: usize) -> Self {
        self.max_line_length = bytes;
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
    ended: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let closing = app.closing.clone();
    let Descriptors { input, output, stopper, guard } = descriptors::take()?;
    let output = Output::start(output)?;
    let serving = Serving::new(app, Arc::clone(&output));
    let stop_reading = StopReading(stopper);
    let ended = read_in_background(input, serving.pipe(Origin::default()), config, ended)?;
    let result = tokio::select! {
        // The sender is dropped only when the thread ends.
        ended = ended => ended.unwrap_or(Ok(())),
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

/// Guard that ends the reading thread, also when serving is dropped.
struct StopReading(Stopper);

impl Drop for StopReading {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn read_in_background(
    input: Input,
    mut pipe: Pipe<Output>,
    config: StdioConfig,
    and_then: impl FnOnce() + Send + 'static,
) -> io::Result<oneshot::Receiver<io::Result<()>>> {
    let (done, ended) = oneshot::channel();
    let runtime = Handle::current();
    std::thread::Builder::new().name("mcp-stdio-read".into()).spawn(move || {
        // Handlers are polled here first, and may use timers and spawn tasks.
        let _runtime = runtime.enter();
        let result = read(input, &mut pipe, config);
        let has_ended = result.is_ok() && !pipe.is_over();
        drop(pipe);
        // The receiver is gone if serving was dropped.
        let _ = done.send(result);
        if has_ended {
            and_then();
        }
    })?;
    Ok(ended)
}

fn read(input: Input, pipe: &mut Pipe<Output>, config: StdioConfig) -> io::Result<()> {
    let mut lines = Lines::new(input, config.max_line_length);
    loop {
        while let Some(line) = lines.next_buffered() {
            if pipe.is_over() {
                return Ok(());
            }
            pipe.receive(line);
        }
        pipe.flush();
        if !lines.fill()? {
            break;
        }
    }
    // An input that was stopped has ended in the middle of a line.
    if let Some(line) = lines.rest().filter(|_| !pipe.is_over()) {
        pipe.receive(line);
    }
    pipe.flush();
    Ok(())
}
