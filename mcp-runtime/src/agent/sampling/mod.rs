//! Models as the sampling handler of a client.
//!
//! Specification: [Sampling](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling).

mod answer;
mod conversation;
mod remembered;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_core::jsonrpc::{ErrorCode, ProtocolError};
use mcp_core::protocol::{CreateMessageParams, CreateMessageResult, ModelPreferences};

use self::remembered::Remembered;
use super::model::Model;
use super::shared_model::SharedModel;
use crate::client::{BoxFuture, ClientBuilder};
use crate::providers::Usage;

/// Model that answers the sampling requests of servers. Install it with [`ClientBuilder::sampling`].
///
/// A server that samples uses the model, and the money, of the client. The specification wants a person
/// to be able to deny each request, so [`new`](Self::new) takes a hook that approves them, and
/// [`unattended`](Self::unattended) is the way without one.
///
/// The request becomes the conversation of the model: its system prompt, messages with text, images,
/// audio, uses of tools and their results, the temperature, stop sequences, tools and the choice among
/// them. The context of servers (`includeContext`) and `metadata` are not taken over, which the
/// specification allows. Calls of the model go back to the server as uses of its tools.
///
/// # Example
/// ```
/// use mcp_runtime::agent::{SamplingModel, ScriptedModel};
/// use mcp_runtime::client::Client;
/// use mcp_runtime::elicit::AskError;
/// use mcp_runtime::prelude::*;
///
/// /// Summarise a text in one sentence.
/// #[tool(read_only)]
/// async fn summarise(cx: &Context, text: String) -> Result<String, AskError> {
///     Ok(cx.sample(text).max_tokens(100).await?.text())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // A model of a provider in a real program.
/// let model = ScriptedModel::new().text("It rains.");
/// let model = SamplingModel::new(model, |request| async move {
///     // A real program shows the request to its user, who may edit it.
///     (request.max_tokens <= 1_000).then_some(request)
/// });
///
/// let server = Server::new("texts", "1.0.0").with::<summarise>();
/// let client = Client::in_memory(server).sampling(model).connect().await?;
/// let summary = client.call("summarise", serde_json::json!({ "text": "Drops fall." })).await?;
/// assert_eq!(summary.content[0].as_text(), Some("It rains."));
/// # Ok(())
/// # }
/// ```
pub struct SamplingModel {
    /// The first is the default. There is at least one.
    models: Vec<SharedModel>,
    approve: Option<Hook<CreateMessageParams>>,
    review: Option<Hook<CreateMessageResult>>,
    max_tokens: u64,
    budget: u64,
    used: AtomicU64,
    remembered: Mutex<Remembered>,
}

/// Approves a value, changes it, or rejects it.
type Hook<T> = Box<dyn Fn(T) -> BoxFuture<'static, Option<T>> + Send + Sync>;

/// Maximum length of an answer by default, in tokens.
const MAX_TOKENS: u64 = 4_096;

/// Code of the error for a request that the user rejects.
const REJECTED: ErrorCode = ErrorCode(-1);

impl<T> ClientBuilder<T> {
    /// Answers the sampling requests of the server with a model, and allows the server to give tools to
    /// it. The tools run in the server.
    ///
    /// This sets [`on_sample`](Self::on_sample) and [`sampling_tools`](Self::sampling_tools).
    pub fn sampling(self, model: SamplingModel) -> Self {
        let model = Arc::new(model);
        let sample = move |request| {
            let model = Arc::clone(&model);
            async move { model.answer(request).await }
        };
        self.on_sample(sample).sampling_tools(true)
    }
}

impl SamplingModel {
    /// Creates the handler from a model and the hook that approves requests. The hook returns the
    /// request, which it may change, or `None` to reject it: the server gets the error -1.
    ///
    /// The maximum number of tokens in the request is already limited by
    /// [`max_tokens`](Self::max_tokens). The hook can lower it, but not raise it.
    pub fn new<F>(
        model: impl Model,
        approve: impl Fn(CreateMessageParams) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Option<CreateMessageParams>> + Send + 'static,
    {
        Self { approve: Some(hook(approve)), ..Self::unattended(model) }
    }

    /// Creates the handler from a model, without approval: the server uses the model as it likes, within
    /// [`max_tokens`](Self::max_tokens) and [`token_budget`](Self::token_budget). Use it for servers that
    /// you trust.
    pub fn unattended(model: impl Model) -> Self {
        Self {
            models: vec![SharedModel::new(model)],
            approve: None,
            review: None,
            max_tokens: MAX_TOKENS,
            budget: u64::MAX,
            used: AtomicU64::new(0),
            remembered: Mutex::default(),
        }
    }

    /// Adds a model. A request is answered by the first model whose name contains one of the hints of the
    /// request, which are looked at in their order. If there is none, it is the model that was given
    /// first. Priorities of the request are not looked at: they have no meaning without prices.
    #[must_use]
    pub fn model(mut self, model: impl Model) -> Self {
        self.models.push(SharedModel::new(model));
        self
    }

    /// Sets the hook that reviews answers before the server gets them. It returns the answer, which it may
    /// change, or `None` to reject it. Without it, answers to approved requests are sent as they are.
    #[must_use]
    pub fn review<F>(
        mut self,
        review: impl Fn(CreateMessageResult) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Option<CreateMessageResult>> + Send + 'static,
    {
        self.review = Some(hook(review));
        self
    }

    /// Sets the maximum number of tokens in an answer, whatever the server asks for. 4,096 by default.
    #[must_use]
    pub fn max_tokens(mut self, tokens: u64) -> Self {
        self.max_tokens = tokens.max(1);
        self
    }

    /// Sets the number of tokens, of requests and answers together, after which all requests are refused.
    /// Tokens that the provider does not report do not count. There is no limit by default.
    #[must_use]
    pub fn token_budget(mut self, tokens: u64) -> Self {
        self.budget = tokens;
        self
    }

    /// Answers a request, with the approval of the hooks.
    async fn answer(
        &self,
        mut request: CreateMessageParams,
    ) -> Result<CreateMessageResult, ProtocolError> {
        if self.used.load(Ordering::Relaxed) >= self.budget {
            return Err(ProtocolError::internal(
                "the budget of tokens of this client is exhausted",
            ));
        }
        if request.max_tokens == 0 {
            return Err(invalid("`maxTokens`: expected at least 1, got 0"));
        }
        let most = request.max_tokens.min(self.max_tokens);
        request.max_tokens = most;
        if let Some(approve) = &self.approve {
            request = approve(request).await.ok_or_else(rejected)?;
            request.max_tokens = request.max_tokens.clamp(1, most);
        }
        let place = self.choose(request.model_preferences.as_ref());
        let answer = self.sample(place, &request).await?;
        match &self.review {
            Some(review) => review(answer).await.ok_or_else(rejected),
            None => Ok(answer),
        }
    }

    /// Returns the place of the model for a request.
    fn choose(&self, preferences: Option<&ModelPreferences>) -> usize {
        let hints = preferences.and_then(|preferences| preferences.hints.as_deref());
        let hints = hints.into_iter().flatten().filter_map(|hint| hint.name.as_deref());
        let mut hints = hints.map(str::to_lowercase).filter(|hint| !hint.trim().is_empty());
        let fits = |hint: String| {
            self.models.iter().position(|model| model.name().to_lowercase().contains(&hint))
        };
        hints.find_map(fits).unwrap_or(0)
    }

    fn count(&self, usage: &Usage) {
        let tokens = usage.input_tokens.saturating_add(usage.output_tokens);
        let add = |used: u64| Some(used.saturating_add(tokens));
        // The closure always returns a value.
        let _ = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hook<T, F>(hook: impl Fn(T) -> F + Send + Sync + 'static) -> Hook<T>
where
    F: Future<Output = Option<T>> + Send + 'static,
{
    Box::new(move |value| Box::pin(hook(value)))
}

fn rejected() -> ProtocolError {
    ProtocolError::new(REJECTED, "User rejected sampling request")
}

fn invalid(fault: impl fmt::Display) -> ProtocolError {
    ProtocolError::invalid_params(format!("sampling/createMessage: {fault}"))
}

impl fmt::Debug for SamplingModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SamplingModel")
            .field("models", &self.models)
            .field("is_attended", &self.approve.is_some())
            .field("max_tokens", &self.max_tokens)
            .finish_non_exhaustive()
    }
}
