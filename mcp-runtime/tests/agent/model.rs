//! A model whose answers are prepared, and which keeps the requests that it receives.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use mcp_runtime::agent::{Answer, Delta, Message, Model, ModelError, ModelRequest, ToolChoice};
use mcp_runtime::providers::Provider;
use serde_json::{Value, json};

/// A request as the model received it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) system: Option<String>,
    pub(crate) messages: Vec<Message>,
    /// Names of the tools at the provider.
    pub(crate) tools: Vec<String>,
    /// Definitions as they are sent.
    pub(crate) definitions: Value,
    pub(crate) choice: ToolChoice,
    pub(crate) parallel: Option<bool>,
    pub(crate) max_tokens: Option<u64>,
    pub(crate) temperature: Option<f64>,
    pub(crate) stop_sequences: Vec<String>,
}

/// An answer of the script.
pub(crate) enum Reply {
    Body(Value),
    Streamed(Vec<Delta>, Value),
    Error(ModelError),
    /// No answer ever.
    Never,
}

/// A model whose answers are prepared. Clones share them.
#[derive(Clone)]
pub(crate) struct Script(Arc<Inner>);

struct Inner {
    provider: Provider,
    replies: Mutex<VecDeque<Reply>>,
    seen: Mutex<Vec<Seen>>,
}

impl Script {
    pub(crate) fn new(replies: impl IntoIterator<Item = impl Into<Reply>>) -> Self {
        Self::of(Provider::OpenAiChat, replies)
    }

    pub(crate) fn of(
        provider: Provider,
        replies: impl IntoIterator<Item = impl Into<Reply>>,
    ) -> Self {
        let replies = Mutex::new(replies.into_iter().map(Into::into).collect());
        Self(Arc::new(Inner { provider, replies, seen: Mutex::default() }))
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.0.seen.lock().unwrap().clone()
    }

    /// The results that the request of a turn ends with, as texts.
    pub(crate) fn results(&self, turn: usize) -> Vec<String> {
        let seen = self.seen();
        let results = seen[turn].messages.iter().rev().find_map(|message| match message {
            Message::Results(results) => Some(results.clone()),
            _ => None,
        });
        let results = results.unwrap_or_else(|| panic!("turn {turn} has no results"));
        let texts = results.into_iter().map(|result| {
            let mark = if result.result.is_error { "! " } else { "" };
            format!("{mark}{}", result.result.to_text())
        });
        texts.collect()
    }

    /// Checks that all answers were given.
    pub(crate) fn is_at_its_end(&self) -> bool {
        self.0.replies.lock().unwrap().is_empty()
    }
}

impl Model for Script {
    fn name(&self) -> &str {
        "script"
    }

    fn provider(&self) -> Provider {
        self.0.provider
    }

    async fn answer(
        &self,
        request: ModelRequest<'_>,
        on_delta: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Answer, ModelError> {
        // A choice that cannot be written is an error for a real model as well.
        request.definitions.request(request.choice, request.parallel)?;
        self.0.seen.lock().unwrap().push(Seen {
            system: request.system.map(str::to_owned),
            messages: request.messages.to_vec(),
            tools: request.definitions.iter().map(|tool| tool.name.clone()).collect(),
            definitions: serde_json::from_str(request.definitions.tools().get()).unwrap(),
            choice: request.choice.clone(),
            parallel: request.parallel,
            max_tokens: request.max_tokens,
            temperature: request.temperature,
            stop_sequences: request.stop_sequences.to_vec(),
        });
        let reply = self.0.replies.lock().unwrap().pop_front();
        let body = match reply.expect("the script is at its end") {
            Reply::Body(body) => body,
            Reply::Streamed(deltas, body) => {
                for delta in deltas {
                    on_delta(delta);
                    tokio::task::yield_now().await;
                }
                body
            }
            Reply::Error(error) => return Err(error),
            Reply::Never => std::future::pending().await,
        };
        Ok(Answer::parse(self.0.provider, &body.to_string())?)
    }
}

impl From<Value> for Reply {
    fn from(body: Value) -> Self {
        Self::Body(body)
    }
}

/// An answer of Chat Completions that is a text.
pub(crate) fn text(text: &str) -> Value {
    stopped(json!({ "content": text }), "stop")
}

/// An answer that calls tools, with the identifiers `c0`, `c1` and so on. Arguments that are a string are
/// sent as they are.
pub(crate) fn calls(calls: &[(&str, Value)]) -> Value {
    stopped(calling(calls), "tool_calls")
}

/// A message that calls tools.
pub(crate) fn calling(calls: &[(&str, Value)]) -> Value {
    let calls = calls.iter().enumerate().map(|(index, (name, arguments))| {
        let arguments = match arguments {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        json!({ "id": format!("c{index}"), "type": "function",
                "function": { "name": name, "arguments": arguments } })
    });
    json!({ "content": null, "tool_calls": calls.collect::<Vec<_>>() })
}

/// An answer that ends with a reason.
pub(crate) fn stopped(message: Value, reason: &str) -> Value {
    json!({ "choices": [{ "message": message, "finish_reason": reason }] })
}

/// An answer with a number of tokens.
pub(crate) fn costing(mut answer: Value, input: u64, output: u64) -> Value {
    answer["usage"] = json!({ "prompt_tokens": input, "completion_tokens": output });
    answer
}
