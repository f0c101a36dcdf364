//! The writing side of any writer: handlers stage lines, and one task writes them.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Notify;

use crate::transport::pipe::{Backlog, Sink};

/// Lines that wait to be written.
#[derive(Default)]
pub(super) struct Output {
    backlog: Mutex<Backlog>,
    /// Notified when there are lines to write, and when the backlog is closed.
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
        // An error means that the client has disconnected before.
        let _ = writer.shutdown().await;
    }

    /// Waits until the client no longer reads.
    pub(super) async fn gone(&self) {
        self.until(|backlog| backlog.closed).await;
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
}

impl Sink for Output {
    fn shared_backlog(&self) -> &Mutex<Backlog> {
        &self.backlog
    }

    fn flush(&self) {
        self.filled.notify_one();
    }

    fn close(&self) {
        self.backlog().close();
        self.filled.notify_one();
    }
}
