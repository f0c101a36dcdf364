//! Server-sent events.

use crate::client::transport::http::sse::{Parser, SseEvent};
use crate::transport::http::queue::append_event;

/// Parses any bytes as a stream, at once and in pieces whose length the first two bytes choose, and reads
/// what the server writes.
///
/// # Panics
/// If the pieces have other events, an event exceeds the limit, or a message is not read as written.
pub fn sse(bytes: &[u8]) {
    let Some(([limit, length], stream)) = bytes.split_first_chunk::<2>() else { return };
    let limit = usize::from(*limit) + 1;
    let whole = parse(limit, [stream]);
    let pieces = parse(limit, stream.chunks(usize::from(*length % 16) + 1));
    assert_eq!(whole, pieces, "the events depend on the pieces");
    let bytewise = parse(limit, stream.chunks(1));
    assert_eq!(whole, bytewise, "the events depend on the pieces");
    for event in &whole {
        let data = event.data.as_deref().unwrap_or_default();
        // A byte that is no UTF-8 becomes a character of three.
        assert!(data.len() <= 3 * limit, "{} of {limit}", data.len());
        assert!(event.too_long.is_none() || event.data.is_none());
    }
    let message = String::from_utf8_lossy(stream).replace(['\r', '\n'], " ");
    let mut written = Vec::new();
    append_event(&mut written, message.as_bytes());
    let read = parse(written.len(), [&written[..]]);
    let expected =
        SseEvent { kind: Some("message".to_owned()), data: Some(message), ..SseEvent::default() };
    assert_eq!(read, [expected]);
}

fn parse<'a>(limit: usize, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<SseEvent> {
    let mut parser = Parser::new(limit);
    let mut found = Vec::new();
    pieces.into_iter().for_each(|piece| parser.push(piece, |event| found.push(event)));
    found
}
