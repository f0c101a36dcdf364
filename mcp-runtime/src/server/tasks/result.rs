//! `tasks/result` of 2025-11-25: waits for the end of a task, and asks its questions meanwhile.

use std::sync::Arc;

use mcp_core::json;
use mcp_core::jsonrpc::{ProtocolError, Raw};
use serde_json::value::RawValue;

use super::access::{session_of, store_failed};
use super::asking::{TaskQuestions, copy, look_again};
use super::keys::Keys;
use super::methods::{Found, find, load, record_answers};
use super::record::{Answer, Outcome, TaskState};
use super::sink::RELATED_TASK;
use crate::component::app::App;
use crate::context::exchange::Exchange;
use crate::context::members::Members;

/// Answers `tasks/result`. Questions of the task are sent to the client before.
///
/// # Errors
/// `-32602` for a task that does not exist, or the error that the task ended with.
pub(crate) async fn result(app: Arc<App>, exchange: Exchange) -> Result<Members, ProtocolError> {
    let Found { mut state, .. } = find(&app, &exchange).await?;
    let topic = app.store.subscribe(&Keys(&state.id).topic()).await;
    let mut changes = topic.map_err(|error| store_failed(&error))?;
    let mut questions =
        session_of(&exchange).map(|session| TaskQuestions::with(&app, session, &exchange.channel));
    loop {
        let Some(Found { state: current, .. }) = load(&app, &state.id).await? else {
            return Err(ProtocolError::invalid_params("tasks/result: the task is gone"));
        };
        state = current;
        if state.status.is_terminal() {
            return ended(&state);
        }
        if let Some(questions) = &mut questions {
            questions.ask(&state);
        }
        tokio::select! {
            message = changes.next() => if message.is_none() {
                return Err(ProtocolError::internal("the server ends"));
            },
            Some(answered) = next(&mut questions) => match answered {
                Some(answer) => record_answers(&app, &state, &[answer]).await?,
                None => look_again(&app, &state.id).await,
            },
            () = app.closing.cancelled() => {
                return Err(ProtocolError::internal("the server ends; ask another one for the result"));
            }
        }
    }
}

async fn next(questions: &mut Option<TaskQuestions>) -> Option<Option<Answer>> {
    questions.as_mut()?.next().await
}

/// Result or error of the call, with the task in the `_meta` of its result.
fn ended(state: &TaskState) -> Result<Members, ProtocolError> {
    match &state.outcome {
        Some(Outcome::Result(result)) => Ok(with_related(result, &state.id)),
        Some(Outcome::Error(error)) => Err(error.clone()),
        None => Err(ProtocolError::internal("the client cancelled the task")),
    }
}

fn with_related(result: &RawValue, id: &str) -> Members {
    let mut out = Vec::with_capacity(result.get().len());
    let mut given = None;
    json::members(&mut out, |members| {
        for (key, value) in Raw::from_accepted(result.get()).members() {
            match &*key {
                "_meta" => given = Some(value),
                key => copy(members, key, value),
            }
        }
    });
    let meta = json::members_string(|meta| {
        for (key, value) in given.into_iter().flat_map(Raw::members) {
            copy(meta, &key, value);
        }
        meta.object(RELATED_TASK, |task| task.value("taskId", id));
    });
    Members { members: out.into(), meta, ..Members::default() }
}
