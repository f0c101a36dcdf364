//! The one writer: whatever is ready goes out together, and nobody waits for a slow reader.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::descriptors::OutputFile;
use crate::context::cancellation::Cancellation;
use crate::transport::pipe::{Backlog, Sink};

/// Beyond this backlog, no further requests are read.
const STOP_READING: usize = 8 << 20;

/// Standard output, written by whoever has something and, when the client is slow, by a thread.
pub(super) struct Output {
    file: OutputFile,
    backlog: Mutex<Backlog>,
    /// Signalled when the backlog is the thread's, and when it has been written.
    changed: Condvar,
    /// Set when the client no longer reads.
    gone: Cancellation,
}

impl Output {
    /// Starts the thread that writes what cannot be written at once.
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

    /// Waits until it turns out that the client no longer reads.
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
            // Whatever was added meanwhile could not be written directly.
            backlog.stuck = !backlog.lines.is_empty();
            backlog.wake_waiting();
            self.changed.notify_all();
        }
    }
}

impl Sink for Output {
    fn backlog(&self) -> MutexGuard<'_, Backlog> {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// At once as far as the client's side takes it, the rest by the thread.
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

    /// Also ends the thread.
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
