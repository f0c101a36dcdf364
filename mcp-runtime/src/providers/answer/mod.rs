//! Answers of models: text, calls of tools, and the reason for which they end.

mod anthropic;
mod error;
mod gemini;
mod openai;
pub(super) mod read;
mod usage;

#[cfg(test)]
mod malformed;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use self::error::AnswerError;
use self::read::Fields;
pub use self::usage::Usage;
use super::provider::Provider;

/// Answer of a model.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// Text for the user.
    pub text: String,
    /// Calls of tools, in their order. Several may be made at the same time.
    pub calls: Vec<ModelCall>,
    /// Reason for the end of the answer.
    pub stop: Stop,
    /// Reason in the words of the provider.
    pub stop_reason: Option<String>,
    /// Parts to append to the conversation before the results, unchanged: items of `input`, or the
    /// message. Reasoning items, thinking blocks and thought signatures are part of it.
    pub history: Vec<Box<RawValue>>,
    /// Tokens of the request and the answer, as the provider counts them.
    pub usage: Usage,
    /// Name of the model that answered, as the provider has it.
    pub model: Option<String>,
}

/// Call of a tool by a model.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ModelCall {
    /// Identifier that the result must have. Gemini may leave it out.
    pub id: Option<String>,
    /// Name of the tool at the provider.
    pub name: String,
    /// Arguments.
    pub arguments: Arguments,
}

/// Arguments of a call.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arguments {
    /// JSON object, as the model wrote it.
    Object(Box<RawValue>),
    /// Something else, which goes back to the model as an error.
    Malformed(MalformedArguments),
}

/// Arguments that are not a JSON object. Its text is meant for the model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MalformedArguments {
    /// Arguments as the model wrote them.
    pub text: String,
    /// Difference to a JSON object.
    pub reason: String,
}

/// Reason for which an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stop {
    /// The model has finished.
    Finished,
    /// The model waits for the results of its calls.
    ToolCalls,
    /// The limit of tokens, or the context window, is exhausted. The last call may be cut off.
    TokenLimit,
    /// The model refuses to answer.
    Refusal,
    /// A filter of the provider stopped the answer.
    ContentFilter,
    /// The provider paused a long turn. Append the history, and send the request again.
    Paused,
    /// The model wrote a call that the provider could not read. Send the request again.
    MalformedCall,
    /// The answer is not complete yet: it is made in the background.
    Pending,
    /// The provider failed.
    Failed,
    /// The provider's limit of messages or calls in one turn is reached.
    StepLimit,
    /// A reason that this crate does not define.
    Other,
}

/// Maximum length of what is quoted in errors, in characters.
const MAX_QUOTE: usize = 200;

impl Answer {
    /// Parses the body of a response.
    ///
    /// # Errors
    /// [`AnswerError`] if the text is not an answer of the provider, or is the error of a provider.
    pub fn parse(provider: Provider, text: &str) -> Result<Self, AnswerError> {
        let fields = Fields::parse(text)?;
        let (mut answer, model) = match provider {
            Provider::OpenAiResponses => (openai::response(&fields)?, "model"),
            Provider::OpenAiChat => (openai::chat(&fields)?, "model"),
            Provider::Anthropic => (anthropic::message(&fields)?, "model"),
            Provider::Gemini => (gemini::content(&fields)?, "modelVersion"),
        };
        answer.usage = usage::usage(provider, &fields);
        answer.model = fields.optional_text(model).unwrap_or_default();
        Ok(answer)
    }

    fn empty() -> Self {
        Self {
            text: String::new(),
            calls: Vec::new(),
            stop: Stop::Finished,
            stop_reason: None,
            history: Vec::new(),
            usage: Usage::default(),
            model: None,
        }
    }
}

impl Arguments {
    /// Reads arguments that are sent as a string. Models write nothing, or `null`, if there are none.
    pub(super) fn from_text(text: &str) -> Self {
        match text.trim() {
            "" | "null" => Self::none(),
            _ => match serde_json::from_str::<Box<RawValue>>(text) {
                Ok(raw) => Self::from_raw(&raw),
                Err(error) => Self::malformed(text, format!("not valid JSON: {error}")),
            },
        }
    }

    /// Reads arguments that are sent as an object.
    fn from_raw(raw: &RawValue) -> Self {
        match raw.get().as_bytes().first() {
            Some(b'{') if nesting(raw.get()) <= MAX_DEPTH => Self::Object(raw.to_owned()),
            Some(b'{') => Self::malformed(raw.get(), "nested too deeply".to_owned()),
            Some(b'n') => Self::none(),
            _ => Self::malformed(raw.get(), "not a JSON object".to_owned()),
        }
    }

    fn none() -> Self {
        Self::Object(RawValue::from_string("{}".to_owned()).unwrap_or_default())
    }

    fn malformed(text: &str, reason: String) -> Self {
        Self::Malformed(MalformedArguments { text: text.to_owned(), reason })
    }
}

/// Maximum depth of arguments: what `serde_json` reads.
const MAX_DEPTH: usize = 120;

/// Depth of nested objects and arrays.
fn nesting(text: &str) -> usize {
    let (mut depth, mut most, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        most = most.max(depth);
    }
    most
}

impl fmt::Display for MalformedArguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, reason } = self;
        write!(
            f,
            "the arguments of the call are {reason}; call the tool again with one JSON object. \
             They were: {}",
            quoted(text)
        )
    }
}

pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}
