//! Rounds of calls that ask: one that is sent twice is carried out once.

use std::sync::Arc;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::revision::Facts;

use super::dispatch::{self, Started, Target};
use super::hook;
use super::masking;
use super::result_size::oversized;
use super::running::{DrivenHandler, Work};
use crate::ask::Asking;
use crate::ask::rounds::{Answer, Claimed, RoundId, Rounds};
use crate::component::app::App;
use crate::component::handler::HandlerOutput;
use crate::context::exchange::Exchange;
use crate::context::members::Members;

/// Answers a request that goes on with a call, or starts its handler, within the hooks.
#[cold]
pub(super) fn start(app: &Arc<App>, exchange: Exchange, target: Target) -> Started {
    let Some(id) = RoundId::of(&**app, &exchange) else { return started(app, exchange, target) };
    let poll_budget = Arc::clone(target.poll_budget().unwrap_or(&app.poll_budget));
    let work = round(Arc::clone(app), id, exchange, target);
    Started::Handler { work: Work::Own(Box::pin(work)), poll_budget, is_apart: false }
}

fn started(app: &Arc<App>, exchange: Exchange, target: Target) -> Started {
    match app.runs_hooks {
        true => hook::around(app, exchange, Ok(target)),
        false => dispatch::start(app, exchange, target),
    }
}

async fn round(
    app: Arc<App>,
    id: RoundId,
    exchange: Exchange,
    target: Target,
) -> Result<HandlerOutput, ProtocolError> {
    Asking::unseal(&exchange).await?;
    let mut running = match Rounds::claim(&app.rounds, id).await? {
        Claimed::Done(answer) => return Ok(HandlerOutput::Members(answer.into())),
        Claimed::Run(running) => running,
    };
    if app.store.is_persistent()
        && let Some(answer) = running.claim_in(&app.store, app.instance.id()).await?
    {
        running.settle(answer.clone());
        return Ok(HandlerOutput::Members(answer.into()));
    }
    running.enter(&exchange);
    let (facts, channel) = (exchange.facts(), exchange.channel.clone());
    let mut output = match started(&app, exchange, target) {
        Started::Ready(output) => output,
        Started::Refused(exceeded) => Err(exceeded.error()),
        Started::Handler { work, is_apart, .. } => {
            DrivenHandler::new(work, channel, is_apart).await
        }
    };
    masking::mask(&app, &mut output);
    let answer = answer(bounded(output?, facts, app.bounds.max_result_size)?, facts);
    running.done(answer.clone()).await?;
    Ok(HandlerOutput::Members(answer.into()))
}

/// The output, or what is sent in place of one that is too large.
fn bounded(
    output: HandlerOutput,
    facts: &Facts,
    max: usize,
) -> Result<HandlerOutput, ProtocolError> {
    let size = match &output {
        HandlerOutput::Members(members) => members.members.len(),
        // JSON escapes a character with at most six.
        HandlerOutput::Tool(outcome) if outcome.size_hint() < max / 6 => 0,
        HandlerOutput::Tool(outcome) => {
            let mut members = Vec::new();
            outcome.write_members(&mut members, facts);
            members.len()
        }
    };
    if size > max { oversized(&output, size, max) } else { Ok(output) }
}

/// The output as it is kept.
fn answer(output: HandlerOutput, facts: &Facts) -> Answer {
    match output {
        HandlerOutput::Members(Members { members, meta, cache, result_type, .. }) => {
            Answer { members, meta, cache, result_type }
        }
        HandlerOutput::Tool(outcome) => {
            let mut members = Vec::with_capacity(outcome.size_hint());
            outcome.write_members(&mut members, facts);
            Answer {
                members: members.into(),
                meta: outcome.meta_members(),
                cache: None,
                result_type: outcome.result_type().map(Into::into),
            }
        }
    }
}
