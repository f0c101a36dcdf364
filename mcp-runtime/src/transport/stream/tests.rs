//! A server over a piece of memory.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf,
};

use crate::component::resource::dynamic::Resource;
use crate::component::tool::dynamic::{Arguments, Tool};
use crate::context::handle::Context;
use crate::server::builder::Server;
use crate::transport::stdio::StdioConfig;

struct Client {
    lines: tokio::io::Lines<BufReader<ReadHalf<DuplexStream>>>,
    writer: WriteHalf<DuplexStream>,
    serving: tokio::task::JoinHandle<Result<(), crate::error::Error>>,
}

impl Client {
    fn of(server: Server) -> Self {
        let (here, there) = tokio::io::duplex(4096);
        let (reader, writer) = tokio::io::split(there);
        let serving = tokio::spawn(server.serve_over(reader, writer));
        let (reader, writer) = tokio::io::split(here);
        Self { lines: BufReader::new(reader).lines(), writer, serving }
    }

    async fn send(&mut self, line: &str) {
        self.writer.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    async fn answer(&mut self) -> Value {
        let line = self.lines.next_line().await.unwrap().expect("an answer");
        serde_json::from_str(&line).unwrap()
    }
}

/// Lets virtual time pass, and the tasks run meanwhile.
async fn pass(time: Duration) {
    tokio::time::timeout(time, std::future::pending::<()>()).await.unwrap_err();
}

fn call(id: u64, tool: &str) -> String {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({ "name": tool, "_meta": meta });
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }).to_string()
}

fn server() -> Server {
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

/// A call of a tool, with much beside its arguments.
fn padded(id: u64, tool: &str, length: usize) -> String {
    let mut call: Value = serde_json::from_str(&call(id, tool)).unwrap();
    call["params"]["_meta"]["x"] = "x".repeat(length).into();
    call.to_string()
}

/// A server with a memory limit, and a tool that answers later.
fn limited(bytes: usize) -> Server {
    let later = Tool::new("later", json!({ "type": "object" }), |_, _: Arguments| async {
        tokio::task::yield_now().await;
        "x".repeat(30_000)
    });
    server().tool(later).stdio(StdioConfig::new().memory_limit(bytes))
}

#[tokio::test(start_paused = true)]
async fn requests_in_flight_are_bounded() {
    let mut client = Client::of(limited(100_000));
    for id in 0..20 {
        client.send(&padded(id, "never", 20_000)).await;
    }
    client.send(&call(20, "now")).await;
    let mut refused = 0;
    let now = loop {
        let answer = client.answer().await;
        if answer["id"] == 20 {
            break answer;
        }
        assert_eq!(answer["error"]["code"], -32603, "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains("100000 bytes"), "{answer}");
        refused += 1;
    };
    assert_eq!(now["error"]["code"], -32603, "nothing else is served meanwhile");
    assert!((14..=16).contains(&refused), "{refused} refused");
    for id in 0..20 {
        let cancel = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } });
        client.send(&cancel.to_string()).await;
    }
    // The runtime drops the cancelled handlers.
    tokio::task::yield_now().await;
    client.send(&padded(21, "now", 20_000)).await;
    assert_eq!(client.answer().await["result"]["content"][0]["text"], "now");
}

#[tokio::test(start_paused = true)]
async fn unread_answers_of_tasks_wait_for_room() {
    const COUNT: u64 = 12;
    let mut client = Client::of(limited(200_000));
    for id in 0..COUNT {
        client.send(&call(id, "later")).await;
    }
    // All of them are ready, and more than there is room for.
    pass(Duration::from_secs(1)).await;
    let mut served = 0;
    for _ in 0..COUNT {
        served += u64::from(client.answer().await["result"].is_object());
    }
    assert_eq!(served, COUNT);
}

#[tokio::test(start_paused = true)]
async fn unread_answers_of_tasks_are_bounded() {
    const COUNT: u64 = 100;
    let mut client = Client::of(limited(200_000));
    for id in 0..COUNT {
        client.send(&call(id, "later")).await;
    }
    // The client reads nothing for longer than an answer waits for room.
    pass(Duration::from_secs(60)).await;
    let mut answers = Vec::new();
    for _ in 0..COUNT {
        answers.push(client.answer().await);
    }
    let mut ids: Vec<_> = answers.iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..COUNT).collect::<Vec<_>>(), "each has an answer");
    let served = answers.iter().filter(|answer| answer["result"].is_object()).count();
    assert!((4..20).contains(&served), "{served}");
    assert!(
        answers
            .iter()
            .all(|answer| { answer["result"].is_object() || answer["error"]["code"] == -32603 })
    );
}

#[tokio::test(start_paused = true)]
async fn subscriptions_are_bounded() {
    let note = Resource::new("note://{n}", "n", |_, _| async { "note".to_owned() });
    let mut client = Client::of(limited(200_000).resource(note));
    let uris: Vec<_> = (0..100).map(|index| format!("note://{index}")).collect();
    for id in 0..20 {
        let mut listen: Value = serde_json::from_str(&call(id, "")).unwrap();
        listen["method"] = "subscriptions/listen".into();
        listen["params"]["notifications"] = json!({ "resourceSubscriptions": uris });
        client.send(&listen.to_string()).await;
    }
    let (mut listening, mut refused) = (0, 0);
    for _ in 0..20 {
        let answer = client.answer().await;
        match answer["method"].as_str() {
            Some(_) => listening += 1,
            None => {
                assert_eq!(answer["error"]["code"], -32603, "{answer}");
                refused += 1;
            }
        }
    }
    assert!((4..10).contains(&listening), "{listening} listen, {refused} are refused");
}
