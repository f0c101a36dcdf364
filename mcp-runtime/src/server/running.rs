//! A request from its dispatch to its answer.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;
#[cfg(feature = "http")]
use mcp_core::jsonrpc::ErrorCode;
use mcp_core::jsonrpc::{ProtocolError, RequestId};
use mcp_core::revision::{CacheHint, ResponseEnvelope, Revision, write_error, write_result};
use tokio::task::AbortHandle;

use super::app::App;
use crate::ask::Asking;
use crate::component::first_polls::FirstPolls;
use crate::component::tool::outcome::ToolOutcome;
use crate::component::tool::outcome::ToolReply;
use crate::component::tool::spec::ToolFuture;
use crate::context::cancellation::Cancellation;
use crate::context::outlet::Voice;

/// What dispatch makes of a request.
pub(crate) enum Reply {
    /// The answer is there.
    Ready(Completed),
    /// A handler has to run first.
    Running(Running),
}

/// What a handler has produced, before a revision's envelope.
pub(crate) enum Produced {
    /// By a tool.
    Tool(ToolOutcome),
    /// By the server itself.
    Members(Members),
}

/// The members of a result, rendered.
#[derive(Default)]
pub(crate) struct Members {
    pub(crate) members: Bytes,
    /// Members of `_meta`, without the braces.
    pub(crate) meta: String,
    pub(crate) cache: Option<CacheHint>,
    /// What kind of result it is, where that is not the usual one.
    pub(crate) result_type: Option<Box<str>>,
}

/// An answer that waits to be rendered.
pub(crate) struct Completed {
    app: Arc<App>,
    id: RequestId,
    revision: Revision,
    produced: Result<Produced, ProtocolError>,
}

impl Completed {
    pub(crate) fn new(
        app: &Arc<App>,
        id: RequestId,
        revision: Revision,
        produced: Result<Produced, ProtocolError>,
    ) -> Self {
        Self { app: Arc::clone(app), id, revision, produced }
    }

    /// The code, if the answer is an error.
    #[cfg(feature = "http")]
    pub(crate) fn error_code(&self) -> Option<ErrorCode> {
        self.produced.as_ref().err().map(|error| error.code)
    }

    /// What the answer is made of.
    pub(crate) fn into_produced(self) -> Result<Produced, ProtocolError> {
        self.produced
    }

    /// Appends the answer, JSON text without a line break.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let facts = self.revision.facts();
        let envelope = ResponseEnvelope {
            id: &self.id,
            server_info: &self.app.info_json,
            meta: "",
            cache: None,
            result_type: None,
        };
        match &self.produced {
            Err(error) => write_error(out, Some(&self.id), error),
            Ok(Produced::Members(Members { members, meta, cache, result_type })) => {
                let private = self.app.is_filtered;
                let cache =
                    cache.map(|hint| CacheHint { private: hint.private || private, ..hint });
                let result_type = result_type.as_deref();
                let envelope = ResponseEnvelope { meta, cache, result_type, ..envelope };
                write_result(out, facts, envelope, |out| out.extend_from_slice(members));
            }
            Ok(Produced::Tool(outcome)) => {
                let meta = outcome.meta_members();
                let result_type = outcome.result_type();
                write_result(
                    out,
                    facts,
                    ResponseEnvelope { meta: &meta, result_type, ..envelope },
                    |out| {
                        outcome.write_members(out, facts);
                    },
                );
            }
        }
    }

    /// The answer on its own.
    pub(crate) fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        self.write(&mut out);
        out
    }
}

/// What answers a request that is not a call of a tool.
pub(crate) type OwnFuture = Pin<Box<dyn Future<Output = Result<Produced, ProtocolError>> + Send>>;

/// A handler that answers a request which is not a call of a tool.
pub(crate) struct Begun {
    pub(crate) work: OwnFuture,
    /// What remembers whether it takes long to yield.
    pub(crate) first_polls: Arc<FirstPolls>,
}

/// What makes the answer.
pub(crate) enum Work {
    Tool(ToolFuture),
    /// Anything else.
    Own(OwnFuture),
}

impl Work {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Produced, ProtocolError>> {
        match self {
            Self::Tool(future) => future.as_mut().poll(cx).map(|reply| reply.map(Produced::Tool)),
            Self::Own(future) => future.as_mut().poll(cx),
        }
    }
}

/// A request whose handler runs. Dropping it cancels the request: the handler's future is dropped
/// with it, or, for a cooperative tool, told.
pub(crate) struct Running {
    app: Arc<App>,
    id: RequestId,
    revision: Revision,
    work: Option<Work>,
    voice: Voice,
    span: tracing::Span,
    /// What remembers whether handlers of this kind take long to yield.
    first_polls: Option<Arc<FirstPolls>>,
    /// Whether the handler runs in a task of its own, which outlives this.
    is_apart: bool,
}

impl Running {
    pub(crate) fn new(
        app: &Arc<App>,
        id: RequestId,
        revision: Revision,
        voice: Voice,
        span: tracing::Span,
        work: Work,
    ) -> Self {
        Self {
            app: Arc::clone(app),
            id,
            revision,
            work: Some(work),
            voice,
            span,
            first_polls: None,
            is_apart: false,
        }
    }

    /// Says that the handler runs in a task of its own: see [`cooperative`].
    pub(crate) fn apart(mut self, is_apart: bool) -> Self {
        self.is_apart = is_apart;
        self
    }

    pub(crate) fn timed(mut self, first_polls: Arc<FirstPolls>) -> Self {
        self.first_polls = Some(first_polls);
        self
    }

    /// Polls the handler once, where the caller stands, unless such a handler is known to take long.
    /// Whoever gets `Pending` has to hand the request to the runtime, which polls it again.
    pub(crate) fn poll_first(&mut self) -> Poll<Completed> {
        if self.first_polls.as_ref().is_some_and(|polls| polls.are_slow()) {
            return Poll::Pending;
        }
        let started = Instant::now();
        let polled = Pin::new(&mut *self).poll(&mut Context::from_waker(Waker::noop()));
        if let Some(first_polls) = &self.first_polls {
            first_polls.note(started.elapsed());
        }
        polled
    }

    pub(crate) fn id(&self) -> &RequestId {
        &self.id
    }

    pub(crate) fn voice(&self) -> &Voice {
        &self.voice
    }

    fn poll_work(&mut self, cx: &mut Context<'_>) -> Poll<Result<Produced, ProtocolError>> {
        let Some(work) = self.work.as_mut() else { return Poll::Pending };
        let polled = guarded(|| work.poll(cx)).unwrap_or_else(|error| Poll::Ready(Err(error)));
        if polled.is_ready() {
            return polled;
        }
        // Before the look at what it asks: whoever asks from now on wakes the driver.
        self.voice.driven_by(cx);
        match self.voice.asking().and_then(Asking::ending) {
            Some(ending) => Poll::Ready(ending.map(Produced::Members)),
            None => Poll::Pending,
        }
    }
}

impl Future for Running {
    type Output = Completed;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Completed> {
        let this = &mut *self;
        let span = this.span.clone();
        let produced = span.in_scope(|| this.poll_work(cx));
        produced.map(|produced| {
            this.end_work();
            Completed::new(&this.app, this.id.clone(), this.revision, produced)
        })
    }
}

impl Running {
    /// Ends the handler. What it has left running may hold a context; nothing of it may follow the
    /// answer, and nobody has to wait for one.
    fn end_work(&mut self) {
        self.voice.silence();
        self.drop_work();
        // A handler in a task of its own is still there.
        if !self.is_apart {
            self.voice.end_questions();
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

impl Drop for Running {
    fn drop(&mut self) {
        if self.work.is_some() {
            let span = self.span.clone();
            span.in_scope(|| self.end_work());
        }
    }
}

/// Runs what a user wrote. A panic becomes the error of the one request.
pub(crate) fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, ProtocolError> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        tracing::error!(panic = panic_text(panic.as_ref()), "a handler panicked");
        ProtocolError::internal("the handler failed unexpectedly")
    })
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

/// Lets a cooperative tool run on its own, so that it outlives its cancellation and hears of it.
pub(crate) fn cooperative(
    future: ToolFuture,
    cancellation: Cancellation,
    voice: Voice,
) -> ToolFuture {
    Box::pin(async move {
        let gone = EndQuestions(voice.clone());
        // Only now, when the request has a place to run.
        let task = tokio::spawn(async move {
            // Dropped after the handler.
            let _gone = gone;
            future.await
        });
        let mut guard =
            CancelOnDrop { abort: task.abort_handle(), cancellation, voice, armed: true };
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
    voice: Voice,
    armed: bool,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        // A handler whose request has ended with questions runs again for their answers.
        if self.voice.asking().is_some_and(Asking::has_ended) {
            self.abort.abort();
        } else {
            self.cancellation.cancel();
            // It may go on, and has to learn that it gets no answer.
            self.voice.end_questions();
        }
    }
}

/// Ends the questions of a handler when it is gone.
struct EndQuestions(Voice);

impl Drop for EndQuestions {
    fn drop(&mut self) {
        self.0.silence();
        self.0.end_questions();
    }
}
