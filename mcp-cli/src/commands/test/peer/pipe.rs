//! A program on stdio.

use std::process::Stdio;
use std::time::Duration;

use mcp_runtime::client::Direction;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout};

use super::Response;
use crate::commands::doctor::command;
use crate::commands::test::stderr_lines::StderrLines;
use crate::output::{log, one_line, plain, screen};
use crate::target::Program;

/// Longest line that is read.
const MAX_LINE: u64 = 64 * 1024 * 1024;

/// Number of lines that are kept for a report.
const MAX_KEPT: usize = 10;

/// A program, connected by pipes.
pub(in super::super) struct Pipe {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    timeout: Duration,
    /// Beginning of a line that was not read to its end in time.
    line: Vec<u8>,
    /// Lines that are no messages.
    pub(in super::super) strays: Vec<String>,
    /// Responses to requests that were not sent.
    pub(in super::super) unmatched: Vec<String>,
    /// Ids of requests whose responses may still come.
    late: Vec<Value>,
}

impl Pipe {
    pub(super) fn start(program: &Program, timeout: Duration) -> Result<Self, String> {
        let mut child = command(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("`{}` does not start: {error}", program.program.display()))?;
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(show(StderrLines::new(stderr)));
        }
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let output = BufReader::new(output.ok_or("the program has no output")?);
        let (strays, unmatched, late) = (Vec::new(), Vec::new(), Vec::new());
        let line = Vec::new();
        Ok(Self { child, input, output, timeout, line, strays, unmatched, late })
    }

    /// Sends a text and a line break.
    pub(super) async fn send(&mut self, text: &str) -> Result<(), String> {
        log::message(Direction::Sent, text);
        let Some(input) = &mut self.input else { return Err("the input is closed".into()) };
        let line = format!("{text}\n");
        let written = async {
            input.write_all(line.as_bytes()).await?;
            input.flush().await
        };
        match tokio::time::timeout(self.timeout, written).await {
            Ok(written) => written.map_err(|error| format!("the program does not read: {error}")),
            Err(_) => Err(format!("the program does not read within {:?}", self.timeout)),
        }
    }

    /// Sends a request and waits for its response.
    pub(super) async fn ask(&mut self, request: &Value) -> Response {
        self.send(&request.to_string()).await?;
        let timeout = self.timeout;
        let waiting = async {
            loop {
                let message = self.read().await?;
                match (message.get("method"), message.get("id")) {
                    (Some(method), Some(id)) => {
                        let answer = answer(method, id);
                        self.send(&answer.to_string()).await?;
                    }
                    (Some(_), None) => {}
                    (None, Some(id)) if *id == request["id"] => return Ok(message),
                    // An error answers text that is no message, by the id that it seems to have.
                    (None, _) if message.get("error").is_some() => {}
                    (None, Some(id)) if self.late.contains(id) => {}
                    (None, _) => keep(&mut self.unmatched, &message.to_string()),
                }
            }
        };
        match tokio::time::timeout(timeout, waiting).await {
            Ok(response) => response,
            Err(_) => {
                self.late.push(request["id"].clone());
                Err(format!("no response within {timeout:?}"))
            }
        }
    }

    /// Reads the next message. May be dropped and called again.
    async fn read(&mut self) -> Response {
        loop {
            let mut limited = (&mut self.output).take(MAX_LINE);
            limited.read_until(b'\n', &mut self.line).await.map_err(|error| error.to_string())?;
            let line = std::mem::take(&mut self.line);
            if line.is_empty() {
                return Err("the program ended its output".into());
            }
            log::message(Direction::Received, String::from_utf8_lossy(&line).trim_end());
            match serde_json::from_slice::<Value>(&line) {
                Ok(message) if message["jsonrpc"] == "2.0" => return Ok(message),
                _ => keep(&mut self.strays, &one_line(&String::from_utf8_lossy(&line))),
            }
        }
    }

    /// Closes the input, and waits for the end of the program.
    pub(in super::super) async fn close(&mut self) -> Result<(), String> {
        self.input = None;
        let timeout = self.timeout;
        let ending = async {
            // What it still writes is checked, too.
            while self.read().await.is_ok() {}
            self.child.wait().await
        };
        match tokio::time::timeout(timeout, ending).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("the program still runs after {timeout:?}")),
        }
    }
}

/// Shows what the program writes to standard error.
async fn show(mut lines: StderrLines) {
    while let Some(line) = lines.next().await {
        screen::note(plain(&line));
    }
}

/// The answer to a question of the server, which has asked a client without capabilities.
fn answer(method: &Value, id: &Value) -> Value {
    match method.as_str() {
        Some("ping") => json!({ "jsonrpc": "2.0", "id": id, "result": {} }),
        _ => {
            let error = json!({ "code": -32601, "message": "the client has no such capability" });
            json!({ "jsonrpc": "2.0", "id": id, "error": error })
        }
    }
}

fn keep(lines: &mut Vec<String>, line: &str) {
    if lines.len() < MAX_KEPT {
        lines.push(line.to_owned());
    }
}
