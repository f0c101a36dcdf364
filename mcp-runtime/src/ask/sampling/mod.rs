//! Asking the model of a client.
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

use rounds::Request;
pub(crate) use tools::Toolbox;

use super::AskError;
use super::question::Needs;
use crate::context::handle::Context;

/// How long an answer may become unless the handler says otherwise, in tokens.
const MAX_TOKENS: u64 = 1024;

/// How often a model may use tools before it has to answer.
const MAX_ROUNDS: usize = 8;

/// A conversation for the model of a client, made by [`Context::sample`]. Await it for the answer.
#[must_use = "nothing is asked until it is awaited"]
pub struct Sampling {
    cx: Context,
    request: Request,
    pub(crate) toolbox: Toolbox,
    answer: Option<SampledFuture>,
}

type SampledFuture = Pin<Box<dyn Future<Output = Result<Sampled, AskError>> + Send>>;

impl Context {
    /// Asks the model of the client, beginning with something that the user says.
    ///
    /// Whether the client can be asked, [`Context::can_sample`] says. The answer has at most 1,024
    /// tokens unless [`Sampling::max_tokens`] says otherwise.
    ///
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
            request: Request::new(params, MAX_ROUNDS),
            toolbox: Toolbox::default(),
            answer: None,
        }
    }

    /// Whether the model of the client can be asked.
    pub fn can_sample(&self) -> bool {
        Needs::Sampling.are_met_by(self)
    }

    /// Whether the model of the client can be asked, and be given tools.
    pub fn can_sample_with_tools(&self) -> bool {
        Needs::SamplingWithTools.are_met_by(self)
    }
}

impl Sampling {
    /// Tells the model something first.
    pub fn system(mut self, prompt: impl Into<String>) -> Self {
        self.request.params.system_prompt = Some(prompt.into());
        self
    }

    /// Adds something that the user says.
    pub fn user(mut self, content: impl Into<SamplingContent>) -> Self {
        self.request.say(Role::User, content.into());
        self
    }

    /// Adds something that the model is taken to have said.
    pub fn assistant(mut self, content: impl Into<SamplingContent>) -> Self {
        self.request.say(Role::Assistant, content.into());
        self
    }

    /// Sets how long the answer may become, in tokens.
    pub fn max_tokens(mut self, tokens: u64) -> Self {
        self.request.params.max_tokens = tokens;
        self
    }

    /// Sets how freely the model chooses.
    pub fn temperature(mut self, temperature: f64) -> Self {
        self.request.params.temperature = Some(temperature);
        self
    }

    /// Adds a text that ends the answer.
    pub fn stop_sequence(mut self, text: impl Into<String>) -> Self {
        self.request.params.stop_sequences.get_or_insert_default().push(text.into());
        self
    }

    fn preferences(&mut self) -> &mut ModelPreferences {
        self.request.params.model_preferences.get_or_insert_default()
    }

    /// Names a model, or part of the name, that would serve; the best one first.
    pub fn model_hint(mut self, name: impl Into<String>) -> Self {
        let mut hint = ModelHint::default();
        hint.name = Some(name.into());
        self.preferences().hints.get_or_insert_default().push(hint);
        self
    }

    /// Says how much low cost matters, from 0 to 1.
    pub fn cost_priority(mut self, priority: f64) -> Self {
        self.preferences().cost_priority = Some(priority);
        self
    }

    /// Says how much speed matters, from 0 to 1.
    pub fn speed_priority(mut self, priority: f64) -> Self {
        self.preferences().speed_priority = Some(priority);
        self
    }

    /// Says how much ability matters, from 0 to 1.
    pub fn intelligence_priority(mut self, priority: f64) -> Self {
        self.preferences().intelligence_priority = Some(priority);
        self
    }

    /// Has the model use a tool before it answers.
    pub fn require_tool(mut self) -> Self {
        let mut choice = ToolChoice::default();
        choice.mode = Some(ToolChoiceMode::Required);
        self.request.params.tool_choice = Some(choice);
        self
    }

    /// Sets how often the model may use tools before it has to answer, 8 times by default. In the
    /// round after that it is asked to answer without.
    pub fn max_rounds(mut self, rounds: usize) -> Self {
        self.request.max_rounds = rounds;
        self
    }

    /// Names the question on the wire, for clients that care.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.request.key = Some(key.into());
        self
    }

    /// Takes the question for the same one although its messages change from one run of the handler
    /// to the next.
    pub fn volatile(mut self) -> Self {
        self.request.is_volatile = true;
        self
    }

    fn begin(&mut self) -> SampledFuture {
        let request = std::mem::replace(&mut self.request, Request::new(Default::default(), 0));
        let toolbox = std::mem::take(&mut self.toolbox);
        Box::pin(rounds::run(self.cx.clone(), request, toolbox))
    }
}

impl Future for Sampling {
    type Output = Result<Sampled, AskError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.answer.is_none() {
            this.answer = Some(this.begin());
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

/// What the model of a client said.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled(CreateMessageResult);

impl Sampled {
    /// The text of the answer; empty if it has none.
    pub fn text(&self) -> String {
        let texts: Vec<_> = self.0.content.iter().filter_map(SamplingContent::as_text).collect();
        texts.join("\n")
    }

    /// All that was said.
    pub fn content(&self) -> &[SamplingContent] {
        &self.0.content
    }

    /// The model that was used.
    pub fn model(&self) -> &str {
        &self.0.model
    }

    /// Why it stopped, if the client knows.
    pub fn stop_reason(&self) -> Option<&StopReason> {
        self.0.stop_reason.as_ref()
    }
}
