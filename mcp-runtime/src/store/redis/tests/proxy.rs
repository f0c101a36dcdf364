//! A network between the store and Redis that loses things.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

const WORKS: u8 = 0;
const BREAKS: u8 = 1;
const SWALLOWS: u8 = 2;

/// A proxy in front of Redis.
pub(super) struct Proxy {
    pub(super) port: u16,
    /// State of the answers of Redis.
    answers: Arc<AtomicU8>,
}

impl Proxy {
    pub(super) async fn before(redis: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answers = Arc::<AtomicU8>::default();
        let shared = Arc::clone(&answers);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", redis)).await.unwrap();
                tokio::spawn(connect(client, server, Arc::clone(&shared)));
            }
        });
        Self { port, answers }
    }

    /// The next answer is lost, and its connection ends.
    pub(super) fn break_at_next_answer(&self) {
        self.answers.store(BREAKS, Ordering::SeqCst);
    }

    /// Connections stay open, but answers do not arrive.
    pub(super) fn swallow_answers(&self) {
        self.answers.store(SWALLOWS, Ordering::SeqCst);
    }

    /// New connections work again.
    pub(super) fn work(&self) {
        self.answers.store(WORKS, Ordering::SeqCst);
    }

    /// Returns `true` if an answer is yet to be lost.
    pub(super) fn will_break(&self) -> bool {
        self.answers.load(Ordering::SeqCst) == BREAKS
    }
}

async fn connect(client: TcpStream, server: TcpStream, answers: Arc<AtomicU8>) {
    let ((from_client, to_client), (from_server, to_server)) =
        (client.into_split(), server.into_split());
    tokio::select! {
        () = forward(from_client, to_server, None) => {}
        () = forward(from_server, to_client, Some(&answers)) => {}
    }
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, answers: Option<&AtomicU8>) {
    let mut buffer = vec![0; 1 << 16];
    let mut is_swallowed = false;
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if let Some(answers) = answers {
            if answers.compare_exchange(BREAKS, WORKS, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                return;
            }
            is_swallowed |= answers.load(Ordering::SeqCst) == SWALLOWS;
        }
        if !is_swallowed && to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
