//! What is written to one client: staged by whoever has something, written by one task.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Notify;

use crate::transport::pipe::{Backlog, Sink};

/// Lines that wait to be written.
#[derive(Default)]
pub(super) struct Output {
    backlog: Mutex<Backlog>,
    /// Told when there is something to be written, and when nothing will be any more.
    filled: Notify,
}

impl Output {
    /// Writes until the client no longer reads or serving is over.
    pub(super) async fn write_to<W: AsyncWrite + Unpin>(self: Arc<Self>, mut writer: W) {
        while let Some(lines) = self.taken().await {
            let written = async {
                writer.write_all(&lines).await?;
                writer.flush().await
            };
            if let Err(error) = written.await {
                tracing::debug!(%error, "the client no longer reads");
                self.close();
            }
            let mut backlog = self.backlog();
            backlog.writing = false;
            backlog.wake_waiting();
        }
        // An error means that the client has gone before.
        let _ = writer.shutdown().await;
    }

    async fn taken(&self) -> Option<Vec<u8>> {
        loop {
            {
                let mut backlog = self.backlog();
                if backlog.closed {
                    return None;
                }
                if !backlog.lines.is_empty() {
                    backlog.writing = true;
                    return Some(std::mem::take(&mut backlog.lines));
                }
            }
            self.filled.notified().await;
        }
    }

    /// Waits until the client has gone, as far as writing tells.
    pub(super) async fn gone(&self) {
        self.until(|backlog| backlog.closed).await;
    }
}

impl Sink for Output {
    fn backlog(&self) -> MutexGuard<'_, Backlog> {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn flush(&self) {
        self.filled.notify_one();
    }

    fn close(&self) {
        self.backlog().close();
        self.filled.notify_one();
    }
}
