//! The methods about tasks: `tasks/get`, `tasks/update`, `tasks/cancel` and `tasks/list`.

use std::sync::Arc;

use mcp_core::json;
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::method::Method;
use mcp_core::protocol::CoreTask;
use serde_json::value::RawValue;

use super::access::{may_list, require_extension, session_of, store_failed};
use super::asking::ask_in_session;
use super::keys::{self, Keys, set_of};
use super::record::{Answer, TaskState};
use super::steps::{entries, from_bytes};
use super::time::now;
use super::wire;
use crate::ask::{check_object, check_response};
use crate::component::app::App;
use crate::context::exchange::Exchange;
use crate::context::members::Members;
use crate::context::principal::Owner;
use crate::shorten::shorten_to;
use crate::store::attempts::Attempts;
use crate::store::batch::{Batch, Committed, Version};
use crate::store::value::to_bytes;

/// Number of tasks on a page of `tasks/list`.
const PAGE: usize = 100;

/// A task that a request names, and that belongs to its sender.
pub(super) struct Found {
    pub(super) state: TaskState,
    pub(super) version: Version,
}

/// Answers `tasks/get`.
///
/// # Errors
/// `-32602` for a task that does not exist, `-32021` without the extension.
pub(crate) async fn get(app: Arc<App>, exchange: Exchange) -> Result<Members, ProtocolError> {
    let Found { state, .. } = find(&app, &exchange).await?;
    let task = wire::described(&state);
    if let Some(session) = session_of(&exchange).filter(|_| state.is_core) {
        ask_in_session(&app, session, state);
    }
    Ok(task)
}

/// Receives answers to the questions of a task: `tasks/update`. Those to other keys are ignored.
///
/// # Errors
/// `-32602` for a task that does not exist or malformed answers, `-32021` without the extension.
pub(crate) async fn update(app: Arc<App>, exchange: Exchange) -> Result<Members, ProtocolError> {
    let Found { state, .. } = find(&app, &exchange).await?;
    let responses = exchange.params().and_then(|params| params.member("inputResponses"));
    let responses = responses.ok_or_else(|| {
        ProtocolError::invalid_params(
            "tasks/update: expected `inputResponses`, an object with an answer for each key",
        )
    })?;
    check_object(responses)?;
    let mut answers = Vec::new();
    for (key, answer) in responses.members() {
        if state.questions.iter().any(|question| question.key == key) {
            check_response(&key, answer)?;
            let answer = RawValue::from_string(answer.as_str().to_owned()).ok();
            answers.push(Answer { key: key.into_owned(), answer, refusal: None });
        }
    }
    record_answers(&app, &state, &answers).await?;
    Ok(Members::default())
}

/// Stores answers for the run of a task, wherever it is.
pub(super) async fn record_answers(
    app: &App,
    state: &TaskState,
    answers: &[Answer],
) -> Result<(), ProtocolError> {
    if answers.is_empty() {
        return Ok(());
    }
    let keys = Keys(&state.id);
    let batch = answers.iter().fold(Batch::new(), |batch, answer| {
        batch.append(keys.answers(), to_bytes(answer), state.expires())
    });
    let batch = batch.publish(keys.topic(), Vec::new());
    app.store.commit(batch).await.map(drop).map_err(|error| store_failed(&error))
}

/// Cancels a task: `tasks/cancel`.
///
/// # Errors
/// `-32602` for a task that does not exist; in 2025-11-25 also for one that has ended. `-32021` without
/// the extension.
pub(crate) async fn cancel(app: Arc<App>, exchange: Exchange) -> Result<Members, ProtocolError> {
    let attempts = Attempts::begin();
    loop {
        let Found { mut state, version } = find(&app, &exchange).await?;
        if state.status.is_terminal() {
            return match state.is_core {
                false => Ok(Members::default()),
                true => Err(ProtocolError::invalid_params(format!(
                    "tasks/cancel: the task {} has ended",
                    state.id
                ))),
            };
        }
        state.cancel();
        state.updated = now();
        let keys = Keys(&state.id);
        let batch = Batch::new()
            .expect(keys.state(), version)
            .put(keys.state(), to_bytes(&state), state.expires())
            .publish(keys.topic(), Vec::new());
        // A run that is at work cannot write any more.
        match app.store.commit(keys.end(batch)).await {
            Ok(Committed::Yes(_)) if state.is_core => return Ok(wire::described(&state)),
            Ok(Committed::Yes(_)) => return Ok(Members::default()),
            Ok(Committed::Conflict) if attempts.are_left() => {}
            Ok(Committed::Conflict) => {
                return Err(ProtocolError::internal("the task changes all the time; try again"));
            }
            Err(error) => return Err(store_failed(&error)),
        }
    }
}

/// Lists the tasks of the sender: `tasks/list`. Revision 2025-11-25 only.
///
/// # Errors
/// `-32602` for a cursor of no list, `-32601` for callers who cannot be told apart.
pub(crate) async fn list(app: Arc<App>, exchange: Exchange) -> Result<Members, ProtocolError> {
    if !may_list(&exchange.origin) {
        return Err(ProtocolError::method_not_found(Method::TasksList.as_str()));
    }
    let cursor = exchange.params().and_then(|params| params.member("cursor"));
    let cursor = cursor.filter(|cursor| !cursor.is_null()).map(|cursor| {
        cursor.string().filter(|cursor| keys::is_id(keys::id_of(cursor))).ok_or_else(|| {
            ProtocolError::invalid_params("tasks/list: expected the `nextCursor` of a page")
        })
    });
    let mut after = cursor.transpose()?.map(std::borrow::Cow::into_owned);
    let set = set_of(&Owner::of(exchange.origin.principal.as_deref()));
    let mut tasks = Vec::new();
    loop {
        let page = app.store.members(&set, after.as_deref(), PAGE).await;
        let page = page.map_err(|error| store_failed(&error))?;
        after = page.last().cloned();
        let is_last = page.len() < PAGE;
        for member in page {
            match load(&app, keys::id_of(&member)).await? {
                Some(Found { state, .. }) if state.is_core => tasks.push(state),
                Some(_) => {}
                None => {
                    let forgotten = Batch::new().take(&*set, member);
                    app.store.commit(forgotten).await.map_err(|error| store_failed(&error))?;
                }
            }
        }
        if is_last || !tasks.is_empty() {
            let cursor = after.filter(|_| !is_last);
            return Ok(listed(&tasks, cursor));
        }
    }
}

fn listed(tasks: &[TaskState], cursor: Option<String>) -> Members {
    let mut out = Vec::with_capacity(256 * tasks.len());
    json::members(&mut out, |result| {
        let tasks: Vec<CoreTask> = tasks.iter().map(wire::core).collect();
        result.value("tasks", &tasks);
        result.optional("nextCursor", cursor.as_ref());
    });
    Members { members: out.into(), ..Members::default() }
}

/// Finds the task that a request names. Tasks of others, and of the other generation, do not exist for
/// it.
///
/// # Errors
/// `-32602` for a task that does not exist, `-32021` without the extension.
pub(super) async fn find(app: &App, exchange: &Exchange) -> Result<Found, ProtocolError> {
    let is_core = exchange.facts().core_tasks();
    if !is_core {
        require_extension(exchange)?;
    }
    let id = exchange.subject("taskId")?.ok_or_else(|| {
        let method = exchange.method.as_str();
        let message = format!("{method}: expected `taskId`, the id of a task, as a string");
        ProtocolError::invalid_params(message)
    })?;
    let found = match keys::is_id(&id) {
        true => load(app, &id).await?,
        false => None,
    };
    let owner = Owner::of(exchange.origin.principal.as_deref());
    found.filter(|it| it.state.owner == owner && it.state.is_core == is_core).ok_or_else(|| {
        let method = exchange.method.as_str();
        let shown = shorten_to(&id, 64);
        let message = format!("{method}: there is no task `{shown}`, or no more");
        ProtocolError::invalid_params(message)
    })
}

/// Reads a task as its client sees it: a question is open until the client has answered it, even if the run of
/// the task has not read the answer yet.
pub(super) async fn load(app: &App, id: &str) -> Result<Option<Found>, ProtocolError> {
    let record = app.store.get(&Keys(id).state()).await.map_err(|error| store_failed(&error))?;
    let Some(record) = record else { return Ok(None) };
    let mut state: TaskState = from_bytes(&record.value).map_err(|error| {
        tracing::error!(task = id, %error, "the store has no readable record of a task");
        ProtocolError::internal("the task cannot be read")
    })?;
    // Sessions ask by themselves. No key is used for a second question, so an answer to a key is final.
    if !state.is_core && !state.questions.is_empty() {
        let answers = entries(&app.store, &Keys(id).answers(), 0).await;
        let answers = answers.map_err(|error| store_failed(&error))?;
        let answered = answers.iter().filter_map(|(_, answer)| from_bytes::<Answer>(answer).ok());
        answered.for_each(|answer| state.close_question(&answer.key));
    }
    Ok(Some(Found { state, version: record.version }))
}
