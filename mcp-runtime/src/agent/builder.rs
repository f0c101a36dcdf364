//! Agents and their settings.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;

use super::approval::{Approval, Approver, PendingCall};
use super::limits::{Limits, Price};
use super::model::Model;
use super::run::Run;
use super::shared_model::SharedModel;
use super::tools::{OfferSettings, ServerTools};
use super::transcript::Transcript;
use crate::providers::{Message, ToolChoice};

/// A model with tools of MCP servers. See the [module](super) for an overview.
///
/// Clones are cheap and share the model and the servers. An agent can run several conversations at the
/// same time.
#[derive(Clone)]
pub struct Agent {
    pub(super) model: SharedModel,
    pub(super) sources: Vec<ServerTools>,
    pub(super) settings: Settings,
}

/// Settings of an agent.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) system: Option<Arc<str>>,
    pub(super) choice: ToolChoice,
    pub(super) parallel: Option<bool>,
    pub(super) max_answer_tokens: Option<u64>,
    pub(super) temperature: Option<f64>,
    pub(super) stop_sequences: Vec<String>,
    pub(super) offer: OfferSettings,
    pub(super) concurrency: usize,
    pub(super) max_result: usize,
    pub(super) limits: Limits,
    pub(super) approver: Approver,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            system: None,
            choice: ToolChoice::Auto,
            parallel: None,
            max_answer_tokens: None,
            temperature: None,
            stop_sequences: Vec::new(),
            offer: OfferSettings::default(),
            concurrency: 8,
            max_result: 100 << 10,
            limits: Limits::default(),
            approver: Approver::default(),
        }
    }
}

impl Agent {
    /// Creates an agent without tools.
    pub fn new(model: impl Model) -> Self {
        let (sources, settings) = (Vec::new(), Settings::default());
        Self { model: SharedModel::new(model), sources, settings }
    }

    /// Adds the tools of a server: of a [`Client`](crate::client::Client), or of a
    /// [`Server`](crate::Server), which is started in this process when the first run begins. A server
    /// is given by value; give a client of it if it sends requests to its client.
    ///
    /// The tools of a single server keep their names. If there are several servers, names of tools begin
    /// with that of the server, which is made unique.
    ///
    /// ```
    /// use mcp_runtime::agent::{Agent, ScriptedModel};
    /// use mcp_runtime::client::{Client, Error};
    /// use mcp_runtime::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let files = Server::new("files", "1.0.0");
    /// # let local = Server::new("notes", "1.0.0");
    /// let client = Client::in_memory(files).connect().await?;
    /// let agent = Agent::new(ScriptedModel::new()).tools(&client).tools(local);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn tools(mut self, source: impl Into<ServerTools>) -> Self {
        self.sources.push(source.into());
        self
    }

    /// Adds the tools of a server, with a name for the server. Names of its tools begin with it:
    /// `files__read` for the tool `read`.
    #[must_use]
    pub fn tools_as(self, name: impl Into<String>, source: impl Into<ServerTools>) -> Self {
        self.tools(source.into().name(name))
    }

    /// Adds a definition of the provider that is sent as it is, such as a tool that the provider runs.
    #[must_use]
    pub fn verbatim(mut self, definition: Box<RawValue>) -> Self {
        self.settings.offer.verbatim.push(definition);
        self
    }

    /// Sets the instructions that come before the conversation.
    #[must_use]
    pub fn system(mut self, text: impl Into<String>) -> Self {
        self.settings.system = Some(text.into().into());
        self
    }

    /// Sets the hook that decides about each call, before it is made. Calls of one turn are decided in
    /// their order, one after the other; those that are allowed run afterwards.
    ///
    /// Without a hook, calls of tools that are known to change nothing are allowed, and others end the
    /// run with [`End::NeedsApproval`](super::End::NeedsApproval): see
    /// [`PendingCall::is_read_only`]. With a hook, that decides about all calls. The time that the hook
    /// takes counts for [`max_time`](Self::max_time).
    ///
    /// ```
    /// use mcp_runtime::agent::{Agent, Approval, ScriptedModel};
    ///
    /// let agent = Agent::new(ScriptedModel::new()).approve(|call| async move {
    ///     match call.tool.tool.as_str() {
    ///         _ if call.is_read_only() => Approval::Allow,
    ///         "write_note" => Approval::Allow,
    ///         "format_disk" => Approval::Deny("not on this machine".to_owned()),
    ///         _ => Approval::Stop,
    ///     }
    /// });
    /// # let _ = agent;
    /// ```
    #[must_use]
    pub fn approve<F>(mut self, hook: impl Fn(PendingCall) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Approval> + Send + 'static,
    {
        self.settings.approver = Approver::hook(hook);
        self
    }

    /// Allows all calls. Use it only if nothing that the tools can do needs a person: the model may be
    /// led by texts that it reads, results of tools included.
    #[must_use]
    pub fn approve_all(mut self) -> Self {
        self.settings.approver = Approver::All;
        self
    }

    /// Sets the tools that the model may or must call. A choice that forces a call holds for the answer
    /// to a message of the user only; the turns after its results are free, so that the run ends.
    #[must_use]
    pub fn choice(mut self, choice: ToolChoice) -> Self {
        self.settings.choice = choice;
        self
    }

    /// Allows or forbids several calls in one turn. The default is that of the provider.
    #[must_use]
    pub fn parallel(mut self, parallel: bool) -> Self {
        self.settings.parallel = Some(parallel);
        self
    }

    /// Sets whether schemas are strict where they can be. Off by default.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.settings.offer.strict = strict;
        self
    }

    /// Sets the number of tools above which they are not listed: the model gets a tool that searches for
    /// tools, and is offered those that it has found in the turns that follow. 64 by default.
    #[must_use]
    pub fn search_above(mut self, tools: usize) -> Self {
        self.settings.offer.search_above = tools;
        self
    }

    /// Sets the maximum number of tokens of one answer.
    #[must_use]
    pub fn max_answer_tokens(mut self, tokens: u64) -> Self {
        self.settings.max_answer_tokens = Some(tokens);
        self
    }

    /// Sets the temperature.
    #[must_use]
    pub fn temperature(mut self, temperature: f64) -> Self {
        self.settings.temperature = Some(temperature);
        self
    }

    /// Adds a text that ends the answer.
    #[must_use]
    pub fn stop_sequence(mut self, text: impl Into<String>) -> Self {
        self.settings.stop_sequences.push(text.into());
        self
    }

    /// Sets the maximum number of calls that run at the same time. 8 by default, and at least 1.
    #[must_use]
    pub fn concurrency(mut self, calls: usize) -> Self {
        self.settings.concurrency = calls.max(1);
        self
    }

    /// Sets the maximum size of the text of a result, in bytes. 100 KiB by default. A longer one is cut
    /// for the model and in the transcript, with a note.
    #[must_use]
    pub fn max_result(mut self, bytes: usize) -> Self {
        self.settings.max_result = bytes;
        self
    }

    /// Sets the maximum number of turns of the model in a run. 20 by default. Calls of the last turn
    /// are not made; they are made when the run is resumed.
    #[must_use]
    pub fn max_rounds(mut self, rounds: u32) -> Self {
        self.settings.limits.rounds = rounds;
        self
    }

    /// Sets the number of tokens, of requests and answers together, after which a run ends. The turn
    /// that exceeds it is the last. Tokens that the provider does not report do not count.
    #[must_use]
    pub fn max_tokens(mut self, tokens: u64) -> Self {
        self.settings.limits.tokens = Some(tokens);
        self
    }

    /// Sets the maximum time of a run. What is in flight then is cancelled.
    #[must_use]
    pub fn max_time(mut self, time: Duration) -> Self {
        self.settings.limits.time = Some(time);
        self
    }

    /// Sets the cost after which a run ends, in the currency of the price. The turn that exceeds it is
    /// the last. Tokens that the provider does not report cost nothing.
    #[must_use]
    pub fn max_cost(mut self, cost: f64, price: Price) -> Self {
        self.settings.limits.cost = Some((cost, price));
        self
    }

    /// Begins a conversation with a message of the user.
    ///
    /// Await the run for its outcome, or read its events first.
    pub fn run(&self, message: impl Into<Message>) -> Run {
        let mut transcript = Transcript::new();
        transcript.push(message);
        self.resume(transcript)
    }

    /// Resumes a conversation: makes the calls that have no result, and lets the model answer. If
    /// there is nothing to do, because the last message is an answer without calls, the run ends at
    /// once; add a message with [`Transcript::push`].
    ///
    /// ```
    /// use mcp_runtime::agent::{Agent, ScriptedModel, Transcript};
    /// use mcp_runtime::serde_json;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let agent = Agent::new(ScriptedModel::new().text("Hello!").text("Fine."));
    /// let outcome = agent.run("Hi").await?;
    /// let stored = serde_json::to_string(&outcome.transcript)?;
    ///
    /// let mut transcript: Transcript = serde_json::from_str(&stored)?;
    /// transcript.push("How are you?");
    /// assert_eq!(agent.resume(transcript).await?.text, "Fine.");
    /// # Ok(())
    /// # }
    /// ```
    pub fn resume(&self, transcript: Transcript) -> Run {
        Run::new(self.clone(), transcript)
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent")
            .field("model", &self.model)
            .field("sources", &self.sources)
            .finish_non_exhaustive()
    }
}
