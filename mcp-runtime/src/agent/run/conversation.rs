//! The loop: turns of the model and calls of tools, until one of them ends it.

use super::StopHandle;
use super::events::Events;
use super::interruption::Interruption;
use crate::agent::builder::{Agent, Settings};
use crate::agent::error::{ModelError, ModelErrorKind};
use crate::agent::event::Event;
use crate::agent::model::{Model as _, ModelRequest};
use crate::agent::outcome::{AgentError, AgentErrorKind, End, Outcome};
use crate::agent::shared_model::SharedModel;
use crate::agent::tools::Toolbox;
use crate::agent::transcript::Transcript;
use crate::providers::{Answer, Delta, ModelMessage, Stop, ToolChoice, Usage};

/// Maximum number of answers in a row whose calls the provider could not read.
const MAX_MALFORMED: u32 = 3;

/// Result of a call that was written in an answer that is not complete.
const CUT_OFF: &str = "the call was not made, because the answer was cut off; call the tool again";

/// Result of a call of an answer that was refused or filtered.
const NOT_MADE: &str = "the call was not made, because the answer was stopped";

/// A conversation in progress.
pub(super) struct Conversation {
    pub(super) model: SharedModel,
    pub(super) settings: Settings,
    pub(super) toolbox: Toolbox,
    pub(super) transcript: Transcript,
    pub(super) events: Events,
    pub(super) interruption: Interruption,
    usage: Usage,
    rounds: u32,
    malformed: u32,
    stop_reason: Option<String>,
}

impl Conversation {
    /// Runs a conversation until it ends.
    pub(super) async fn run(
        agent: Agent,
        transcript: Transcript,
        events: Events,
        stop: StopHandle,
    ) -> Result<Outcome, AgentError> {
        let Agent { model, sources, settings } = agent;
        let interruption = Interruption::new(stop, settings.limits.time);
        if transcript.messages().is_empty() {
            return Err(AgentError::new(AgentErrorKind::NoMessage, transcript));
        }
        let opening = Toolbox::open(&sources, model.provider(), &settings.offer);
        let (toolbox, end) = match interruption.or(opening).await {
            Ok(Ok(toolbox)) => (toolbox, None),
            Ok(Err(failed)) => {
                let kind = AgentErrorKind::Server { name: failed.name, error: failed.error };
                return Err(AgentError::new(kind, transcript));
            }
            Err(end) => (Toolbox::empty(model.provider(), &settings.offer), Some(end)),
        };
        let mut conversation = Self {
            model,
            settings,
            toolbox,
            transcript,
            events,
            interruption,
            usage: Usage::default(),
            rounds: 0,
            malformed: 0,
            stop_reason: None,
        };
        let end = match end {
            Some(end) => Ok(end),
            None => conversation.until_end().await,
        };
        match end {
            Ok(end) => Ok(conversation.outcome(end)),
            Err(kind) => Err(AgentError::new(kind, conversation.transcript)),
        }
    }

    fn outcome(self, end: End) -> Outcome {
        Outcome {
            text: self.transcript.last_text().to_owned(),
            end,
            stop_reason: self.stop_reason,
            transcript: self.transcript,
            usage: self.usage,
            rounds: self.rounds,
        }
    }

    /// Does what the transcript requires next, until a step ends the run.
    async fn until_end(&mut self) -> Result<End, AgentErrorKind> {
        loop {
            if let Some(end) = self.transcript.last_stop().and_then(end_of) {
                return Ok(end);
            }
            if let Some(limit) = self.settings.limits.reached(self.rounds, &self.usage) {
                return Ok(End::Limit(limit));
            }
            if let Some(end) = self.interruption.now() {
                return Ok(end);
            }
            let end = match self.transcript.open_calls() {
                Some(_) => self.make_calls().await.err(),
                None => self.turn().await?,
            };
            if let Some(end) = end {
                return Ok(end);
            }
        }
    }

    /// Lets the model answer. Returns the end of the run if the answer is one.
    async fn turn(&mut self) -> Result<Option<End>, AgentErrorKind> {
        match self.interruption.or(self.toolbox.refresh()).await {
            Ok(true) => self.events.push(Event::ToolsChanged),
            Ok(false) => {}
            Err(end) => return Ok(Some(end)),
        }
        let answer = match self.answer().await {
            Ok(answer) => answer?,
            Err(end) => return Ok(Some(end)),
        };
        self.rounds += 1;
        self.usage += answer.usage;
        self.transcript.add_usage(answer.usage);
        self.events.push(Event::Turn { round: self.rounds, usage: answer.usage });
        self.stop_reason.clone_from(&answer.stop_reason);
        self.add(answer)
    }

    /// Asks the model.
    async fn answer(&mut self) -> Result<Result<Answer, ModelError>, End> {
        let (settings, events) = (&self.settings, &self.events);
        let choice = self.choice();
        let definitions = self.toolbox.definitions(self.transcript.found(), &choice);
        let request = ModelRequest {
            system: settings.system.as_deref(),
            messages: self.transcript.messages(),
            definitions: &definitions,
            choice: &choice,
            parallel: settings.parallel,
            max_tokens: settings.max_answer_tokens,
            temperature: settings.temperature,
            stop_sequences: &settings.stop_sequences,
        };
        let mut has_text = false;
        let mut on_delta = |delta| match delta {
            Delta::Text(text) => {
                has_text = true;
                events.push(Event::Text(text));
            }
            Delta::Thought(text) => events.push(Event::Thought(text)),
            Delta::Restart => {
                has_text = false;
                events.push(Event::Restart);
            }
            Delta::Call(_) => {}
        };
        let answer = self.interruption.or(self.model.answer(request, &mut on_delta)).await;
        if let Ok(Ok(answer)) = &answer
            && !has_text
            && !answer.text.is_empty()
        {
            events.push(Event::Text(answer.text.clone()));
        }
        answer
    }

    /// Returns the choice of tools for the next turn: one that forces a call holds until the first.
    fn choice(&self) -> ToolChoice {
        let choice = self.settings.choice.clone();
        if self.transcript.follows_user() {
            return choice;
        }
        match choice {
            ToolChoice::Required | ToolChoice::Tool(_) => ToolChoice::Auto,
            ToolChoice::Subset { tools, .. } => ToolChoice::Subset { tools, required: false },
            free => free,
        }
    }

    /// Adds an answer to the transcript. Returns the end of the run if it is one.
    fn add(&mut self, answer: Answer) -> Result<Option<End>, AgentErrorKind> {
        let (stop, has_calls) = (answer.stop, !answer.calls.is_empty());
        match stop {
            Stop::Failed | Stop::Pending => {
                let reason = answer.stop_reason.as_deref().unwrap_or("no reason");
                let message = format!("expected a complete answer, the provider stopped: {reason}");
                return Err(ModelError::new(ModelErrorKind::Malformed, message).into());
            }
            Stop::MalformedCall if !has_calls => {
                self.malformed += 1;
                if self.malformed >= MAX_MALFORMED {
                    let count = self.malformed;
                    let message = format!(
                        "{count} answers in a row have calls that the provider could not read"
                    );
                    return Err(ModelError::new(ModelErrorKind::Malformed, message).into());
                }
            }
            _ => self.malformed = 0,
        }
        self.transcript.add_turn(ModelMessage::new(self.model.provider(), answer), stop);
        if has_calls {
            return Ok(match stop {
                Stop::TokenLimit => {
                    self.transcript.fail_calls(CUT_OFF);
                    Some(End::TokenLimit)
                }
                Stop::Refusal | Stop::ContentFilter => {
                    self.transcript.fail_calls(NOT_MADE);
                    end_of(stop)
                }
                _ => None,
            });
        }
        Ok(end_of(stop))
    }

    /// Returns the limit of time or the cancellation that has come.
    pub(super) fn interrupted(&self) -> Option<End> {
        self.interruption.now()
    }
}

/// Returns the end of the run that follows from an answer without calls; `None` if the model has to go
/// on.
fn end_of(stop: Stop) -> Option<End> {
    match stop {
        Stop::Paused | Stop::MalformedCall => None,
        Stop::Refusal => Some(End::Refused),
        Stop::ContentFilter => Some(End::ContentFilter),
        Stop::TokenLimit => Some(End::TokenLimit),
        Stop::StepLimit => Some(End::StepLimit),
        Stop::Finished | Stop::ToolCalls | Stop::Pending | Stop::Failed | Stop::Other => {
            Some(End::Finished)
        }
    }
}
