//! Tests of a connection over a pair of sockets or a pipe.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context as Task, Wake, Waker};

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::descriptors::OutputFile;
use super::output::Output;
use crate::component::ServerMethods;
use crate::component::registration::Registration;
use crate::component::tool::blocking::blocking;
use crate::component::tool::builder::ToolBuilder;
use crate::component::tool::dynamic::{Arguments, Tool};
use crate::component::tool::outcome::returned::{PlainReturn as _, Returned};
use crate::component::tool::outcome::{ToolOutcome, ToolReply};
use crate::context::exchange::Origin;
use crate::context::handle::Context;
use crate::server::builder::Server;
use crate::server::connection::Connection;
use crate::server::in_flight::{Capacity, InFlight};
use crate::transport::pipe::{Incoming, Pipe, ReaderThread, Sink as _};

/// Memory that a client may hold.
const LIMIT: usize = 16 << 20;

const SCHEMA: &str = r#"{"type":"object"}"#;

/// A client of a server in the same process.
struct Client {
    pipe: Pipe<Output>,
    in_flight: Arc<InFlight>,
    output: Arc<Output>,
    answers: BufReader<UnixStream>,
}

impl Client {
    fn of(server: Server, capacity: Capacity) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let output = Output::start(OutputFile::new(OwnedFd::from(theirs)), LIMIT).unwrap();
        let app = server.build().unwrap();
        let connection = Connection::new(capacity, app.memory.of_connection(LIMIT));
        let in_flight = Arc::clone(&connection.in_flight);
        let pipe = Pipe::new(app, Arc::clone(&output), connection, Origin::default());
        Self { pipe, in_flight, output, answers: BufReader::new(ours) }
    }

    fn send(&mut self, message: &Value) {
        let message = Incoming::Line(message.to_string().into());
        self.pipe.receive(message, &ReaderThread::current());
    }

    fn call(&mut self, id: u32, tool: &str) {
        let meta = json!({
            "progressToken": id,
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let params = json!({ "name": tool, "arguments": {}, "_meta": meta });
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }));
    }

    fn cancel(&mut self, id: u32) {
        let params = json!({ "requestId": id });
        self.send(
            &json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params }),
        );
    }

    fn answer(&mut self) -> Value {
        self.output.flush();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.output.close();
    }
}

fn dynamic(name: &str, handler: impl Fn(Context) -> String + Send + Sync + 'static) -> Tool {
    Tool::new(name, SCHEMA, move |cx: Context, _: Arguments| {
        // While the future is made, which is user code too.
        let text = handler(cx);
        async move { text }
    })
}

#[tokio::test]
async fn a_handler_may_panic_before_there_is_a_future() {
    let server = Server::new("s", "1")
        .tool(dynamic("boom", |_| panic!("a secret")))
        .tool(dynamic("fine", |_| "fine".into()));
    let mut client = Client::of(server, Capacity::default());
    client.call(1, "boom");
    assert_eq!(client.answer()["error"]["code"], -32603);
    client.call(2, "fine");
    assert_eq!(client.answer()["result"]["content"][0]["text"], "fine");
}

#[tokio::test]
async fn a_context_that_is_kept_sends_nothing_after_the_answer() {
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    let server = Server::new("s", "1").tool(dynamic("keep", move |cx| {
        cx.progress(1.0, 0.0, "");
        *keep.lock().unwrap() = Some(cx);
        "kept".into()
    }));
    let mut client = Client::of(server, Capacity::default());
    client.call(1, "keep");
    assert_eq!(client.answer()["method"], "notifications/progress");
    assert_eq!(client.answer()["id"], 1);
    let cx = kept.lock().unwrap().take().unwrap();
    cx.progress(2.0, 0.0, "");
    client.call(2, "unknown");
    assert_eq!(client.answer()["id"], 2);
}

/// A tool in the form of generated code.
struct Generated(Mutex<Option<ToolBuilder>>);

impl ServerMethods for Generated {
    fn register(self: Arc<Self>, components: &mut Registration) {
        components.tool(self.0.lock().unwrap().take().unwrap());
    }
}

fn generated(name: &'static str, of: impl FnOnce(ToolBuilder) -> ToolBuilder) -> Server {
    let builder = ToolBuilder::new(name, "Does it.").returns(Returned::<()>::new().returns());
    Server::new("s", "1").instance(Generated(Mutex::new(Some(of(builder)))))
}

fn nothing() -> ToolReply {
    Ok(ToolOutcome::failed(String::new()))
}

#[test]
fn a_cancelled_call_that_waits_for_a_thread_never_runs() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(1)
        .build()
        .unwrap();
    let (go, wait) = mpsc::channel::<()>();
    let wait = Arc::new(Mutex::new(wait));
    let runs = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&runs);
    let server = generated("block", |builder| {
        builder.handler(move |_| {
            let (wait, count) = (Arc::clone(&wait), Arc::clone(&count));
            blocking(move || {
                count.fetch_add(1, Ordering::SeqCst);
                wait.lock().unwrap().recv().unwrap();
                nothing()
            })
        })
    });
    runtime.block_on(async {
        let mut client = Client::of(server, Capacity::default());
        for id in 0..3 {
            client.call(id, "block");
        }
        client.cancel(1);
        // The runtime drops a cancelled task only when it runs. Before that, the thread that is
        // released now might start it.
        tokio::task::yield_now().await;
        go.send(()).unwrap();
        go.send(()).unwrap();
        client.in_flight.drained().await;
        client.in_flight.gone().await;
    });
    drop(runtime);
    assert_eq!(runs.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_cooperative_call_does_not_begin_before_it_has_a_place() {
    let runs = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&runs);
    let go = Arc::new(Notify::new());
    let wait = Arc::clone(&go);
    let server = generated("wait", |builder| {
        builder.cooperative().handler(move |_| {
            let (wait, count) = (Arc::clone(&wait), Arc::clone(&count));
            Box::pin(async move {
                count.fetch_add(1, Ordering::SeqCst);
                wait.notified().await;
                nothing()
            })
        })
    });
    let mut client = Client::of(server, Capacity { running: 1, waiting: 1 });
    for id in 0..3 {
        client.call(id, "wait");
    }
    assert_eq!(client.answer()["id"], 2, "there is no place to wait either");
    client.cancel(1);
    go.notify_one();
    client.in_flight.drained().await;
    client.in_flight.gone().await;
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_large_answer_is_sent_before_the_input_pauses() {
    let server = Server::new("s", "1").tool(dynamic("large", |_| "x".repeat(1 << 20)));
    let mut client = Client::of(server, Capacity::default());
    client.call(1, "large");
    // Without a flush.
    assert!(!client.answers.fill_buf().unwrap().is_empty());
}

#[tokio::test]
async fn nothing_is_taken_in_after_the_end() {
    let go = Arc::new(Notify::new());
    let wait = Arc::clone(&go);
    let server = Server::new("s", "1").tool(Tool::new("wait", SCHEMA, move |_, _: Arguments| {
        let wait = Arc::clone(&wait);
        async move { wait.notified().await }
    }));
    let mut client = Client::of(server, Capacity::default());
    client.in_flight.cancel_all();
    client.call(1, "wait");
    client.in_flight.drained().await;
    client.in_flight.gone().await;
    assert_eq!(Arc::strong_count(&go), 2, "the handler was dropped");
}

#[tokio::test]
async fn a_client_that_no_longer_reads_is_noticed() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    drop(ours);
    let output = Output::start(OutputFile::new(OwnedFd::from(theirs)), LIMIT).unwrap();
    output.send(|line| line.push(b'1'));
    output.gone().await;
}

#[test]
fn a_pipe_that_does_not_wait_loses_nothing() {
    const LENGTH: usize = 1 << 20;
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).unwrap();
    fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
    let output = Output::start(OutputFile::new(writer), LIMIT).unwrap();
    output.send(|line| line.resize(LENGTH, b'x'));
    let mut text = vec![0; LENGTH + 1];
    File::from(reader).read_exact(&mut text).unwrap();
    assert_eq!(text.last(), Some(&b'\n'));
    output.close();
}

#[test]
fn pieces_of_a_line_are_written_in_their_order() {
    for length in [0, 1000, 300 << 10, 2 << 20] {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
        let output = Output::start(OutputFile::new(writer), LIMIT).unwrap();
        let middle = vec![b'x'; length];
        output.stage(|line| line.push(b'1'));
        output.send_pieces(&[b"{", &middle, b"}"]);
        output.send_pieces(&[b"2"]);
        output.send(|line| line.push(b'3'));
        let expected = [&b"1\n{"[..], &middle, b"}\n2\n3\n"].concat();
        let mut text = vec![0; expected.len()];
        File::from(reader).read_exact(&mut text).unwrap();
        assert!(text == expected, "{length}");
        output.close();
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_task_that_waits_for_room_is_woken_when_there_is_some() {
    let (_reader, writer) = pipe_with(PipeFlags::CLOEXEC).unwrap();
    fcntl_setpipe_size(&writer, 1 << 20).unwrap();
    let output = Output::start(OutputFile::new(writer), LIMIT).unwrap();
    output.stage(|line| line.resize(512 << 10, b'x'));
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    assert!(output.poll_room(&mut Task::from_waker(&waker)).is_pending());
    output.flush();
    assert!(woken.0.load(Ordering::SeqCst));
    output.close();
}

#[test]
fn nothing_is_written_after_the_end() {
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).unwrap();
    let output = Output::start(OutputFile::new(writer), LIMIT).unwrap();
    output.send(|line| line.push(b'1'));
    output.close();
    output.send(|line| line.push(b'2'));
    output.send_pieces(&[b"3", b"4"]);
    drop(output);
    let mut text = String::new();
    // To its end: the thread closes the pipe too.
    File::from(reader).read_to_string(&mut text).unwrap();
    assert_eq!(text, "1\n");
}
