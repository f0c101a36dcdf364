//! Answers that arrive in parts.

mod anthropic;
mod budget;
mod chat;
mod chat_call;
mod gemini;
mod responses;

#[cfg(test)]
mod tests;

use self::anthropic::Anthropic;
use self::budget::{Budget, MAX_SIZE};
use self::chat::Chat;
use self::gemini::Gemini;
use self::responses::Responses;
use super::answer::{Answer, AnswerError};
use super::provider::Provider;

/// Data of the last event of Chat Completions.
const DONE: &str = "[DONE]";

/// Part of an answer, as it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delta {
    /// Further text for the user.
    Text(String),
    /// Further thoughts of the model, where the provider shows them.
    Thought(String),
    /// Begin of a call of a tool, with its name at the provider. Arguments follow.
    Call(String),
    /// All parts so far are void: the stream broke, and the model answers once more from the
    /// beginning.
    Restart,
}

/// Answer that is put together from the server-sent events of a provider.
///
/// The answer is the one that the body of a response without streaming would have: the history has
/// all signatures at their places. An answer has at most 16 MiB and 4,096 parts.
///
/// # Example
/// ```
/// use mcp_runtime::providers::{AnswerStream, Delta, Provider, Stop};
///
/// let mut stream = AnswerStream::new(Provider::OpenAiChat);
/// let deltas = stream.push(None, r#"{"choices":[{"index":0,"delta":{"content":"Hello."}}]}"#)?;
/// assert_eq!(deltas, [Delta::Text("Hello.".to_owned())]);
/// stream.push(None, r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#)?;
/// stream.push(None, "[DONE]")?;
/// assert!(stream.is_finished());
///
/// let answer = stream.finish()?;
/// assert_eq!((&*answer.text, answer.stop), ("Hello.", Stop::Finished));
/// # Ok::<(), mcp_runtime::providers::AnswerError>(())
/// ```
#[derive(Debug)]
pub struct AnswerStream {
    provider: Provider,
    parts: Parts,
    budget: Budget,
    failed: Option<AnswerError>,
}

#[derive(Debug)]
enum Parts {
    Responses(Responses),
    Chat(Chat),
    Anthropic(Anthropic),
    Gemini(Gemini),
}

impl AnswerStream {
    /// Creates the stream of an answer that begins.
    pub fn new(provider: Provider) -> Self {
        let parts = match provider {
            Provider::OpenAiResponses => Parts::Responses(Responses::default()),
            Provider::OpenAiChat => Parts::Chat(Chat::default()),
            Provider::Anthropic => Parts::Anthropic(Anthropic::default()),
            Provider::Gemini => Parts::Gemini(Gemini::default()),
        };
        Self { provider, parts, budget: Budget::default(), failed: None }
    }

    /// Reads an event: its name, if it has one, and its data. Events that are not known are ignored,
    /// as are those behind the end.
    ///
    /// # Errors
    /// [`AnswerError`] if the event is malformed or does not fit those before it, if it is an error of
    /// the provider, or if the answer is too large.
    pub fn push(&mut self, event: Option<&str>, data: &str) -> Result<Vec<Delta>, AnswerError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let data = data.trim();
        if data.is_empty() || self.is_finished() {
            return Ok(Vec::new());
        }
        let deltas = self.read(event, data);
        if let Err(error) = &deltas {
            self.failed = Some(error.clone());
        }
        deltas
    }

    fn read(&mut self, event: Option<&str>, data: &str) -> Result<Vec<Delta>, AnswerError> {
        if data.len() > MAX_SIZE {
            return Err(Budget::exhausted());
        }
        let budget = &mut self.budget;
        match &mut self.parts {
            // Some compatible servers end every stream so.
            Parts::Responses(_) | Parts::Anthropic(_) | Parts::Gemini(_) if data == DONE => {
                Ok(Vec::new())
            }
            Parts::Responses(parts) => parts.push(event, data, budget),
            Parts::Chat(parts) => parts.push(data, budget),
            Parts::Anthropic(parts) => parts.push(event, data, budget),
            Parts::Gemini(parts) => parts.push(data, budget),
        }
    }

    /// `true` once the last event of the answer has come. Gemini has none: its answer ends with the
    /// body of the response.
    pub fn is_finished(&self) -> bool {
        match &self.parts {
            Parts::Responses(parts) => parts.is_finished(),
            Parts::Chat(parts) => parts.is_finished(),
            Parts::Anthropic(parts) => parts.is_finished(),
            Parts::Gemini(_) => false,
        }
    }

    /// Returns the whole answer.
    ///
    /// # Errors
    /// [`AnswerError`] if the end of the answer is missing, if an event before was an error, or if the
    /// parts are not an answer of the provider.
    pub fn finish(self) -> Result<Answer, AnswerError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        match self.parts {
            Parts::Responses(parts) => Answer::parse(self.provider, parts.body()?.get()),
            Parts::Chat(parts) => Answer::parse(self.provider, parts.body()?.get()),
            Parts::Anthropic(parts) => parts.answer(),
            Parts::Gemini(parts) => Answer::parse(self.provider, parts.body()?.get()),
        }
    }
}
