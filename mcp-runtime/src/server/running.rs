//! A request from its dispatch to its answer.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use mcp_core::jsonrpc::{ProtocolError, RequestId};
use mcp_core::revision::Revision;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

pub(crate) use super::completed::Completed;
use super::request_limits::Busy;
use super::span;
use crate::clock::{Sleep, sleep_until};
use crate::component::app::App;
use crate::component::handler::{HandlerFuture, HandlerOutput, guarded, panic_text};
use crate::component::limits::Permits;
use crate::component::poll_budget::PollBudget;
use crate::component::tool::outcome::ToolReply;
use crate::component::tool::spec::ToolFuture;
use crate::context::budget::Exceeded;
use crate::context::cancellation::Cancellation;
use crate::context::questions::Questions;
use crate::context::request_channel::RequestChannel;

/// The reply to a request.
pub(crate) enum Reply {
    /// The answer is there.
    Ready(Completed),
    /// There is no memory for the request.
    Refused(RequestId, Exceeded),
    /// A limit of requests is reached.
    Busy(RequestId, Box<Busy>),
    /// A handler has to run first.
    Running(Running),
}

/// A future that answers a request.
pub(crate) enum Work {
    /// A call of a tool.
    Tool(ToolFuture),
    /// Anything else.
    Own(HandlerFuture),
}

impl Work {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<HandlerOutput, ProtocolError>> {
        match self {
            Self::Tool(future) => {
                future.as_mut().poll(cx).map(|reply| reply.map(HandlerOutput::Tool))
            }
            Self::Own(future) => future.as_mut().poll(cx),
        }
    }
}

/// A handler that is polled until it returns, panics, or its questions end the request.
///
/// Dropping it cancels the handler: its future is dropped, or, for a cooperative tool, its
/// cancellation is set.
pub(crate) struct DrivenHandler {
    work: Option<Work>,
    channel: RequestChannel,
    /// `true` if the handler runs in a task of its own, which outlives this.
    is_apart: bool,
    /// Timer of the progress that is held back.
    progress_timer: Option<Pin<Box<Sleep>>>,
}

impl DrivenHandler {
    pub(crate) fn new(work: Work, channel: RequestChannel, is_apart: bool) -> Self {
        Self { work: Some(work), channel, is_apart, progress_timer: None }
    }

    fn poll_work(&mut self, cx: &mut Context<'_>) -> Poll<Result<HandlerOutput, ProtocolError>> {
        let Some(work) = self.work.as_mut() else { return Poll::Pending };
        let polled = guarded(|| work.poll(cx)).unwrap_or_else(|error| Poll::Ready(Err(error)));
        if polled.is_ready() {
            return polled;
        }
        // Registered before the questions are read, so that a later question wakes this task.
        self.channel.handler().register(cx);
        self.poll_held_progress(cx);
        match self.channel.questions().and_then(Questions::ending) {
            Some(ending) => Poll::Ready(ending.map(HandlerOutput::Members)),
            None => Poll::Pending,
        }
    }

    /// Sends the progress that is held back when it is due.
    fn poll_held_progress(&mut self, cx: &mut Context<'_>) {
        while let Some(due) = self.channel.progress_due() {
            let timer = self.progress_timer.get_or_insert_with(|| Box::pin(sleep_until(due)));
            if timer.deadline() != due {
                timer.as_mut().reset(due);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return;
            }
            self.channel.send_due_progress();
        }
    }

    /// Ends the handler. Tasks that it has spawned may hold a context: nothing of theirs may follow
    /// the answer, and their questions get no answer.
    fn end(&mut self) {
        self.channel.close();
        self.end_work();
    }

    /// Drops the handler after its channel was closed.
    fn end_work(&mut self) {
        self.drop_work();
        // A handler in a task of its own is still there.
        if !self.is_apart {
            self.channel.end_questions();
        }
    }

    /// Drops the handler's future, whose destructors are user code and may panic too.
    fn drop_work(&mut self) {
        let work = self.work.take();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(work))) {
            tracing::error!(panic = panic_text(panic.as_ref()), "a handler panicked when dropped");
        }
    }
}

impl Future for DrivenHandler {
    type Output = Result<HandlerOutput, ProtocolError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let output = self.poll_work(cx);
        if output.is_ready() {
            self.channel.finish();
            self.end_work();
        }
        output
    }
}

impl Drop for DrivenHandler {
    fn drop(&mut self) {
        if self.work.is_some() {
            self.end();
        }
    }
}

/// A request whose handler runs. Dropping it cancels the request.
pub(crate) struct Running {
    app: Arc<App>,
    id: RequestId,
    revision: Revision,
    handler: DrivenHandler,
    span: tracing::Span,
    /// Time budget of the first polls of its component.
    poll_budget: Arc<PollBudget>,
    is_polled: bool,
    /// Length of the message.
    length: usize,
    /// Places under the limits of requests, until the handler has returned.
    permits: Option<Permits>,
}

impl Running {
    pub(crate) fn new(
        app: &Arc<App>,
        id: RequestId,
        revision: Revision,
        span: tracing::Span,
        handler: DrivenHandler,
        poll_budget: Arc<PollBudget>,
        length: usize,
    ) -> Self {
        let (app, is_polled, permits) = (Arc::clone(app), false, None);
        Self { app, id, revision, handler, span, poll_budget, is_polled, length, permits }
    }

    /// Holds places under the limits of requests.
    pub(crate) fn holding(mut self, permits: Permits) -> Self {
        self.permits = Some(permits);
        self
    }

    /// Polls the handler once on the caller's thread, unless it is known to block. After `Pending`
    /// the caller hands the request to the runtime.
    pub(crate) fn poll_first(&mut self) -> Poll<Completed> {
        if self.is_known_to_block() {
            return Poll::Pending;
        }
        Pin::new(self).poll(&mut Context::from_waker(Waker::noop()))
    }

    /// `true` if the component has exceeded its budget of first polls, so that a transport does not
    /// poll its handlers itself.
    pub(crate) fn is_known_to_block(&self) -> bool {
        self.poll_budget.is_exceeded()
    }

    /// Runs the handler in a task. One that is known to block leaves the other tasks of its worker
    /// thread to another one.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) async fn run(mut self) -> Completed {
        use std::future::poll_fn;

        use tokio::runtime::RuntimeFlavor;
        use tokio::task::block_in_place;

        let has_workers = || Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread;
        if !(self.is_known_to_block() && has_workers()) {
            return self.await;
        }
        poll_fn(|cx| block_in_place(|| Pin::new(&mut self).poll(cx))).await
    }

    /// Runs the handler in a task. WebAssembly has one thread.
    #[cfg(target_family = "wasm")]
    pub(crate) async fn run(self) -> Completed {
        self.await
    }

    pub(crate) fn id(&self) -> &RequestId {
        &self.id
    }

    pub(crate) fn channel(&self) -> &RequestChannel {
        &self.handler.channel
    }

    /// Length of the message, in bytes.
    pub(crate) fn length(&self) -> usize {
        self.length
    }
}

impl Future for Running {
    type Output = Completed;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Completed> {
        let this = &mut *self;
        let _entered = this.span.enter();
        let handler = Pin::new(&mut this.handler);
        let polled = match std::mem::replace(&mut this.is_polled, true) {
            true => handler.poll(cx),
            false => this.poll_budget.measure(|| handler.poll(cx)),
        };
        if !this.span.is_disabled()
            && let Poll::Ready(output) = &polled
        {
            span::record_outcome(&this.span, output);
        }
        polled.map(|output| {
            this.permits = None;
            Completed::new(&this.app, this.id.clone(), this.revision, output)
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.handler.work.is_some() {
            let _entered = self.span.enter();
            self.handler.end();
        }
    }
}

/// Lets a cooperative tool run on its own, so that it outlives its cancellation and observes it. Without a
/// runtime there is nothing that it could run on, and it ends with its request.
pub(crate) fn cooperative(
    future: ToolFuture,
    cancellation: Cancellation,
    channel: RequestChannel,
) -> ToolFuture {
    Box::pin(async move {
        let gone = EndQuestions(channel.clone());
        // Only now, when the request has a place to run.
        let Ok(runtime) = Handle::try_current() else {
            return future.await;
        };
        let task = runtime.spawn(async move {
            // Dropped after the handler.
            let _gone = gone;
            future.await
        });
        let mut guard =
            CancelOnDrop { abort: task.abort_handle(), cancellation, channel, armed: true };
        let joined = task.await;
        guard.armed = false;
        joined.unwrap_or_else(|error| lost(&error))
    })
}

fn lost(error: &tokio::task::JoinError) -> ToolReply {
    tracing::error!(%error, "a handler panicked");
    Err(ProtocolError::internal("the handler failed unexpectedly"))
}

struct CancelOnDrop {
    abort: AbortHandle,
    cancellation: Cancellation,
    channel: RequestChannel,
    armed: bool,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        // A handler whose request has ended with questions runs again for their answers.
        if self.channel.questions().is_some_and(Questions::has_ended) {
            self.abort.abort();
        } else {
            self.cancellation.cancel();
            // It may go on, and has to learn that it gets no answer.
            self.channel.end_questions();
        }
    }
}

/// Ends the questions of a handler when it is gone.
struct EndQuestions(RequestChannel);

impl Drop for EndQuestions {
    fn drop(&mut self) {
        self.0.close();
        self.0.end_questions();
    }
}
