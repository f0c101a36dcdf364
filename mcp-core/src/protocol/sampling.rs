//! Servers that ask the model of a client.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::builders::setters;
use super::content::kind;
use super::{AudioContent, Content, ImageContent, Meta, Role, TaskRequest, TextContent, Tool};

/// Asks the model of a client to go on with a conversation.
///
/// Specification: [Creating messages](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#creating-messages).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateMessageParams {
    /// The conversation.
    pub messages: Vec<SamplingMessage>,
    /// What kind of model to use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_preferences: Option<ModelPreferences>,
    /// What the model is told first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// Whose context to include.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_context: Option<IncludeContext>,
    /// How freely the model chooses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// How long the answer may become.
    pub max_tokens: u64,
    /// Texts that end the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_sequences: Option<Vec<String>>,
    /// Settings for the provider of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// Tools that the model may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<Tool>>,
    /// Whether the model has to use them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
    /// Asks for a task. Revision 2025-11-25 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskRequest>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// One message of a conversation.
///
/// Specification: [Messages](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#messages).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SamplingMessage {
    /// Who says it.
    pub role: Role,
    /// What is said; a single piece is sent on its own.
    #[serde(serialize_with = "one_or_many", deserialize_with = "one_or_many_read")]
    pub content: Vec<SamplingContent>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// What the model said.
///
/// Specification: [Creating messages](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#creating-messages).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateMessageResult {
    /// Who says it: the model.
    pub role: Role,
    /// What is said; a single piece is sent on its own.
    #[serde(serialize_with = "one_or_many", deserialize_with = "one_or_many_read")]
    pub content: Vec<SamplingContent>,
    /// The model that was used.
    pub model: String,
    /// Why it stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_reason: Option<StopReason>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

impl CreateMessageResult {
    /// What a model says, in one piece or several.
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

    /// A text that a model says.
    pub fn text(model: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(model, [SamplingContent::text(text)])
    }

    /// Says why the model stopped.
    #[must_use]
    pub fn stop_reason(mut self, reason: StopReason) -> Self {
        self.stop_reason = Some(reason);
        self
    }
}

/// One piece of a conversation with a model.
///
/// Specification: [Message content](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#messages).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SamplingContent {
    /// Text.
    Text(TextContent),
    /// A picture.
    Image(ImageContent),
    /// Sound.
    Audio(AudioContent),
    /// The model uses a tool.
    ToolUse(ToolUseContent),
    /// What the tool said.
    ToolResult(ToolResultContent),
    /// Content of a type that this crate does not know, as it came.
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

/// The model uses a tool.
///
/// Specification: [Sampling with tools](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#sampling-with-tools).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolUseContent {
    /// Ties the result to the use.
    pub id: String,
    /// Which tool.
    pub name: String,
    /// With what.
    pub input: Map<String, Value>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// What a tool said to the model.
///
/// Specification: [Sampling with tools](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#sampling-with-tools).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolResultContent {
    /// The use that it answers.
    pub tool_use_id: String,
    /// For the model.
    #[serde(default)]
    pub content: Vec<Content>,
    /// For programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub structured_content: Option<Value>,
    /// Whether the tool failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_error: bool,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// What kind of model a server would like, each priority from 0 to 1.
///
/// Specification: [Model preferences](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#model-preferences).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ModelPreferences {
    /// Names of models, best first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hints: Option<Vec<ModelHint>>,
    /// How much low cost matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_priority: Option<f64>,
    /// How much speed matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed_priority: Option<f64>,
    /// How much ability matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intelligence_priority: Option<f64>,
}

/// The name of a model, or part of it.
///
/// Specification: [Model hints](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#model-hints).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ModelHint {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Whether the model has to use tools.
///
/// Specification: [Tool choice modes](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#tool-choice-modes).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolChoice {
    /// Absent means that the model decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<ToolChoiceMode>,
}

/// Whether the model has to use tools.
///
/// Specification: [Tool choice modes](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#tool-choice-modes).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ToolChoiceMode {
    /// The model decides.
    Auto,
    /// It has to use one.
    Required,
    /// It may use none.
    None,
    /// A value that this crate does not know.
    #[serde(untagged)]
    Other(String),
}

/// Whose context to include.
///
/// Specification: [Capabilities](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#capabilities).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum IncludeContext {
    /// Nobody's.
    None,
    /// That of the server that asks.
    ThisServer,
    /// That of every server.
    AllServers,
    /// A value that this crate does not know.
    #[serde(untagged)]
    Other(String),
}

/// Why the model stopped.
///
/// Specification: [Creating messages](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#creating-messages).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum StopReason {
    /// It was done.
    EndTurn,
    /// It came to a text that ends the answer.
    StopSequence,
    /// The answer became too long.
    MaxTokens,
    /// It uses a tool.
    ToolUse,
    /// A value that this crate does not know.
    #[serde(untagged)]
    Other(String),
}

impl SamplingMessage {
    /// Something said by someone.
    pub fn new(role: Role, content: impl Into<SamplingContent>) -> Self {
        Self { role, content: vec![content.into()], meta: None }
    }

    /// Something said by the user.
    pub fn user(content: impl Into<SamplingContent>) -> Self {
        Self::new(Role::User, content)
    }

    /// Something said by the model.
    pub fn assistant(content: impl Into<SamplingContent>) -> Self {
        Self::new(Role::Assistant, content)
    }
}

impl SamplingContent {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextContent::new(text))
    }

    /// The text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(content) => Some(&content.text),
            _ => None,
        }
    }
}

impl From<&str> for SamplingContent {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for SamplingContent {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl CreateMessageParams {
    /// A conversation to go on with, and how long the answer may become.
    pub fn new(messages: impl IntoIterator<Item = SamplingMessage>, max_tokens: u64) -> Self {
        Self { messages: messages.into_iter().collect(), max_tokens, ..Self::default() }
    }
}

setters!(CreateMessageParams {
    /// Says what kind of model to use.
    with_model_preferences => model_preferences: ModelPreferences,
    /// Tells the model something first.
    with_system_prompt => system_prompt: String,
    /// Says how freely the model chooses.
    with_temperature => temperature: f64,
    /// Names texts that end the answer.
    with_stop_sequences => stop_sequences: Vec<String>,
    /// Gives the model tools.
    with_tools => tools: Vec<Tool>,
    /// Says whether the model has to use them.
    with_tool_choice => tool_choice: ToolChoice,
    /// Attaches metadata.
    with_meta => meta: Meta,
});

/// A single piece is written on its own, which every revision understands.
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
