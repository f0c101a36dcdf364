//! Runs: a conversation in progress.

mod calls;
mod concurrent;
mod conversation;
mod events;
mod interruption;
mod result_size;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use self::conversation::Conversation;
use self::events::Events;
use super::builder::Agent;
use super::event::Event;
use super::outcome::{AgentError, Outcome};
use super::transcript::Transcript;
use crate::client::BoxFuture;

pub(super) use self::concurrent::Concurrent;
pub use self::interruption::StopHandle;

/// A conversation in progress. [`Agent::run`] and [`Agent::resume`] create one.
///
/// Awaiting it returns the outcome. Its events can be read before, with [`next`](Self::next) or as a
/// [`Stream`]. It makes progress only while it is polled.
///
/// ```
/// use mcp_runtime::agent::{Agent, Event, ScriptedModel};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), mcp_runtime::agent::AgentError> {
/// let agent = Agent::new(ScriptedModel::new().text("Hello!"));
/// let mut run = agent.run("Hi");
/// let mut text = String::new();
/// while let Some(event) = run.next().await {
///     if let Event::Text(more) = event {
///         text += &more;
///     }
/// }
/// let outcome = run.await?;
/// assert_eq!(outcome.text, text);
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
/// Dropping it cancels the model's turn and all calls in flight: their servers are notified. Its
/// transcript is lost; [`stop_handle`](Self::stop_handle) ends a run with its transcript.
#[must_use = "a run does nothing unless it is awaited"]
pub struct Run {
    work: Work,
    events: Events,
    stop: StopHandle,
}

type Finished = Result<Outcome, AgentError>;

enum Work {
    Running(BoxFuture<'static, Finished>),
    Done(Box<Finished>),
}

impl Run {
    pub(super) fn new(agent: Agent, transcript: Transcript) -> Self {
        let (events, stop) = (Events::default(), StopHandle::default());
        let conversation = Conversation::run(agent, transcript, events.clone(), stop.clone());
        Self { work: Work::Running(Box::pin(conversation)), events, stop }
    }

    /// Returns the next event; `None` at the end of the run.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Event> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Returns a handle that ends the run from another task.
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// Waits for the outcome. Events that were not read are dropped.
    ///
    /// # Errors
    /// [`AgentError`] if the model does not answer, or the tools of a server cannot be listed at the
    /// beginning. It contains the transcript. Failures of tools are no errors: the model gets them.
    pub async fn outcome(self) -> Result<Outcome, AgentError> {
        self.events.discard();
        match self.work {
            Work::Running(running) => running.await,
            Work::Done(finished) => *finished,
        }
    }
}

impl Stream for Run {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        loop {
            if let Some(event) = self.events.pop() {
                return Poll::Ready(Some(event));
            }
            let Work::Running(running) = &mut self.work else { return Poll::Ready(None) };
            match running.as_mut().poll(cx) {
                Poll::Ready(finished) => self.work = Work::Done(Box::new(finished)),
                Poll::Pending => match self.events.pop() {
                    Some(event) => return Poll::Ready(Some(event)),
                    None => return Poll::Pending,
                },
            }
        }
    }
}

impl IntoFuture for Run {
    type Output = Result<Outcome, AgentError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.outcome())
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").finish_non_exhaustive()
    }
}
