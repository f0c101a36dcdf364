//! Interfaces of model providers.

use serde::{Deserialize, Serialize};

use super::schema::Dialect;

/// Interface of a model provider: how tools, calls and results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Provider {
    /// Responses of OpenAI: `POST /v1/responses`.
    OpenAiResponses,
    /// Chat Completions of OpenAI, and the many servers that are compatible with it:
    /// `POST /v1/chat/completions`.
    OpenAiChat,
    /// Messages of Anthropic: `POST /v1/messages`.
    Anthropic,
    /// Gemini: `POST …:generateContent`.
    Gemini,
}

impl Provider {
    /// All interfaces.
    pub const ALL: [Self; 4] =
        [Self::OpenAiResponses, Self::OpenAiChat, Self::Anthropic, Self::Gemini];

    /// Returns the dialect of its schemas. Gemini has one only.
    pub fn dialect(self, strict: bool) -> Dialect {
        match (self, strict) {
            (Self::OpenAiResponses | Self::OpenAiChat, true) => Dialect::OpenAiStrict,
            (Self::OpenAiResponses | Self::OpenAiChat, false) => Dialect::OpenAi,
            (Self::Anthropic, true) => Dialect::AnthropicStrict,
            (Self::Anthropic, false) => Dialect::Anthropic,
            (Self::Gemini, _) => Dialect::Gemini,
        }
    }

    /// Returns the maximum length of the name of a tool.
    pub fn max_name_length(self) -> usize {
        match self {
            Self::OpenAiResponses | Self::OpenAiChat => 64,
            Self::Anthropic | Self::Gemini => 128,
        }
    }

    /// `true` if the name of a tool may contain a character.
    pub(super) fn allows(self, character: char) -> bool {
        character.is_ascii_alphanumeric()
            || matches!(character, '_' | '-')
            || self == Self::Gemini && matches!(character, '.' | ':')
    }

    /// `true` if the name of a tool may begin with a character.
    pub(super) fn allows_first(self, character: char) -> bool {
        self != Self::Gemini || character.is_ascii_alphabetic() || character == '_'
    }
}
