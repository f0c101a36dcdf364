//! Messages of a scripted server: bad ones in answer to one request, good ones otherwise.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::answers::sorted;
use crate::bytes::expand;
use crate::message::Speaker;
use crate::rows::Row;

/// Name of the tool whose calls are answered well.
pub(super) const GOOD: &str = "good";

/// A scripted server.
#[derive(Clone)]
pub(super) struct Script(Arc<Mutex<State>>);

struct State {
    row: Row,
    speaker: Speaker,
    /// `true` once the bad messages were sent.
    is_spent: bool,
    /// Messages that the client sent apart from requests.
    sent: Vec<String>,
}

/// Reactions to a message of the client.
pub(super) enum Reaction {
    /// Lines of the row, with their marks.
    Bad(Vec<(String, Vec<u8>)>),
    Good(Value),
    /// The message needs no answer.
    None,
}

impl Script {
    pub(super) fn new(row: &Row, speaker: Speaker) -> Self {
        let row = row.clone();
        Self(Arc::new(Mutex::new(State { row, speaker, is_spent: false, sent: Vec::new() })))
    }

    /// Receives a message of the client.
    pub(super) fn receive(&self, message: &Value) -> Reaction {
        self.0.lock().unwrap().receive(message)
    }

    /// Messages that the client sent apart from requests.
    pub(super) fn sent(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().sent)
    }
}

impl State {
    fn receive(&mut self, message: &Value) -> Reaction {
        let method = message["method"].as_str();
        let Some(method) = method.filter(|_| message.get("id").is_some()) else {
            if method != Some("notifications/initialized") {
                self.sent.push(format!("sent {}", sorted(message)));
            }
            return Reaction::None;
        };
        let is_good = method == "tools/call" && message["params"]["name"] == GOOD;
        if method == target(&self.row) && !is_good && (!self.is_spent || self.row.is("always")) {
            self.is_spent = true;
            return Reaction::Bad(self.bad(&message["id"]));
        }
        let result = result(method, self.speaker);
        Reaction::Good(json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }))
    }

    /// The lines of the row, for a request.
    fn bad(&self, id: &Value) -> Vec<(String, Vec<u8>)> {
        let value = |name: &str| match name {
            "id" => Some(id.to_string()),
            "RESULT" => Some(sorted(&result(target(&self.row), self.speaker))),
            "response" => {
                let result = result(target(&self.row), self.speaker);
                Some(sorted(&json!({ "jsonrpc": "2.0", "id": id, "result": result })))
            }
            "many lines" => Some(format!("{}\n", "data: xxxxxxxx\n".repeat(20_000))),
            "100s" => Some("HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000)),
            _ => None,
        };
        let lines = self.row.input.iter().filter(|(mark, _)| mark != "?");
        lines.map(|(mark, line)| (mark.clone(), expand(line, &value))).collect()
    }
}

/// The method whose requests are answered badly.
pub(super) fn target(row: &Row) -> &str {
    row.input.iter().find(|(mark, _)| mark == "?").map_or("tools/call", |(_, method)| method)
}

/// A good result.
fn result(method: &str, speaker: Speaker) -> Value {
    let info = json!({ "name": "scripted", "version": "1" });
    let capabilities =
        json!({ "tools": {}, "prompts": {}, "resources": {}, "completions": {}, "logging": {} });
    let mut result = match method {
        "server/discover" => json!({
            "supportedVersions": ["2026-07-28"],
            "capabilities": capabilities,
            "ttlMs": 0,
            "cacheScope": "private",
            "_meta": { "io.modelcontextprotocol/serverInfo": info },
        }),
        "initialize" => json!({
            "protocolVersion": "2025-11-25",
            "capabilities": capabilities,
            "serverInfo": info,
        }),
        "tools/list" => json!({
            "tools": [{ "name": "t", "inputSchema": { "type": "object" } }],
            "ttlMs": 0,
            "cacheScope": "private",
        }),
        "tools/call" => json!({ "content": [{ "type": "text", "text": "5" }] }),
        _ => json!({}),
    };
    if speaker.is_modern {
        result["resultType"] = json!("complete");
    }
    result
}
