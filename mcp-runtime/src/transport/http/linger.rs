//! Closing a connection so that the client can read what was sent last.
//!
//! A client that is still sending when its connection is closed gets a reset, upon which its system
//! throws away what it has not read yet: the very response that says why it was refused.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use tokio::io::AsyncWrite as _;
use tokio::net::TcpStream;

/// How long a client may take to notice.
const PATIENCE: Duration = Duration::from_secs(2);

/// How much is read and thrown away in that time.
const MOST: usize = 16 << 20;

/// Says that nothing more will be sent, and waits for the client to say so too.
pub(super) async fn close(mut stream: TcpStream) {
    let _ = tokio::time::timeout(PATIENCE, async {
        poll_fn(|cx| Pin::new(&mut stream).poll_shutdown(cx)).await?;
        discard(&stream).await
    })
    .await;
}

async fn discard(stream: &TcpStream) -> io::Result<()> {
    let mut left = MOST;
    while left > 0 {
        stream.readable().await?;
        // On the heap and only while there is something to read: this outlives the wait.
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
