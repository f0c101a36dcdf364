//! Sampling: requests of servers to the model of a client.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::builders::{constructor, from_text, setters};
use super::content::kind;
use super::{AudioContent, Content, ImageContent, Meta, Role, TaskRequest, TextContent, Tool};
use crate::lenient::{decoration, object, optional_decorations, or_default};

/// Parameters of `sampling/createMessage`.
///
/// Specification: [Creating messages](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#creating-messages).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CreateMessageParams {
    /// Messages of the conversation.
    #[serde(deserialize_with = "or_default")]
    pub messages: Vec<SamplingMessage>,
    /// Preferences for the choice of a model.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub model_preferences: Option<ModelPreferences>,
    /// System prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// Servers whose context is included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_context: Option<IncludeContext>,
    /// Temperature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Maximum number of tokens in the answer.
    pub max_tokens: u64,
    /// Texts that end the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_sequences: Option<Vec<String>>,
    /// Settings for the provider of the model.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// Tools that the model may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<Tool>>,
    /// Rule for the use of tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
    /// Request to run as a task. Revision 2025-11-25 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskRequest>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Message of a conversation.
///
/// Specification: [Messages](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#messages).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SamplingMessage {
    /// Role of the author.
    pub role: Role,
    /// Content; a single block is sent without an array.
    #[serde(serialize_with = "one_or_many", deserialize_with = "one_or_many_read")]
    pub content: Vec<SamplingContent>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Result of `sampling/createMessage`.
///
/// Specification: [Creating messages](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#creating-messages).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CreateMessageResult {
    /// Role of the author: the model.
    pub role: Role,
    /// Content; a single block is sent without an array.
    #[serde(serialize_with = "one_or_many", deserialize_with = "one_or_many_read")]
    pub content: Vec<SamplingContent>,
    /// Name of the model.
    pub model: String,
    /// Reason for the end of the answer.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub stop_reason: Option<StopReason>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

impl CreateMessageResult {
    /// Creates a result from the blocks of the model's answer.
    pub fn new(
        model: impl Into<String>,
        content: impl IntoIterator<Item = SamplingContent>,
    ) -> Self {
        Self {
            role: Role::Assistant,
            content: content.into_iter().collect(),
            model: model.into(),
            stop_reason: None,
            meta: None,
        }
    }

    /// Creates a result from the text of the model's answer.
    pub fn text(model: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(model, [SamplingContent::text(text)])
    }

    /// Sets the reason for the end of the answer.
    #[must_use]
    pub fn stop_reason(mut self, reason: StopReason) -> Self {
        self.stop_reason = Some(reason);
        self
    }
}

/// Block of content in a conversation with a model.
///
/// Specification: [Message content](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#messages).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SamplingContent {
    /// Text.
    Text(TextContent),
    /// Image.
    Image(ImageContent),
    /// Audio.
    Audio(AudioContent),
    /// Use of a tool by the model.
    ToolUse(ToolUseContent),
    /// Result of a tool.
    ToolResult(ToolResultContent),
    /// Content of a type that this crate does not define, unchanged.
    #[serde(untagged)]
    Unknown(Value),
}

impl<'de> Deserialize<'de> for SamplingContent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let content = match kind(&value).map_err(D::Error::custom)? {
            "text" => TextContent::deserialize(value).map(Self::Text),
            "image" => ImageContent::deserialize(value).map(Self::Image),
            "audio" => AudioContent::deserialize(value).map(Self::Audio),
            "tool_use" => ToolUseContent::deserialize(value).map(Self::ToolUse),
            "tool_result" => ToolResultContent::deserialize(value).map(Self::ToolResult),
            _ => Ok(Self::Unknown(value)),
        };
        content.map_err(D::Error::custom)
    }
}

/// Use of a tool by the model.
///
/// Specification: [Sampling with tools](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#sampling-with-tools).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolUseContent {
    /// Id that ties the result to the use.
    pub id: String,
    /// Name of the tool.
    pub name: String,
    /// Arguments.
    #[serde(default, deserialize_with = "object")]
    pub input: Map<String, Value>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Result of a tool, for the model.
///
/// Specification: [Sampling with tools](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#sampling-with-tools).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolResultContent {
    /// Id of the use.
    pub tool_use_id: String,
    /// Content for the model.
    #[serde(default, deserialize_with = "or_default")]
    pub content: Vec<Content>,
    /// Structured content for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structured_content: Option<Value>,
    /// `true` if the tool failed.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "std::ops::Not::not")]
    pub is_error: bool,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Preferences of a server for the choice of a model; each priority is from 0 to 1.
///
/// Specification: [Model preferences](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#model-preferences).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ModelPreferences {
    /// Names of models, best first.
    #[serde(default, with = "optional_decorations", skip_serializing_if = "Option::is_none")]
    pub hints: Option<Vec<ModelHint>>,
    /// Priority of low cost.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub cost_priority: Option<f64>,
    /// Priority of speed.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub speed_priority: Option<f64>,
    /// Priority of intelligence.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub intelligence_priority: Option<f64>,
}

/// Name of a model, or part of it.
///
/// Specification: [Model hints](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#model-hints).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ModelHint {
    /// Name.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Rule for the use of tools.
///
/// Specification: [Tool choice modes](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#tool-choice-modes).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolChoice {
    /// Mode; absent means that the model decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<ToolChoiceMode>,
}

/// Rule for the use of tools.
///
/// Specification: [Tool choice modes](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#tool-choice-modes).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ToolChoiceMode {
    /// The model decides.
    Auto,
    /// The model has to use a tool.
    Required,
    /// The model must not use tools.
    None,
    /// Value that this crate does not define.
    #[serde(untagged)]
    Other(String),
}

/// Servers whose context is included.
///
/// Specification: [Capabilities](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#capabilities).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum IncludeContext {
    /// No server.
    None,
    /// The server that sends the request.
    ThisServer,
    /// All servers.
    AllServers,
    /// Value that this crate does not define.
    #[serde(untagged)]
    Other(String),
}

/// Reason for the end of an answer.
///
/// Specification: [Creating messages](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#creating-messages).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum StopReason {
    /// The answer is complete.
    EndTurn,
    /// A stop sequence was reached.
    StopSequence,
    /// The maximum number of tokens was reached.
    MaxTokens,
    /// The model uses a tool.
    ToolUse,
    /// Value that this crate does not define.
    #[serde(untagged)]
    Other(String),
}

impl SamplingMessage {
    /// Creates a message of a role.
    pub fn new(role: Role, content: impl Into<SamplingContent>) -> Self {
        Self { role, content: vec![content.into()], meta: None }
    }

    /// Creates a message of several blocks.
    pub fn blocks(role: Role, content: impl IntoIterator<Item = SamplingContent>) -> Self {
        Self { role, content: content.into_iter().collect(), meta: None }
    }

    /// Creates a message of the user.
    pub fn user(content: impl Into<SamplingContent>) -> Self {
        Self::new(Role::User, content)
    }

    /// Creates a message of the model.
    pub fn assistant(content: impl Into<SamplingContent>) -> Self {
        Self::new(Role::Assistant, content)
    }
}

impl SamplingContent {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextContent::new(text))
    }

    /// Returns the text of a text block.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(content) => Some(&content.text),
            _ => None,
        }
    }
}

from_text! { SamplingContent: &str, &String, String, Cow<'_, str>, Box<str> }

impl CreateMessageParams {
    /// Creates a request from a conversation and the maximum number of tokens in the answer.
    pub fn new(messages: impl IntoIterator<Item = SamplingMessage>, max_tokens: u64) -> Self {
        Self { messages: messages.into_iter().collect(), max_tokens, ..Self::default() }
    }
}

setters!(CreateMessageParams {
    /// Sets the preferences for the choice of a model.
    model_preferences => model_preferences: ModelPreferences,
    /// Sets the system prompt.
    system_prompt => system_prompt: String,
    /// Sets the temperature.
    temperature => temperature: f64,
    /// Sets the texts that end the answer.
    stop_sequences => stop_sequences: Vec<String>,
    /// Sets the tools that the model may use.
    tools => tools: Vec<Tool>,
    /// Sets the rule for the use of tools.
    tool_choice => tool_choice: ToolChoice,
    /// Sets the metadata.
    meta => meta: Meta,
});

/// Serialises a single block without an array, which every revision supports.
fn one_or_many<S: Serializer>(
    content: &[SamplingContent],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match content {
        [single] => single.serialize(serializer),
        several => several.serialize(serializer),
    }
}

fn one_or_many_read<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<SamplingContent>, D::Error> {
    let content = match Value::deserialize(deserializer)? {
        several @ Value::Array(_) => Vec::deserialize(several),
        single => SamplingContent::deserialize(single).map(|content| vec![content]),
    };
    content.map_err(D::Error::custom)
}

constructor!(
    /// Creates the use of a tool from an id, the name of the tool and its arguments.
    ToolUseContent(id: String, name: String, input: Map<String, Value>) meta
);

impl ToolResultContent {
    /// Creates the result of a use of a tool from its content.
    pub fn new(tool_use_id: impl Into<String>, content: impl IntoIterator<Item = Content>) -> Self {
        let content = content.into_iter().collect();
        Self { tool_use_id: tool_use_id.into(), content, ..Self::default() }
    }
}

impl ModelPreferences {
    /// Creates empty preferences.
    pub fn new() -> Self {
        Self::default()
    }
}

setters!(ModelPreferences {
    /// Sets the names of models, best first.
    hints => hints: Vec<ModelHint>,
    /// Sets the priority of low cost.
    cost_priority => cost_priority: f64,
    /// Sets the priority of speed.
    speed_priority => speed_priority: f64,
    /// Sets the priority of intelligence.
    intelligence_priority => intelligence_priority: f64,
});

impl ModelHint {
    /// Creates a hint from the name of a model, or part of it.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()) }
    }
}

impl ToolChoice {
    /// Creates a rule from its mode.
    pub fn new(mode: ToolChoiceMode) -> Self {
        Self { mode: Some(mode) }
    }
}

#[cfg(test)]
mod tests {
    use super::{CreateMessageParams, CreateMessageResult, SamplingContent, SamplingMessage};
    use crate::protocol::samples::{keeps, refuses};

    #[test]
    fn samples_round_trip() {
        keeps::<CreateMessageParams>(
            r#"{"messages":[{"role":"user","content":{"type":"text","text":"Hi"}}],"maxTokens":5}"#,
        );
        keeps::<CreateMessageParams>(
            r#"{"messages":[],"modelPreferences":{"hints":[{"name":"m"},{}],"costPriority":0.5,"speedPriority":0.25,"intelligencePriority":1.0},"systemPrompt":"s","includeContext":"thisServer","temperature":0.5,"maxTokens":5,"stopSequences":["x"],"metadata":{"a":1},"tools":[{"name":"t","inputSchema":{"type":"object"}}],"toolChoice":{"mode":"required"},"task":{"ttl":5},"_meta":{"x":1}}"#,
        );
        refuses::<CreateMessageParams>(r#"{"messages":[]}"#);
        keeps::<SamplingMessage>(
            r#"{"role":"assistant","content":[{"type":"tool_use","id":"1","name":"t","input":{"a":1}},{"type":"dream"}],"_meta":{"x":1}}"#,
        );
        keeps::<SamplingMessage>(
            r#"{"role":"user","content":{"type":"tool_result","toolUseId":"1","content":[{"type":"text","text":"r"}],"structuredContent":{"b":2},"isError":true}}"#,
        );
        keeps::<SamplingMessage>(r#"{"role":"user","content":[]}"#);
        refuses::<SamplingMessage>(r#"{"role":"user","content":"Hi"}"#);
        let result = keeps::<CreateMessageResult>(
            r#"{"role":"assistant","content":{"type":"text","text":"Yo"},"model":"m","stopReason":"endTurn"}"#,
        );
        assert_eq!(result.content, [SamplingContent::text("Yo")]);
        keeps::<CreateMessageResult>(
            r#"{"role":"assistant","content":{"type":"audio","data":"","mimeType":"a/b"},"model":"m","stopReason":"boredom"}"#,
        );
    }
}
