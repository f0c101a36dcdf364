//! Models: what answers a conversation.

use super::error::ModelError;
use crate::providers::{Answer, Definitions, Delta, Message, Provider, ToolChoice};

/// Model that answers conversations and calls tools.
///
/// Implement it for the models of a provider, and for tests.
pub trait Model: Send + Sync + 'static {
    /// Returns the name of the model.
    fn name(&self) -> &str;

    /// Returns the interface that the model has: the form of definitions, calls and history.
    fn provider(&self) -> Provider;

    /// Answers a conversation. Parts are handed on as they arrive; the answer is complete on its
    /// own, so a model without streaming hands on none.
    ///
    /// Dropping the future cancels the request.
    ///
    /// # Errors
    /// [`ModelError`] if there is no complete answer. Implementations send the request again
    /// themselves where that helps.
    fn answer(
        &self,
        request: ModelRequest<'_>,
        on_delta: &mut (dyn FnMut(Delta) + Send),
    ) -> impl Future<Output = Result<Answer, ModelError>> + Send;
}

/// Request to a model.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ModelRequest<'a> {
    /// Instructions that come before the conversation.
    pub system: Option<&'a str>,
    /// Conversation. The last message is of the user, or holds results of tools.
    pub messages: &'a [Message],
    /// Definitions of the tools, for [`Model::provider`].
    pub definitions: &'a Definitions,
    /// Tools that the model may or must call.
    pub choice: &'a ToolChoice,
    /// Allows or forbids several calls in one turn. The default is that of the provider.
    pub parallel: Option<bool>,
    /// Maximum number of tokens in the answer.
    pub max_tokens: Option<u64>,
    /// Temperature.
    pub temperature: Option<f64>,
    /// Texts that end the answer.
    pub stop_sequences: &'a [String],
}

impl<'a> ModelRequest<'a> {
    /// Creates a request in which the model decides.
    pub fn new(messages: &'a [Message], definitions: &'a Definitions) -> Self {
        Self {
            system: None,
            messages,
            definitions,
            choice: &ToolChoice::Auto,
            parallel: None,
            max_tokens: None,
            temperature: None,
            stop_sequences: &[],
        }
    }
}
