//! The calls of a turn: approval, execution, results.

use std::collections::VecDeque;

use mcp_core::protocol::CallToolResult;

use super::concurrent::Concurrent;
use super::conversation::Conversation;
use super::events::Events;
use super::result_size::bounded;
use crate::agent::approval::{Approval, PendingCall};
use crate::agent::event::Event;
use crate::agent::outcome::End;
use crate::agent::tools::{Resolved, ToolTarget};
use crate::client::BoxFuture;
use crate::shorten::shorten_to;

/// Maximum number of characters of an error that the model gets.
const MAX_ERROR: usize = 2_000;

/// Maximum number of characters of the message of a progress notification.
const MAX_PROGRESS: usize = 1_000;

/// A call that is allowed.
struct Job {
    index: usize,
    id: String,
    target: ToolTarget,
}

/// Decision about a call of a turn.
enum Decided {
    Run(Box<ToolTarget>),
    Result(CallToolResult),
    Wait(PendingCall),
}

impl Conversation {
    /// Makes the calls of the last turn that have no result.
    ///
    /// # Errors
    /// The end of the run, if a call cannot be made now.
    pub(super) async fn make_calls(&mut self) -> Result<(), End> {
        let ids = self.transcript.call_ids();
        let (mut jobs, mut waiting) = (VecDeque::new(), Vec::new());
        for (index, id) in ids.into_iter().enumerate() {
            if self.transcript.state(index).result.is_some() {
                continue;
            }
            match self.decide(index, &id).await? {
                Decided::Run(target) => jobs.push_back(Job { index, id, target: *target }),
                Decided::Result(result) => self.finish(index, id, result),
                Decided::Wait(call) => {
                    self.transcript.state(index).shown = Some(call.clone());
                    waiting.push(call);
                }
            }
        }
        self.execute(jobs).await?;
        match self.transcript.settle() {
            true => Ok(()),
            false => Err(End::NeedsApproval(waiting)),
        }
    }

    /// Finds the tool of a call, and decides whether it runs.
    async fn decide(&mut self, index: usize, id: &str) -> Result<Decided, End> {
        let Some((turn, call)) = self.transcript.open_calls().zip(self.transcript.open_call(index))
        else {
            return Ok(Decided::Result(CallToolResult::error("there is no such call")));
        };
        let target = match self.toolbox.resolve(call, turn.provider) {
            Ok(Resolved::Tool(target)) => target,
            Ok(Resolved::Search(search)) => {
                self.transcript.add_found(search.tools);
                return Ok(Decided::Result(search.result));
            }
            Err(text) => return Ok(Decided::Result(error(&text))),
        };
        let state = self.transcript.state(index);
        let call = PendingCall {
            id: id.to_owned(),
            tool: target.tool.clone(),
            arguments: target.arguments.clone(),
            annotations: target.annotations.clone(),
            is_trusted: target.is_trusted,
            was_interrupted: state.was_begun,
        };
        let holds = state.shown.as_ref().is_none_or(|shown| shown.is_same(&call));
        let approval = match &state.denied {
            Some(reason) => Approval::Deny(reason.clone()),
            None if state.is_approved && holds => Approval::Allow,
            None => self.interruption.or(self.settings.approver.decide(&call)).await?,
        };
        Ok(match approval {
            Approval::Allow => Decided::Run(target),
            Approval::Deny(reason) => Decided::Result(denied(&reason)),
            Approval::Stop => Decided::Wait(call),
        })
    }

    /// Runs calls at the same time, and keeps their results.
    ///
    /// # Errors
    /// The end of the run, if it is interrupted. Calls in flight are cancelled then.
    async fn execute(&mut self, mut jobs: VecDeque<Job>) -> Result<(), End> {
        let mut running = Concurrent::new();
        loop {
            if let Some(end) = self.interrupted() {
                return Err(end);
            }
            while running.len() < self.settings.concurrency
                && let Some(job) = jobs.pop_front()
            {
                running.push(self.start(job));
            }
            let Some((index, id, result)) = self.interruption.or(running.next()).await? else {
                return Ok(());
            };
            self.finish(index, id, result);
        }
    }

    fn start(&mut self, job: Job) -> BoxFuture<'static, (usize, String, CallToolResult)> {
        let Job { index, id, target } = job;
        let state = self.transcript.state(index);
        (state.was_begun, state.is_approved, state.shown) = (true, false, None);
        self.events.push(Event::CallStarted {
            id: id.clone(),
            tool: target.tool.clone(),
            arguments: target.arguments.clone(),
        });
        let events = self.events.clone();
        Box::pin(async move {
            let result = call(target, &id, events).await;
            (index, id, result)
        })
    }

    fn finish(&mut self, index: usize, id: String, result: CallToolResult) {
        let state = self.transcript.state(index);
        state.result = Some(bounded(result.clone(), self.settings.max_result));
        (state.shown, state.denied) = (None, None);
        self.events.push(Event::CallFinished { id, result });
    }
}

/// Calls a tool. A failure of the server or of the connection is a result for the model.
async fn call(target: ToolTarget, id: &str, events: Events) -> CallToolResult {
    let ToolTarget { client, tool, arguments, .. } = target;
    let id = id.to_owned();
    let call = client.call(tool.tool, &arguments).on_progress(move |progress| {
        events.push(Event::Progress {
            id: id.clone(),
            done: progress.progress,
            total: progress.total,
            message: progress.message.map(|message| shorten_to(&message, MAX_PROGRESS)),
        });
    });
    match call.await {
        Ok(result) => result,
        Err(failure) => error(&failure.report().to_string()),
    }
}

fn error(text: &str) -> CallToolResult {
    CallToolResult::error(shorten_to(text, MAX_ERROR))
}

fn denied(reason: &str) -> CallToolResult {
    CallToolResult::error(match reason.trim() {
        "" => "the call was denied and not made".to_owned(),
        reason => format!("the call was denied and not made: {reason}"),
    })
}
