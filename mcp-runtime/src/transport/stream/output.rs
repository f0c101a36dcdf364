//! The writing side of any writer: handlers stage lines, and one task writes them.

use std::io;
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
        while let Some(lines) = self.next_lines().await {
            if let Err(error) = self.write_all(&mut writer, &lines).await {
                tracing::debug!(%error, "the client no longer reads");
                self.close();
            }
            let mut backlog = self.backlog();
            backlog.writing = 0;
            backlog.wake_waiting();
        }
        // An error means that the client has disconnected before.
        let _ = writer.shutdown().await;
    }

    /// Writes lines that were taken out of the backlog, unless it is closed meanwhile.
    async fn write_all<W: AsyncWrite + Unpin>(
        &self,
        writer: &mut W,
        mut lines: &[u8],
    ) -> io::Result<()> {
        while !lines.is_empty() {
            let count = match writer.write(lines).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                count => count,
            };
            lines = &lines[count..];
            let mut backlog = self.backlog();
            if backlog.closed {
                return Ok(());
            }
            backlog.written(count);
            // The last byte counts as written when it is flushed.
            backlog.writing = lines.len().max(1);
        }
        writer.flush().await
    }

    /// Waits until the client no longer reads.
    pub(super) async fn gone(&self) {
        self.until(|backlog| backlog.closed).await;
    }

    async fn next_lines(&self) -> Option<Vec<u8>> {
        loop {
            {
                let mut backlog = self.backlog();
                if backlog.closed {
                    return None;
                }
                if !backlog.lines.is_empty() {
                    return Some(backlog.take());
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
