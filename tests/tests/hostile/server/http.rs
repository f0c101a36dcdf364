//! Rows over HTTP, on connections that are kept.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use mcp_tests::http::HttpServer;
use mcp_tests::process::TEST_TIMEOUT;
use mcp_tests::stdio::initialize;
use serde_json::Value;

use super::{Captured, Driver};
use crate::bytes::header_value;
use crate::fixture::command;
use crate::message::{Message, Speaker};
use crate::rows::Row;

/// The server process.
pub(super) struct Server(HttpServer);

impl Server {
    pub(super) fn start() -> Self {
        Self(HttpServer::start_command(&mut command("http")))
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// Checks the number of panics, which the process has survived.
    pub(super) fn check(&mut self, panics: usize) {
        let errors = self.0.errors.text();
        assert_eq!(errors.matches("panicked").count(), panics, "{errors}");
    }
}

/// A response.
pub(crate) struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Response {
    fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name);
        values.next().map(|(_, value)| value.as_str())
    }

    pub(super) fn closes(&self) -> bool {
        self.header("connection") == Some("close")
    }

    /// The messages in the body.
    pub(crate) fn messages(&self) -> Option<Vec<Value>> {
        let text = std::str::from_utf8(&self.body).ok()?;
        match self.header("content-type")? {
            "application/json" => Some(vec![serde_json::from_str(text).ok()?]),
            "text/event-stream" => {
                let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
                data.map(|data| serde_json::from_str(data).ok()).collect()
            }
            _ => None,
        }
    }

    /// The response as one line: its messages, the status, and the headers that say how to go on.
    pub(super) fn rendered(&self, captured: &mut Captured, is_modern: bool) -> String {
        let messages = self.messages();
        for message in messages.iter().flatten() {
            captured.note(message);
        }
        let is_modern = is_modern && !messages.iter().flatten().any(Value::is_array);
        let body = match messages {
            Some(messages) => {
                let all: Vec<_> =
                    messages.iter().map(|it| captured.rendered(it, is_modern)).collect();
                all.join(" | ")
            }
            None if self.body.is_empty() => "empty".to_owned(),
            None => format!("{:?}", String::from_utf8_lossy(&self.body)),
        };
        let mut line = format!("{body} [{}", self.status);
        for name in ["connection", "allow", "retry-after", "www-authenticate"] {
            if let Some(value) = self.header(name) {
                line.push_str(&format!(", {name}: {value}"));
            }
        }
        line + "]"
    }
}

/// A connection that may be kept.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends bytes. The server may refuse a request before it has read all of it.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let _ = self.0.get_mut().write_all(bytes);
    }

    /// Ends the sending direction, and checks that nothing more is received.
    pub(super) fn ends(mut self) {
        let _ = self.0.get_mut().shutdown(std::net::Shutdown::Write);
        let mut rest = Vec::new();
        // The server may have reset the connection, after its response was read.
        let _ = self.0.read_to_end(&mut rest);
        assert_eq!(String::from_utf8_lossy(&rest), "");
    }

    pub(super) fn end_sending(&mut self) {
        self.0.get_mut().shutdown(std::net::Shutdown::Write).unwrap();
    }

    /// Receives a response; `None` if the connection ends before.
    pub(crate) fn receive(&mut self) -> Option<Response> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head).ok()? == 0 {
                assert_eq!(head, "", "a part of a response");
                return None;
            }
        }
        let status = head.get(9..12).and_then(|digits| digits.parse().ok());
        let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        let headers =
            lines.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
        let mut response =
            Response { status: status.unwrap(), headers: headers.collect(), body: Vec::new() };
        if response.header("transfer-encoding") == Some("chunked") {
            response.body = self.chunks();
        } else if let Some(length) = response.header("content-length") {
            response.body = vec![0; length.parse().unwrap()];
            self.0.read_exact(&mut response.body).unwrap();
        }
        Some(response)
    }

    fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            let size = usize::from_str_radix(line.trim(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            self.0.read_exact(&mut chunk).unwrap();
            body.extend_from_slice(&chunk[..size]);
            if size == 0 {
                return body;
            }
        }
    }
}

/// A client of one era.
pub(super) struct Client {
    address: SocketAddr,
    speaker: Speaker,
    connection: Option<Connection>,
    /// Sessions by revision.
    sessions: BTreeMap<String, String>,
}

impl Client {
    pub(super) fn new(address: SocketAddr, speaker: Speaker) -> Self {
        Self { address, speaker, connection: None, sessions: BTreeMap::new() }
    }

    /// Sends a request and receives its response.
    fn exchange(&mut self, target: &str, headers: &[(String, String)], body: &[u8]) -> Response {
        let mut text = format!("{target} HTTP/1.1\r\n").into_bytes();
        for (name, value) in headers {
            text.extend_from_slice(format!("{name}: ").as_bytes());
            text.extend(crate::bytes::expand(value, &|_| None));
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
        text.extend_from_slice(body);
        let address = self.address;
        let connection = self.connection.get_or_insert_with(|| Connection::open(address));
        connection.send(&text);
        let response = connection.receive().expect("the server responds");
        if response.closes()
            && let Some(connection) = self.connection.take()
        {
            connection.ends();
        }
        response
    }

    /// The id of the session of a revision, which is opened if needed.
    fn session(&mut self, revision: &str) -> String {
        if let Some(session) = self.sessions.get(revision) {
            return session.clone();
        }
        let headers = self.general_headers();
        let opening = initialize(revision).to_string();
        let response = self.exchange("POST /mcp", &headers, opening.as_bytes());
        let session = response.header("mcp-session-id").expect("a session").to_owned();
        self.sessions.insert(revision.to_owned(), session.clone());
        session
    }

    fn general_headers(&self) -> Vec<(String, String)> {
        let host = self.address.to_string();
        let pairs = [
            ("Host", host.as_str()),
            ("Content-Type", "application/json"),
            ("Accept", "application/json, text/event-stream"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    /// The headers that a good client sends with a message.
    fn headers(&mut self, message: &Message, row: &Row) -> Vec<(String, String)> {
        let mut headers = self.general_headers();
        let mut add = |name: &str, value: String| headers.push((name.to_owned(), value));
        if self.speaker.is_modern {
            add("MCP-Protocol-Version", "2026-07-28".to_owned());
            add("Mcp-Method", header_value(&message.method));
            if let Some(name) = &message.name {
                add("Mcp-Name", header_value(name));
            }
        } else if !row.is("fresh") {
            let revision = row.flag("revision").unwrap_or("2025-11-25");
            add("Mcp-Session-Id", self.session(revision));
            add("MCP-Protocol-Version", revision.to_owned());
        }
        headers
    }

    fn good_call(&mut self, row: &Row) {
        let message = self.speaker.good_call("good");
        let plain = if row.is("fresh") { Row::default() } else { row.plain() };
        let headers = self.headers(&message, &plain);
        let response = self.exchange("POST /mcp", &headers, &message.bytes);
        let messages = response.messages().unwrap_or_default();
        assert_eq!(response.status, 200, "{}: {messages:?}", row.name);
        assert_eq!(messages[0]["result"]["content"][0]["text"], "5", "{}: {messages:?}", row.name);
    }
}

/// Changes headers as a row says.
fn change(headers: &mut Vec<(String, String)>, row: &Row, host: &str, session: &str) {
    for (mark, line) in &row.input {
        let line = line.replace("⟦host⟧", host).replace("⟦session⟧", session);
        let (name, value) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
        if mark == "+" || mark == "-" {
            headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        }
        if mark.starts_with('+') {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
}

impl Driver for Client {
    fn run(&mut self, row: &Row) -> Vec<String> {
        let mut captured = Captured::default();
        let mut answers = Vec::new();
        let target =
            row.input.iter().find(|(mark, _)| mark == "?").map(|(_, target)| target.as_str());
        let host = self.address.to_string();
        let mut messages: Vec<_> =
            row.input.iter().filter(|(mark, _)| mark.starts_with('>')).collect();
        let none = (">>".to_owned(), String::new());
        if messages.is_empty() {
            messages.push(&none);
        }
        for (mark, line) in messages {
            let message = self.speaker.message(mark, line, &|name| captured.value(name));
            let mut headers = self.headers(&message, row);
            let session = self.sessions.get("2025-11-25").cloned().unwrap_or_default();
            change(&mut headers, row, &host, &session);
            let response = self.exchange(target.unwrap_or("POST /mcp"), &headers, &message.bytes);
            answers.push(response.rendered(&mut captured, self.speaker.is_modern));
        }
        self.good_call(row);
        answers
    }
}
