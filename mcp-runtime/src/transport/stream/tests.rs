//! A server over a piece of memory.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf,
};

use crate::component::tool::dynamic::{Arguments, Tool};
use crate::context::handle::Context;
use crate::server::builder::Server;

pub(super) struct Client {
    lines: tokio::io::Lines<BufReader<ReadHalf<DuplexStream>>>,
    writer: WriteHalf<DuplexStream>,
    serving: tokio::task::JoinHandle<Result<(), crate::error::Error>>,
}

impl Client {
    pub(super) fn of(server: Server) -> Self {
        let (here, there) = tokio::io::duplex(4096);
        let (reader, writer) = tokio::io::split(there);
        let serving = tokio::spawn(server.serve_over(reader, writer));
        let (reader, writer) = tokio::io::split(here);
        Self { lines: BufReader::new(reader).lines(), writer, serving }
    }

    pub(super) async fn send(&mut self, line: &str) {
        self.writer.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    pub(super) async fn answer(&mut self) -> Value {
        let line = self.lines.next_line().await.unwrap().expect("an answer");
        serde_json::from_str(&line).unwrap()
    }
}

/// Lets virtual time pass, and the tasks run meanwhile.
pub(super) async fn pass(time: Duration) {
    tokio::time::timeout(time, std::future::pending::<()>()).await.unwrap_err();
}

pub(super) fn call(id: u64, tool: &str) -> String {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({ "name": tool, "_meta": meta });
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }).to_string()
}

pub(super) fn server() -> Server {
    let tool =
        |name, body: fn(Context) -> std::pin::Pin<Box<dyn Future<Output = String> + Send>>| {
            Tool::new(name, json!({ "type": "object" }), move |cx, _: Arguments| body(cx))
                .description("A tool of the tests")
        };
    Server::new("s", "1")
        .tool(tool("now", |_| Box::pin(async { "now".to_owned() })))
        .tool(tool("long", |_| Box::pin(async { "x".repeat(1 << 20) })))
        .tool(tool("never", |_| Box::pin(std::future::pending())))
}

#[tokio::test]
async fn lines_are_answered_until_the_input_ends() {
    let mut client = Client::of(server());
    client.send(&call(1, "now")).await;
    assert_eq!(client.answer().await["result"]["content"][0]["text"], "now");
    client.send("nonsense").await;
    assert_eq!(client.answer().await["error"]["code"], -32700);
    client.send(&call(2, "long")).await;
    let long = client.answer().await;
    assert_eq!(long["result"]["content"][0]["text"].as_str().map(str::len), Some(1 << 20));
    // The last line has no end, and is answered all the same.
    client.writer.write_all(call(3, "now").as_bytes()).await.unwrap();
    client.writer.shutdown().await.unwrap();
    assert_eq!(client.answer().await["id"], 3);
    client.serving.await.unwrap().unwrap();
    assert_eq!(client.lines.next_line().await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn what_never_answers_is_dropped_in_the_end() {
    let mut client = Client::of(server());
    client.send(&call(1, "never")).await;
    client.writer.shutdown().await.unwrap();
    client.serving.await.unwrap().unwrap();
    assert_eq!(client.lines.next_line().await.unwrap(), None);
}

#[tokio::test]
async fn a_client_that_goes_away_ends_it() {
    let mut client = Client::of(server());
    client.send(&call(1, "never")).await;
    drop((client.lines, client.writer));
    client.serving.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_messages_are_read_while_a_handler_blocks() {
    let (enter, mut entered) = tokio::sync::mpsc::unbounded_channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let block = Tool::new("block", json!({ "type": "object" }), move |_, _: Arguments| {
        enter.send(()).unwrap();
        let _ = released.lock().unwrap().recv();
        async { "blocked".to_owned() }
    });
    let mut client = Client::of(server().tool(block));
    client.send(&call(1, "block")).await;
    entered.recv().await.unwrap();
    client.send(&call(2, "now")).await;
    assert_eq!(client.answer().await["id"], 2);
    let cancel = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#;
    client.send(cancel).await;
    client.send(&call(3, "now")).await;
    assert_eq!(client.answer().await["id"], 3);
    client.writer.shutdown().await.unwrap();
    // Although the handler is still there.
    client.serving.await.unwrap().unwrap();
    assert_eq!(client.lines.next_line().await.unwrap(), None);
    drop(release);
}

#[tokio::test(start_paused = true)]
async fn ready_answers_are_written_as_long_as_the_client_reads() {
    const COUNT: u64 = 20;
    let mut client = Client::of(server());
    for id in 0..COUNT {
        client.send(&call(id, "long")).await;
    }
    client.writer.shutdown().await.unwrap();
    for id in 0..COUNT {
        // Slower than the shutdown may take without progress, in all.
        pass(Duration::from_millis(900)).await;
        assert_eq!(client.answer().await["id"], id);
    }
    assert_eq!(client.lines.next_line().await.unwrap(), None);
    client.serving.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_is_left() {
    let mut client = Client::of(server());
    client.send(&call(1, "long")).await;
    client.writer.shutdown().await.unwrap();
    let start = tokio::time::Instant::now();
    client.serving.await.unwrap().unwrap();
    assert!(start.elapsed() < Duration::from_secs(10));
}
