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

use tokio::sync::oneshot;

use self::descriptors::{Descriptors, Stopper};
use self::output::Output;
use self::reader::Reader;
use super::pipe::{Serving, Sink as _, StdioConfig};
use crate::component::app::App;
use crate::context::exchange::Origin;
use crate::server::connection::Connection;

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
