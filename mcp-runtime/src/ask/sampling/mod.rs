//! Sampling: questions to the model of a client.
//!
//! Specification: [Sampling](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling).

pub(crate) mod json;
pub(crate) mod rounds;
pub(crate) mod tools;

use std::pin::Pin;
use std::task::{self, Poll};

use mcp_core::protocol::{
    CreateMessageParams, CreateMessageResult, ModelHint, ModelPreferences, Role, SamplingContent,
    SamplingMessage, StopReason, ToolChoice, ToolChoiceMode,
};

use rounds::SamplingRequest;
pub(crate) use tools::Toolbox;

use super::AskError;
use super::question::Needs;
use crate::context::handle::Context;

/// Maximum length of an answer by default, in tokens.
const MAX_TOKENS: u64 = 1024;

/// Maximum number of rounds with tools by default.
const MAX_ROUNDS: usize = 8;

/// A conversation with the model of a client, created by [`Context::sample`]. Await it for the answer.
#[must_use = "nothing is asked until it is awaited"]
pub struct Sampling {
    cx: Context,
    request: SamplingRequest,
    pub(crate) toolbox: Toolbox,
    answer: Option<SampledFuture>,
}

type SampledFuture = Pin<Box<dyn Future<Output = Result<Sampled, AskError>> + Send>>;

impl Context {
    /// Asks the model of the client, with a message of the user.
    ///
    /// Call [`Context::can_sample`] to find out if the client supports it. The answer has at most 1,024
    /// tokens unless [`Sampling::max_tokens`] is set.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::elicit::AskError;
    ///
    /// /// Summarise a text in one sentence.
    /// #[tool(read_only)]
    /// async fn summarise(cx: &Context, text: String) -> Result<String, AskError> {
    ///     let answer = cx.sample(text).system("Answer with one sentence.").max_tokens(100).await?;
    ///     Ok(answer.text())
    /// }
    /// ```
    pub fn sample(&self, message: impl Into<SamplingContent>) -> Sampling {
        let params = CreateMessageParams::new([SamplingMessage::user(message)], MAX_TOKENS);
        Sampling {
            cx: self.clone(),
            request: SamplingRequest::new(params, MAX_ROUNDS),
            toolbox: Toolbox::default(),
            answer: None,
        }
    }

    /// Returns `true` if the client supports sampling.
    pub fn can_sample(&self) -> bool {
        Needs::Sampling.are_met_by(self)
    }

    /// Returns `true` if the client supports sampling with tools.
    pub fn can_sample_with_tools(&self) -> bool {
        Needs::SamplingWithTools.are_met_by(self)
    }
}

impl Sampling {
    /// Sets the system prompt.
    pub fn system(mut self, prompt: impl Into<String>) -> Self {
        self.request.params.system_prompt = Some(prompt.into());
        self
    }

    /// Adds a message of the user.
    pub fn user(mut self, content: impl Into<SamplingContent>) -> Self {
        self.request.add(Role::User, content.into());
        self
    }

    /// Adds a message of the model.
    pub fn assistant(mut self, content: impl Into<SamplingContent>) -> Self {
        self.request.add(Role::Assistant, content.into());
        self
    }

    /// Sets the maximum length of the answer, in tokens.
    pub fn max_tokens(mut self, tokens: u64) -> Self {
        self.request.params.max_tokens = tokens;
        self
    }

    /// Sets the temperature: the randomness of the answer.
    pub fn temperature(mut self, temperature: f64) -> Self {
        self.request.params.temperature = Some(temperature);
        self
    }

    /// Adds a stop sequence: a text that ends the answer.
    pub fn stop_sequence(mut self, text: impl Into<String>) -> Self {
        self.request.params.stop_sequences.get_or_insert_default().push(text.into());
        self
    }

    fn preferences(&mut self) -> &mut ModelPreferences {
        self.request.params.model_preferences.get_or_insert_default()
    }

    /// Adds the name of a suitable model, or a part of the name. The first one is preferred.
    pub fn model_hint(mut self, name: impl Into<String>) -> Self {
        let mut hint = ModelHint::default();
        hint.name = Some(name.into());
        self.preferences().hints.get_or_insert_default().push(hint);
        self
    }

    /// Sets the importance of low cost, from 0 to 1.
    pub fn cost_priority(mut self, priority: f64) -> Self {
        self.preferences().cost_priority = Some(priority);
        self
    }

    /// Sets the importance of speed, from 0 to 1.
    pub fn speed_priority(mut self, priority: f64) -> Self {
        self.preferences().speed_priority = Some(priority);
        self
    }

    /// Sets the importance of intelligence, from 0 to 1.
    pub fn intelligence_priority(mut self, priority: f64) -> Self {
        self.preferences().intelligence_priority = Some(priority);
        self
    }

    /// Requires the model to use a tool before it answers.
    pub fn require_tool(mut self) -> Self {
        let mut choice = ToolChoice::default();
        choice.mode = Some(ToolChoiceMode::Required);
        self.request.params.tool_choice = Some(choice);
        self
    }

    /// Sets the maximum number of rounds with tools, 8 by default. In the round after that the model has
    /// to answer without tools.
    pub fn max_rounds(mut self, rounds: usize) -> Self {
        self.request.max_rounds = rounds;
        self
    }

    /// Sets the key of the question in `inputRequests`. It is generated by default.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.request.key = Some(key.into());
        self
    }

    /// Identifies the question by its system prompt alone, for messages that change from one run of the
    /// handler to the next.
    pub fn volatile(mut self) -> Self {
        self.request.is_volatile = true;
        self
    }

    fn start(&mut self) -> SampledFuture {
        let request =
            std::mem::replace(&mut self.request, SamplingRequest::new(Default::default(), 0));
        let toolbox = std::mem::take(&mut self.toolbox);
        Box::pin(rounds::run(self.cx.clone(), request, toolbox))
    }
}

impl Future for Sampling {
    type Output = Result<Sampled, AskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.answer.is_none() {
            this.answer = Some(this.start());
        }
        let Some(answer) = &mut this.answer else { return Poll::Pending };
        answer.as_mut().poll(cx)
    }
}

impl std::fmt::Debug for Sampling {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sampling").finish_non_exhaustive()
    }
}

/// Answer of the model of a client.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled(CreateMessageResult);

impl Sampled {
    /// The text of the answer; empty if it has none.
    pub fn text(&self) -> String {
        let texts: Vec<_> = self.0.content.iter().filter_map(SamplingContent::as_text).collect();
        texts.join("\n")
    }

    /// All content of the answer.
    pub fn content(&self) -> &[SamplingContent] {
        &self.0.content
    }

    /// The model that was used.
    pub fn model(&self) -> &str {
        &self.0.model
    }

    /// The reason for the end of the answer, if the client sends it.
    pub fn stop_reason(&self) -> Option<&StopReason> {
        self.0.stop_reason.as_ref()
    }
}
