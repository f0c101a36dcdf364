//! A server process over HTTP.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::process::{Captured, TEST_TIMEOUT, example, exit_code, send_signal};

/// A running server process that listens on a free loopback port.
pub struct HttpServer {
    child: Child,
    /// Address of the server.
    pub address: SocketAddr,
    /// Its standard error.
    pub errors: Captured,
}

impl HttpServer {
    /// Starts an example and waits until it listens.
    ///
    /// # Panics
    /// If it cannot be started or does not print its address.
    pub fn start(name: &str) -> Self {
        Self::start_with(name, &[])
    }

    /// Starts an example with arguments, and waits until it listens.
    ///
    /// # Panics
    /// If it cannot be started or does not print its address.
    pub fn start_with(name: &str, arguments: &[&str]) -> Self {
        Self::start_command(
            Command::new(example(name)).args(["--http", "127.0.0.1:0"]).args(arguments),
        )
    }

    /// Starts any program that serves, and waits until it listens.
    ///
    /// # Panics
    /// If it cannot be started or does not print its address.
    pub fn start_command(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let errors = Captured::of(child.stderr.take().expect("the error output is a pipe"));
        let output = errors.wait_for("/mcp\n");
        let address = output.split_once("http://").and_then(|(_, rest)| rest.split_once("/mcp"));
        let address = address.and_then(|(address, _)| address.parse().ok());
        let address = address.unwrap_or_else(|| panic!("no address in {output:?}"));
        Self { child, address, errors }
    }

    /// Sends a request and reads the head of the response. Headers are lines that end in `\r\n`.
    ///
    /// # Panics
    /// If the server does not answer.
    pub fn send(&self, path: &str, method: &str, headers: &str, body: Option<&Value>) -> Response {
        send(self.address, path, method, headers, body)
    }

    /// Sends a signal by name, and returns the exit code.
    pub fn signal(mut self, name: &str) -> Option<i32> {
        send_signal(self.child.id(), name);
        exit_code(&mut self.child)
    }

    /// Kills the process, as a crash does.
    ///
    /// # Panics
    /// If it cannot be killed.
    pub fn kill(&mut self) {
        self.child.kill().expect("the server is killed");
        self.child.wait().expect("the server has ended");
    }

    /// Process id of the server.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

/// Sends a request to an address and reads the head of the response. Headers are lines that end in `\r\n`.
///
/// # Panics
/// If the server does not answer.
pub fn send(
    address: SocketAddr,
    path: &str,
    method: &str,
    headers: &str,
    body: Option<&Value>,
) -> Response {
    try_send(address, path, method, headers, body).expect("the server answers")
}

/// Sends a request to an address and reads the head of the response.
///
/// # Errors
/// If the server does not answer.
pub fn try_send(
    address: SocketAddr,
    path: &str,
    method: &str,
    headers: &str,
    body: Option<&Value>,
) -> io::Result<Response> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(TEST_TIMEOUT))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
             accept: application/json, text/event-stream\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n{headers}\r\n{body}",
        address,
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let mut response = Response { head: String::new(), rest: BufReader::new(stream) };
    while !response.head.ends_with("\r\n\r\n") {
        let count = response.rest.read_line(&mut response.head)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    response.head.make_ascii_lowercase();
    Ok(response)
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        // Fails if the server has already exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A response whose head has been read.
pub struct Response {
    /// The status line and the headers, in lower case.
    pub head: String,
    rest: BufReader<TcpStream>,
}

impl Response {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(':'));
        headers.find(|(known, _)| *known == name).map(|(_, value)| value.trim())
    }

    /// The message of the next event of a stream; `None` at the end of the stream.
    ///
    /// # Panics
    /// If nothing arrives in time, or it is not JSON.
    pub fn next_message(&mut self) -> Option<Value> {
        loop {
            let mut line = String::new();
            if self.rest.read_line(&mut line).expect("the stream goes on or ends") == 0 {
                return None;
            }
            // Chunk sizes, comments and ids are lines of their own.
            let data = line.strip_prefix("data:").map(str::trim).filter(|data| !data.is_empty());
            if let Some(data) = data {
                return Some(serde_json::from_str(data).expect("an event holds a message"));
            }
        }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }

    /// The next event of a stream with a message: its id and the message; `None` at the end of the stream, or
    /// if the connection breaks.
    ///
    /// # Panics
    /// If the message is not JSON.
    pub fn next_event(&mut self) -> Option<(String, Value)> {
        let mut id = String::new();
        loop {
            let mut line = String::new();
            if self.rest.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(given) = line.strip_prefix("id:") {
                given.trim().clone_into(&mut id);
            }
            let data = line.strip_prefix("data:").map(str::trim).filter(|data| !data.is_empty());
            if let Some(data) = data {
                return Some((id, serde_json::from_str(data).expect("an event holds a message")));
            }
        }
    }

    /// Reads the rest of the body.
    ///
    /// # Panics
    /// If it does not end in time.
    pub fn text(mut self) -> String {
        let mut text = String::new();
        self.rest.read_to_string(&mut text).expect("the body ends");
        text
    }
}
