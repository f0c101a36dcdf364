//! The thread that reads standard input, and the standby that replaces it while user code blocks.
//!
//! The reader polls each handler once. A handler that blocks would keep it from reading
//! cancellations, pings and the end of the input. So a standby looks at it every [`TICK`]: if the
//! reader is still at the same message, and in user code, the standby becomes the reader, and the
//! old one ends when the user code returns. The right to read is the lock of [`Reading`], which the
//! reader releases while it receives a message. A thread that was replaced never takes it again, so
//! no message is received twice or out of order.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use mcp_core::jsonrpc::{Frame, Message, RequestId, decode};
use tokio::runtime::Handle;

use super::descriptors::Input;
use super::output::Output;
use crate::transport::pipe::{Incoming, Messages, Pipe, ReaderThread, Sink as _};

/// Interval at which the standby looks at the reader.
const TICK: Duration = Duration::from_millis(20);

/// Number of ticks without a message after which the standby sleeps until there is one.
const TICKS_TO_SLEEP: u32 = 50;

/// Limit of replaced threads. When so many block, the input is no longer read, but its end is seen.
const MAX_REPLACED: usize = 128;

/// Called on the reading thread when the input has ended, with the error if it has failed.
pub(super) type AtEnd = Box<dyn FnOnce(io::Result<()>) + Send>;

/// The input of a server, and the threads that read it.
pub(super) struct Reader {
    pipe: Pipe<Output>,
    reading: Mutex<Reading>,
    /// Incremented with every read and every message.
    turn: AtomicU64,
    /// Number of threads that were replaced and have not ended.
    replaced: AtomicUsize,
    /// The thread that stands by.
    standby: Mutex<Option<Thread>>,
    /// `true` while there is no standby, or it sleeps.
    sleeps: AtomicBool,
    /// `true` once the input has ended.
    is_ended: AtomicBool,
    runtime: Handle,
}

/// The end of the input, on the thread that has seen it.
struct Ended {
    at_end: AtEnd,
    result: io::Result<()>,
}

/// What the lock of the reader guards.
struct Reading {
    messages: Messages<Input>,
    /// The thread that reads, once it has begun.
    thread: Option<Arc<ReaderThread>>,
    /// Taken at the end of the input.
    at_end: Option<AtEnd>,
}

impl Reader {
    /// Starts to read. Must be called within a runtime.
    pub(super) fn start(
        input: Input,
        pipe: Pipe<Output>,
        max_line_length: usize,
        at_end: AtEnd,
    ) -> io::Result<Arc<Self>> {
        let messages = Messages::new(input, max_line_length);
        let this = Arc::new(Self {
            pipe,
            reading: Mutex::new(Reading { messages, thread: None, at_end: Some(at_end) }),
            turn: AtomicU64::new(0),
            replaced: AtomicUsize::new(0),
            standby: Mutex::default(),
            sleeps: AtomicBool::new(true),
            is_ended: AtomicBool::new(false),
            runtime: Handle::current(),
        });
        this.spawn("mcp-stdio-read", |this| {
            let thread = Arc::new(ReaderThread::current());
            this.reading().thread = Some(Arc::clone(&thread));
            this.read(&thread)
        })?;
        Ok(this)
    }

    fn spawn(
        self: &Arc<Self>,
        name: &str,
        run: impl FnOnce(&Arc<Self>) -> Option<Ended> + Send + 'static,
    ) -> io::Result<Thread> {
        let this = Arc::clone(self);
        let thread = thread::Builder::new().name(name.into()).spawn(move || {
            let runtime = this.runtime.clone();
            // Handlers are polled here first, and may use timers and spawn tasks.
            let entered = runtime.enter();
            let ended = run(&this);
            // The server can be dropped from here on.
            drop((this, entered));
            if let Some(Ended { at_end, result }) = ended {
                at_end(result);
            }
        })?;
        Ok(thread.thread().clone())
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads and receives messages until the input ends or this thread is replaced.
    fn read(self: &Arc<Self>, thread: &ReaderThread) -> Option<Ended> {
        loop {
            let mut reading = self.reading();
            let next = self.next(&mut reading.messages);
            self.advance();
            match next {
                Ok(Some(message)) => {
                    drop(reading);
                    let entries = self.pipe.receive(message, thread);
                    if thread.is_replaced() {
                        self.retire(thread);
                        return None;
                    }
                    if !entries.is_empty() {
                        self.reading().messages.push_entries(entries);
                    }
                }
                Ok(None) => return self.end(reading, Ok(())),
                Err(error) => return self.end(reading, Err(error)),
            }
        }
    }

    /// Waits for the next message. `None` at the end of the input, or when serving is over.
    fn next(self: &Arc<Self>, messages: &mut Messages<Input>) -> io::Result<Option<Incoming>> {
        let output = self.pipe.output();
        loop {
            // What is left of an input that was stopped is not received.
            if self.pipe.is_over() {
                return Ok(None);
            }
            if output.is_full()
                && !output.wait_for_reader(|| {
                    messages.is_ended() || messages.source().has_hung_up() || self.pipe.is_over()
                })
            {
                return Ok(None);
            }
            if let Some(message) = messages.next_buffered() {
                return Ok(Some(message));
            }
            output.flush();
            if messages.is_ended() {
                return Ok(None);
            }
            if output.is_full() {
                continue;
            }
            messages.fill()?;
            self.advance();
            self.wake_standby();
        }
    }

    fn advance(&self) {
        // There is one reader at a time, so this needs no atomic addition.
        self.turn.store(self.turn.load(Ordering::Relaxed) + 1, Ordering::Release);
    }

    fn end(&self, mut reading: MutexGuard<'_, Reading>, result: io::Result<()>) -> Option<Ended> {
        let at_end = reading.at_end.take()?;
        drop(reading);
        self.is_ended.store(true, Ordering::Release);
        if let Some(standby) = &*self.standby() {
            standby.unpark();
        }
        self.pipe.end();
        Some(Ended { at_end, result })
    }

    /// Ends a thread that was replaced.
    fn retire(&self, thread: &ReaderThread) {
        // An answer that was staged here may have missed the flush of the other thread.
        self.pipe.output().flush();
        let id = thread.end_first_poll(&self.pipe.connection().in_flight);
        self.replaced.fetch_sub(1, Ordering::Relaxed);
        tracing::warn!(
            id = id.map(tracing::field::display),
            "a handler has blocked the thread that reads standard input; make it `async`, or mark \
             its function as `blocking`"
        );
    }
}

/// The standby.
impl Reader {
    /// Has the standby look at the reader from now on. Called after each read.
    fn wake_standby(self: &Arc<Self>) {
        // The turn has been advanced before, so a standby that is about to sleep sees one of the two.
        if !self.sleeps.swap(false, Ordering::AcqRel) {
            return;
        }
        let mut standby = self.standby();
        match &*standby {
            Some(thread) => thread.unpark(),
            None => *standby = self.spawn_standby(),
        }
    }

    /// `true` if there is no standby, or it sleeps.
    #[cfg(test)]
    pub(super) fn standby_sleeps(&self) -> bool {
        self.sleeps.load(Ordering::Acquire)
    }

    fn spawn_standby(self: &Arc<Self>) -> Option<Thread> {
        let spawned = self.spawn("mcp-stdio-standby", Self::stand_by);
        // Without it, a handler that blocks keeps the reader.
        spawned.inspect_err(|error| tracing::warn!(%error, "no thread can be started")).ok()
    }

    fn standby(&self) -> MutexGuard<'_, Option<Thread>> {
        self.standby.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the reader until the input has ended, or until this thread takes over.
    fn stand_by(self: &Arc<Self>) -> Option<Ended> {
        let mut seen = self.turn.load(Ordering::Acquire);
        let mut idle_ticks = 0;
        while self.waits_for_tick() {
            let turn = self.turn.load(Ordering::Acquire);
            if turn != seen {
                (seen, idle_ticks) = (turn, 0);
                continue;
            }
            match self.reading.try_lock() {
                // The reader waits for the client.
                Err(TryLockError::WouldBlock) => idle_ticks += 1,
                Err(TryLockError::Poisoned(_)) => return None,
                Ok(_) if self.turn.load(Ordering::Acquire) != seen => {}
                Ok(reading) if self.replaced.load(Ordering::Relaxed) >= MAX_REPLACED => {
                    if reading.messages.source().has_hung_up() {
                        return self.end(reading, Ok(()));
                    }
                }
                Ok(reading) => {
                    if let Some(thread) = self.take_over(reading) {
                        return self.read(&thread);
                    }
                }
            }
            if idle_ticks >= TICKS_TO_SLEEP {
                self.sleep(seen);
                idle_ticks = 0;
            }
        }
        None
    }

    /// Waits for the next tick. Returns `false` if the input has ended.
    fn waits_for_tick(&self) -> bool {
        let tick = Instant::now() + TICK;
        while !self.is_ended.load(Ordering::Acquire) {
            let left = tick.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            thread::park_timeout(left);
        }
        false
    }

    /// Sleeps until the next read, unless there has been one meanwhile.
    fn sleep(&self, seen: u64) {
        self.sleeps.swap(true, Ordering::AcqRel);
        if self.turn.load(Ordering::Acquire) != seen {
            self.sleeps.store(false, Ordering::Relaxed);
        }
        while self.sleeps.load(Ordering::Acquire) && !self.is_ended.load(Ordering::Acquire) {
            thread::park();
        }
    }

    /// Replaces the reader by this thread if user code blocks it, and starts another standby. Nothing
    /// is logged here, because the log may be what blocks.
    fn take_over(
        self: &Arc<Self>,
        mut reading: MutexGuard<'_, Reading>,
    ) -> Option<Arc<ReaderThread>> {
        let request = self.request_id(reading.messages.last());
        let in_flight = &self.pipe.connection().in_flight;
        if !reading.thread.as_ref()?.replace(in_flight, request) {
            return None;
        }
        self.replaced.fetch_add(1, Ordering::Relaxed);
        let thread = Arc::new(ReaderThread::current());
        reading.thread = Some(Arc::clone(&thread));
        drop(reading);
        let standby = self.spawn_standby();
        self.sleeps.store(standby.is_none(), Ordering::Release);
        *self.standby() = standby;
        Some(thread)
    }

    /// Id of the request in the text of a message.
    fn request_id(&self, text: &[u8]) -> Option<RequestId> {
        match decode(text, self.pipe.limits()) {
            Ok(Frame::Single(Message::Request(request))) => Some(request.id.to_owned()),
            _ => None,
        }
    }
}
