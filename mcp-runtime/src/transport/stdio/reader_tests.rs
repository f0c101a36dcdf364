//! Tests of handlers that block the thread that reads.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::descriptors::{Input, OutputFile, Stopper};
use super::output::Output;
use super::reader::Reader;
use crate::component::tool::dynamic::{Arguments, Tool};
use crate::context::budget;
use crate::context::exchange::Origin;
use crate::context::handle::Context;
use crate::server::builder::Server;
use crate::server::connection::Connection;
use crate::server::in_flight::Capacity;
use crate::transport::pipe::{Pipe, Sink as _};

/// Time after which a test fails.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A host with a server in the same process.
struct Host {
    input: Option<UnixStream>,
    answers: BufReader<UnixStream>,
    reader: Arc<Reader>,
    connection: Arc<Connection>,
    output: Arc<Output>,
    ended: Receiver<std::io::Result<()>>,
    _stopper: Stopper,
}

impl Host {
    fn of(server: Server) -> Self {
        let (input, their_input) = UnixStream::pair().unwrap();
        let (output, their_output) = UnixStream::pair().unwrap();
        output.set_read_timeout(Some(TIMEOUT)).unwrap();
        let answers = BufReader::new(output);
        let output =
            Output::start(OutputFile::new(OwnedFd::from(their_output)), budget::CONNECTION)
                .unwrap();
        let (app, origin) = (server.build().unwrap(), Origin::default());
        let budget = app.memory.of_connection(budget::CONNECTION);
        let connection = Connection::new(Capacity::default(), budget);
        let pipe = Pipe::new(app, Arc::clone(&output), Arc::clone(&connection), origin);
        let (their_input, stopper) = Input::new(OwnedFd::from(their_input)).unwrap();
        let (end, ended) = channel();
        let at_end = Box::new(move |result| {
            // The test may be over.
            let _ = end.send(result);
        });
        let reader = Reader::start(their_input, pipe, 1 << 20, at_end).unwrap();
        let input = Some(input);
        Self { input, answers, reader, connection, output, ended, _stopper: stopper }
    }

    fn send_all(&mut self, messages: &[Value]) {
        let lines: String = messages.iter().map(|message| format!("{message}\n")).collect();
        self.input.as_mut().unwrap().write_all(lines.as_bytes()).unwrap();
    }

    fn send(&mut self, message: Value) {
        self.send_all(&[message]);
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("an answer in time");
        serde_json::from_str(&line).unwrap()
    }

    /// Receives the answers to requests, in any order.
    fn answers(&mut self, ids: &[u64]) -> Vec<Value> {
        let mut answers: Vec<_> = ids.iter().map(|_| self.answer()).collect();
        answers.sort_by_key(|answer| answer["id"].as_u64());
        let found: Vec<_> = answers.iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
        assert_eq!(found, ids);
        answers
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.output.close();
    }
}

fn call(id: u64, tool: &str) -> Value {
    let meta = json!({
        "progressToken": id,
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({ "name": tool, "arguments": {}, "_meta": meta });
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params })
}

fn cancel(id: u64) -> Value {
    let params = json!({ "requestId": id });
    json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params })
}

/// Controls the handlers of a tool that block until they are released.
struct Gate {
    entered: Receiver<String>,
    release: Sender<()>,
}

impl Gate {
    /// Waits until a handler blocks, and returns the name of its thread.
    fn entered(&self) -> String {
        self.entered.recv_timeout(TIMEOUT).expect("a handler blocks")
    }

    fn release(&self) {
        self.release.send(()).unwrap();
    }
}

/// Blocks until the gate is released.
fn gate() -> (Gate, impl Fn() + Send + Sync + 'static) {
    let (enter, entered) = channel();
    let (release, released) = channel();
    let released = Mutex::new(released);
    let block = move || {
        enter.send(std::thread::current().name().unwrap_or_default().to_owned()).unwrap();
        // Handlers that are left behind block for ever.
        let _ = released.lock().unwrap().recv();
    };
    (Gate { entered, release }, block)
}

/// A tool that blocks before its future exists, then reports progress, and yields once if `pending`.
fn blocking(name: &str, pending: bool, block: impl Fn() + Send + Sync + 'static) -> Tool {
    Tool::new(name, r#"{"type":"object"}"#, move |cx: Context, _: Arguments| {
        block();
        cx.progress(1.0, 0.0, "");
        async move {
            if pending {
                tokio::task::yield_now().await;
            }
            "done".to_owned()
        }
    })
}

fn server() -> Server {
    let now = Tool::new("now", r#"{"type":"object"}"#, |_: Context, _: Arguments| async {
        "now".to_owned()
    });
    Server::new("s", "1").tool(now)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_messages_are_read_while_a_handler_blocks() {
    for pending in [false, true] {
        let (gate, block) = gate();
        let mut host = Host::of(server().tool(blocking("block", pending, block)));
        // Everything arrives at once, so that the messages behind the first are buffered.
        host.send_all(&[call(1, "block"), call(2, "now"), call(3, "now")]);
        assert_eq!(gate.entered(), "mcp-stdio-read");
        assert_eq!(host.answer()["id"], 2);
        assert_eq!(host.answer()["id"], 3);
        host.send(call(1, "now"));
        assert_eq!(host.answer()["error"]["code"], -32600, "the id is in use");
        gate.release();
        assert_eq!(host.answer()["method"], "notifications/progress");
        let answer = host.answer();
        assert_eq!(
            (&answer["id"], &answer["result"]["content"][0]["text"]),
            (&json!(1), &json!("done"))
        );
        host.connection.in_flight.drained().await;
        host.connection.in_flight.gone().await;
        host.send(call(1, "now"));
        assert_eq!(host.answer()["id"], 1, "the id is free again");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_handler_that_blocks_sends_nothing() {
    for pending in [false, true] {
        let (gate, block) = gate();
        let mut host = Host::of(server().tool(blocking("block", pending, block)));
        host.send(call(1, "block"));
        gate.entered();
        host.send_all(&[cancel(1), cancel(1), call(2, "now")]);
        assert_eq!(host.answer()["id"], 2);
        host.connection.in_flight.drained().await;
        gate.release();
        host.connection.in_flight.gone().await;
        host.send(call(3, "now"));
        assert_eq!(host.answer()["id"], 3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_input_is_seen_while_a_handler_blocks() {
    let (gate, block) = gate();
    let mut host = Host::of(server().tool(blocking("block", false, block)));
    host.send_all(&[call(1, "block"), call(2, "now")]);
    gate.entered();
    host.input = None;
    assert!(host.ended.recv_timeout(TIMEOUT).unwrap().is_ok());
    assert_eq!(host.answer()["id"], 2);
    host.connection.in_flight.cancel_all();
    host.connection.in_flight.drained().await;
    gate.release();
    host.connection.in_flight.gone().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_handlers_may_block_at_once() {
    const COUNT: u64 = 8;
    let mut gates = Vec::new();
    let mut with_tools = server();
    for number in 1..=COUNT {
        let (gate, block) = gate();
        gates.push(gate);
        with_tools = with_tools.tool(blocking(&format!("block{number}"), number % 2 == 0, block));
    }
    let mut host = Host::of(with_tools);
    let calls: Vec<_> = (1..=COUNT).map(|id| call(id, &format!("block{id}"))).collect();
    host.send_all(&calls);
    gates.iter().for_each(|gate| assert!(gate.entered().starts_with("mcp-stdio")));
    host.send(call(100, "now"));
    assert_eq!(host.answer()["id"], 100);
    gates.iter().for_each(Gate::release);
    let mut ids = Vec::new();
    while ids.len() < COUNT as usize {
        ids.extend(host.answer()["id"].as_u64());
    }
    ids.sort_unstable();
    assert_eq!(ids, (1..=COUNT).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_that_blocks_is_polled_by_the_runtime_from_then_on() {
    let (gate, block) = gate();
    let mut host = Host::of(server().tool(blocking("block", false, block)));
    host.send(call(1, "block"));
    assert_eq!(gate.entered(), "mcp-stdio-read");
    // More than there are workers, so the runtime has to make room.
    host.send_all(&[call(2, "block"), call(3, "block"), call(4, "block"), call(5, "now")]);
    assert_eq!(host.answer()["id"], 5);
    for _ in 0..3 {
        gate.release();
        assert!(gate.entered().starts_with("tokio"), "the runtime polls it");
    }
    gate.release();
    let mut ids = Vec::new();
    while ids.len() < 4 {
        ids.extend(host.answer()["id"].as_u64());
    }
    ids.sort_unstable();
    assert_eq!(ids, [1, 2, 3, 4]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_may_block() {
    let (gate, block) = gate();
    let once = std::sync::Once::new();
    let filtered = server().visible(move |_, _| {
        once.call_once(&block);
        true
    });
    let mut host = Host::of(filtered);
    host.send(call(1, "now"));
    gate.entered();
    let ping = json!({ "jsonrpc": "2.0", "id": 2, "method": "ping" });
    host.send(ping);
    assert_eq!(host.answer()["id"], 2);
    gate.release();
    assert_eq!(host.answer()["id"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rest_of_an_array_is_received_while_an_entry_blocks() {
    let (gate, block) = gate();
    let mut host = Host::of(server().tool(blocking("block", false, block)));
    let params = json!({
        "protocolVersion": "2025-03-26",
        "capabilities": {},
        "clientInfo": { "name": "c", "version": "1" },
    });
    host.send(json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params }));
    assert_eq!(host.answer()["id"], 0);
    let ping = json!({ "jsonrpc": "2.0", "id": 3, "method": "ping" });
    host.send_all(&[json!([call(1, "block"), call(2, "now"), cancel(9)]), ping]);
    gate.entered();
    assert_eq!(host.answer()["id"], 3);
    gate.release();
    let answers = loop {
        match host.answer() {
            Value::Array(answers) => break answers,
            progress => assert_eq!(progress["method"], "notifications/progress"),
        }
    };
    let mut ids: Vec<_> = answers.iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, [1, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_sleeps_is_woken() {
    let (gate, block) = gate();
    let mut host = Host::of(server().tool(blocking("block", false, block)));
    host.send(call(1, "now"));
    assert_eq!(host.answer()["id"], 1);
    while !host.reader.standby_sleeps() {
        std::thread::yield_now();
    }
    host.send_all(&[call(2, "block"), call(3, "now")]);
    gate.entered();
    assert_eq!(host.answer()["id"], 3);
    gate.release();
    assert_eq!(host.answer()["method"], "notifications/progress");
    host.answers(&[2]);
}
