//! Lingering close of a connection, so that the client can read the last response.
//!
//! A client that is still sending when its connection is closed receives a reset. Its system then
//! drops unread bytes, such as the response that rejects the request.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use tokio::io::AsyncWrite as _;
use tokio::net::TcpStream;

/// Time that a client has to close its side.
const LINGER_TIMEOUT: Duration = Duration::from_secs(2);

/// Limit of bytes that are read and dropped in that time.
const MAX_DISCARDED: usize = 16 << 20;

/// Closes the sending side, and waits for the client to close its own.
pub(super) async fn close(mut stream: TcpStream) {
    let _ = tokio::time::timeout(LINGER_TIMEOUT, async {
        poll_fn(|cx| Pin::new(&mut stream).poll_shutdown(cx)).await?;
        discard(&stream).await
    })
    .await;
}

async fn discard(stream: &TcpStream) -> io::Result<()> {
    let mut left = MAX_DISCARDED;
    while left > 0 {
        stream.readable().await?;
        // On the heap, and only while there are bytes to read: this future outlives the wait.
        let mut place = vec![0; 16 << 10];
        match stream.try_read(&mut place) {
            Ok(0) => return Ok(()),
            Ok(count) => left = left.saturating_sub(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
