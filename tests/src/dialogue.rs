//! A client that answers questions, in both eras, over stdio and HTTP.

use std::io::{BufRead as _, BufReader};

use serde_json::{Value, json};

use crate::http::HttpServer;
use crate::stdio::{Era, StdioServer};

/// Client capabilities for all kinds of questions.
pub fn able() -> Value {
    json!({
        "elicitation": { "form": {}, "url": {} },
        "sampling": { "tools": {} },
        "roots": { "listChanged": true },
    })
}

/// Callback that answers a question, given as `{"method": …, "params": …}`, with a result.
pub type Answers<'a> = &'a mut dyn FnMut(&Value) -> Value;

/// A client of one server.
pub struct Dialogue {
    era: Era,
    capabilities: Value,
    wire: Wire,
    /// Number of requests sent.
    sent: u64,
    /// Notifications received.
    pub notifications: Vec<Value>,
}

enum Wire {
    Pipes(StdioServer),
    Http(Post),
}

/// HTTP endpoint of a server.
struct Post {
    address: std::net::SocketAddr,
    session: Option<String>,
    _server: Option<HttpServer>,
}

impl Dialogue {
    /// Connects to an example over stdio.
    pub fn over_pipes(name: &str, arguments: &[&str], era: Era, capabilities: Value) -> Self {
        let server = StdioServer::start_with(name, arguments);
        Self::open(Wire::Pipes(server), era, capabilities)
    }

    /// Connects to an example over HTTP.
    pub fn over_http(name: &str, arguments: &[&str], era: Era, capabilities: Value) -> Self {
        let server = HttpServer::start_with(name, arguments);
        let post = Post { address: server.address, session: None, _server: Some(server) };
        Self::open(Wire::Http(post), era, capabilities)
    }

    fn open(wire: Wire, era: Era, capabilities: Value) -> Self {
        let mut this = Self { era, capabilities, wire, sent: 0, notifications: Vec::new() };
        if era == Era::Legacy {
            let opening = json!({
                "protocolVersion": "2025-11-25",
                "capabilities": this.capabilities,
                "clientInfo": { "name": "test", "version": "0" },
            });
            this.request("initialize", opening, &mut |question| panic!("{question}"));
            this.notify("notifications/initialized");
        }
        this
    }

    /// Sends a notification.
    pub fn notify(&mut self, method: &str) {
        let message = json!({ "jsonrpc": "2.0", "method": method });
        match &mut self.wire {
            Wire::Pipes(server) => server.send(&message),
            Wire::Http(post) => drop(post.send(&message, self.era)),
        }
    }

    /// Calls a tool and answers its questions. Returns the result or the error.
    pub fn call(&mut self, tool: &str, answers: Answers<'_>) -> Value {
        self.ask("tools/call", json!({ "name": tool, "arguments": {} }), answers)
    }

    /// Sends a request, and in the modern era repeats it for each round of questions. Returns the
    /// result or the error.
    pub fn ask(&mut self, method: &str, params: Value, answers: Answers<'_>) -> Value {
        let mut retry = params.clone();
        loop {
            let result = self.request(method, retry, answers);
            if result["resultType"] != "input_required" {
                return result;
            }
            retry = continued(&params, &result, answers);
        }
    }

    /// Sends one request. Returns the result or the error.
    pub fn request(&mut self, method: &str, params: Value, answers: Answers<'_>) -> Value {
        self.sent += 1;
        let id = self.sent;
        let mut message = self.era.request(id, method, params);
        if self.era == Era::Modern {
            let key = "io.modelcontextprotocol/clientCapabilities";
            message["params"]["_meta"][key] = self.capabilities.clone();
        }
        let answer = match &mut self.wire {
            Wire::Pipes(server) => {
                server.send(&message);
                loop {
                    let message = server.answer();
                    if let Some(answer) = answer_to(&message, id) {
                        break answer;
                    }
                    if let Some(response) = responded(message, answers, &mut self.notifications) {
                        server.send(&response);
                    }
                }
            }
            Wire::Http(post) => {
                post.request(&message, id, self.era, answers, &mut self.notifications)
            }
        };
        assert!(!answer.is_null(), "no answer to {message}");
        answer
    }
}

/// The parameters of a repeated request, with the answers to the questions in `result`.
pub fn continued(params: &Value, result: &Value, answers: Answers<'_>) -> Value {
    let mut params = params.clone();
    let questions = result["inputRequests"].as_object().expect("there are questions");
    let responses = questions.iter().map(|(key, question)| (key.clone(), answers(question)));
    params["inputResponses"] = Value::Object(responses.collect());
    params["requestState"] = result["requestState"].clone();
    params
}

/// The result or error in the response to a request.
fn answer_to(message: &Value, id: u64) -> Option<Value> {
    let is_answer = message["id"] == id && message.get("method").is_none();
    is_answer.then(|| message.get("result").or(message.get("error")).cloned().unwrap_or_default())
}

/// The response to a question. Other messages are kept in `notifications`.
fn responded(
    message: Value,
    answers: Answers<'_>,
    notifications: &mut Vec<Value>,
) -> Option<Value> {
    let id = message.get("id").cloned();
    let Some(id) = id.filter(|_| message.get("method").is_some()) else {
        notifications.push(message);
        return None;
    };
    Some(json!({ "jsonrpc": "2.0", "id": id, "result": answers(&message) }))
}

impl Post {
    fn send(&self, message: &Value, era: Era) -> ureq::http::Response<ureq::Body> {
        let config = ureq::Agent::config_builder().http_status_as_error(false).build();
        let agent = ureq::Agent::new_with_config(config);
        let mut request = agent
            .post(format!("http://{}/mcp", self.address))
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        if let Some(session) = &self.session {
            request = request.header("mcp-session-id", session);
        }
        if era == Era::Modern {
            let params = &message["params"];
            request = request
                .header("mcp-protocol-version", "2026-07-28")
                .header("mcp-method", message["method"].as_str().unwrap_or_default());
            if let Some(name) = params["name"].as_str().or(params["uri"].as_str()) {
                request = request.header("mcp-name", name);
            }
        }
        request.send(message.to_string()).expect("the server answers")
    }

    fn request(
        &mut self,
        message: &Value,
        id: u64,
        era: Era,
        answers: Answers<'_>,
        notifications: &mut Vec<Value>,
    ) -> Value {
        let response = self.send(message, era);
        if let Some(session) = response.headers().get("mcp-session-id") {
            self.session = session.to_str().ok().map(str::to_owned);
        }
        let content_type = response.headers().get("content-type").cloned();
        let is_stream = content_type.is_some_and(|it| it == "text/event-stream");
        let lines = BufReader::new(response.into_body().into_reader()).lines();
        for line in lines.map_while(Result::ok) {
            let data = if is_stream { line.strip_prefix("data: ") } else { Some(line.as_str()) };
            let Some(data) = data.filter(|data| !data.is_empty()) else { continue };
            let message: Value = serde_json::from_str(data).expect("only JSON is sent");
            if let Some(answer) = answer_to(&message, id) {
                return answer;
            }
            if let Some(response) = responded(message, answers, notifications) {
                assert_eq!(self.send(&response, era).status(), 202);
            }
        }
        Value::Null
    }
}
