//! A server, which answers any bytes with bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use mcp_core::jsonrpc::{Frame, Id, Limits, Message, decode};
use mcp_core::protocol::PromptArgument;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::selected;
use crate::component::app::App;
use crate::prompt::{Prompt, PromptArguments};
use crate::resource::{Resource, Variables};
use crate::server::builder::Server;
use crate::tool::{Arguments, Tool};
use crate::transport::pipe::without_io::answers_to;

/// Revisions that a session begins with; none for messages that stand alone.
const REVISIONS: [Option<&str>; 5] =
    [None, Some("2024-11-05"), Some("2025-03-26"), Some("2025-06-18"), Some("2025-11-25")];

/// Id of the handshake.
const HANDSHAKE: &str = r#""the handshake of the fuzz target""#;

thread_local! {
    static SERVER: (Arc<App>, Runtime) = server();
}

fn server() -> (Arc<App>, Runtime) {
    let schema = json!({ "type": "object", "properties": {
        "a": { "type": "integer" },
        "text": { "type": "string", "maxLength": 20 },
    } });
    let echo = Tool::new("echo", schema, |_, arguments: Arguments| async move {
        arguments.to_value().to_string()
    });
    let fail = Tool::new("fail", json!({ "type": "object" }), |_, _: Arguments| async {
        Err::<String, _>(crate::ToolError::new("it fails"))
    });
    let note = Resource::new("note://{name}", "note", |_, variables: Variables| async move {
        variables.get("name").unwrap_or_default().to_owned()
    });
    let review = Prompt::new("review", |_, arguments: PromptArguments| async move {
        arguments.get("code").unwrap_or_default().to_owned()
    });
    let review = review.argument(PromptArgument::new("code").required(true));
    let server = Server::new("fuzzed", "1.0.0");
    let server = server.tool(echo.description("Echo.")).tool(fail.description("Fail."));
    let app = server.resource(note).prompt(review).build().expect("the server is valid");
    (app, Builder::new_current_thread().enable_time().build().expect("a runtime"))
}

/// Sends any lines to a server, in a session of a revision that the first byte chooses, or without one.
/// Each request has one response with its id, notifications have none, and all that the server sends is
/// JSON.
///
/// # Panics
/// If a property does not hold.
pub fn admission(bytes: &[u8]) {
    let (revision, lines) = selected(bytes, 5);
    let mut input = Vec::new();
    if let Some(revision) = REVISIONS[usize::from(revision)] {
        let handshake = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": revision,
            "capabilities": { "elicitation": {}, "sampling": {}, "roots": {} },
            "clientInfo": { "name": "fuzz", "version": "1" },
        } });
        let handshake = handshake.to_string().replace(r#""id":0"#, &format!(r#""id":{HANDSHAKE}"#));
        input.extend_from_slice(handshake.as_bytes());
        input.extend_from_slice(
            b"\n{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n",
        );
    }
    input.extend_from_slice(lines);
    let output = SERVER.with(|(app, runtime)| runtime.block_on(answers_to(app, &input)));
    Expected::of(&input).compare(&output);
}

/// Responses that an input leads to.
#[derive(Debug, Default)]
struct Expected {
    /// Numbers of responses by id: at least, and at most.
    by_id: BTreeMap<String, (usize, usize)>,
    /// Most responses without an id.
    without_id: usize,
}

impl Expected {
    fn of(input: &[u8]) -> Self {
        let mut expected = Self::default();
        for line in input.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
            if !line.is_empty() {
                expected.add(line, true);
            }
        }
        expected
    }

    fn add(&mut self, frame: &[u8], is_line: bool) {
        match decode(frame, Limits::default()) {
            Ok(Frame::Single(Message::Request(request))) => {
                // A subscription stays open, and an entry of an array may be cancelled before.
                let is_open = request.method == "subscriptions/listen";
                let id = written(request.id);
                self.count(id, usize::from(!is_open && is_line));
            }
            Ok(Frame::Single(Message::Notification(_))) => {}
            Ok(Frame::Single(Message::Response(_))) => self.without_id += 1,
            Ok(Frame::Batch(array)) if is_line => {
                self.without_id += 1;
                array.elements().for_each(|entry| self.add(entry.as_str().as_bytes(), false));
            }
            Ok(Frame::Batch(_)) => self.without_id += 1,
            Err(refusal) => match refusal.id {
                Some(id) => self.count(written(id), 0),
                None => self.without_id += 1,
            },
        }
    }

    fn count(&mut self, id: String, least: usize) {
        let (fewest, most) = self.by_id.entry(id).or_default();
        *fewest += least;
        *most += 1;
    }

    fn compare(mut self, output: &[u8]) {
        let text = std::str::from_utf8(output).expect("the server writes UTF-8");
        for line in text.lines() {
            let value: Value = serde_json::from_str(line).expect("the server writes JSON");
            match value {
                Value::Array(answers) => {
                    assert!(!answers.is_empty(), "an empty array");
                    answers.iter().for_each(|answer| self.take(answer));
                }
                answer => self.take(&answer),
            }
        }
        let missing: Vec<_> = self.by_id.iter().filter(|(_, (fewest, _))| *fewest > 0).collect();
        assert!(missing.is_empty(), "no response to {missing:?}\n{text}");
    }

    fn take(&mut self, message: &Value) {
        assert_eq!(message["jsonrpc"], "2.0", "{message}");
        if message["method"].is_string() {
            assert!(message.get("id").is_none(), "no handler asks: {message}");
            return;
        }
        let has_one = message["result"].is_object() != message["error"].is_object();
        assert!(has_one, "neither a result nor an error: {message}");
        let id = message.get("id").unwrap_or(&Value::Null);
        let Some((fewest, most)) = self.by_id.get_mut(&id.to_string()) else {
            assert!(id.is_null() && self.without_id > 0, "a response to nothing: {message}");
            self.without_id -= 1;
            return;
        };
        assert!(*most > 0, "one response too many: {message}");
        *most -= 1;
        *fewest = fewest.saturating_sub(1);
    }
}

/// The text of an id as the server writes it. That of a malformed message is recovered: `015` is 15.
fn written(id: Id<'_>) -> String {
    serde_json::to_string(&id.to_owned()).expect("an id is JSON")
}
