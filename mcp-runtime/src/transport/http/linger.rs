//! Lingering close of a connection, so that the client can read the last response.
//!
//! A client that is still sending when its connection is closed receives a reset. Its system then
//! drops unread bytes, such as the response that rejects the request.

use std::io;
use std::time::Duration;

use tokio::net::tcp::OwnedReadHalf;

/// Time that a client has to close its side.
const LINGER_TIMEOUT: Duration = Duration::from_secs(2);

/// Limit of bytes that are read and dropped in that time.
const MAX_DISCARDED: usize = 16 << 20;

/// Waits for the client to close its side of a connection whose other side is closed.
pub(super) async fn until_closed(half: OwnedReadHalf) {
    let _ = tokio::time::timeout(LINGER_TIMEOUT, discard(&half)).await;
}

async fn discard(half: &OwnedReadHalf) -> io::Result<()> {
    let mut left = MAX_DISCARDED;
    while left > 0 {
        half.readable().await?;
        // On the heap, and only while there are bytes to read: this future outlives the wait.
        let mut place = vec![0; 16 << 10];
        match half.try_read(&mut place) {
            Ok(0) => return Ok(()),
            Ok(count) => left = left.saturating_sub(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
