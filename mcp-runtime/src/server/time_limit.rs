//! Time limits of handlers.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use mcp_core::jsonrpc::ProtocolError;

use super::dispatch::{Started, Target};
use super::running::{DrivenHandler, Work};
use crate::clock::{Instant, Sleep, sleep_until};
use crate::component::handler::HandlerOutput;
use crate::component::tool::outcome::ToolOutcome;
use crate::context::exchange::Exchange;
use crate::context::request_channel::RequestChannel;

/// The outcome of a handler whose time is over.
pub(super) struct TimedOut {
    /// Name of the tool, if it is one.
    tool: Option<String>,
    method: String,
    channel: RequestChannel,
}

impl TimedOut {
    pub(super) fn new(exchange: &Exchange, target: &Target) -> Self {
        Self {
            tool: target.tool().map(|tool| tool.name().to_owned()),
            method: exchange.method.as_str().to_owned(),
            channel: exchange.channel.clone(),
        }
    }

    fn output(self, limit: Duration) -> Result<HandlerOutput, ProtocolError> {
        let over = format!("did not finish within {limit:?} and was cancelled");
        match self.tool {
            Some(tool) => {
                let text = format!(
                    "`{tool}` {over}; what it has done until then stays. Ask for less at once, or try again later"
                );
                Ok(HandlerOutput::Tool(ToolOutcome::failed(text)))
            }
            None => {
                let text = format!("{} {over}; try again later", self.method);
                Err(ProtocolError::internal(text))
            }
        }
    }
}

/// Limits the time of a handler that was started.
pub(super) fn limited(started: Started, limit: Duration, timed_out: TimedOut) -> Started {
    let Started::Handler { work, poll_budget, is_apart } = started else { return started };
    let handler = DrivenHandler::new(work, timed_out.channel.clone(), is_apart);
    let work = Work::Own(Box::pin(within(handler, limit, timed_out)));
    Started::Handler { work, poll_budget, is_apart: false }
}

/// Runs a handler, and drops it when its time is over.
async fn within(
    mut handler: DrivenHandler,
    limit: Duration,
    timed_out: TimedOut,
) -> Result<HandlerOutput, ProtocolError> {
    let mut clock = Clock { start: Instant::now(), limit, timer: None };
    let output = poll_fn(|cx| match Pin::new(&mut handler).poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => clock.poll_over(cx, &timed_out.channel).map(|()| None),
    })
    .await;
    output.unwrap_or_else(|| {
        // It is cancelled, as by its client.
        drop(handler);
        timed_out.channel.time_out();
        tracing::warn!(?limit, "a handler was cancelled, because it did not finish in time");
        timed_out.output(limit)
    })
}

/// The time of a handler, without that in which its client is asked.
struct Clock {
    start: Instant,
    limit: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Clock {
    /// Waits until the time is over. The end of a question wakes the task.
    fn poll_over(&mut self, cx: &mut Context<'_>, channel: &RequestChannel) -> Poll<()> {
        let Some(asking) = channel.question_time() else { return Poll::Pending };
        let Some(end) = self.start.checked_add(self.limit.saturating_add(asking)) else {
            return Poll::Pending;
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
        if timer.deadline() != end {
            timer.as_mut().reset(end);
        }
        timer.as_mut().poll(cx)
    }
}
