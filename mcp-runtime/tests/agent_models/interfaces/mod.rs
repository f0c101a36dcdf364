//! The four interfaces: their answers, in one piece and as streams, and the requests that they expect.

pub(crate) mod anthropic;
pub(crate) mod chat;
pub(crate) mod gemini;
pub(crate) mod responses;

use mcp_runtime::agent::GenaiModel;
use mcp_runtime::protocol::Tool;
use mcp_runtime::providers::{Provider, ToolSet};
use mcp_runtime::schema::Schema;
use serde_json::Value;

/// What the tests know of an interface.
pub(crate) struct Interface {
    pub(crate) provider: Provider,
    /// Name of the model, with the prefix of the provider.
    pub(crate) name: &'static str,
    /// Path of requests, for an answer in one piece and for a stream.
    pub(crate) paths: [&'static str; 2],
    /// Header with the key, and what stands before the key in it.
    pub(crate) key_header: (&'static str, &'static str),
    /// Headers that each request has.
    pub(crate) headers: &'static [(&'static str, &'static str)],
    /// Answer: the text `Hello.`
    pub(crate) text: [String; 2],
    /// Answer: two calls, with thoughts that are signed.
    pub(crate) calls: [String; 2],
    /// Texts of the answer with calls that stand unchanged in the next request, byte for byte.
    pub(crate) signed: [&'static [&'static str]; 2],
    /// Answer: a refusal.
    pub(crate) refusal: [String; 2],
    /// Answer: a call whose arguments are not JSON, if the interface can have one.
    pub(crate) malformed: Option<[String; 2]>,
    /// Events that begin an answer, with a part of its text: `Hel`.
    pub(crate) beginning: String,
    /// Event without meaning, which streams repeat.
    pub(crate) idle_event: &'static str,
    /// Error in the middle of a stream, that a later attempt may not meet.
    pub(crate) overloaded: &'static str,
    /// Body of the first request, without `stream` and its options.
    pub(crate) first: Value,
    /// Members of the body where the answer is streamed.
    pub(crate) streamed: Value,
    /// Body of the request after the calls, as far as it differs.
    pub(crate) second: Value,
}

impl Interface {
    pub(crate) fn all() -> [Self; 4] {
        [responses::interface(), chat::interface(), anthropic::interface(), gemini::interface()]
    }

    /// Returns a model whose key is in the environment variable [`KEY_VARIABLE`].
    pub(crate) fn model(&self, url: &str) -> GenaiModel {
        GenaiModel::new(self.name).base_url(url).api_key_variable(KEY_VARIABLE)
    }

    /// Returns the expected body of the first request.
    pub(crate) fn first_body(&self, streams: bool) -> Value {
        with(self.first.clone(), if streams { &self.streamed } else { &Value::Null })
    }

    /// Returns the expected body of the second request.
    pub(crate) fn second_body(&self, streams: bool) -> Value {
        with(self.first_body(streams), &self.second)
    }
}

fn with(mut body: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

/// Environment variable that each test has: `cargo` sets it.
pub(crate) const KEY_VARIABLE: &str = "CARGO_PKG_NAME";

/// Value of [`KEY_VARIABLE`].
pub(crate) const KEY: &str = env!("CARGO_PKG_NAME");

/// Two tools.
pub(crate) fn tools() -> ToolSet {
    let tool = |name: &str, description: &str, schema: &str| {
        Tool::new(name, Schema::parse(schema).unwrap()).description(description)
    };
    ToolSet::new([
        tool(
            "get_weather",
            "Get the weather of a city.",
            r#"{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}"#,
        ),
        tool("now", "Get the time.", r#"{"type":"object","properties":{}}"#),
    ])
}

/// Writes events with a name and data.
pub(crate) fn named(events: &[&str]) -> String {
    let event = |data: &&str| {
        let kind: Value = serde_json::from_str(data).unwrap();
        format!("event: {}\ndata: {data}\n\n", kind["type"].as_str().unwrap())
    };
    events.iter().map(event).collect()
}

/// Writes events with data alone.
pub(crate) fn unnamed(events: &[&str]) -> String {
    events.iter().map(|data| format!("data: {data}\n\n")).collect()
}
