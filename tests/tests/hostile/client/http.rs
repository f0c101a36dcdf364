//! A scripted server over HTTP.

use std::net::SocketAddr;

use mcp_runtime::client::{Client, Error};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::Way;
use super::ask::{ask_for, configured, failed, good_call};
use super::pipe::settled;
use super::script::{Reaction, Script};
use crate::message::Speaker;
use crate::rows::Row;

/// Reads the message of a request; `None` for a request without one.
pub(crate) async fn read(stream: &mut BufReader<TcpStream>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    serde_json::from_slice(&body).ok()
}

fn response(status: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// The bytes of a response.
fn answer(reaction: Reaction, way: Way) -> Vec<u8> {
    match (reaction, way) {
        (Reaction::None, _) => response("202 Accepted", "text/plain", b""),
        (Reaction::Good(message), _) => {
            response("200 OK", "application/json", message.to_string().as_bytes())
        }
        (Reaction::Bad(lines), Way::Json) => {
            let lines: Vec<_> = lines.into_iter().map(|(_, line)| line).collect();
            response("200 OK", "application/json", &lines.join(&b'\n'))
        }
        (Reaction::Bad(lines), Way::Events) => {
            let events = lines.into_iter().map(|(_, line)| [b"data: ", &*line, b"\n\n"].concat());
            response("200 OK", "text/event-stream", &events.collect::<Vec<_>>().concat())
        }
        (Reaction::Bad(lines), _) => {
            let end = |mark: &str| if mark == "|" { &b"\r\n"[..] } else { &b""[..] };
            let lines = lines.iter().map(|(mark, line)| [line, end(mark)].concat());
            lines.collect::<Vec<_>>().concat()
        }
    }
}

/// A server on a port of its own.
struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    async fn start(script: Script, way: Way, hangs: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(respond(stream, script.clone(), way, hangs));
            }
        });
        Self { address, task }
    }
}

async fn respond(stream: TcpStream, script: Script, way: Way, hangs: bool) {
    let mut stream = BufReader::new(stream);
    let message = read(&mut stream).await;
    let (bytes, is_bad) = match message {
        // The stream of a session, or its end.
        None => (response("405 Method Not Allowed", "text/plain", b""), false),
        Some(message) => {
            let reaction = script.receive(&message);
            let is_bad = matches!(reaction, Reaction::Bad(_));
            (answer(reaction, way), is_bad)
        }
    };
    // The client may be gone.
    let _ = stream.write_all(&bytes).await;
    let _ = stream.flush().await;
    if is_bad && hangs {
        // Returns when the client closes.
        let _ = stream.read_u8().await;
    }
}

async fn connect(row: &Row, speaker: Speaker, way: Way) -> (Result<Client, Error>, Script, Server) {
    let script = Script::new(row, speaker);
    let server = Server::start(script.clone(), way, row.is("hangs")).await;
    let url = format!("http://{}/mcp", server.address);
    (configured(Client::http(url), speaker).connect().await, script, server)
}

pub(super) async fn run(row: &Row, speaker: Speaker, way: Way) -> Vec<String> {
    let (client, script, server) = connect(row, speaker, way).await;
    let mut received = Vec::new();
    match client {
        Ok(client) => {
            received.push(ask_for(&client, row).await);
            good_call(&client, &row.name).await;
            settled().await;
        }
        Err(error) => {
            received.push(failed(&error));
            let (client, _script, _server) = connect(&Row::default(), speaker, way).await;
            good_call(&client.unwrap(), &row.name).await;
        }
    }
    received.extend(script.sent());
    let port = server.address.port().to_string();
    received.iter().map(|line| line.replace(&port, "⟦port⟧")).collect()
}
