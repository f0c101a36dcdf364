//! A connection without I/O: bytes of a client in, bytes of the server out.

use std::sync::{Arc, Mutex};

use super::{Backlog, Messages, Pipe, ReaderThread, Sink};
use crate::component::app::App;
use crate::context::exchange::Origin;
use crate::server::connection::Connection;
use crate::server::in_flight::Capacity;

/// Memory that the client may hold, and the longest line.
const MEMORY: usize = 64 << 20;
const MAX_LINE: usize = 4 << 20;

/// Lines that are collected, and not written.
#[derive(Default)]
struct Staged(Mutex<Backlog>);

impl Sink for Staged {
    fn shared_backlog(&self) -> &Mutex<Backlog> {
        &self.0
    }

    fn flush(&self) {}

    fn close(&self) {
        self.backlog().close();
    }
}

/// Serves one client that sends an input and ends. Returns the lines of the answers that are ready by then.
pub(crate) async fn answers_to(app: &Arc<App>, input: &[u8]) -> Vec<u8> {
    let output = Arc::<Staged>::default();
    let connection = Connection::new(Capacity::default(), app.memory.of_connection(MEMORY));
    let pipe =
        Pipe::new(Arc::clone(app), Arc::clone(&output), Arc::clone(&connection), Origin::default());
    let mut messages = Messages::new(input, MAX_LINE);
    let thread = ReaderThread::current();
    loop {
        while let Some(message) = messages.next_buffered() {
            let entries = pipe.receive(message, &thread);
            messages.push_entries(entries);
        }
        // Reading memory does not fail.
        if messages.is_ended() || messages.fill().is_err() {
            break;
        }
    }
    // Handlers of notifications, and what is announced.
    tokio::task::yield_now().await;
    let answers = output.backlog().take();
    connection.end();
    answers
}
