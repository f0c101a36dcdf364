//! A server process over stdio.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

use serde_json::{Value, json};

use crate::process::{Captured, TEST_TIMEOUT, example, exit_code, send_signal};

/// Protocol era of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// Handshake, revision 2025-11-25.
    Legacy,
    /// `_meta` in every request, revision 2026-07-28.
    Modern,
}

impl Era {
    /// Both eras.
    pub const BOTH: [Self; 2] = [Self::Legacy, Self::Modern];

    /// A request in this era.
    pub fn request(self, id: impl Into<Value>, method: &str, mut params: Value) -> Value {
        if self == Self::Modern {
            params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2026-07-28");
            params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
        }
        json!({ "jsonrpc": "2.0", "id": id.into(), "method": method, "params": params })
    }

    /// A `tools/call` request.
    pub fn call(self, id: impl Into<Value>, tool: &str, arguments: Value) -> Value {
        self.request(id, "tools/call", json!({ "name": tool, "arguments": arguments }))
    }
}

/// An `initialize` request for a revision.
pub fn initialize(revision: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": "open", "method": "initialize", "params": {
        "protocolVersion": revision,
        "capabilities": {},
        "clientInfo": { "name": "test", "version": "0" },
    } })
}

/// A running server process, connected by pipes.
pub struct StdioServer {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    /// Its standard error.
    pub errors: Captured,
}

impl StdioServer {
    /// Starts an example.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start(name: &str) -> Self {
        Self::start_with(name, &[])
    }

    /// Starts an example with arguments.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start_with(name: &str, arguments: &[&str]) -> Self {
        Self::start_command(Command::new(example(name)).args(arguments))
    }

    /// Starts any program that serves.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start_command(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let output = child.stdout.take().expect("the output is a pipe");
        let errors = Captured::of(child.stderr.take().expect("the error output is a pipe"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { input: child.stdin.take(), child, lines, errors }
    }

    /// Drops lines that precede the messages, such as those of a test harness.
    ///
    /// # Panics
    /// If there are too few in time.
    pub fn skip_lines(&mut self, count: usize) {
        for _ in 0..count {
            self.lines.recv_timeout(TEST_TIMEOUT).expect("there are lines before the messages");
        }
    }

    /// Starts an example and opens it in an era.
    pub fn open(name: &str, era: Era) -> Self {
        let mut server = Self::start(name);
        if era == Era::Legacy {
            server.handshake("2025-11-25");
        }
        server
    }

    /// Performs the handshake and returns the response to `initialize`.
    pub fn handshake(&mut self, revision: &str) -> Value {
        self.send(&initialize(revision));
        let answer = self.answer();
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        answer
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a message.
    pub fn send(&mut self, message: &Value) {
        self.send_line(message.to_string());
    }

    /// Sends a line unchanged.
    pub fn send_line(&mut self, line: impl AsRef<[u8]>) {
        self.send_bytes(line);
        self.send_bytes("\n");
    }

    /// Sends bytes without a line break.
    ///
    /// # Panics
    /// If the server no longer reads.
    pub fn send_bytes(&mut self, bytes: impl AsRef<[u8]>) {
        let input = self.input.as_mut().expect("the input is open");
        input.write_all(bytes.as_ref()).expect("the server reads");
    }

    /// Receives the next line.
    ///
    /// # Panics
    /// If there is none in time, or it is not JSON.
    pub fn answer(&mut self) -> Value {
        let line = self.lines.recv_timeout(TEST_TIMEOUT);
        let line = line.unwrap_or_else(|_| panic!("no answer; errors: {}", self.errors.text()));
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?} is not JSON: {error}"))
    }

    /// Sends a message; `None` if the server has ended.
    ///
    /// # Panics
    /// If the input was closed.
    pub fn try_send(&mut self, message: &Value) -> Option<()> {
        let input = self.input.as_mut().expect("the input is open");
        input.write_all(format!("{message}\n").as_bytes()).ok()
    }

    /// Receives the next line; `None` if the server ends before.
    ///
    /// # Panics
    /// If neither happens in time, or the line is not JSON.
    pub fn try_answer(&mut self) -> Option<Value> {
        match self.lines.recv_timeout(TEST_TIMEOUT) {
            Ok(line) => {
                let read = serde_json::from_str(&line);
                Some(read.unwrap_or_else(|error| panic!("{line:?} is not JSON: {error}")))
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("no answer; errors: {}", self.errors.text()),
        }
    }

    /// Sends a message and receives the next line.
    pub fn ask(&mut self, message: &Value) -> Value {
        self.send(message);
        self.answer()
    }

    /// Sends a ping, and receives everything up to its response, which is dropped. Control messages
    /// are answered immediately, so earlier refusals and responses without a handler are included.
    pub fn answers_before_ping(&mut self) -> Vec<Value> {
        self.send(&Era::Modern.request("sync", "server/discover", json!({})));
        let mut answers = Vec::new();
        loop {
            let answer = self.answer();
            if answer["id"] == "sync" {
                return answers;
            }
            answers.push(answer);
        }
    }

    /// Closes the input; returns the remaining lines and the exit code.
    pub fn close(mut self) -> (Vec<Value>, Option<i32>) {
        self.input = None;
        let code = exit_code(&mut self.child);
        let rest = self.lines.iter();
        (rest.map(|line| serde_json::from_str(&line).expect("only JSON is sent")).collect(), code)
    }

    /// Sends a signal by name, and returns the exit code.
    pub fn signal(mut self, name: &str) -> Option<i32> {
        send_signal(self.pid(), name);
        exit_code(&mut self.child)
    }
}

impl Drop for StdioServer {
    fn drop(&mut self) {
        // Fails if the server has already exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
