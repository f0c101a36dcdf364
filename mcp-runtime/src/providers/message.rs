//! Messages of a conversation, independent of the provider.

use mcp_core::protocol::{CallToolResult, Content};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::answer::{Answer, ModelCall};
use super::provider::Provider;

/// Message of a conversation. It serialises, and can be rendered for each provider.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Message {
    /// Content from the user: text, images and other media.
    User(Vec<Content>),
    /// Turn of the model.
    Model(ModelMessage),
    /// Results of all calls of the turn before.
    Results(Vec<CallResult>),
}

/// Turn of the model.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ModelMessage {
    /// Text for the user.
    pub text: String,
    /// Calls of tools. Their names are those of the provider.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ModelCall>,
    /// Interface that `history` is written for.
    pub provider: Provider,
    /// Parts that are sent back to this provider unchanged. Others get the text and the calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Box<RawValue>>,
}

/// Call of the model with its result.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallResult {
    /// Call.
    pub call: ModelCall,
    /// Result.
    pub result: CallToolResult,
}

impl Message {
    /// Creates a message of the user from a text.
    pub fn user(text: impl Into<String>) -> Self {
        Self::User(vec![Content::text(text)])
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::user(text)
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::user(text)
    }
}

impl ModelMessage {
    /// Creates the message of an answer.
    pub fn new(provider: Provider, answer: Answer) -> Self {
        let Answer { text, calls, history, .. } = answer;
        Self { text, calls, provider, history }
    }
}

impl CallResult {
    /// Creates the result of a call.
    pub fn new(call: ModelCall, result: CallToolResult) -> Self {
        Self { call, result }
    }
}
