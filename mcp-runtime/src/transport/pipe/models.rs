//! Models of a handler that blocks the thread that reads, while another thread replaces it.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use serde_json::{Value, json};
use shuttle::thread;

use super::{Backlog, Incoming, Pipe, ReaderThread, Sink};
use crate::component::tool::dynamic::{Arguments, Tool};
use crate::context::exchange::Origin;
use crate::server::builder::Server;
use crate::server::connection::Connection;
use crate::server::in_flight::Capacity;
use crate::sync::check;

/// A client that never reads, so that all lines are kept.
#[derive(Default)]
struct Lines(Mutex<Backlog>);

impl Sink for Lines {
    fn shared_backlog(&self) -> &Mutex<Backlog> {
        &self.0
    }

    fn flush(&self) {}

    fn close(&self) {
        self.backlog().close();
    }
}

/// A pipe to a server with a tool that blocks, and then is pending if it `waits`.
fn pipe(waits: bool) -> Arc<Pipe<Lines>> {
    let block = Tool::new("block", r#"{"type":"object"}"#, move |_, _: Arguments| async move {
        thread::yield_now();
        if waits {
            shuttle::future::yield_now().await;
        }
        "done"
    });
    let app = Server::new("s", "1").tool(block).build().unwrap();
    let connection = Connection::new(Capacity::default(), Arc::default());
    Arc::new(Pipe::new(app, Arc::default(), connection, Origin::default()))
}

fn line(message: Value) -> Incoming {
    Incoming::Line(Bytes::from(message.to_string()))
}

fn call() -> Incoming {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({ "name": "block", "arguments": {}, "_meta": meta });
    line(json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }))
}

/// The number of answers to a request.
fn answers(pipe: &Pipe<Lines>, id: u64) -> usize {
    let backlog = pipe.output().backlog();
    let lines = backlog.lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let messages = lines.map(|line| serde_json::from_slice::<Value>(line).unwrap());
    messages.filter(|message| message["id"] == id).count()
}

/// Receives a call on a thread that another one may replace, which then receives `next`. Returns the pipe when
/// all requests have ended, and `true` if the thread was replaced.
async fn replaced(waits: bool, next: Value) -> (Arc<Pipe<Lines>>, bool) {
    let pipe = pipe(waits);
    let reader = Arc::new(ReaderThread::current());
    let standby = {
        let (pipe, reader) = (Arc::clone(&pipe), Arc::clone(&reader));
        thread::spawn(move || {
            let is_replaced = reader.replace(&pipe.connection().in_flight, Some(1.into()));
            if is_replaced {
                pipe.receive(line(next), &ReaderThread::current());
            }
            is_replaced
        })
    };
    pipe.receive(call(), &reader);
    if reader.is_replaced() {
        reader.end_first_poll(&pipe.connection().in_flight);
    }
    let is_replaced = standby.join().unwrap();
    // Replaced after it has returned, it has nothing to end.
    reader.end_first_poll(&pipe.connection().in_flight);
    pipe.connection().in_flight.drained().await;
    pipe.connection().in_flight.gone().await;
    (pipe, is_replaced)
}

#[test]
fn a_handler_that_blocks_is_answered_once() {
    for waits in [false, true] {
        check(move || async move {
            let ping = json!({ "jsonrpc": "2.0", "id": 2, "method": "ping" });
            let (pipe, is_replaced) = replaced(waits, ping).await;
            assert_eq!(answers(&pipe, 1), 1);
            assert_eq!(answers(&pipe, 2), usize::from(is_replaced));
        });
    }
}

#[test]
fn a_handler_that_blocks_is_answered_at_most_once_if_it_is_cancelled() {
    for waits in [false, true] {
        check(move || async move {
            let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled",
                "params": { "requestId": 1 } });
            let (pipe, is_replaced) = replaced(waits, cancelled).await;
            let answers = answers(&pipe, 1);
            assert!(answers <= 1 && (is_replaced || answers == 1), "{answers} {is_replaced}");
        });
    }
}
