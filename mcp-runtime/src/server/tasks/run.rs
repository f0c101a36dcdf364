//! Carries tasks out.

use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use mcp_core::jsonrpc::{ProtocolError, Raw, RequestId};
use mcp_core::protocol::TaskStatus;
use mcp_core::revision::Revision;
use serde_json::value::RawValue;
use tokio::sync::watch;

use super::exchange::{exchange, progress_token};
use super::keys::{Keys, UNFINISHED};
use super::record::{Answer, OpenQuestion, Outcome, Step, StoredCall};
use super::session_status::status;
use super::sink::TaskSink;
use super::steps::{Over, Run, Takeover, entries, from_bytes};
use crate::ask::journal::Journal;
use crate::ask::{Mailbox, park_with};
use crate::clock::{Instant, sleep, sleep_until};
use crate::component::app::App;
use crate::component::handler::HandlerOutput;
use crate::component::running_tasks::RunningTask;
use crate::component::tool::find;
use crate::context::request_channel::RequestChannel;
use crate::context::session::Session;
use crate::server::dispatch::{self, Started};
use crate::server::hook::TaskHooks;
use crate::server::masking;
use crate::server::running::{Completed, DrivenHandler, Work};
use crate::store::StoreErrorKind;
use crate::store::batch::Batch;
use crate::store::executor::Lease;
use crate::store::topics::Listener;
use crate::store::value::pauses;

/// Time until the store is read again after a failure.
const READ_PAUSE: Duration = Duration::from_secs(1);

/// Time limit of a task without one, for the timer.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

type Handling =
    Pin<Box<dyn Future<Output = Result<HandlerOutput, ProtocolError>> + Send + 'static>>;

/// Runs a task to its end, or until this server ends or another one takes it over. `session` is that of
/// its client, which gets the changes of the task.
pub(super) async fn run(app: Arc<App>, here: RunningTask, session: Option<Weak<Session>>) {
    let (run, call, steps) = match begin(&app, &here).await {
        Some(Takeover::Run(run, call, steps)) => (Arc::<Run>::from(run), call, steps),
        Some(Takeover::Ended) => return forget(&app, &here.lease).await,
        Some(Takeover::NoTool) => return pass_on(&app, here).await,
        Some(Takeover::Lost) | None => return,
    };
    if let Some(error) = run.exhausted() {
        run.end(Outcome::Error(error)).await;
        return;
    }
    match Worker::start(&app, &run, *call, steps, session) {
        Ok(worker) => worker.work(&here).await,
        Err(error) => run.end(Outcome::Error(error)).await,
    }
}

/// Begins a run, as soon as the store can be used; `None` if this server ends before, or loses the task.
async fn begin(app: &App, here: &RunningTask) -> Option<Takeover> {
    let mut pauses = pauses();
    loop {
        let error = match Run::begin(app, here).await {
            Ok(begun) => return Some(begun),
            Err(error) => error,
        };
        tracing::warn!(task = here.id(), error = %error.report(), "a task cannot be begun now");
        if error.kind() != StoreErrorKind::Unavailable {
            return None;
        }
        tokio::select! {
            () = sleep(pauses.next().unwrap_or_default()) => {}
            () = app.closing.cancelled() => return None,
            () = here.lost() => return None,
        }
    }
}

/// Removes a task that has ended from those that are to be run.
async fn forget(app: &App, lease: &Lease) {
    let batch = Batch::new().take(UNFINISHED, &*lease.job);
    if let Err(error) = app.executor.complete(lease, batch).await {
        tracing::warn!(task = lease.job, error = %error.report(), "a task that has ended is left");
    }
}

/// Lets another process run a task that was not begun here.
pub(super) async fn give_back(app: &App, lease: &Lease) {
    if let Err(error) = app.executor.release(lease, Batch::new()).await {
        tracing::warn!(task = lease.job, error = %error.report(), "a task cannot be given back");
    }
}

/// Leaves a task to a process that has its tool: at once, or if the task comes back, when its lease has
/// expired.
async fn pass_on(app: &App, here: RunningTask) {
    let within = app.executor.lease_time().unwrap_or_default();
    let is_first = app.live.tasks.may_pass_on(here.id(), within);
    let lease = here.lease.clone();
    // The task may come back at once.
    drop(here);
    if is_first {
        tracing::warn!(
            task = lease.job,
            "this server does not have the tool of a task; another one may"
        );
        give_back(app, &lease).await;
    }
}

/// Lets hooks see the outcome of a handler.
fn with_hooks(driven: DrivenHandler, hooks: TaskHooks, channel: RequestChannel) -> DrivenHandler {
    let work = Box::pin(async move {
        let mut output = driven.await;
        hooks.after(&mut output).await;
        output
    });
    DrivenHandler::new(Work::Own(work), channel, false)
}

/// Waits until a time, if there is one.
async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// A task at work.
struct Worker {
    app: Arc<App>,
    run: Arc<Run>,
    revision: Revision,
    mailbox: Mailbox,
    handling: Handling,
    /// Progress in words.
    status: watch::Receiver<Option<String>>,
    session: Option<Weak<Session>>,
    /// Number of answers that were read.
    answered: u64,
    /// Time at which the store is read again, after a failure.
    read_again: Option<Instant>,
}

impl Worker {
    /// Starts the handler with what earlier runs have left.
    fn start(
        app: &Arc<App>,
        run: &Arc<Run>,
        call: StoredCall,
        steps: Vec<Step>,
        session: Option<Weak<Session>>,
    ) -> Result<Self, ProtocolError> {
        let journal = Arc::<Journal>::default();
        journal.restore(call.journal.clone());
        for Step { key, result } in steps {
            journal.restore_effect(key, result);
        }
        journal.keep_effects(Arc::clone(run) as Arc<_>);
        let (status, watched) = watch::channel(None);
        let watcher = session.clone().or_else(|| app.live.tasks.session(&run.id));
        let watcher = watcher.zip(progress_token(&call));
        let sink = TaskSink { id: run.id.clone(), status, session: watcher };
        let exchange = exchange(app, &run.state(), call, sink)?;
        let (revision, channel) = (exchange.revision, exchange.channel.clone());
        let mailbox = park_with(&exchange, journal);
        let tool = find::find(app, &exchange)?;
        let hooks = TaskHooks::of(app, &exchange, &tool);
        let handling: Handling = match dispatch::call_tool(app, exchange, tool) {
            Started::Ready(output) => Box::pin(std::future::ready(output)),
            Started::Refused(exceeded) => return Err(exceeded.error()),
            Started::Handler { work, is_apart, .. } => {
                let driven = DrivenHandler::new(work, channel.clone(), is_apart);
                match hooks {
                    Some(hooks) => Box::pin(with_hooks(driven, hooks, channel)),
                    None => Box::pin(driven),
                }
            }
        };
        let (app, run) = (Arc::clone(app), Arc::clone(run));
        Ok(Self {
            app,
            run,
            revision,
            mailbox,
            handling,
            status: watched,
            session,
            answered: 0,
            read_again: None,
        })
    }

    async fn work(mut self, here: &RunningTask) {
        let Some(mut changes) = self.changes(here).await else { return };
        let remaining = self.run.state().remaining().map(Duration::from_millis);
        let deadline = Instant::now() + remaining.unwrap_or(FAR).min(FAR);
        let mut questions = self.mailbox.changes();
        self.read_answers().await;
        loop {
            let is_over = tokio::select! {
                biased;
                () = self.app.closing.cancelled() => {
                    self.run.release().await;
                    return;
                }
                over = self.run.over() => return self.stopped(over),
                () = here.lost() => {
                    self.run.lose();
                    false
                }
                () = sleep_until(deadline) => return self.expired().await,
                output = &mut self.handling => return self.finished(output).await,
                changed = questions.changed() => changed.is_err(),
                changed = self.status.changed() => changed.is_err(),
                message = changes.next() => {
                    self.read().await;
                    message.is_none()
                }
                () = until(self.read_again) => {
                    self.read().await;
                    false
                }
            };
            if is_over {
                return;
            }
            // A run that may write no more ends at the beginning of the loop.
            if !self.run.is_over() {
                self.report().await;
                here.set_waiting(self.run.state().status == TaskStatus::InputRequired);
            }
        }
    }

    /// Follows the changes of the task, as soon as the store can be used; `None` if this server ends before, or
    /// loses the task.
    async fn changes(&mut self, here: &RunningTask) -> Option<Listener> {
        let mut pauses = pauses();
        loop {
            match self.run.store.subscribe(&Keys(&self.run.id).topic()).await {
                Ok(changes) => return Some(changes),
                Err(error) => {
                    let (task, error) = (&self.run.id, error.report());
                    tracing::warn!(task, %error, "the changes of a task cannot be followed now");
                }
            }
            tokio::select! {
                () = sleep(pauses.next().unwrap_or_default()) => {}
                () = self.app.closing.cancelled() => {
                    self.run.release().await;
                    return None;
                }
                () = here.lost() => return None,
            }
        }
    }

    /// Reads what the client has changed.
    async fn read(&mut self) {
        self.read_again = None;
        self.read_answers().await;
        if self.run.check().await.is_err() {
            self.read_later();
        }
    }

    fn read_later(&mut self) {
        self.read_again = Some(Instant::now() + READ_PAUSE);
    }

    /// Writes the open questions and the progress, if they have changed.
    async fn report(&mut self) {
        let raw = |text: String| RawValue::from_string(text).ok();
        let open = self.mailbox.questions().into_iter().filter_map(|(key, method, params)| {
            Some(OpenQuestion { key, method: method.as_str().to_owned(), params: raw(params)? })
        });
        let open: Vec<_> = open.collect();
        let message = self.status.borrow_and_update().clone();
        let state = self.run.state();
        let keys = |questions: &[OpenQuestion]| -> Vec<String> {
            questions.iter().map(|question| question.key.clone()).collect()
        };
        if keys(&state.questions) == keys(&open) && state.message == message {
            return;
        }
        let is_written = self
            .run
            .change(|state| {
                state.status = match open.is_empty() {
                    true => TaskStatus::Working,
                    false => TaskStatus::InputRequired,
                };
                state.questions = open;
                state.message = message;
            })
            .await;
        if is_written {
            self.notify();
        }
    }

    /// Puts the answers that have come since the last time into the mailbox.
    async fn read_answers(&mut self) {
        let log = Keys(&self.run.id).answers();
        match entries(&self.run.store, &log, self.answered).await {
            Ok(answers) => {
                for (number, answer) in answers {
                    self.answered = number;
                    if let Ok(Answer { key, answer, refusal }) = from_bytes(&answer)
                        && let Some(reply) = refusal.map(Err).or(answer.map(Ok))
                    {
                        self.mailbox.put_early(&key, reply);
                    }
                }
            }
            Err(error) => {
                tracing::warn!(task = self.run.id, error = %error.report(), "answers cannot be read now");
                self.read_later();
            }
        }
    }

    async fn finished(&mut self, mut output: Result<HandlerOutput, ProtocolError>) {
        masking::mask(&self.app, &mut output);
        let outcome = match output {
            Err(error) => Outcome::Error(error),
            Ok(output) => self.result(output),
        };
        self.run.end(outcome).await;
        self.notify();
    }

    /// The result as the call itself would have got it.
    fn result(&self, output: HandlerOutput) -> Outcome {
        let id = RequestId::Integer(0);
        let response = Completed::new(&self.app, id, self.revision, Ok(output)).to_vec();
        let result = std::str::from_utf8(&response).ok().and_then(|response| {
            let result = Raw::from_accepted(response).member("result")?;
            RawValue::from_string(result.as_str().to_owned()).ok()
        });
        match result {
            Some(result) => Outcome::Result(result),
            None => Outcome::Error(ProtocolError::internal("the result cannot be read")),
        }
    }

    fn stopped(&mut self, over: Over) {
        if over == Over::Cancelled {
            self.notify();
        } else {
            tracing::warn!(task = self.run.id, "another server has taken a task over");
        }
    }

    async fn expired(&mut self) {
        let error = ProtocolError::internal("the task did not end within its time to live");
        self.run.end(Outcome::Error(error)).await;
        self.notify();
    }

    /// Sends the state to the session of the client, if it is there.
    fn notify(&self) {
        if self.run.is_lost() {
            return;
        }
        let Some(session) = self.session.as_ref().and_then(Weak::upgrade) else { return };
        session.post(status(&self.run.state()));
    }
}
