//! A reader and writer whose operations fail from a given one on.

use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Text of the injected error.
pub(super) const INJECTED: &str = "injected fault";

/// Bytes that one operation moves at most, so that there are many.
const CHUNK: usize = 24;

/// The operation that fails, counted over all readers and writers that share the plan.
#[derive(Clone)]
pub(super) struct Plan {
    left: Arc<AtomicUsize>,
    failed: Arc<AtomicBool>,
    kind: ErrorKind,
}

impl Plan {
    /// The operation `count`, counted from 0, fails, and so do all behind it.
    pub(super) fn failing_after(count: usize, kind: ErrorKind) -> Self {
        Self { left: Arc::new(AtomicUsize::new(count)), failed: Arc::default(), kind }
    }

    /// Returns `true` once an operation has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::SeqCst)
    }

    /// Checks whether the next operation fails.
    fn check(&self) -> Result<()> {
        if self.left.load(Ordering::SeqCst) == 0 {
            self.failed.store(true, Ordering::SeqCst);
            return Err(Error::new(self.kind, INJECTED));
        }
        Ok(())
    }

    fn count(&self) {
        self.left.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A reader or writer with a plan.
pub(super) struct Faulty<T> {
    inner: T,
    plan: Plan,
}

impl<T> Faulty<T> {
    pub(super) fn new(inner: T, plan: &Plan) -> Self {
        Self { inner, plan: plan.clone() }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Faulty<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        self.plan.check()?;
        let mut bytes = [0; CHUNK];
        let room = CHUNK.min(buffer.remaining());
        let mut part = ReadBuf::new(&mut bytes[..room]);
        let read = Pin::new(&mut self.inner).poll_read(cx, &mut part);
        if read.is_ready() {
            self.plan.count();
            buffer.put_slice(part.filled());
        }
        read
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Faulty<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        self.plan.check()?;
        let part = &bytes[..CHUNK.min(bytes.len())];
        let written = Pin::new(&mut self.inner).poll_write(cx, part);
        if written.is_ready() {
            self.plan.count();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.plan.check()?;
        let flushed = Pin::new(&mut self.inner).poll_flush(cx);
        if flushed.is_ready() {
            self.plan.count();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.plan.check()?;
        let shut = Pin::new(&mut self.inner).poll_shutdown(cx);
        if shut.is_ready() {
            self.plan.count();
        }
        shut
    }
}
