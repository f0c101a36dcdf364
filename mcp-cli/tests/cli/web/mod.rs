//! The inspector, through its API.

mod calls;
mod guard;
mod life;

use std::process::{Child, Command, Stdio};

use mcp_runtime::client::reqwest::{Client, Method, RequestBuilder, Response};
use mcp_tests::process::{Captured, TEST_TIMEOUT};
use serde_json::Value;

use crate::harness::program;

/// A run of the inspector.
struct Inspector {
    child: Child,
    http: Client,
    /// `http://127.0.0.1:PORT`.
    base: String,
    token: String,
}

impl Inspector {
    /// Starts the inspector of a server.
    fn of(server: &[&str]) -> Self {
        let mut command = program();
        command.args(["inspect", "--web", "--no-open", "--json", "--"]).args(server);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let shown = Captured::of(child.stdout.take().unwrap()).wait_for("}\n");
        let document: Value = serde_json::from_str(&shown).unwrap();
        Self::at(child, document["url"].as_str().unwrap())
    }

    /// Starts a command that prints the URL of its inspector to standard error.
    fn of_command(command: &mut Command) -> (Self, Captured) {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let errors = Captured::of(child.stderr.take().unwrap());
        let shown = errors.wait_for("inspector at http://");
        let url = shown.split("inspector at ").nth(1).unwrap().lines().next().unwrap();
        (Self::at(child, url), errors)
    }

    fn at(child: Child, url: &str) -> Self {
        let (base, token) = url.split_once("/?token=").unwrap();
        Self { child, http: Client::new(), base: base.into(), token: token.into() }
    }

    /// A request without the token.
    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.http.request(method, format!("{}{path}", self.base)).timeout(TEST_TIMEOUT)
    }

    /// Sends a document to the API, and returns the status and the answer.
    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.request("POST", &format!("/api/{path}")).bearer_auth(&self.token);
        let request = request.header("content-type", "application/json").body(body.to_string());
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap())
    }

    /// Sends a document that is accepted.
    async fn send(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.post(path, body).await;
        assert!((200..300).contains(&status), "{path} {body}: {status} {answer}");
        answer
    }

    /// The stream of events, after its snapshot.
    async fn events(&self) -> (Value, Events) {
        let request = self.request("GET", "/api/events").bearer_auth(&self.token);
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        let mut events = Events { response, rest: Vec::new() };
        let snapshot = events.next().await;
        assert_eq!(snapshot["type"], "snapshot", "{snapshot:#}");
        (snapshot, events)
    }

    /// A stream of events, once the connections of all eras are open with their lists.
    async fn ready(&self) -> (Value, Events) {
        loop {
            let (snapshot, mut events) = self.events().await;
            let connections = snapshot["connections"].as_array().unwrap();
            if connections.iter().all(|it| it["components"].is_object()) {
                return (snapshot, events);
            }
            events.until(|event| event["type"] == "components").await;
        }
    }
}

impl Drop for Inspector {
    fn drop(&mut self) {
        // A test that has ended the program itself is done with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A stream of events.
struct Events {
    response: Response,
    /// Bytes that were read behind the last event.
    rest: Vec<u8>,
}

impl Events {
    async fn next(&mut self) -> Value {
        loop {
            while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.rest.drain(..=end).collect();
                if let Some(data) = line.strip_prefix(b"data: ") {
                    return serde_json::from_slice(data).unwrap();
                }
            }
            let chunk = self.response.chunk();
            let chunk = tokio::time::timeout(TEST_TIMEOUT, chunk).await.expect("no event");
            self.rest.extend(chunk.unwrap().expect("the stream has ended"));
        }
    }

    /// Reads up to an event that fits, and returns it.
    async fn until(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let event = self.next().await;
            if fits(&event) {
                return event;
            }
        }
    }

    /// Reads until the last components of both eras fit.
    async fn both(&mut self, fits: impl Fn(&Value) -> bool) {
        let mut fitting = std::collections::BTreeSet::new();
        while fitting.len() < 2 {
            let event = self.until(|event| event["type"] == "components").await;
            let era = event["era"].as_str().unwrap().to_owned();
            if fits(&event["components"]) {
                fitting.insert(era);
            } else {
                fitting.remove(&era);
            }
        }
    }

    /// Reads up to the next question.
    async fn question(&mut self) -> Value {
        self.until(|event| event["type"] == "question").await["question"].clone()
    }

    /// Reads up to the end of a run.
    async fn end_of(&mut self, id: &Value) -> Value {
        let ended = |event: &Value| {
            event["type"] == "run"
                && event["run"]["id"] == *id
                && event["run"]["status"] != "running"
        };
        self.until(ended).await["run"].clone()
    }
}

fn block_on(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(test);
}
