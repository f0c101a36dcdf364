//! A task on the wire, in the forms of the two generations.

use mcp_core::json::{self, Object};
use mcp_core::protocol::{CoreTask, Task, TaskStatus};

use super::record::{Outcome, TaskState};
use crate::context::members::Members;
use crate::context::time::iso_8601;

/// The task without its questions and its outcome.
fn task(state: &TaskState) -> Task {
    let (created, updated) = (iso_8601(state.created), iso_8601(state.updated));
    let mut task = Task::new(&*state.id, state.status.clone(), created, updated);
    task.status_message = state.message.clone();
    task.ttl_ms = state.ttl;
    task.poll_interval_ms = Some(state.poll_interval);
    task
}

/// The task in the form of 2025-11-25.
pub(super) fn core(state: &TaskState) -> CoreTask {
    task(state).into()
}

/// Members of the result that names a new task.
pub(super) fn created(state: &TaskState) -> Members {
    let mut out = Vec::with_capacity(512);
    if state.is_core {
        json::members(&mut out, |result| result.value("task", &core(state)));
        return Members { members: out.into(), ..Members::default() };
    }
    flat(&mut out, &task(state));
    let result_type = Some("task".into());
    Members { members: out.into(), result_type, ..Members::default() }
}

/// Members of the result of `tasks/get`.
pub(super) fn described(state: &TaskState) -> Members {
    let mut out = Vec::with_capacity(512);
    write(&mut out, state);
    Members { members: out.into(), ..Members::default() }
}

/// Appends the members of a task: of the extension with its questions and its outcome.
pub(super) fn write(out: &mut Vec<u8>, state: &TaskState) {
    if state.is_core {
        flat(out, &core(state));
        return;
    }
    flat(out, &task(state));
    let mut rest = Vec::new();
    json::members(&mut rest, |members| detail(members, state));
    if !rest.is_empty() {
        out.push(b',');
        out.extend_from_slice(&rest);
    }
}

fn detail(members: &mut Object<'_>, state: &TaskState) {
    if state.status == TaskStatus::InputRequired {
        members.object("inputRequests", |requests| {
            for question in &state.questions {
                json::object(requests.entry(&question.key), |request| {
                    request.value("method", &question.method);
                    request.raw("params", question.params.get());
                });
            }
        });
    }
    match &state.outcome {
        Some(Outcome::Result(result)) => members.raw("result", result.get()),
        Some(Outcome::Error(error)) => members.value("error", error),
        None => {}
    }
}

/// Appends the members of an object, without its braces.
fn flat(out: &mut Vec<u8>, value: &impl serde::Serialize) {
    let mut object = Vec::with_capacity(256);
    json::value(&mut object, value);
    out.extend_from_slice(&object[1..object.len().saturating_sub(1).max(1)]);
}
