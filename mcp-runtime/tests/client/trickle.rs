//! A scripted server over HTTP, on sockets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A request as it was received.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// Message, or null.
    pub(crate) body: Value,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Returns the method of the protocol.
    pub(crate) fn asks(&self) -> &str {
        self.body["method"].as_str().unwrap_or_default()
    }
}

/// A response to be sent.
pub(crate) struct Reply {
    head: String,
    body: Vec<u8>,
    /// `true` if the connection stays open after the body.
    hangs: bool,
    /// Announced length, if it differs from that of the body.
    announced: Option<usize>,
    /// Path and method of the request that must have been received before.
    after: Option<(&'static str, &'static str)>,
    /// Further parts of the body, each with the request that it waits for.
    later: Vec<((&'static str, &'static str), String)>,
}

impl Reply {
    pub(crate) fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: {kind}\r\n");
        Self {
            head,
            body: body.into(),
            hangs: false,
            announced: None,
            after: None,
            later: Vec::new(),
        }
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// Creates the result of a request.
    pub(crate) fn result(request: &Request, result: Value) -> Self {
        Self::json(200, &json!({ "jsonrpc": "2.0", "id": request.body["id"], "result": result }))
    }

    /// Creates an error of the protocol.
    pub(crate) fn error(status: u16, request: &Request, code: i64, data: Value) -> Self {
        let error = json!({ "code": code, "message": "refused", "data": data });
        Self::json(status, &json!({ "jsonrpc": "2.0", "id": request.body["id"], "error": error }))
    }

    pub(crate) fn events(text: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "text/event-stream", text)
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::new(status, "text/plain", "")
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    pub(crate) fn announcing(mut self, length: usize) -> Self {
        self.announced = Some(length);
        self
    }

    /// Delays the response until a request has been received.
    pub(crate) fn after(mut self, method: &'static str) -> Self {
        self.after = Some(("/mcp", method));
        self
    }

    /// Sends more once a request to a path has been received.
    pub(crate) fn then(mut self, path: &'static str, method: &'static str, text: String) -> Self {
        self.later.push(((path, method), text));
        self
    }

    pub(crate) fn hanging(mut self) -> Self {
        self.hangs = true;
        self
    }
}

/// Writes one event of a stream.
pub(crate) fn event(message: &Value) -> String {
    format!("data: {message}\n\n")
}

/// Sends a request that does not come from the client, to release a delayed response.
pub(crate) async fn poke(url: &str, method: &str) {
    let address = url.trim_start_matches("http://").trim_end_matches("/mcp");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = json!({ "method": method }).to_string();
    let request = format!("POST /mcp HTTP/1.1\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    // The response proves that the request was received.
    stream.read_u8().await.unwrap();
}

/// A server on a port of its own, and the requests that it received.
pub(crate) struct HttpServer {
    pub(crate) url: String,
    pub(crate) heard: Arc<Mutex<Vec<Request>>>,
    task: tokio::task::JoinHandle<()>,
}

impl HttpServer {
    /// Starts a server that answers by a function.
    pub(crate) async fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (answer, kept) = (Arc::new(answer), Arc::clone(&heard));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answer, kept) = (Arc::clone(&answer), Arc::clone(&kept));
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    if let Some(request) = read(&mut stream).await {
                        kept.lock().unwrap().push(request.clone());
                        let reply = answer(&request);
                        if let Some(due) = reply.after {
                            until(&kept, due).await;
                        }
                        write(stream, reply, &kept).await;
                    }
                });
            }
        });
        Self { url, heard, task }
    }

    /// Returns the requests with a method of the protocol.
    pub(crate) fn asked(&self, method: &str) -> Vec<Request> {
        let heard = self.heard.lock().unwrap();
        heard.iter().filter(|request| request.asks() == method).cloned().collect()
    }

    /// Waits until a request has been received.
    pub(crate) async fn until(&self, found: impl Fn(&Request) -> bool) {
        let wait = async {
            while !self.heard.lock().unwrap().iter().any(&found) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), wait).await.unwrap();
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut words = lines.first()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers: BTreeMap<String, String> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Some(Request { method, path, headers, body })
}

/// Waits until a request has been received.
async fn until(heard: &Mutex<Vec<Request>>, (path, method): (&str, &str)) {
    let is_it = |request: &Request| request.path == path && request.asks() == method;
    while !heard.lock().unwrap().iter().any(is_it) {
        tokio::task::yield_now().await;
    }
}

async fn write(mut stream: BufReader<TcpStream>, reply: Reply, heard: &Mutex<Vec<Request>>) {
    let head = if reply.hangs || reply.head.contains("text/event-stream") {
        format!("{}\r\n", reply.head)
    } else {
        let length = reply.announced.unwrap_or(reply.body.len());
        format!("{}content-length: {length}\r\n\r\n", reply.head)
    };
    let written = [head.as_bytes(), &reply.body].concat();
    // Fails if the client has closed.
    let _ = stream.write_all(&written).await;
    let _ = stream.flush().await;
    for (due, text) in reply.later {
        until(heard, due).await;
        let _ = stream.write_all(text.as_bytes()).await;
        let _ = stream.flush().await;
    }
    if reply.hangs {
        // Returns when the client closes.
        let _ = stream.read_u8().await;
    }
}
