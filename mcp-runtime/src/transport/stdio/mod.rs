//! One message a line on standard input and output.
//!
//! A thread of its own reads, decodes and polls each handler once. What is answered by then is
//! written in one go when the input pauses; what is not goes to the runtime. The thread never waits
//! for a handler, so cancellations and pings are read whatever handlers do.
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
use crate::context::exchange::Origin;
use crate::server::app::App;

/// How a server behaves on stdio.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StdioConfig {
    /// The longest line that is read, in bytes. A longer one is answered with `-32700` and skipped.
    pub max_line: usize,
    /// How long requests that were read have to be answered after the input has ended.
    pub grace: Duration,
}

impl Default for StdioConfig {
    fn default() -> Self {
        Self { max_line: 4 << 20, grace: Duration::from_millis(500) }
    }
}

impl StdioConfig {
    /// Sets the longest line that is read, in bytes.
    #[must_use]
    pub fn with_max_line(mut self, bytes: usize) -> Self {
        self.max_line = bytes;
        self
    }

    /// Sets how long requests have to be answered after the input has ended.
    #[must_use]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }
}

/// Serves until the input ends, `stop` comes true, or this future is dropped.
///
/// `ended` is called on a thread of its own when the input has ended.
pub(crate) async fn serve(
    app: Arc<App>,
    config: StdioConfig,
    stop: impl Future<Output = ()>,
    ended: impl FnOnce() + Send + 'static,
) -> io::Result<()> {
    let Descriptors { input, output, stopper, guard } = descriptors::take()?;
    let output = Output::start(output)?;
    let serving = Serving::new(app, Arc::clone(&output));
    let stop_reading = StopReading(stopper);
    let ended = read_in_background(input, serving.pipe(Origin::default()), config, ended)?;
    // The sender is dropped only with the thread, whose end is what is waited for.
    let result = tokio::select! {
        ended = ended => ended.unwrap_or(Ok(())),
        () = stop => Ok(()),
        // Nobody could read an answer.
        () = output.gone() => Ok(()),
    };
    serving.wind_down(config.grace).await;
    drop(serving);
    drop(stop_reading);
    drop(guard);
    result
}

/// Ends the thread that reads, also when serving is dropped.
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
        // Handlers are polled here for the first time and may use timers and spawn tasks.
        let _runtime = runtime.enter();
        let result = read(input, &mut pipe, config);
        let has_ended = result.is_ok() && !pipe.is_over();
        drop(pipe);
        // Nobody waits any more if serving was dropped.
        let _ = done.send(result);
        if has_ended {
            and_then();
        }
    })?;
    Ok(ended)
}

fn read(input: Input, pipe: &mut Pipe<Output>, config: StdioConfig) -> io::Result<()> {
    let mut lines = Lines::new(input, config.max_line);
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
