//! After the end of its input, a server writes what is ready as long as its client reads.

#![cfg(unix)]
#![allow(missing_docs)]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, ErrorKind, Read, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use mcp_runtime::prelude::*;
use mcp_runtime::stdio::StdioConfig;
use serde_json::{Value, json};

/// Time after which a test fails.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Return the text.
#[tool]
async fn echo(text: String) -> String {
    text
}

/// Return the text later.
#[tool]
async fn later(text: String) -> String {
    tokio::task::yield_now().await;
    text
}

/// Keep a thread of the runtime.
#[tool]
async fn hang(text: String) -> String {
    tokio::task::yield_now().await;
    eprintln!("hanging{text}");
    loop {
        std::thread::park();
    }
}

#[test]
#[ignore = "is the program that the others start"]
fn program() {
    let server = Server::new("s", "1").with::<(echo, later, hang)>();
    let (mut builder, server) = match std::env::var("FLAVOR").as_deref() {
        Ok("current_thread") => (tokio::runtime::Builder::new_current_thread(), server),
        // On a busy machine, handlers may need more than the usual time after the end of the input.
        _ => {
            let config = StdioConfig::new().shutdown_timeout(TIMEOUT);
            (tokio::runtime::Builder::new_multi_thread(), server.stdio(config))
        }
    };
    let runtime = builder.enable_all().build().unwrap();
    runtime.block_on(server.run()).unwrap();
}

struct Program {
    child: Child,
    input: Option<ChildStdin>,
    output: Box<dyn Read>,
}

impl Program {
    fn start(flavor: &str, output: Stdio) -> Child {
        Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--nocapture", "--exact", "program"])
            .env("FLAVOR", flavor)
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// A program whose standard output is a pipe.
    fn piped(flavor: &str) -> Self {
        let mut child = Self::start(flavor, Stdio::piped());
        let output = Box::new(child.stdout.take().unwrap());
        Self { input: child.stdin.take(), child, output }
    }

    /// A program whose standard output is a socket, as with a host on Node.js.
    fn connected() -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut child = Self::start("multi_thread", OwnedFd::from(theirs).into());
        Self { input: child.stdin.take(), child, output: Box::new(ours) }
    }

    fn call(&mut self, id: usize, tool: &str, text: &str) {
        self.input.as_mut().unwrap().write_all(&call(id, tool, text)).unwrap();
    }

    /// Reads to the end, at most `chunk` bytes at once with a pause before each but the last `fast`.
    fn read_slowly(&mut self, chunk: usize, pause: Duration, slow: usize) -> Vec<u8> {
        let (mut all, mut buffer) = (Vec::new(), vec![0; chunk]);
        for count in 0.. {
            if count < slow {
                pause_for(pause);
            }
            match self.output.read(&mut buffer).unwrap() {
                0 => break,
                read => all.extend_from_slice(&buffer[..read]),
            }
        }
        all
    }

    /// Waits for the program to end with status 0.
    fn end(mut self) {
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

/// A call of a tool, as a line.
fn call(id: usize, tool: &str, text: &str) -> Vec<u8> {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let params = json!({ "name": tool, "arguments": { "text": text }, "_meta": meta });
    let call = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params });
    format!("{call}\n").into_bytes()
}

/// Lets time pass: the pace of a reader.
fn pause_for(time: Duration) {
    let end = Instant::now() + time;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        std::thread::park_timeout(left);
    }
}

/// Checks that the answers to all requests are there. Behind the output of the test harness, there
/// are whole lines only.
fn check(output: &[u8], count: usize) {
    let text = std::str::from_utf8(output).unwrap();
    assert!(text.ends_with('\n'), "a line is cut: {}", &text[text.len().saturating_sub(100)..]);
    let answers = text.lines().filter(|line| line.starts_with('{'));
    let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].as_u64();
    let ids: BTreeSet<_> = answers.filter_map(id).collect();
    let missing: Vec<_> = (0..count as u64).filter(|id| !ids.contains(id)).take(10).collect();
    assert!(missing.is_empty(), "{} answers; missing: {missing:?}", ids.len());
}

#[test]
fn a_slow_client_gets_every_answer() {
    const COUNT: usize = 10_000;
    for (mut program, tool) in [
        (Program::piped("multi_thread"), "echo"),
        (Program::piped("multi_thread"), "later"),
        (Program::connected(), "echo"),
    ] {
        for id in 0..COUNT {
            program.call(id, tool, &"x".repeat(100));
        }
        program.input = None;
        // About 2 MB a second.
        let output = program.read_slowly(64 << 10, Duration::from_millis(30), usize::MAX);
        check(&output, COUNT);
        program.end();
    }
}

#[test]
fn a_byte_is_enough_to_be_waited_for() {
    const COUNT: usize = 1000;
    let mut program = Program::piped("multi_thread");
    for id in 0..COUNT {
        program.call(id, "echo", &"x".repeat(1000));
    }
    program.input = None;
    // Slow for longer than a client may read nothing, and slower than the pipe shows to its writer.
    let output = program.read_slowly(512, Duration::from_millis(250), 20);
    check(&output, COUNT);
    program.end();
}

#[test]
fn what_is_ready_is_written_although_the_runtime_is_blocked() {
    const COUNT: usize = 10_000;
    let mut program = Program::piped("current_thread");
    program.call(COUNT, "hang", "");
    let errors = BufReader::new(program.child.stderr.take().unwrap());
    assert!(errors.lines().any(|line| line.unwrap() == "hanging"));
    let input = program.input.as_mut().unwrap();
    for id in 0..COUNT {
        writeln!(input, r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#).unwrap();
    }
    program.input = None;
    let output = program.read_slowly(16 << 10, Duration::from_millis(100), usize::MAX);
    check(&output, COUNT);
    program.end();
}

#[test]
fn a_client_that_reads_nothing_is_not_waited_for() {
    for (flavor, tool) in
        [("multi_thread", "echo"), ("current_thread", "echo"), ("multi_thread", "later")]
    {
        let mut program = Program::piped(flavor);
        for id in 0..10 {
            program.call(id, tool, &"x".repeat(100_000));
        }
        program.input = None;
        program.end();
    }
}

#[test]
fn the_end_of_an_input_that_is_not_read_is_seen() {
    for tool in ["echo", "later"] {
        let mut program = Program::piped("multi_thread");
        // Writes until the server reads no more, because too many of its answers are unread.
        let input = program.input.as_ref().unwrap();
        rustix::io::ioctl_fionbio(input, true).unwrap();
        let mut last = Instant::now();
        let mut id = 0;
        let mut left = Vec::new();
        while last.elapsed() < Duration::from_secs(2) {
            if left.is_empty() {
                left = call(id, tool, &"x".repeat(100_000));
                id += 1;
            }
            match program.input.as_mut().unwrap().write(&left) {
                Ok(count) => {
                    drop(left.drain(..count));
                    last = Instant::now();
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    pause_for(Duration::from_millis(1));
                }
                Err(error) => panic!("{error}"),
            }
        }
        assert!(id > 50, "{id} calls");
        program.input = None;
        program.end();
    }
}
