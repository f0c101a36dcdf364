//! `tasks/result` of 2025-11-25: waits for the end of a task, and asks its questions meanwhile.

use std::collections::HashMap;
use std::sync::Arc;

use mcp_core::json::{self, Object};
use mcp_core::jsonrpc::{ProtocolError, Raw};
use serde_json::value::RawValue;
use tokio::task::JoinSet;

use super::keys::Keys;
use super::methods::{Found, find, load, record_answers};
use super::record::{Answer, OpenQuestion, Outcome, TaskState};
use super::sink::RELATED_TASK;
use super::{session_of, store_failed};
use crate::ask::back_channel::ask_once;
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
    let mut asking = Asking { exchange: &exchange, sent: HashMap::new(), answers: JoinSet::new() };
    loop {
        let Some(Found { state: current, .. }) = load(&app, &state.id).await? else {
            return Err(ProtocolError::invalid_params("tasks/result: the task is gone"));
        };
        state = current;
        if state.status.is_terminal() {
            return ended(&state);
        }
        asking.ask_new(&app, &state);
        tokio::select! {
            message = changes.next() => if message.is_none() {
                return Err(ProtocolError::internal("the server ends"));
            },
            Some(answered) = asking.answers.join_next() => {
                if let Ok(Some(answer)) = answered {
                    record_answers(&app, &state, &[answer]).await?;
                }
            }
            () = app.closing.cancelled() => {
                return Err(ProtocolError::internal("the server ends; ask another one for the result"));
            }
        }
    }
}

/// Questions that this request has sent. Dropping them cancels those without an answer.
struct Asking<'a> {
    exchange: &'a Exchange,
    sent: HashMap<String, ()>,
    answers: JoinSet<Option<Answer>>,
}

impl Asking<'_> {
    /// Sends the questions that were not sent yet.
    fn ask_new(&mut self, app: &App, state: &TaskState) {
        let Some(session) = session_of(self.exchange) else { return };
        for question in &state.questions {
            if self.sent.insert(question.key.clone(), ()).is_some() {
                continue;
            }
            let (key, params) = (question.key.clone(), with_task(question, &state.id));
            let method = question.method.clone();
            let (session, channel) = (Arc::clone(session), self.exchange.channel.clone());
            let timeout = app.asking.answer_timeout;
            self.answers.spawn(async move {
                let answer = ask_once(&session, &channel, (&method, &params), timeout).await;
                let answer = answer.inspect_err(|error| tracing::debug!(%error, key, "no answer"));
                Some(Answer { key, answer: answer.ok()? })
            });
        }
    }
}

/// The parameters of a question, with the task in their `_meta`.
fn with_task(question: &OpenQuestion, id: &str) -> String {
    let params = Raw::from_accepted(question.params.get());
    json::object_string(|out| {
        let mut given = None;
        for (key, value) in params.members() {
            match &*key {
                "_meta" => given = Some(value),
                key => copy(out, key, value),
            }
        }
        out.object("_meta", |meta| {
            for (key, value) in given.into_iter().flat_map(Raw::members) {
                copy(meta, &key, value);
            }
            meta.object(RELATED_TASK, |task| task.value("taskId", id));
        });
    })
}

fn copy(object: &mut Object<'_>, key: &str, value: Raw<'_>) {
    object.entry(key).extend_from_slice(value.as_str().as_bytes());
}

/// What the call came to, with the task in the `_meta` of its result.
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
