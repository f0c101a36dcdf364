//! Calls to a server that asks while it works, for callers that may have to call again to answer.
//!
//! Such a call runs in a task of its own. Where our client answers within its session, the handler
//! waits beside it. Where our client answers with another try of its request, the handler is
//! dropped with the question and the call stays in flight; the next try finds it again by an id that
//! travels with the sealed state of the request.

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

/// How many reports of a call wait for its handler.
const MOST_WAITING: usize = 128;

/// How many calls of one server are in flight at most.
const MOST_FLIGHTS: usize = 1024;

/// The calls of one server that are in flight, by ids that nobody can guess.
#[derive(Default)]
pub(crate) struct Flights(Mutex<HashMap<String, Arc<Flight>>>);

/// One call in flight, which ends with the last that holds it.
struct Flight {
    state: Arc<tokio::sync::Mutex<State>>,
    /// How many handlers have taken it up so far.
    runs: AtomicU64,
    _task: OwnedTask,
}

struct State {
    passing: mpsc::Receiver<UpstreamEvent>,
    /// How many questions there were.
    asked: u64,
    /// The one that has no answer yet.
    question: Option<Question>,
}

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

impl Flights {
    fn open(&self) -> MutexGuard<'_, HashMap<String, Arc<Flight>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, flight: Flight) -> Result<String, ProtocolError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| ProtocolError::internal(format!("no random numbers: {error}")))?;
        let id = format!("{:032x}", u128::from_be_bytes(bytes));
        let mut open = self.open();
        if open.len() >= MOST_FLIGHTS {
            let message = format!("{MOST_FLIGHTS} calls of the server behind this one wait");
            return Err(ProtocolError::internal(message));
        }
        open.insert(id.clone(), Arc::new(flight));
        Ok(id)
    }

    fn get(&self, id: &str) -> Option<Arc<Flight>> {
        self.open().get(id).cloned()
    }

    fn end(&self, id: &str) {
        let ended = self.open().remove(id);
        // Dropped without the lock, because that ends the call.
        drop(ended);
    }

    /// Ends a call that nobody takes up in time.
    fn end_after(self: &Arc<Self>, id: String, run: u64, patience: Duration) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return self.end(&id) };
        let flights: Weak<Self> = Arc::downgrade(self);
        runtime.spawn(async move {
            tokio::time::sleep(patience).await;
            let Some(flights) = flights.upgrade() else { return };
            if flights.get(&id).is_some_and(|it| it.runs.load(Ordering::Relaxed) == run) {
                flights.end(&id);
            }
        });
    }
}

/// Asks a server of a session, and passes on what it asks.
pub(crate) async fn fly(
    upstream: &Arc<Upstream>,
    router: &Arc<QuestionRouter>,
    cx: &Context,
    method: Method,
    params: String,
) -> Result<JsonText, ToolError> {
    let id = cx.try_once("proxy", async || {
        upstream.flights.begin(start(upstream, router, cx, method, params))
    });
    let id: String = id.await?;
    let mut held = Held::take(upstream, cx, id)?;
    loop {
        if held.state.question.is_some() {
            held.answer().await;
        }
        match held.state.passing.recv().await {
            Some(UpstreamEvent::Progress(progress)) => {
                let message = progress.message.unwrap_or_default();
                cx.progress(progress.progress, progress.total.unwrap_or_default(), message);
            }
            Some(UpstreamEvent::Log(message)) => logs::tell(cx, message),
            Some(UpstreamEvent::Question(question)) => {
                held.state.asked += 1;
                held.state.question = Some(question);
            }
            Some(UpstreamEvent::Done(Ok(CallOutcome::Complete(result)))) => return Ok(result),
            Some(UpstreamEvent::Done(Ok(CallOutcome::InputRequired(_)))) => {
                let error = Error::protocol("a session asked by a result");
                return Err(upstream.failed(&error).into());
            }
            Some(UpstreamEvent::Done(Err(error))) => return Err(upstream.failed(&error).into()),
            None => return Err(gone().into()),
        }
    }
}

/// Begins a call.
fn start(
    upstream: &Upstream,
    router: &Arc<QuestionRouter>,
    cx: &Context,
    method: Method,
    params: String,
) -> Flight {
    let (caller, passing) = mpsc::channel(MOST_WAITING);
    let in_flight = router.enter(Arc::new(caller.clone()));
    let mut options = upstream.options(cx, method, &params);
    let progress = caller.clone();
    options.on_progress = Some(Box::new(move |told| {
        // Who reads too slowly hears of what comes later.
        let _ = progress.try_send(UpstreamEvent::Progress(told));
    }));
    let messages = caller.clone();
    options.on_log = logs::hearing(cx, move |message| {
        // While nobody reads, the other half is for what matters more.
        if messages.capacity() > MOST_WAITING / 2 {
            let _ = messages.try_send(UpstreamEvent::Log(message));
        }
    });
    let client = upstream.client.clone();
    let task = OwnedTask::spawn(async move {
        let outcome = client.core.request_by_hand(method, &params, &params, &mut options).await;
        if !matches!(outcome, Err(Error::Timeout { .. })) {
            in_flight.finish();
        }
        // Nobody waits for it any more.
        let _ = caller.send(UpstreamEvent::Done(outcome)).await;
    });
    let state = State { passing, asked: 0, question: None };
    Flight { state: Arc::new(tokio::sync::Mutex::new(state)), runs: AtomicU64::new(0), _task: task }
}

fn gone() -> ProtocolError {
    ProtocolError::invalid_params(
        "the call that this request continues is over; send the request again without \
         `requestState` and `inputResponses`",
    )
}

/// A call that a handler has taken up. Dropping it ends the call, unless the handler was dropped
/// because it runs again.
struct Held<'a> {
    flights: &'a Arc<Flights>,
    cx: &'a Context,
    id: String,
    run: u64,
    state: OwnedMutexGuard<State>,
    is_asking: bool,
}

impl<'a> Held<'a> {
    fn take(
        upstream: &'a Arc<Upstream>,
        cx: &'a Context,
        id: String,
    ) -> Result<Self, ProtocolError> {
        let flights = &upstream.flights;
        let flight = flights.get(&id).ok_or_else(gone)?;
        let state = Arc::clone(&flight.state).try_lock_owned().map_err(|_| {
            ProtocolError::invalid_params("another request continues this call already")
        })?;
        let run = flight.runs.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Self { flights, cx, id, run, state, is_asking: false })
    }

    /// Has our client answer the question that waits, unless the other server takes it back.
    async fn answer(&mut self) {
        self.is_asking = true;
        let (cx, number) = (self.cx, self.state.asked);
        let Some(question) = self.state.question.as_mut() else { return };
        let Question { method, params, answer } = question;
        let answered = tokio::select! {
            answered = ask::pass_on(cx, *method, params, None, number) => Some(answered),
            () = answer.closed() => None,
        };
        self.is_asking = false;
        if let (Some(question), Some(answered)) = (self.state.question.take(), answered) {
            // It was taken back just now.
            let _ = question.answer.send(answered.map_err(AskError::into_protocol));
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if self.is_asking && ask::is_suspended(self.cx) {
            let patience = ask::patience(self.cx);
            self.flights.end_after(self.id.clone(), self.run, patience);
        } else {
            self.flights.end(&self.id);
        }
    }
}
