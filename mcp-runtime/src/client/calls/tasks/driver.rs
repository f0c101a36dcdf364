//! Follows one task to its end: listens, polls, and has its questions answered.

use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::method::Method;
use mcp_core::protocol::TaskStatus;
use tokio::time::Instant;

use super::Shared;
use super::questions::Answering;
use super::remote::{Generation, RemoteTask};
use super::state::{Report, TaskState};
use super::watching::{Seen, Watching};
use crate::client::clock::{RequestClock, after};
use crate::client::error::Error;
use crate::client::message::{BoxFuture, JsonText, excerpt};
use crate::read_json::read_json;

/// Largest number of failures in a row after which a task is asked about again.
pub(super) const MAX_FAILURES: u32 = 8;

/// Largest number of times that a stream which broke off is opened again.
const MAX_REOPENED: u32 = 8;

/// Shortest time between two requests for a task whose changes are listened to.
const POLL_WHILE_LISTENING: Duration = Duration::from_secs(30);

/// Time after which the result of a task that has ended is requested once more.
const RESULT_TIMEOUT: Duration = Duration::from_secs(2);

/// Returns the pause after failures in a row.
pub(super) fn pause_after(failures: u32) -> Duration {
    Duration::from_millis(250 << failures.saturating_sub(1).min(5))
}

/// An event of a task.
pub(super) enum TaskEvent {
    /// The state has changed.
    State(TaskState),
    /// The task has ended, with its result or its error.
    Done(Result<JsonText, Error>),
}

/// Follows one task.
pub(super) struct Driver {
    task: RemoteTask,
    shared: Arc<Shared>,
    timeout: Option<Duration>,
    clock: RequestClock,
    watching: Watching,
    /// Request for the state.
    poll: Option<BoxFuture<'static, Result<Report, Error>>>,
    next_poll: Instant,
    answering: Answering,
    failures: u32,
    reopened: u32,
    /// Error of a request whose reason the state of the task explains.
    refused: Option<Error>,
    /// Answer to `tasks/result` that is no result of a call.
    bare: Option<JsonText>,
    /// End of a task whose result was not received yet.
    ended: Option<TaskState>,
    /// State that was returned last.
    reported: Option<TaskState>,
    outcome: Option<Result<JsonText, Error>>,
    /// Moment until which a task that has ended must have its result, and `true` once its request was
    /// repeated.
    result_due: Option<(Instant, bool)>,
}

/// Next event of a wait.
enum Happened {
    Polled(Result<Report, Error>),
    Seen(Seen),
    Answered(Result<Duration, Error>),
    PollDue,
    Late,
}

impl Driver {
    pub(super) fn new(task: &RemoteTask, shared: &Arc<Shared>, timeout: Option<Duration>) -> Self {
        let clock = RequestClock::start(&task.client.core.inbound.pauses);
        Self {
            watching: Watching::start(task),
            task: task.clone(),
            shared: Arc::clone(shared),
            timeout,
            clock,
            poll: None,
            next_poll: Instant::now(),
            answering: Answering::default(),
            failures: 0,
            reopened: 0,
            refused: None,
            bare: None,
            ended: None,
            reported: None,
            outcome: None,
            result_due: None,
        }
    }

    /// Waits for the next event.
    ///
    /// # Errors
    /// [`Error::Timeout`] after the time of the caller, [`Error::TaskNotFound`], [`Error::Handler`], and
    /// the errors of any request once it has failed repeatedly.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Result<TaskEvent, Error> {
        loop {
            if let Some(outcome) = self.outcome.take() {
                return Ok(TaskEvent::Done(outcome));
            }
            let changed = match self.wait().await {
                Happened::PollDue => {
                    let task = self.task.clone();
                    self.poll = Some(Box::pin(async move { task.get().await }));
                    None
                }
                Happened::Polled(report) => {
                    self.poll = None;
                    self.polled(report)?
                }
                Happened::Seen(seen) => self.saw(seen)?,
                Happened::Answered(answered) => {
                    self.answered(answered)?;
                    None
                }
                Happened::Late => {
                    self.check_time()?;
                    None
                }
            };
            if let Some(state) = changed {
                return Ok(TaskEvent::State(state));
            }
        }
    }

    async fn wait(&mut self) -> Happened {
        let deadline = self.deadline();
        let is_polling = self.poll.is_some();
        tokio::select! {
            biased;
            report = polled(&mut self.poll) => Happened::Polled(report),
            seen = self.watching.next(&self.task) => Happened::Seen(seen),
            answered = self.answering.next() => Happened::Answered(answered),
            () = tokio::time::sleep_until(self.next_poll), if !is_polling => Happened::PollDue,
            () = tokio::time::sleep_until(deadline) => Happened::Late,
        }
    }

    /// Returns the moment at which the time of the caller is over. While a handler of this client
    /// answers, it is not.
    fn deadline(&self) -> Instant {
        let timeout = self.timeout.filter(|_| !self.answering.is_running());
        let pauses = &self.task.client.core.inbound.pauses;
        let given = self.clock.after(timeout.unwrap_or(Duration::MAX), pauses);
        self.result_due.map_or(given, |(due, _)| due.min(given))
    }

    /// Checks the time once the deadline has passed, which may have moved meanwhile.
    fn check_time(&mut self) -> Result<(), Error> {
        let now = Instant::now();
        if self.deadline() > now {
            return Ok(());
        }
        let overdue = self.result_due.filter(|(due, _)| *due <= now);
        if let Some((_, false)) = overdue {
            // The stream of the request may be lost. A new one is answered at once.
            let timeout = self.task.idle_timeout.unwrap_or(self.task.client.core.timeouts.idle);
            self.result_due = Some((after(now, timeout), true));
            self.watching = Watching::start(&self.task);
            return Ok(());
        }
        let is_result = overdue.is_some();
        let method = if is_result { Method::TasksResult } else { Method::ToolsCall };
        Err(Error::Timeout {
            method: method.to_string(),
            after: self.clock.elapsed(),
            unmatched: String::new(),
        })
    }

    /// Takes the answer to a request for the state.
    fn polled(&mut self, report: Result<Report, Error>) -> Result<Option<TaskState>, Error> {
        match report {
            Ok(report) => {
                self.failures = 0;
                let interval = match self.watching.is_listening() {
                    true => report.state.poll_interval.max(POLL_WHILE_LISTENING),
                    false => report.state.poll_interval,
                };
                self.next_poll = after(Instant::now(), interval);
                let refused = self.refused.take();
                let changed = self.take(report, refused)?;
                self.reopen();
                Ok(changed)
            }
            Err(error) => self.failed(error).map(|()| None),
        }
    }

    /// Counts a failure. The state is requested again after a pause.
    fn failed(&mut self, error: Error) -> Result<(), Error> {
        self.failures += 1;
        if self.failures > MAX_FAILURES || !self.task.is_transient(&error) {
            return Err(error);
        }
        self.next_poll = after(Instant::now(), pause_after(self.failures));
        Ok(())
    }

    /// Takes what was received beside the requests for the state.
    fn saw(&mut self, seen: Seen) -> Result<Option<TaskState>, Error> {
        match seen {
            Seen::Report(report) => self.take(report?, None),
            // What has changed in between is found out.
            Seen::Listening | Seen::Ended => {
                self.poll_soon();
                Ok(None)
            }
            Seen::Result(Ok(result)) if !is_call_result(&result) => {
                match &self.ended {
                    Some(ended) => self.outcome = Some(outcome_of(result, ended)),
                    // Some servers answer so for a task that failed or was cancelled.
                    None => {
                        self.refuse(Error::protocol(format!(
                            "expected the result of a call from `tasks/result`, got {}",
                            excerpt(result.as_str())
                        )));
                        self.bare = Some(result);
                    }
                }
                Ok(None)
            }
            Seen::Result(Ok(result)) => {
                let is_error = result.raw().member("isError");
                let failed = is_error.is_some_and(|is_error| is_error.as_str() == "true");
                self.outcome = Some(Ok(result));
                let status = if failed { TaskStatus::Failed } else { TaskStatus::Completed };
                Ok(self.ended_as(status))
            }
            // Once the task has ended, this is its outcome.
            Seen::Result(Err(error @ Error::Remote(_))) if self.result_due.is_some() => {
                self.outcome = Some(Err(error));
                Ok(None)
            }
            Seen::Result(Err(error @ Error::Remote(_))) => {
                // The task may have ended, or the server does not let the request wait.
                self.refuse(error);
                Ok(None)
            }
            Seen::Result(Err(error)) => self.failed(error).map(|()| None),
        }
    }

    fn poll_soon(&mut self) {
        if self.failures == 0 {
            self.next_poll = Instant::now();
        }
    }

    /// Stores the error of a request. The state that is requested from now on explains it.
    fn refuse(&mut self, error: Error) {
        self.refused = Some(error);
        self.poll = None;
        self.poll_soon();
    }

    /// Takes a report about the task, which came after the request that was refused. Returns the state
    /// if it has changed.
    fn take(&mut self, report: Report, refused: Option<Error>) -> Result<Option<TaskState>, Error> {
        let (status, message) = (report.state.status.clone(), report.state.message.clone());
        let id = self.task.id.clone();
        match (self.task.generation, status) {
            (_, TaskStatus::Cancelled) => {
                self.outcome = Some(Err(Error::TaskCancelled { id, reason: message }));
            }
            (Generation::Core, TaskStatus::Completed | TaskStatus::Failed) => {
                match self.bare.take() {
                    Some(bare) => self.outcome = Some(outcome_of(bare, &report.state)),
                    None => self.expect_result(&report.state),
                }
            }
            (Generation::Extension, TaskStatus::Completed) => {
                self.outcome = Some(Ok(required(report.result, "completed", "result")?));
            }
            (Generation::Extension, TaskStatus::Failed) => {
                let error = required(report.error, "failed", "error")?;
                self.outcome = Some(Err(read_error(&error)));
            }
            (Generation::Extension, TaskStatus::InputRequired) => {
                let asked = required(report.input_requests, "input_required", "inputRequests")?;
                self.answering.start(&self.task, &self.shared.questions, &asked)?;
                refused.map_or(Ok(()), Err)?;
            }
            (Generation::Core, status) => {
                // A server that does not let `tasks/result` wait is asked at the end again, and for its
                // questions.
                self.bare = None;
                if let Some(error) = refused {
                    self.reopened += 1;
                    if self.reopened > MAX_REOPENED {
                        return Err(error);
                    }
                }
                if status == TaskStatus::InputRequired {
                    self.watching.restart(&self.task);
                }
            }
            (Generation::Extension, _) => refused.map_or(Ok(()), Err)?,
        }
        Ok(self.changed(report.state))
    }

    /// Has the result of a task that has ended requested, unless that is done already.
    fn expect_result(&mut self, ended: &TaskState) {
        self.ended = Some(ended.clone());
        self.result_due.get_or_insert_with(|| (after(Instant::now(), RESULT_TIMEOUT), false));
        self.watching.restart(&self.task);
        self.next_poll = after(Instant::now(), Duration::MAX);
    }

    /// Stores a state, and returns it if it differs from the one that was returned before.
    fn changed(&mut self, state: TaskState) -> Option<TaskState> {
        let last = self.reported.as_ref();
        if last.is_some_and(|last| last.is_newer_than(&state) && !state.status.is_terminal()) {
            return None;
        }
        self.shared.observe(&state);
        let shown = |state: &TaskState| (state.status.clone(), state.message.clone());
        if last.map(shown) == Some(shown(&state)) {
            return None;
        }
        self.reported = Some(state.clone());
        Some(state)
    }

    /// Returns the last state, with the status of the end, unless it was returned before.
    fn ended_as(&mut self, status: TaskStatus) -> Option<TaskState> {
        let last = self.shared.state();
        match last.status.is_terminal() {
            true => self.changed(last),
            false => self.changed(TaskState { status, message: None, ..last }),
        }
    }

    fn answered(&mut self, answered: Result<Duration, Error>) -> Result<(), Error> {
        match answered {
            Ok(waited) => {
                self.clock.paused += waited;
                self.poll_soon();
                Ok(())
            }
            // The task may have ended meanwhile.
            Err(error @ Error::Remote(_)) => {
                self.refuse(error);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Opens a stream that broke off again, now that the server answers.
    fn reopen(&mut self) {
        if self.watching.is_broken() && self.outcome.is_none() && self.reopened < MAX_REOPENED {
            self.reopened += 1;
            self.watching.restart(&self.task);
        }
    }
}

/// Returns `true` if an answer to `tasks/result` is the result of a call.
fn is_call_result(result: &JsonText) -> bool {
    let members = ["content", "structuredContent", "isError"];
    // What is no object is reported where results are parsed.
    !result.raw().is_object() || members.iter().any(|name| result.raw().member(name).is_some())
}

/// Outcome of a task that has ended, and whose answer to `tasks/result` is no result of a call.
fn outcome_of(bare: JsonText, ended: &TaskState) -> Result<JsonText, Error> {
    if ended.status != TaskStatus::Failed {
        return Ok(bare);
    }
    let message = ended.message.as_deref().unwrap_or("no reason");
    Err(Error::protocol(format!(
        "expected the error of a task that failed, or a result with `isError`, got neither; the task \
         states {}",
        excerpt(message)
    )))
}

/// Waits for the answer to a request, if there is one.
async fn polled(
    poll: &mut Option<BoxFuture<'static, Result<Report, Error>>>,
) -> Result<Report, Error> {
    match poll {
        Some(poll) => poll.await,
        None => std::future::pending().await,
    }
}

fn required(member: Option<JsonText>, status: &str, name: &str) -> Result<JsonText, Error> {
    member.ok_or_else(|| {
        Error::protocol(format!(
            "expected `{name}`, an object, in a task that is {status}, got none"
        ))
    })
}

/// Reads the error of a task that failed.
fn read_error(error: &JsonText) -> Error {
    match read_json::<ProtocolError>(error.as_str()) {
        Ok(error) => Error::Remote(error),
        Err(fault) => Error::protocol(format!(
            "expected an error with `code` and `message` in a task that failed, got {}: {fault}",
            excerpt(error.as_str())
        )),
    }
}
