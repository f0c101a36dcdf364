//! A TCP connection in the form that hyper reads and writes, and the read-ahead that finds its end.
//!
//! hyper reads nothing while it sends a response and has bytes of the next request, so it would not
//! see that the client is gone. Then the connection is read on here, below hyper.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::head_timer::HeadTimer;
use super::linger;
use super::write_timer::WriteTimer;
use crate::context::budget::{Budget, COUNTED, Reservation};

/// Size limit of the bytes that are read ahead of hyper and kept. Beyond it they are dropped, and the
/// connection ends with the response that is being sent.
const MAX_AHEAD: usize = 64 << 10;

/// Limit of the bytes that are dropped before the connection is closed.
const MAX_DROPPED: usize = 16 << 20;

/// Size of one read.
const PIECE: usize = 16 << 10;

/// Size of one read into a buffer of hyper that has grown for a large body.
const LARGE_PIECE: usize = 64 << 10;

/// A TCP connection that reports received bytes to the timer of the head.
pub(super) struct Io {
    reader: Arc<Reader>,
    writer: OwnedWriteHalf,
    write_timer: WriteTimer,
}

/// The reading side of a connection, shared by hyper and the task that watches for its end.
pub(super) struct Reader {
    state: Mutex<State>,
    /// `true` if hyper waits for bytes, so that it sees the end itself.
    is_waiting: AtomicBool,
}

struct State {
    half: OwnedReadHalf,
    head: HeadTimer,
    /// Bytes that were read before hyper wants them.
    ahead: BytesMut,
    /// Memory of these bytes.
    held: Reservation,
    /// Number of bytes that were read and dropped.
    dropped: usize,
    /// `true` once the client has closed its side.
    ended: bool,
}

impl Io {
    pub(super) fn new(
        stream: TcpStream,
        head: HeadTimer,
        write_timer: WriteTimer,
        memory: &Arc<Budget>,
    ) -> Self {
        let (half, writer) = stream.into_split();
        let (ahead, held) = (BytesMut::new(), memory.hold(0));
        let state = State { half, head, ahead, held, dropped: 0, ended: false };
        let (state, is_waiting) = (Mutex::new(state), AtomicBool::new(false));
        Self { reader: Arc::new(Reader { state, is_waiting }), writer, write_timer }
    }

    pub(super) fn reader(&self) -> Arc<Reader> {
        Arc::clone(&self.reader)
    }

    /// Closes the connection so that the client can read the last response, unless the client has
    /// ended it.
    pub(super) async fn close(self) {
        let Self { reader, writer, .. } = self;
        // Closes the sending side.
        drop(writer);
        let reader = Arc::into_inner(reader).map(|reader| reader.state.into_inner());
        if let Some(Ok(State { half, ended: false, .. })) = reader {
            linger::until_closed(half).await;
        }
    }
}

impl Reader {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prepares for hyper to be polled.
    pub(super) fn start(&self) {
        self.is_waiting.store(false, Ordering::Relaxed);
    }

    /// `true` if hyper has waited for bytes since the [start](Self::start).
    pub(super) fn is_waiting(&self) -> bool {
        self.is_waiting.load(Ordering::Relaxed)
    }

    /// Waits for the end of what the client sends.
    ///
    /// # Errors
    /// The connection is broken, or the client has sent too much.
    pub(super) fn poll_end(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.state();
        let mut place = [const { MaybeUninit::<u8>::uninit() }; PIECE];
        while !state.ended {
            let mut read = ReadBuf::uninit(&mut place);
            ready!(state.poll_read(cx, &mut read))?;
            state.keep(read.filled())?;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_read(
        &self,
        cx: &mut Context<'_>,
        cursor: &mut ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.state();
        if !state.ahead.is_empty() {
            let length = state.ahead.len().min(cursor.remaining());
            cursor.put_slice(&state.ahead[..length]);
            state.ahead.advance(length);
            if state.ahead.is_empty() {
                state.ahead = BytesMut::new();
                state.held.resize(0);
            }
            state.head.received();
            return Poll::Ready(Ok(()));
        }
        if state.ended || state.dropped > 0 {
            return Poll::Ready(Ok(()));
        }
        let polled = match cursor.remaining() {
            0..=PIECE => state.poll_piece::<PIECE>(cx, cursor),
            _ => state.poll_piece::<LARGE_PIECE>(cx, cursor),
        };
        if polled.is_pending() {
            self.is_waiting.store(true, Ordering::Relaxed);
        }
        polled
    }
}

impl State {
    fn poll_read(&mut self, cx: &mut Context<'_>, read: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let polled = ready!(Pin::new(&mut self.half).poll_read(cx, read));
        self.ended = polled.is_err() || read.filled().is_empty();
        Poll::Ready(polled)
    }

    /// Reads for hyper. The bytes are copied from a buffer of our own, because to fill the one of
    /// hyper directly takes unsafe code. Never inlined, so that a small read has a small stack frame.
    #[inline(never)]
    fn poll_piece<const SIZE: usize>(
        &mut self,
        cx: &mut Context<'_>,
        cursor: &mut ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut place = [const { MaybeUninit::<u8>::uninit() }; SIZE];
        let room = cursor.remaining().min(SIZE);
        let mut read = ReadBuf::uninit(&mut place[..room]);
        ready!(self.poll_read(cx, &mut read))?;
        if !read.filled().is_empty() {
            self.head.received();
        }
        cursor.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }

    /// Keeps bytes that were read ahead.
    fn keep(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = self.ahead.len() + bytes.len();
        let has_room = length <= COUNTED || self.held.has_room();
        if self.dropped == 0 && length <= MAX_AHEAD && has_room {
            self.ahead.extend_from_slice(bytes);
            self.held.resize(length);
            return Ok(());
        }
        self.held.resize(0);
        self.dropped += std::mem::take(&mut self.ahead).len() + bytes.len();
        if self.dropped > MAX_DROPPED {
            self.ended = true;
            return Err(io::Error::other("the client sends too much after its request"));
        }
        Ok(())
    }
}

impl Read for Io {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        self.reader.poll_read(cx, &mut cursor)
    }
}

impl Write for Io {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.writer).poll_write(cx, bytes);
        self.write_timer.record(&polled);
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writer).poll_flush(cx)
    }

    /// Does nothing; left to [`close`](Self::close), which takes over when hyper is done.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn is_write_vectored(&self) -> bool {
        self.writer.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.writer).poll_write_vectored(cx, pieces);
        self.write_timer.record(&polled);
        polled
    }
}
