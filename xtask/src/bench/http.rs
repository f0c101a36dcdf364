//! `tools/call` over one HTTP connection, modern era: our server, bare hyper, plain axum.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use super::callgrind::{self, Lengths};
use super::calls::{Era, Tool};
use super::programs::{Programs, require};
use super::report::{Report, Table};
use super::stdio::ratio;
use crate::Result;
use crate::process::HttpServer;

pub(super) const START_LIMIT: Duration = Duration::from_secs(60);
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
const END_LIMIT: Duration = Duration::from_secs(30);

/// The servers: name in the report, program, arguments.
const SERVERS: [(&str, &str, &[&str]); 4] = [
    ("floor: bare hyper", "floor_http", &[]),
    ("floor: axum, JSON values", "axum_floor", &[]),
    ("ours, 10 tools", "bench_server", &["--tools", "10", "--http", "127.0.0.1:0"]),
    ("ours, 1,000 tools", "bench_server", &["--tools", "1000", "--http", "127.0.0.1:0"]),
];

/// Measures, and adds the table to the report.
pub(super) fn measure(programs: &Programs, lengths: Lengths, report: &mut Report) -> Result<()> {
    require("valgrind")?;
    require("taskset")?;
    for tool in [Tool::Add, Tool::Echo] {
        let title =
            format!("HTTP, {}, 2026-07-28, sequential: instructions per call", tool.title());
        let mut table = Table::new(&title, &["server", "instructions", "/ bare hyper"]);
        let mut base = None;
        for (name, program, arguments) in SERVERS {
            let program = programs.path(program)?;
            let count = callgrind::per_call(lengths.of(tool), |mut command, calls| {
                command.arg(program).args(arguments);
                drive(command, tool, calls)
            })?;
            let base = *base.get_or_insert(count);
            table.row(&[name.to_owned(), count.to_string(), ratio(count, base)]);
        }
        report.add(table);
    }
    Ok(())
}

/// Makes the calls on one connection, and terminates the server with a signal.
fn drive(command: Command, tool: Tool, calls: u32) -> Result<()> {
    drive_with(command, tool, calls, |_| None)
}

/// Makes the calls on one connection, each with its access token, and terminates the server with a signal.
pub(super) fn drive_with<'a>(
    mut command: Command,
    tool: Tool,
    calls: u32,
    token: impl Fn(u32) -> Option<&'a str>,
) -> Result<()> {
    let mut server = HttpServer::start(&mut command, START_LIMIT)?;
    let mut connection = Connection::open(server.address())?;
    for number in 0..calls {
        let answer = connection.call(tool, number, token(number))?;
        tool.check(&answer)?;
    }
    drop(connection);
    server.process().terminate()?;
    server.process().wait(END_LIMIT)?;
    Ok(())
}

/// A keep-alive connection for responses with `Content-Length`.
pub(crate) struct Connection {
    stream: TcpStream,
    host: String,
}

impl Connection {
    pub(crate) fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_LIMIT))?;
        Ok(Self { stream, host: address.to_owned() })
    }

    /// Makes the `number`th call of a tool, with an access token if there is one.
    pub(crate) fn call(&mut self, tool: Tool, number: u32, token: Option<&str>) -> Result<String> {
        let body = tool.request(Era::Modern, number);
        let credentials =
            token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let request = format!(
            "POST /mcp HTTP/1.1\r\nHost: {}\r\n{credentials}Content-Type: application/json\r\n\
             Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n\
             Mcp-Method: tools/call\r\nMcp-Name: {}\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            tool.name(),
            body.len()
        );
        self.exchange(&request)
    }

    /// Requests a document.
    pub(super) fn get(&mut self, path: &str) -> Result<String> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.host);
        self.exchange(&request)
    }

    fn exchange(&mut self, request: &str) -> Result<String> {
        self.stream.write_all(request.as_bytes())?;
        let (mut received, mut chunk) = (Vec::new(), [0; 16 << 10]);
        loop {
            let read = self.stream.read(&mut chunk)?;
            if read == 0 {
                return Err("the server closed the connection".into());
            }
            received.extend_from_slice(&chunk[..read]);
            if let Some(answer) = body_of(&received)? {
                return Ok(answer);
            }
        }
    }
}

/// The body of a complete response.
fn body_of(received: &[u8]) -> Result<Option<String>> {
    let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&received[..end])?.to_ascii_lowercase();
    if !head.starts_with("http/1.1 200") {
        return Err(format!("refused: {}", String::from_utf8_lossy(received)).into());
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.ok_or("the response has no Content-Length")?.trim().parse()?;
    let body = &received[end + 4..];
    Ok((body.len() >= length).then(|| String::from_utf8_lossy(&body[..length]).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_when_it_is_whole() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
        assert_eq!(body_of(head.as_bytes()).unwrap(), None);
        assert_eq!(body_of(format!("{head}{{}}").as_bytes()).unwrap().as_deref(), Some("{}"));
        assert!(body_of(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").is_err());
        assert!(body_of(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }
}
