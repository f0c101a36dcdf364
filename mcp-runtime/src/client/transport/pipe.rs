//! A connection that all requests share: one message a line, either way.

use std::sync::Arc;
use std::time::Duration;

use mcp_core::method::Method;
use mcp_core::revision::append_json;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{Notify, mpsc, watch};

use super::lines::Line;
use super::waiters::Waiters;
use super::{Boxed, Lines, Outgoing, Replies, Transport, limits};
use crate::client::error::{Closed, Error};
use crate::client::inbound::{Answering, Inbound};

/// How many messages wait to be written. Who sends more waits.
const MOST_WAITING: usize = 32;

/// A connection over a reader and a writer, served by one task.
pub(crate) struct Pipe {
    waiters: Arc<Waiters>,
    outbox: mpsc::Sender<Vec<u8>>,
    stop: Arc<Notify>,
    done: watch::Receiver<bool>,
}

/// What surrounds a pipe: the process at its other end, if there is one.
pub(crate) trait Surroundings: Send + 'static {
    /// Runs beside the reading and writing, and need not end. If it does, the server is gone
    /// although its output is held open, and this says so.
    fn beside(&mut self) -> Boxed<'_, String>;

    /// The server has ended by itself: says how.
    fn ended(&mut self, why: String) -> Boxed<'_, Closed>;

    /// The input of the server has been closed: sees to it that it ends.
    fn finish(self: Box<Self>) -> Boxed<'static, ()>;
}

/// Nothing surrounds the pipe.
pub(crate) struct Alone;

impl Surroundings for Alone {
    fn beside(&mut self) -> Boxed<'_, String> {
        Box::pin(std::future::pending())
    }

    fn ended(&mut self, why: String) -> Boxed<'_, Closed> {
        Box::pin(std::future::ready(Closed::new(why)))
    }

    fn finish(self: Box<Self>) -> Boxed<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

impl Pipe {
    /// Starts the task that reads and writes.
    pub(crate) fn start<R, W>(
        reader: R,
        writer: W,
        surroundings: Box<dyn Surroundings>,
        longest: usize,
        inbound: Arc<Inbound>,
    ) -> Arc<Self>
    where
        R: AsyncRead + Unpin + Send + 'static,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        let (outbox, letters) = mpsc::channel(MOST_WAITING);
        let (finished, done) = watch::channel(false);
        let waiters = Arc::new(Waiters::default());
        let stop = Arc::new(Notify::new());
        let task = Task {
            waiters: Arc::clone(&waiters),
            inbound,
            answering: answering(&outbox),
            longest,
            stop: Arc::clone(&stop),
        };
        tokio::spawn(async move {
            task.run(Lines::new(reader, longest), writer, letters, surroundings).await;
            // Nobody listens if the pipe has been dropped.
            let _ = finished.send(true);
        });
        Arc::new(Self { waiters, outbox, stop, done })
    }

    async fn send(&self, message: Vec<u8>) -> Result<(), Error> {
        match self.outbox.send(message).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.gone().await),
        }
    }

    /// Why the connection has ended. The queue is closed before that is known.
    async fn gone(&self) -> Error {
        let mut done = self.done.clone();
        tokio::select! {
            () = self.waiters.ended() => {}
            // An error means that the task is gone, and will say no more.
            _ = done.wait_for(|done| *done) => {}
        }
        self.end().unwrap_or_else(|| Error::closed("the connection was ended"))
    }
}

/// Answers to the server go the way of requests.
fn answering(outbox: &mpsc::Sender<Vec<u8>>) -> Answering {
    // Weak, so that the task that holds this does not keep its own queue open.
    let outbox = outbox.downgrade();
    Arc::new(move |message| {
        let outbox = outbox.upgrade();
        Box::pin(async move {
            if let Some(outbox) = outbox {
                // The connection ended in the meantime.
                let _ = outbox.send(message).await;
            }
        })
    })
}

impl Transport for Pipe {
    fn request(&self, request: Outgoing) -> Boxed<'_, Result<Box<dyn Replies>, Error>> {
        Box::pin(async move {
            let outbox = self.outbox.clone();
            let (id, cancellable) = (request.id, request.cancellable);
            // First there has to be room, so that nothing is cancelled that was never sent.
            let Ok(room) = self.outbox.reserve().await else { return Err(self.gone().await) };
            let replies = self.waiters.expect(id, move || {
                if cancellable {
                    abandon(&outbox, id);
                }
            })?;
            room.send(request.frame);
            Ok(Box::new(replies) as Box<dyn Replies>)
        })
    }

    fn tell(&self, message: Vec<u8>) -> Boxed<'_, Result<(), Error>> {
        Box::pin(self.send(message))
    }

    fn end(&self) -> Option<Error> {
        self.waiters.ending()
    }

    fn ended(&self) -> Boxed<'_, ()> {
        Box::pin(self.waiters.ended())
    }

    fn seen(&self) -> String {
        self.waiters.seen()
    }

    fn close(&self) -> Boxed<'_, ()> {
        Box::pin(async {
            self.stop.notify_one();
            let mut done = self.done.clone();
            // An error means that the task is gone, which is as good.
            let _ = done.wait_for(|done| *done).await;
        })
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.stop.notify_one();
    }
}

/// Tells the server that nobody waits any more.
fn abandon(outbox: &mpsc::Sender<Vec<u8>>, id: i64) {
    match outbox.try_send(cancelled(id)) {
        Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => {}
        Err(mpsc::error::TrySendError::Full(message)) => {
            let outbox = outbox.clone();
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                runtime.spawn(async move { outbox.send(message).await });
            }
        }
    }
}

/// The notification that a request is cancelled.
pub(crate) fn cancelled(id: i64) -> Vec<u8> {
    let mut message = Vec::new();
    message.extend_from_slice(br#"{"jsonrpc":"2.0","method":"#);
    append_json(&mut message, Method::Cancelled.as_str());
    message.extend_from_slice(format!(r#","params":{{"requestId":{id}}}}}"#).as_bytes());
    message
}

struct Task {
    waiters: Arc<Waiters>,
    inbound: Arc<Inbound>,
    answering: Answering,
    longest: usize,
    stop: Arc<Notify>,
}

impl Task {
    async fn run<R, W>(
        self,
        lines: Lines<R>,
        writer: W,
        letters: mpsc::Receiver<Vec<u8>>,
        mut surroundings: Box<dyn Surroundings>,
    ) where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let ended = tokio::select! {
            why = self.read(lines) => Some(why),
            () = write(writer, letters) => None,
            why = surroundings.beside() => Some(why),
            () = self.stop.notified() => None,
        };
        // The writer is dropped by now, which closes the input of the server.
        let closed = match ended {
            Some(why) => surroundings.ended(why).await,
            None => Closed::new("the client closed it"),
        };
        self.inbound.end_questions();
        self.waiters.end(Error::Closed(closed));
        surroundings.finish().await;
    }

    /// Reads until there is nothing more to read and says why.
    async fn read<R: AsyncRead + Unpin>(&self, mut lines: Lines<R>) -> String {
        let limits = limits(self.longest);
        loop {
            match lines.next().await {
                Ok(Some(Line::Text(line))) => {
                    self.waiters.receive(&line, limits, &self.inbound, &self.answering);
                }
                Ok(Some(Line::TooLong)) => self.waiters.fail(&Error::protocol(format!(
                    "expected messages of up to {} bytes, got a longer one; raise `max_message`",
                    self.longest
                ))),
                Ok(None) => return "the server ended its output".to_owned(),
                Err(error) => return format!("reading from the server failed: {error}"),
            }
        }
    }
}

/// How long one message may take to be written before the server is taken to have stopped reading.
const WRITE_PATIENCE: Duration = Duration::from_secs(120);

/// Writes what is sent. It does not end while the connection lives: a server that no longer reads
/// may still have something to say.
async fn write<W: AsyncWrite + Unpin>(mut writer: W, mut letters: mpsc::Receiver<Vec<u8>>) {
    while let Some(mut message) = letters.recv().await {
        message.push(b'\n');
        // What is queued already goes out with it.
        while message.len() < 32 << 10
            && let Ok(next) = letters.try_recv()
        {
            message.extend_from_slice(&next);
            message.push(b'\n');
        }
        let written = tokio::time::timeout(WRITE_PATIENCE, async {
            writer.write_all(&message).await?;
            writer.flush().await
        });
        match written.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::debug!(target: "mcp_runtime::client", "the server no longer reads: {error}");
                break;
            }
            Err(_) => {
                tracing::debug!(target: "mcp_runtime::client", "the server does not read");
                break;
            }
        }
    }
    std::future::pending().await
}
