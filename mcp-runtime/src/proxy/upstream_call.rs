//! Calls to a server that asks while it works, for clients that may have to send a request again to
//! answer.
//!
//! Such a call runs in a task of its own. A client that answers within its session keeps its handler,
//! which reads the events of the task. For a client that answers with another request, the handler is
//! dropped with the question while the call goes on. The handler of the next request finds the call by
//! an id in the sealed state of the request.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::method::Method;
use mcp_core::protocol::ProgressParams;
use tokio::sync::{OwnedMutexGuard, mpsc};

use super::logs;
use super::upstream::Upstream;
use crate::ask;
use crate::ask::error::AskError;
use crate::client::{
    BoxFuture, CallOutcome, Caller, Error, JsonText, LogMessage, Question, QuestionRouter,
};
use crate::component::tool::failure::ToolError;
use crate::context::handle::Context;
use crate::owned_task::OwnedTask;
use crate::random_id::random_id;

/// Maximum number of events of one call that its handler has not read.
const MAX_EVENTS: usize = 128;

/// Maximum number of calls to one server in flight.
const MAX_CALLS: usize = 1024;

/// Calls to one server in flight, by unguessable ids.
#[derive(Default)]
pub(crate) struct UpstreamCalls(Mutex<HashMap<String, Arc<UpstreamCall>>>);

/// One call in flight. It is cancelled when the last reference is dropped.
struct UpstreamCall {
    progress: Arc<tokio::sync::Mutex<CallProgress>>,
    /// Number of handlers that have resumed the call so far.
    runs: AtomicU64,
    _task: OwnedTask,
}

/// Events of a call and its open question.
struct CallProgress {
    events: mpsc::Receiver<UpstreamEvent>,
    /// Last progress for which the queue had no room.
    last_progress: LastProgress,
    /// Number of questions so far.
    question_count: u64,
    /// Question that has no answer yet.
    question: Option<Question>,
}

/// Progress that superseded others, until it is forwarded.
type LastProgress = Arc<Mutex<Option<ProgressParams>>>;

/// An event of an upstream call.
enum UpstreamEvent {
    Progress(ProgressParams),
    Log(LogMessage),
    /// A question of the server, in a session.
    Question(Question),
    Done(Result<CallOutcome<JsonText>, Error>),
}

impl Caller for mpsc::Sender<UpstreamEvent> {
    fn deliver(&self, question: Question) -> BoxFuture<'_, bool> {
        Box::pin(async { self.send(UpstreamEvent::Question(question)).await.is_ok() })
    }
}

impl UpstreamCalls {
    fn calls(&self) -> MutexGuard<'_, HashMap<String, Arc<UpstreamCall>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn insert(&self, call: UpstreamCall) -> Result<String, ProtocolError> {
        let id = random_id()
            .map_err(|error| ProtocolError::internal(format!("no random numbers: {error}")))?;
        let mut calls = self.calls();
        if calls.len() >= MAX_CALLS {
            let message = format!("{MAX_CALLS} calls of the server behind this one wait");
            return Err(ProtocolError::internal(message));
        }
        calls.insert(id.clone(), Arc::new(call));
        Ok(id)
    }

    fn get(&self, id: &str) -> Option<Arc<UpstreamCall>> {
        self.calls().get(id).cloned()
    }

    fn end(&self, id: &str) {
        let ended = self.calls().remove(id);
        // Dropped without the lock, because that cancels the call.
        drop(ended);
    }

    /// Ends a call unless a handler resumes it in time.
    fn end_after(self: &Arc<Self>, id: String, run: u64, timeout: Duration) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return self.end(&id) };
        let calls: Weak<Self> = Arc::downgrade(self);
        runtime.spawn(async move {
            tokio::time::sleep(timeout).await;
            let Some(calls) = calls.upgrade() else { return };
            if calls.get(&id).is_some_and(|it| it.runs.load(Ordering::Relaxed) == run) {
                calls.end(&id);
            }
        });
    }
}

/// Sends a request to a server of a session, and forwards the questions of the server.
pub(crate) async fn run(
    upstream: &Arc<Upstream>,
    router: &Arc<QuestionRouter>,
    cx: &Context,
    method: Method,
    params: String,
) -> Result<JsonText, ToolError> {
    let id = cx.try_once("proxy", async || {
        upstream.calls.insert(start(upstream, router, cx, method, params))
    });
    let id: String = id.await?;
    let mut call = ResumedCall::new(upstream, cx, id)?;
    loop {
        if call.progress.question.is_some() {
            call.answer().await;
        }
        let event = call.progress.events.recv().await;
        if matches!(event, Some(UpstreamEvent::Done(_))) {
            call.forward_last_progress();
        }
        match event {
            Some(UpstreamEvent::Progress(progress)) => {
                forward_progress(cx, progress);
                if call.progress.events.is_empty() {
                    call.forward_last_progress();
                }
            }
            Some(UpstreamEvent::Log(message)) => logs::forward(cx, message),
            Some(UpstreamEvent::Question(question)) => {
                call.progress.question_count += 1;
                call.progress.question = Some(question);
            }
            Some(UpstreamEvent::Done(Ok(CallOutcome::Complete(result)))) => return Ok(result),
            Some(UpstreamEvent::Done(Ok(CallOutcome::InputRequired(_)))) => {
                let error = Error::protocol("a session asked by a result");
                return Err(upstream.failed(&error).into());
            }
            Some(UpstreamEvent::Done(Err(error))) => return Err(upstream.failed(&error).into()),
            None => return Err(call_ended().into()),
        }
    }
}

fn forward_progress(cx: &Context, progress: ProgressParams) {
    let message = progress.message.unwrap_or_default();
    cx.progress(progress.progress, progress.total.unwrap_or_default(), message);
}

/// Starts a call in a task.
fn start(
    upstream: &Upstream,
    router: &Arc<QuestionRouter>,
    cx: &Context,
    method: Method,
    params: String,
) -> UpstreamCall {
    let (caller, events) = mpsc::channel(MAX_EVENTS);
    let in_flight = router.enter(Arc::new(caller.clone()));
    let mut options = upstream.options(cx, method, &params);
    let sender = caller.clone();
    let last_progress = LastProgress::default();
    let last = Arc::clone(&last_progress);
    options.on_progress = Some(Box::new(move |progress| {
        if let Err(full) = sender.try_send(UpstreamEvent::Progress(progress))
            && let UpstreamEvent::Progress(progress) = full.into_inner()
        {
            *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
        }
    }));
    let sender = caller.clone();
    options.on_log = logs::handler(cx, move |message| {
        // Half of the queue is reserved for questions and the result.
        if sender.capacity() > MAX_EVENTS / 2 {
            let _ = sender.try_send(UpstreamEvent::Log(message));
        }
    });
    let client = upstream.client.clone();
    let task = OwnedTask::spawn(async move {
        let outcome = client.core.request_by_hand(method, &params, &params, &mut options).await;
        if !matches!(outcome, Err(Error::Timeout { .. })) {
            in_flight.finish();
        }
        // Fails if the call has been dropped.
        let _ = caller.send(UpstreamEvent::Done(outcome)).await;
    });
    let progress = CallProgress { events, last_progress, question_count: 0, question: None };
    let progress = Arc::new(tokio::sync::Mutex::new(progress));
    UpstreamCall { progress, runs: AtomicU64::new(0), _task: task }
}

fn call_ended() -> ProtocolError {
    ProtocolError::invalid_params(
        "the call that this request continues is over; send the request again without \
         `requestState` and `inputResponses`",
    )
}

/// A call resumed by a handler. Dropping it ends the call, unless the handler was dropped because it
/// runs again.
struct ResumedCall<'a> {
    calls: &'a Arc<UpstreamCalls>,
    cx: &'a Context,
    id: String,
    run: u64,
    progress: OwnedMutexGuard<CallProgress>,
    is_asking: bool,
}

impl<'a> ResumedCall<'a> {
    fn new(
        upstream: &'a Arc<Upstream>,
        cx: &'a Context,
        id: String,
    ) -> Result<Self, ProtocolError> {
        let calls = &upstream.calls;
        let call = calls.get(&id).ok_or_else(call_ended)?;
        let progress = Arc::clone(&call.progress).try_lock_owned().map_err(|_| {
            ProtocolError::invalid_params("another request continues this call already")
        })?;
        let run = call.runs.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Self { calls, cx, id, run, progress, is_asking: false })
    }

    /// Forwards the progress that superseded the one in the queue.
    fn forward_last_progress(&self) {
        let last = &self.progress.last_progress;
        let last = last.lock().unwrap_or_else(PoisonError::into_inner).take();
        last.into_iter().for_each(|progress| forward_progress(self.cx, progress));
    }

    /// Forwards the open question to our client, unless the upstream server cancels it.
    async fn answer(&mut self) {
        self.is_asking = true;
        let (cx, number) = (self.cx, self.progress.question_count);
        let Some(question) = self.progress.question.as_mut() else { return };
        let Question { method, params, answer } = question;
        let answered = tokio::select! {
            answered = ask::forward(cx, *method, params, None, number) => Some(answered),
            () = answer.closed() => None,
        };
        self.is_asking = false;
        if let (Some(question), Some(answered)) = (self.progress.question.take(), answered) {
            // Fails if the question was cancelled just now.
            let _ = question.answer.send(answered.map_err(AskError::into_protocol));
        }
    }
}

impl Drop for ResumedCall<'_> {
    fn drop(&mut self) {
        if self.is_asking && ask::is_suspended(self.cx) {
            let timeout = ask::answer_timeout(self.cx);
            self.calls.end_after(self.id.clone(), self.run, timeout);
        } else {
            self.calls.end(&self.id);
        }
    }
}
