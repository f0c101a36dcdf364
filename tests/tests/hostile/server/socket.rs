//! Rows of bytes on a socket.

use std::net::SocketAddr;

use super::http::Connection;
use super::{Captured, Driver};
use crate::bytes::expand;
use crate::message::Speaker;
use crate::rows::Row;

/// A client that writes what a row holds.
pub(super) struct Sockets {
    address: SocketAddr,
}

const MODERN: Speaker = Speaker { is_modern: true };

/// Headers of the good call.
const HEADERS: &str = "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
     MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: add";

fn good_body() -> String {
    String::from_utf8(MODERN.good_call("good").bytes).unwrap()
}

/// A request on a socket: a call of `add` whose sum is 5.
pub(crate) fn good_request(host: SocketAddr) -> String {
    let (length, body) = (good_body().len(), good_body());
    format!(
        "POST /mcp HTTP/1.1\r\nHost: {host}\r\n{HEADERS}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

impl Sockets {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address }
    }

    fn value(&self, name: &str) -> Option<String> {
        match name {
            "host" => Some(self.address.to_string()),
            "headers" => Some(HEADERS.to_owned()),
            "body" => Some(good_body()),
            "many headers" => Some("X: 1\r\n".repeat(500)),
            "length" => Some(good_body().len().to_string()),
            "hex length" => Some(format!("{:x}", good_body().len())),
            _ => None,
        }
    }

    /// Makes a good call. Returns `false` if the connection has ended before.
    fn good_call(&self, connection: &mut Connection, row: &Row) -> bool {
        connection.send(good_request(self.address).as_bytes());
        let Some(response) = connection.receive() else { return false };
        let text = response.rendered(&mut Captured::default(), true);
        assert_eq!(text, GOOD, "{}", row.name);
        true
    }
}

const GOOD: &str =
    r#""good" result {"content":[{"text":"5","type":"text"}],"structuredContent":5} [200]"#;

impl Driver for Sockets {
    fn run(&mut self, row: &Row) -> Vec<String> {
        let mut connection = Connection::open(self.address);
        for (mark, line) in &row.input {
            let mut bytes = expand(line, &|name| self.value(name));
            if mark == "|" {
                bytes.extend_from_slice(b"\r\n");
            }
            connection.send(&bytes);
        }
        if row.is("shut") {
            connection.end_sending();
        }
        let count: usize = row.flag("responses").map_or(1, |count| count.parse().unwrap());
        let responses: Vec<_> = (0..count).map_while(|_| connection.receive()).collect();
        let mut answers: Vec<_> =
            responses.iter().map(|it| it.rendered(&mut Captured::default(), true)).collect();
        let may_go_on = responses.last().is_some_and(|last| !last.closes()) && !row.is("shut");
        if may_go_on && self.good_call(&mut connection, row) {
            return answers;
        }
        connection.ends();
        if may_go_on {
            answers.push("the end of the connection".to_owned());
        }
        assert!(self.good_call(&mut Connection::open(self.address), row), "{}", row.name);
        answers
    }
}
