//! Standard output: lines are written together, and no task waits for a client that reads slowly.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::descriptors::OutputFile;
use crate::context::cancellation::Cancellation;
use crate::transport::pipe::{Backlog, Sink};

/// Backlog beyond which no further requests are read, in bytes.
const STOP_READING: usize = 8 << 20;

/// Standard output, written at once as far as the client takes it, and else by a thread.
pub(super) struct Output {
    file: OutputFile,
    backlog: Mutex<Backlog>,
    /// Signalled when the backlog is left to the thread, and when it has been written.
    changed: Condvar,
    /// Set when the client no longer reads. It is apart from the backlog, whose waiting tasks are
    /// woken by every write.
    gone: Cancellation,
}

impl Output {
    /// Starts the thread that writes the lines which cannot be written at once.
    pub(super) fn start(file: OutputFile) -> io::Result<Arc<Self>> {
        let (backlog, gone) = (Mutex::default(), Cancellation::default());
        let output = Arc::new(Self { file, backlog, changed: Condvar::new(), gone });
        let writer = Arc::clone(&output);
        std::thread::Builder::new()
            .name("mcp-stdio-write".into())
            .spawn(move || writer.write_backlog())?;
        Ok(output)
    }

    fn write_now(&self, lines: &[u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < lines.len() {
            match self.file.write_now(&lines[written..])? {
                0 => break,
                count => written += count,
            }
        }
        Ok(written)
    }

    fn lost(&self, backlog: &mut Backlog, error: &io::Error) {
        tracing::debug!(%error, "the client no longer reads");
        self.break_off(backlog);
        self.gone.cancel();
    }

    fn break_off(&self, backlog: &mut Backlog) {
        backlog.close();
        self.changed.notify_all();
    }

    /// Waits until the client no longer reads.
    pub(super) async fn gone(&self) {
        self.gone.cancelled().await;
    }

    fn write_backlog(&self) {
        let mut backlog = self.backlog();
        loop {
            while !backlog.stuck {
                if backlog.closed {
                    return;
                }
                backlog = self.changed.wait(backlog).unwrap_or_else(PoisonError::into_inner);
            }
            let taken = std::mem::take(&mut backlog.lines);
            backlog.stuck = false;
            backlog.writing = true;
            drop(backlog);
            let result = self.file.write_all(&taken);
            backlog = self.backlog();
            backlog.writing = false;
            if let Err(error) = result {
                self.lost(&mut backlog, &error);
            }
            // Lines that were added meanwhile could not be written directly.
            backlog.stuck = !backlog.lines.is_empty();
            backlog.wake_waiting();
            self.changed.notify_all();
        }
    }
}

impl Sink for Output {
    fn shared_backlog(&self) -> &Mutex<Backlog> {
        &self.backlog
    }

    /// Writes at once as far as the client takes it, and leaves the rest to the thread.
    fn flush(&self) {
        let mut backlog = self.backlog();
        if backlog.writing || backlog.closed || backlog.lines.is_empty() {
            return;
        }
        match self.write_now(&backlog.lines) {
            Ok(written) => {
                drop(backlog.lines.drain(..written));
                backlog.wake_waiting();
            }
            Err(error) => return self.lost(&mut backlog, &error),
        }
        if !backlog.lines.is_empty() {
            backlog.stuck = true;
            self.changed.notify_all();
        }
    }

    /// Ends the thread too.
    fn close(&self) {
        self.break_off(&mut self.backlog());
    }

    fn wait_for_reader(&self) {
        let mut backlog = self.backlog();
        while backlog.lines.len() > STOP_READING && !backlog.closed {
            backlog = self.changed.wait(backlog).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
