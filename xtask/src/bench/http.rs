//! `tools/call` over one HTTP connection, modern era: our server, bare hyper, plain axum.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use super::callgrind::{self, Lengths};
use super::calls::{Era, Tool};
use super::programs::{Programs, require};
use super::report::{Report, Table};
use super::response::{self, Response};
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

/// A keep-alive connection.
pub(crate) struct Connection {
    stream: TcpStream,
    host: String,
    /// Header of the legacy session, with its line end; empty if the server opened none.
    session: String,
}

impl Connection {
    pub(crate) fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_LIMIT))?;
        Ok(Self { stream, host: address.to_owned(), session: String::new() })
    }

    /// Sends the messages that open an era.
    pub(super) fn initialize(&mut self, era: Era) -> Result<()> {
        for message in era.opening().0.lines() {
            let headers = match self.session.as_str() {
                "" => String::new(),
                session => format!("MCP-Protocol-Version: {}\r\n{session}", era.revision()),
            };
            let response = self.post(&headers, message)?;
            if !(200..300).contains(&response.status) {
                return Err(format!("refused: {response:?}").into());
            }
            if let Some(session) = response.session {
                self.session = format!("Mcp-Session-Id: {session}\r\n");
            }
        }
        Ok(())
    }

    /// Makes the `number`th call of a tool, with an access token if there is one.
    pub(crate) fn call(&mut self, tool: Tool, number: u32, token: Option<&str>) -> Result<String> {
        let credentials =
            token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        self.call_in(Era::Modern, tool, number, &credentials)
    }

    /// Makes the `number`th call of a tool in an era, with more headers.
    pub(super) fn call_in(
        &mut self,
        era: Era,
        tool: Tool,
        number: u32,
        headers: &str,
    ) -> Result<String> {
        let names = match era {
            Era::Legacy => self.session.clone(),
            Era::Modern => format!("Mcp-Method: tools/call\r\nMcp-Name: {}\r\n", tool.name()),
        };
        let headers = format!("{headers}MCP-Protocol-Version: {}\r\n{names}", era.revision());
        let response = self.post(&headers, &tool.request(era, number))?;
        body_of(response)
    }

    /// Requests a document.
    pub(super) fn get(&mut self, path: &str) -> Result<String> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.host);
        let response = self.exchange(&request)?;
        body_of(response)
    }

    fn post(&mut self, headers: &str, body: &str) -> Result<Response> {
        let (host, length) = (&self.host, body.len());
        let request = format!(
            "POST /mcp HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
             Accept: application/json, text/event-stream\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        );
        self.exchange(&request)
    }

    fn exchange(&mut self, request: &str) -> Result<Response> {
        self.stream.write_all(request.as_bytes())?;
        let (mut received, mut chunk) = (Vec::new(), [0; 16 << 10]);
        loop {
            let read = self.stream.read(&mut chunk)?;
            if read == 0 {
                return Err("the server closed the connection".into());
            }
            received.extend_from_slice(&chunk[..read]);
            if let Some(response) = response::read(&received)? {
                return Ok(response);
            }
        }
    }
}

/// The body of a response that is no refusal.
fn body_of(response: Response) -> Result<String> {
    match response.status {
        200 => Ok(response.body),
        _ => Err(format!("refused: {response:?}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_success_has_a_body() {
        let response = |status| Response { status, session: None, body: "{}".to_owned() };
        assert_eq!(body_of(response(200)).unwrap(), "{}");
        assert!(body_of(response(202)).is_err());
        assert!(body_of(response(400)).is_err());
    }
}
