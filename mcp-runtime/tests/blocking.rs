//! A server over stdio reads on and ends, whatever user code blocks.

#![cfg(unix)]
#![allow(missing_docs)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use mcp_runtime::ProtocolError;
use mcp_runtime::completion::Completing;
use mcp_runtime::hook::{Hook, HookRequest};
use mcp_runtime::prelude::*;
use mcp_runtime::resource::Resource;
use mcp_runtime::tool::{Arguments, Tool};
use serde_json::{Value, json};

/// Time after which a test fails.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Blocks the thread for ever.
fn block() {
    eprintln!("blocking");
    loop {
        std::thread::park();
    }
}

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Block in a plain function.
#[tool]
fn plain() {
    block();
}

/// Block before the first `await`.
#[tool]
async fn first() {
    block();
    tokio::task::yield_now().await;
}

/// Block after the first `await`.
#[tool]
async fn later() {
    tokio::task::yield_now().await;
    block();
}

/// A result that blocks while it is serialized.
#[derive(schemars::JsonSchema)]
struct Slow {}

impl serde::Serialize for Slow {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        block();
        serializer.serialize_unit()
    }
}

/// Block while the result is written.
#[tool]
async fn result() -> Slow {
    Slow {}
}

/// Block in a prompt.
#[prompt]
fn asked(#[arg(complete = completed)] word: String) -> String {
    block();
    word
}

fn completed(_typed: &str, _: &Completing) -> [&'static str; 0] {
    block();
    []
}

/// Blocks the requests for one tool.
struct Blocks;

impl Hook for Blocks {
    async fn before(&self, request: &mut HookRequest) -> Result<(), ProtocolError> {
        if request.name() == Some("hooked") {
            block();
        }
        Ok(())
    }
}

static FILTERED: AtomicBool = AtomicBool::new(false);

fn server() -> Server {
    let schema = r#"{"type":"object"}"#;
    let before = Tool::new("before", schema, |_: Context, _: Arguments| {
        block();
        async { "never".to_owned() }
    });
    let template = Resource::new("slow://{name}", "slow", |_: Context, _| {
        block();
        async { "never".to_owned() }
    })
    .list(|| async {
        block();
        Vec::<mcp_runtime::protocol::Resource>::new()
    });
    let server = Server::new("s", "1")
        .with::<(add, plain, first, later, result, asked)>()
        .tool(before)
        .resource(template)
        .extension("com.example/slow", ())
        .method("com.example/slow", async |_: Context, (): ()| {
            block();
            Ok::<_, ProtocolError>(json!({}))
        })
        .notification("notifications/com.example/slow", async |_: Context, (): ()| block());
    match std::env::var("KIND").as_deref() {
        Ok("hook") => server.hook(Blocks),
        Ok("filter") => server.visible(|_, _| {
            if !FILTERED.swap(true, Ordering::SeqCst) {
                block();
            }
            true
        }),
        _ => server,
    }
}

#[test]
#[ignore = "is the program that the others start"]
fn program() {
    let mut builder = match std::env::var("FLAVOR").as_deref() {
        Ok("current_thread") => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = builder.enable_all().build().unwrap();
    runtime.block_on(server().run()).unwrap();
}

struct Program {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<Value>,
    errors: Receiver<String>,
}

impl Program {
    fn start(kind: &str, flavor: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--nocapture", "--exact", "program"])
            .env("KIND", kind)
            .env("FLAVOR", flavor)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (line, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            // The test harness prints a little before it runs the program.
            let json = output.lines().map_while(Result::ok).filter(|line| line.starts_with('{'));
            json.map(|line| serde_json::from_str(&line).unwrap())
                .try_for_each(|message| line.send(message))
        });
        let (error, errors) = channel();
        let output = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).try_for_each(|line| error.send(line))
        });
        let input = child.stdin.take();
        let mut program = Self { child, input, lines, errors };
        program.send(
            "initialize",
            0,
            json!({
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": { "name": "c", "version": "1" },
            }),
        );
        assert_eq!(program.answer()["id"], 0);
        program
    }

    fn send(&mut self, method: &str, id: u64, params: Value) {
        let mut message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        if !method.starts_with("notifications/") {
            message["id"] = id.into();
        }
        writeln!(self.input.as_mut().unwrap(), "{message}").unwrap();
    }

    fn answer(&self) -> Value {
        self.lines.recv_timeout(TIMEOUT).expect("an answer in time")
    }

    /// Waits until user code blocks.
    fn blocks(&self) {
        while self.errors.recv_timeout(TIMEOUT).expect("user code blocks") != "blocking" {}
    }

    /// Closes the input, and waits for the program to end.
    fn end(mut self) {
        self.input = None;
        let deadline = Instant::now() + TIMEOUT;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "the program does not end");
            std::thread::yield_now();
        };
        assert!(status.success(), "{status}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Fails if the program has ended.
        let _ = self.child.kill();
    }
}

/// Kinds of user code, and requests that lead to it.
fn kinds() -> Vec<(&'static str, &'static str, Value)> {
    let call = |name: &str| json!({ "name": name, "arguments": {} });
    let complete = json!({
        "ref": { "type": "ref/prompt", "name": "asked" },
        "argument": { "name": "word", "value": "" },
    });
    vec![
        ("plain", "tools/call", call("plain")),
        ("first", "tools/call", call("first")),
        ("later", "tools/call", call("later")),
        ("result", "tools/call", call("result")),
        ("before", "tools/call", call("before")),
        ("hook", "tools/call", call("hooked")),
        ("filter", "tools/call", call("plain")),
        ("prompt", "prompts/get", json!({ "name": "asked", "arguments": { "word": "" } })),
        ("resource", "resources/read", json!({ "uri": "slow://a" })),
        ("lister", "resources/list", json!({})),
        ("completer", "completion/complete", complete),
        ("method", "com.example/slow", json!({})),
        ("notification", "notifications/com.example/slow", json!({})),
    ]
}

#[test]
fn messages_are_read_and_the_program_ends_whatever_blocks() {
    for (kind, method, params) in kinds() {
        eprintln!("{kind}");
        let mut program = Program::start(kind, "multi_thread");
        program.send(method, 1, params.clone());
        program.blocks();
        program.send("ping", 2, json!({}));
        assert_eq!(program.answer()["id"], 2, "{kind}");
        // Now it is known to block.
        program.send(method, 3, params);
        program.send("notifications/cancelled", 0, json!({ "requestId": 3 }));
        program.send("tools/call", 4, json!({ "name": "add", "arguments": { "a": 1, "b": 2 } }));
        assert_eq!(program.answer()["id"], 4, "{kind}");
        program.end();
    }
}

#[test]
fn a_runtime_with_one_thread_is_enough_to_read_and_to_end() {
    for (kind, method, params) in kinds() {
        eprintln!("{kind}");
        let mut program = Program::start(kind, "current_thread");
        program.send(method, 1, params);
        program.blocks();
        program.send("ping", 2, json!({}));
        assert_eq!(program.answer()["id"], 2, "{kind}");
        program.send("tools/call", 3, json!({ "name": "add", "arguments": { "a": 1, "b": 2 } }));
        assert_eq!(program.answer()["id"], 3, "{kind}");
        program.end();
    }
}
