//! Conversations as each provider wants them.

mod anthropic;
mod gemini;
mod ids;
mod openai;
mod roles;
mod turns;

pub(super) use self::turns::invalid_json;

#[cfg(test)]
mod tests;

use std::fmt;

use super::choice::RequestFields;
use super::definitions::Definitions;
use super::message::Message;
use super::provider::Provider;

/// Error for messages that are no conversation. The number of the message is in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationError {
    message: usize,
    reason: String,
}

impl ConversationError {
    fn new(message: usize, reason: impl Into<String>) -> Self {
        Self { message, reason: reason.into() }
    }
}

impl fmt::Display for ConversationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "conversation: messages[{}]: {}", self.message, self.reason)
    }
}

impl std::error::Error for ConversationError {}

impl Definitions {
    /// Writes the members of a request that hold the conversation: `instructions` and `input`
    /// (Responses), `messages` (Chat Completions), `system` and `messages` (Anthropic), or
    /// `systemInstruction` and `contents` (Gemini).
    ///
    /// - Turns of a model of this provider are returned as they came. Turns of other providers are
    ///   rewritten from their text and their calls: thoughts are lost, and names of tools and
    ///   identifiers of calls become those that this provider allows.
    /// - Media that the provider does not take from users become a text that names them.
    /// - Results are in the order of the calls, in one message where the provider wants that.
    ///
    /// # Errors
    /// [`ConversationError`] if there is no message, a message of the user is empty, a call has no
    /// result, or a result has no call.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::providers::{Message, Provider, ToolSet};
    ///
    /// let definitions = ToolSet::default().definitions(Provider::Anthropic);
    /// let fields = definitions.conversation(Some("Be brief."), &[Message::user("Hello.")])?;
    /// assert_eq!(
    ///     serde_json::to_value(fields).unwrap(),
    ///     serde_json::json!({
    ///         "system": "Be brief.",
    ///         "messages": [{ "role": "user", "content": [{ "type": "text", "text": "Hello." }] }],
    ///     })
    /// );
    /// # Ok::<(), mcp_runtime::providers::ConversationError>(())
    /// ```
    pub fn conversation(
        &self,
        system: Option<&str>,
        messages: &[Message],
    ) -> Result<RequestFields, ConversationError> {
        let turns = turns::of(self, messages)?;
        let system = system.filter(|system| !system.trim().is_empty());
        let mut fields = RequestFields::default();
        match self.provider {
            Provider::OpenAiResponses => openai::responses(system, turns, &mut fields),
            Provider::OpenAiChat => openai::chat(system, turns, &mut fields),
            Provider::Anthropic => anthropic::messages(system, turns, &mut fields),
            Provider::Gemini => gemini::contents(system, turns, &mut fields),
        }
        Ok(fields)
    }
}
