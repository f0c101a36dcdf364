//! A connection over a reader and a writer, with one message a line.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{Notify, mpsc, watch};

use super::lines::{Line, Lines};
use super::outbox::{Detached, FLUSH_TIMEOUT, Outbox};
use super::shared::SharedConnection;
use super::{OutgoingRequest, Replies, Transport};
use crate::client::error::{Closed, Error};
use crate::client::inbound::Inbound;
use crate::client::message::BoxFuture;

/// Largest number of messages that wait to be written. Further senders wait.
const MAX_QUEUED: usize = 32;

/// Size up to which queued messages are written at once, in bytes.
const MAX_BATCH: usize = 32 << 10;

/// Longest time in which one message is written. A server that takes longer has stopped reading.
const WRITE_TIMEOUT: Duration = Duration::from_secs(120);

/// A connection over a reader and a writer, driven by one task.
pub(crate) struct Pipe {
    shared: Arc<SharedConnection>,
    outbox: Arc<Queue>,
    stop: Arc<Notify>,
    done: watch::Receiver<bool>,
}

/// The process at the other end of a pipe, if there is one.
pub(crate) trait PeerProcess: Send + 'static {
    /// Runs beside reading and writing. It returns the reason if the process has ended although its
    /// output is held open.
    fn run(&mut self) -> BoxFuture<'_, String>;

    /// Describes how the process ended, once the connection has ended by itself.
    fn ended(&mut self, reason: String) -> BoxFuture<'_, Closed>;

    /// Ends the process after its input has been closed.
    fn shut_down(self: Box<Self>) -> BoxFuture<'static, ()>;
}

/// The other end of a pipe that is no process of this client.
pub(crate) struct NoProcess;

impl PeerProcess for NoProcess {
    fn run(&mut self) -> BoxFuture<'_, String> {
        Box::pin(std::future::pending())
    }

    fn ended(&mut self, reason: String) -> BoxFuture<'_, Closed> {
        Box::pin(std::future::ready(Closed::new(reason)))
    }

    fn shut_down(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

impl Pipe {
    /// Starts the task that reads and writes.
    pub(crate) fn start<R, W>(
        reader: R,
        writer: W,
        process: Box<dyn PeerProcess>,
        max_message: usize,
        inbound: Arc<Inbound>,
    ) -> Arc<Self>
    where
        R: AsyncRead + Unpin + Send + 'static,
        W: AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, queue) = mpsc::channel(MAX_QUEUED);
        let (finished, done) = watch::channel(false);
        let outbox = Arc::new(Queue { sender, detached: Detached::default() });
        let shared = SharedConnection::new(Arc::downgrade(&outbox), inbound, max_message);
        let stop = Arc::new(Notify::new());
        let task = PipeTask { shared: Arc::clone(&shared), max_message, stop: Arc::clone(&stop) };
        tokio::spawn(async move {
            task.run(Lines::new(reader, max_message), writer, queue, process).await;
            // Fails if the pipe has been dropped.
            let _ = finished.send(true);
        });
        Arc::new(Self { shared, outbox, stop, done })
    }

    /// Returns the reason of the end. The queue is closed before the reason is known.
    async fn gone(&self) -> Error {
        let mut done = self.done.clone();
        tokio::select! {
            () = self.ended() => {}
            // Also returns if the task is gone without a reason.
            _ = done.wait_for(|done| *done) => {}
        }
        self.end().unwrap_or_else(connection_ended)
    }
}

fn connection_ended() -> Error {
    Error::closed("the connection was ended")
}

impl Transport for Pipe {
    fn request(&self, request: OutgoingRequest) -> BoxFuture<'_, Result<Box<dyn Replies>, Error>> {
        Box::pin(async move {
            // Room comes first, so that no request is cancelled that was never sent.
            let Ok(room) = self.outbox.sender.reserve().await else {
                return Err(self.gone().await);
            };
            let replies = self.shared.register(&request, &self.outbox)?;
            room.send(request.frame);
            Ok(Box::new(replies) as Box<dyn Replies>)
        })
    }

    fn send(&self, message: Vec<u8>) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            match self.outbox.sender.send(message).await {
                Ok(()) => Ok(()),
                Err(_) => Err(self.gone().await),
            }
        })
    }

    fn end(&self) -> Option<Error> {
        self.shared.pending.ending.get()
    }

    fn ended(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.shared.pending.ending.wait())
    }

    fn unmatched(&self) -> String {
        self.shared.pending.unmatched()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            self.outbox.detached.flush().await;
            self.stop.notify_one();
            let mut done = self.done.clone();
            // Also returns if the task is gone.
            let _ = done.wait_for(|done| *done).await;
        })
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.stop.notify_one();
    }
}

/// The messages that wait to be written.
struct Queue {
    sender: mpsc::Sender<Vec<u8>>,
    /// Messages for which there was no room.
    detached: Detached,
}

impl Outbox for Queue {
    /// The queue is bounded by its length.
    const RESPONSE_TIMEOUT: Duration = Duration::MAX;

    fn send(&self, message: Vec<u8>) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async { self.sender.send(message).await.map_err(|_| connection_ended()) })
    }

    fn detached(&self) -> &Detached {
        &self.detached
    }

    fn send_detached(self: Arc<Self>, message: Vec<u8>) {
        match self.sender.try_send(message) {
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => {}
            Err(mpsc::error::TrySendError::Full(message)) => {
                let sender = self.sender.clone();
                // Fails if the connection has ended.
                self.detached.spawn(async move { drop(sender.send(message).await) });
            }
        }
    }
}

struct PipeTask {
    shared: Arc<SharedConnection>,
    max_message: usize,
    stop: Arc<Notify>,
}

impl PipeTask {
    async fn run<R, W>(
        self,
        lines: Lines<R>,
        writer: W,
        queue: mpsc::Receiver<Vec<u8>>,
        mut process: Box<dyn PeerProcess>,
    ) where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        let (closing, is_stopped) = (Notify::new(), AtomicBool::new(false));
        let stopped = async {
            self.stop.notified().await;
            is_stopped.store(true, Ordering::Relaxed);
            // Messages that are queued by then, such as a cancellation, are still written.
            closing.notify_one();
            tokio::time::sleep(FLUSH_TIMEOUT).await;
        };
        let ended = tokio::select! {
            reason = self.read(lines) => Some(reason),
            () = write(writer, queue, &self.shared, &closing) => None,
            reason = process.run() => Some(reason),
            () = stopped => None,
        };
        let ended = ended.filter(|_| !is_stopped.load(Ordering::Relaxed));
        // The writer is dropped by now, which closes the input of the server.
        let closed = match ended {
            Some(reason) => process.ended(reason).await,
            None => Closed::new("the client closed it"),
        };
        self.shared.end(Error::Closed(closed));
        process.shut_down().await;
    }

    /// Reads to the end and returns its reason.
    async fn read<R: AsyncRead + Unpin>(&self, mut lines: Lines<R>) -> String {
        loop {
            match lines.next().await {
                Ok(Some(Line::Text(line))) => self.shared.receive(&line),
                Ok(Some(Line::TooLong(line))) => {
                    self.shared.pending.too_long(line, self.max_message);
                }
                Ok(None) => return "the server ended its output".to_owned(),
                Err(error) => return format!("reading from the server failed: {error}"),
            }
        }
    }
}

/// Writes queued messages until the connection is to be closed, and those that are queued by then. A server
/// that no longer reads may still send.
async fn write<W: AsyncWrite + Unpin>(
    mut writer: W,
    mut queue: mpsc::Receiver<Vec<u8>>,
    shared: &SharedConnection,
    closing: &Notify,
) {
    let mut is_closing = false;
    loop {
        let next = tokio::select! {
            biased;
            next = queue.recv() => next,
            () = closing.notified(), if !is_closing => {
                is_closing = true;
                queue.close();
                continue;
            }
        };
        let Some(mut message) = next else { break };
        shared.sends(&message);
        message.push(b'\n');
        while message.len() < MAX_BATCH
            && let Ok(next) = queue.try_recv()
        {
            shared.sends(&next);
            message.extend_from_slice(&next);
            message.push(b'\n');
        }
        let written = tokio::time::timeout(WRITE_TIMEOUT, async {
            writer.write_all(&message).await?;
            writer.flush().await
        });
        let fault = match written.await {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => format!("the server no longer reads: {error}"),
            Err(_) => "the server does not read".to_owned(),
        };
        tracing::debug!(target: "mcp_runtime::client", "{fault}");
        break;
    }
    if !is_closing {
        closing.notified().await;
    }
}
