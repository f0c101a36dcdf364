//! Request bodies, read within limits of size and time.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use http::StatusCode;
use http_body::Body;
use http_body_util::BodyExt as _;

use super::response::Rejection;
use crate::context::budget::{Budget, COUNTED, Reservation};

/// Limit of the memory that is reserved for a body before it arrives, in bytes. A longer body makes
/// its buffer grow, because its length is only announced.
const MAX_RESERVED: usize = 256 << 10;

/// Reads a body to its end.
///
/// A large body counts in the budget of the server as long as it is in use.
///
/// # Errors
/// Status 413 for a body over `limit`, at once if its `Content-Length` is; 408 for one that takes
/// longer than `timeout`; 400 for one that breaks off; 503 if there is no memory for it.
pub(super) async fn read<B: Body>(
    body: B,
    limit: usize,
    timeout: Duration,
    memory: &Arc<Budget>,
) -> Result<Bytes, Rejection> {
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large(limit));
    }
    let mut collecting = pin!(collect(body, limit, memory));
    // Most bodies have arrived with their head, and need no timer.
    if let Poll::Ready(read) = poll_fn(|cx| Poll::Ready(collecting.as_mut().poll(cx))).await {
        return read;
    }
    tokio::time::timeout(timeout, collecting).await.unwrap_or_else(|_| {
        let message = format!("the body did not arrive within {} seconds", timeout.as_secs());
        Err(Rejection::new(StatusCode::REQUEST_TIMEOUT, message))
    })
}

async fn collect<B: Body>(body: B, limit: usize, memory: &Arc<Budget>) -> Result<Bytes, Rejection> {
    let mut body = pin!(body);
    // Known from the beginning if the body has a length.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut held = reserve(memory, announced)?;
    // A message that arrives in one piece is not copied.
    let mut whole = Bytes::new();
    let mut pieces = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(Rejection::new(StatusCode::BAD_REQUEST, "the body broke off"));
        };
        let Ok(mut piece) = frame.into_data() else { continue };
        let length = piece.remaining();
        if whole.len() + pieces.len() + length > limit {
            return Err(too_large(limit));
        }
        let received = whole.len() + pieces.len() + length;
        match &mut held {
            None => held = reserve(memory, received)?,
            Some(held) => held.resize(received.max(announced)),
        }
        let piece = piece.copy_to_bytes(length);
        if whole.is_empty() && pieces.is_empty() {
            whole = piece;
        } else {
            if pieces.is_empty() {
                let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
                pieces.reserve(whole.len() + piece.len() + announced.min(MAX_RESERVED));
                pieces.extend_from_slice(&std::mem::take(&mut whole));
            }
            pieces.extend_from_slice(&piece);
        }
    }
    let body = if pieces.is_empty() { whole } else { pieces.freeze() };
    Ok(match held {
        Some(held) => held.holding(body),
        None => body,
    })
}

/// Reserves memory for a large body.
fn reserve(memory: &Arc<Budget>, length: usize) -> Result<Option<Reservation>, Rejection> {
    let reserved = (length > COUNTED).then(|| memory.reserve(length)).transpose();
    reserved.map_err(Rejection::exceeded)
}

fn too_large(limit: usize) -> Rejection {
    let message = format!("the body is larger than {limit} bytes");
    Rejection::new(StatusCode::PAYLOAD_TOO_LARGE, message)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::io;
    use std::pin::Pin;
    use std::task::Context;

    use http_body::{Frame, SizeHint};

    use super::*;

    /// A body of given pieces, which never ends if `endless`.
    struct Pieces {
        pieces: VecDeque<Result<&'static [u8], io::Error>>,
        announced: u64,
        endless: bool,
    }

    impl Body for Pieces {
        type Data = &'static [u8];
        type Error = io::Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<&'static [u8]>, io::Error>>> {
            match self.pieces.pop_front() {
                Some(piece) => Poll::Ready(Some(piece.map(Frame::data))),
                None if self.endless => Poll::Pending,
                None => Poll::Ready(None),
            }
        }

        fn size_hint(&self) -> SizeHint {
            let mut hint = SizeHint::new();
            hint.set_lower(self.announced);
            hint
        }
    }

    fn pieces(pieces: &[&'static [u8]]) -> Pieces {
        let pieces = pieces.iter().copied().map(Ok).collect();
        Pieces { pieces, announced: 0, endless: false }
    }

    async fn check(body: Pieces, expected: Result<&str, u16>) {
        let found = read(body, 8, Duration::from_secs(30), &Arc::default()).await;
        let found = found.map_err(|rejection| rejection.status.as_u16());
        assert_eq!(found.as_deref(), expected.map(str::as_bytes).as_deref());
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_are_bounded() {
        check(pieces(&[]), Ok("")).await;
        check(pieces(&[b"whole"]), Ok("whole")).await;
        check(pieces(&[b"", b"in ", b"three"]), Ok("in three")).await;
        check(pieces(&[b"12345678"]), Ok("12345678")).await;
        check(pieces(&[b"1234", b"56789"]), Err(413)).await;
        check(Pieces { announced: 1 << 40, endless: true, ..pieces(&[]) }, Err(413)).await;
        check(Pieces { endless: true, ..pieces(&[b"{"]) }, Err(408)).await;
        let mut broken = pieces(&[b"{"]);
        broken.pieces.push_back(Err(io::ErrorKind::UnexpectedEof.into()));
        check(broken, Err(400)).await;
    }
}
