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
use super::pipe::{Lines, Pipe};
use crate::server::{App, InFlight, Inbox};

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

/// How long handlers may take to be dropped once they are cancelled.
const LAST_DROP: Duration = Duration::from_millis(100);

/// How long the last answers may take to be read by the client.
const LAST_WRITE: Duration = Duration::from_millis(200);

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
    let in_flight = InFlight::new(Default::default());
    let inbox = Arc::new(Inbox::default());
    let (shared, requests, notices) =
        (Arc::clone(&app), Arc::clone(&in_flight), Arc::clone(&inbox));
    let pipe = Pipe::new(shared, Arc::clone(&output), requests, notices);
    let ended = read_in_background(input, pipe, config, ended)?;
    let ending =
        Ending { app: &app, in_flight: &in_flight, inbox: &inbox, output: &output, stopper };
    // The sender is dropped only with the thread, whose end is what is waited for.
    let result = tokio::select! {
        ended = ended => ended.unwrap_or(Ok(())),
        () = stop => Ok(()),
        // Nobody could read an answer.
        () = output.gone() => Ok(()),
    };
    // Subscriptions end with this; everything else has its grace.
    app.closing.cancel();
    let drained = tokio::time::timeout(config.grace, async {
        in_flight.drained().await;
        inbox.drained().await;
    });
    let drained = drained.await;
    if drained.is_err() {
        tracing::info!("requests were still running at the end of the input and are dropped");
    }
    in_flight.cancel_all();
    if tokio::time::timeout(LAST_DROP, in_flight.gone()).await.is_err() {
        tracing::warn!("a handler blocks its thread and is left behind");
    }
    output.finish(LAST_WRITE).await;
    drop(ending);
    drop(guard);
    result
}

/// Ends what would otherwise go on when serving ends, also by being dropped.
struct Ending<'a> {
    app: &'a App,
    in_flight: &'a InFlight,
    inbox: &'a Inbox,
    output: &'a Output,
    stopper: Stopper,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.app.closing.cancel();
        self.in_flight.cancel_all();
        self.inbox.end();
        self.output.close();
        self.stopper.stop();
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
