//! Standard output: lines are written together, and no task waits for a client that reads slowly.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::descriptors::OutputFile;
use crate::context::cancellation::Cancellation;
use crate::transport::pipe::{Backlog, STALL_TICK, Sink, Stall};

/// Backlog beyond which no further requests are read, in bytes, unless the client may hold less.
const STOP_READING: usize = 8 << 20;

/// Standard output, written at once as far as the client takes it, and else by a thread.
pub(super) struct Output {
    file: OutputFile,
    backlog: Mutex<Backlog>,
    /// Backlog beyond which no further requests are read, in bytes.
    stop_reading: usize,
    /// Signalled when the backlog is left to the thread, and when some of it has been written.
    changed: Condvar,
    /// `true` while the backlog is so large that no further requests are read.
    is_full: AtomicBool,
    /// Set when the client no longer reads. It is apart from the backlog, whose waiting tasks are
    /// woken by every write.
    gone: Cancellation,
}

impl Output {
    /// Starts the thread that writes the lines which cannot be written at once. The client may hold
    /// `memory_limit` bytes.
    pub(super) fn start(file: OutputFile, memory_limit: usize) -> io::Result<Arc<Self>> {
        let (backlog, gone) = (Mutex::default(), Cancellation::default());
        let (changed, is_full) = (Condvar::new(), AtomicBool::new(false));
        let stop_reading = STOP_READING.min(memory_limit / 2);
        let output = Arc::new(Self { file, backlog, stop_reading, changed, is_full, gone });
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

    /// Writes the backlog as far as the client takes it.
    fn write_staged(&self, backlog: &mut Backlog) -> io::Result<()> {
        backlog.staged = 0;
        if !backlog.closed && backlog.writing == 0 && !backlog.lines.is_empty() {
            let written = self.write_now(&backlog.lines)?;
            backlog.drop_written(written);
        }
        Ok(())
    }

    /// Writes a line as far as the client takes it, and adds the rest to the backlog.
    fn write_pieces(&self, backlog: &mut Backlog, pieces: &[&[u8]]) -> io::Result<()> {
        for piece in pieces.iter().copied().chain([&b"\n"[..]]) {
            let written = match backlog.unwritten() {
                0 => self.write_now(piece)?,
                _ => 0,
            };
            if written > 0 {
                backlog.written(written);
            }
            backlog.lines.extend_from_slice(&piece[written..]);
        }
        Ok(())
    }

    /// Leaves what the client did not take at once to the thread.
    fn leave_rest(&self, mut backlog: MutexGuard<'_, Backlog>, result: io::Result<()>) {
        if let Err(error) = result {
            return self.lost(&mut backlog, &error);
        }
        if !backlog.closed && backlog.writing == 0 && !backlog.lines.is_empty() {
            backlog.stuck = true;
            self.changed.notify_all();
        }
        if backlog.unwritten() > self.stop_reading {
            self.is_full.store(true, Ordering::Relaxed);
        }
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
                backlog = self.wait(backlog);
            }
            backlog.stuck = false;
            let taken = backlog.take();
            drop(backlog);
            let result = self.write_all(&taken);
            backlog = self.backlog();
            backlog.writing = 0;
            if let Err(error) = result {
                self.lost(&mut backlog, &error);
            }
            // Lines that were added meanwhile could not be written directly.
            backlog.stuck = !backlog.lines.is_empty();
            backlog.wake_waiting();
            self.changed.notify_all();
        }
    }

    /// Writes lines that were taken out of the backlog, unless it is closed meanwhile.
    fn write_all(&self, mut lines: &[u8]) -> io::Result<()> {
        while !lines.is_empty() {
            let count = self.file.write(lines)?;
            lines = &lines[count..];
            let mut backlog = self.backlog();
            if backlog.closed {
                break;
            }
            backlog.written(count);
            backlog.writing = lines.len();
        }
        Ok(())
    }

    fn wait<'a>(&self, backlog: MutexGuard<'a, Backlog>) -> MutexGuard<'a, Backlog> {
        self.changed.wait(backlog).unwrap_or_else(PoisonError::into_inner)
    }

    /// `true` if the client has to read before further requests are.
    pub(super) fn is_full(&self) -> bool {
        self.is_full.load(Ordering::Relaxed)
    }

    /// Blocks until the client has read enough for more requests to be received. Returns `false` if
    /// it reads nothing more although it has closed its own side.
    pub(super) fn wait_for_reader(&self, has_hung_up: impl Fn() -> bool) -> bool {
        let is_enough =
            |backlog: &Backlog| backlog.closed || backlog.unwritten() <= self.stop_reading;
        let is_read = self.wait_until(is_enough, has_hung_up);
        self.is_full.store(!is_read, Ordering::Relaxed);
        is_read
    }

    /// Blocks until all lines are written. Returns `false` if the client reads nothing more.
    pub(super) fn wait_until_written(&self) -> bool {
        self.wait_until(Backlog::is_written, || true)
    }

    /// Blocks until the backlog has reached a state. Returns `false` if the client reads nothing more
    /// while it `may_stall`.
    fn wait_until(&self, reached: impl Fn(&Backlog) -> bool, may_stall: impl Fn() -> bool) -> bool {
        let mut stall = Stall::new(self.taken());
        loop {
            let backlog = self.backlog();
            if reached(&backlog) {
                return true;
            }
            drop(self.changed.wait_timeout(backlog, STALL_TICK));
            if stall.is_stalled(self.taken()) && may_stall() {
                return false;
            }
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
        let result = self.write_staged(&mut backlog);
        self.leave_rest(backlog, result);
    }

    /// Copies only what the client does not take at once.
    fn send_pieces(&self, pieces: &[&[u8]]) {
        let mut backlog = self.backlog();
        if backlog.closed {
            return;
        }
        let result = self.write_staged(&mut backlog);
        let result = result.and_then(|()| self.write_pieces(&mut backlog, pieces));
        self.leave_rest(backlog, result);
    }

    /// Ends the thread too.
    fn close(&self) {
        self.break_off(&mut self.backlog());
    }

    fn taken(&self) -> u64 {
        let written = self.backlog().written;
        // What the client has not taken out of the pipe yet. Both numbers may change in between,
        // which looks like progress once more at most.
        written.saturating_sub(self.file.unread())
    }
}
