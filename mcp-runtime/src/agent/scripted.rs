//! A model that answers by a script, for tests and examples.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use super::error::ModelError;
use super::model::{Model, ModelRequest};
use crate::providers::{Answer, Delta, Provider};

/// Model that gives prepared answers in their order, for tests and examples. It speaks
/// [`Provider::OpenAiChat`].
///
/// ```
/// use mcp_runtime::agent::{Agent, ScriptedModel};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), mcp_runtime::agent::AgentError> {
/// let agent = Agent::new(ScriptedModel::new().text("Hello!"));
/// assert_eq!(agent.run("Hi").await?.text, "Hello!");
/// // The script is at its end.
/// assert!(agent.run("Hi").await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct ScriptedModel {
    answers: Mutex<VecDeque<Value>>,
    calls: usize,
}

impl ScriptedModel {
    /// Creates a model without answers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an answer that is a text.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        let message = json!({ "content": text.into() });
        self.body(json!({ "choices": [{ "message": message, "finish_reason": "stop" }] }))
    }

    /// Adds an answer that calls a tool by its name at the provider.
    #[must_use]
    pub fn call(self, name: &str, arguments: Value) -> Self {
        self.calls([(name, arguments)])
    }

    /// Adds an answer that calls several tools.
    #[must_use]
    pub fn calls<'n>(mut self, calls: impl IntoIterator<Item = (&'n str, Value)>) -> Self {
        let calls: Vec<_> = calls
            .into_iter()
            .map(|(name, arguments)| {
                self.calls += 1;
                let function = json!({ "name": name, "arguments": arguments.to_string() });
                json!({ "id": format!("call_{}", self.calls), "type": "function", "function": function })
            })
            .collect();
        let message = json!({ "content": null, "tool_calls": calls });
        self.body(json!({ "choices": [{ "message": message, "finish_reason": "tool_calls" }] }))
    }

    /// Adds an answer as the body of a response of Chat Completions.
    #[must_use]
    pub fn body(self, body: Value) -> Self {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push_back(body);
        self
    }
}

impl Model for ScriptedModel {
    fn name(&self) -> &str {
        "scripted"
    }

    fn provider(&self) -> Provider {
        Provider::OpenAiChat
    }

    async fn answer(
        &self,
        _request: ModelRequest<'_>,
        _on_delta: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Answer, ModelError> {
        let next = self.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let body =
            next.ok_or_else(|| ModelError::request("the script has no further answer; add one"))?;
        Ok(Answer::parse(self.provider(), &body.to_string())?)
    }
}
