//! A scripted server of a model provider, on a socket.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// A request as it was received.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A response to be sent.
#[derive(Clone)]
pub(crate) struct Reply {
    head: String,
    body: Vec<u8>,
    then: Then,
}

/// What follows the body.
#[derive(Clone)]
enum Then {
    /// End of the connection, where the response ends, too.
    Close,
    /// End of the connection in the middle of the response.
    Break,
    /// Nothing, on an open connection.
    Hang,
    /// This text, without end, at once or with pauses.
    Repeat(Vec<u8>, Option<std::time::Duration>),
}

impl Reply {
    pub(crate) fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let kind =
            if kind.is_empty() { String::new() } else { format!("content-type: {kind}\r\n") };
        let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{kind}");
        Self { head, body: body.into(), then: Then::Close }
    }

    pub(crate) fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, "application/json", body)
    }

    pub(crate) fn events(text: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "text/event-stream", text)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    pub(crate) fn breaking(mut self) -> Self {
        self.then = Then::Break;
        self
    }

    pub(crate) fn hanging(mut self) -> Self {
        self.then = Then::Hang;
        self
    }

    pub(crate) fn repeating(mut self, text: &str, pause: Option<std::time::Duration>) -> Self {
        self.then = Then::Repeat(text.into(), pause);
        self
    }

    /// Nothing at all, on an open connection.
    pub(crate) fn silence() -> Self {
        Self { head: String::new(), body: Vec::new(), then: Then::Hang }
    }

    async fn send(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        if !self.head.is_empty() {
            let length = match self.then {
                Then::Break => format!("content-length: {}\r\n", self.body.len() + 1),
                Then::Close => format!("content-length: {}\r\n", self.body.len()),
                Then::Hang | Then::Repeat(..) => String::new(),
            };
            stream.write_all(format!("{}{length}\r\n", self.head).as_bytes()).await?;
            stream.write_all(&self.body).await?;
            stream.flush().await?;
        }
        match &self.then {
            Then::Close | Then::Break => stream.shutdown().await,
            // The end of the client's side ends the wait.
            Then::Hang => stream.read(&mut [0]).await.map(drop),
            Then::Repeat(text, pause) => {
                let mut pauses = pause.map(tokio::time::interval);
                loop {
                    if let Some(pauses) = &mut pauses {
                        pauses.tick().await;
                    }
                    stream.write_all(text).await?;
                }
            }
        }
    }
}

/// A server that gives each request the next reply. After the last one, connections are refused.
pub(crate) struct Fake {
    pub(crate) url: String,
    requests: mpsc::UnboundedReceiver<Request>,
}

impl Fake {
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies: Vec<_> = replies.into_iter().collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, requests) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            for reply in replies {
                let (mut stream, _) = listener.accept().await.unwrap();
                let Some(request) = read(&mut stream).await else { return };
                if sender.send(request).is_err() {
                    return;
                }
                // A client may leave in the middle.
                let _ = reply.send(&mut stream).await;
            }
        });
        Self { url, requests }
    }

    /// Returns the next request.
    pub(crate) async fn request(&mut self) -> Request {
        self.requests.recv().await.expect("a further request")
    }

    /// Returns the number of requests that are not read yet, after the last reply.
    pub(crate) async fn count(mut self) -> usize {
        let mut count = 0;
        while self.requests.recv().await.is_some() {
            count += 1;
        }
        count
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let target = line.split(' ').nth(1)?.to_owned();
    assert!(line.starts_with("POST "), "{line}");
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { target, headers, body: String::from_utf8(body).ok()? })
}
