//! Tasks: calls of tools that go on after their answer, and survive this process.
//!
//! A task is data in the [`Store`](crate::Store): the call, the results of its `once` steps, and the
//! answers of its client. It is created before the client gets its id. [`run`] carries it out, from the
//! beginning each time: what the store has is not done again. Every write of a run requires that the run
//! is still the current one of its task, so an instance that was taken for dead cannot write.
//!
//! Specification: [Tasks extension](https://github.com/modelcontextprotocol/ext-tasks/blob/main/specification/draft/tasks.md),
//! and of 2025-11-25 [Tasks](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks).

mod admission;
mod exchange;
mod follow;
mod keys;
mod methods;
mod record;
mod result;
mod room;
mod run;
mod sink;
mod steps;
mod time;
mod wire;

pub(crate) use admission::admit;
pub(crate) use follow::{Followed, follow};
pub(crate) use methods::{cancel, get, list, update};
pub(crate) use result::result;
pub(crate) use run::resume;

use mcp_core::jsonrpc::{ErrorCode, ProtocolError};
use mcp_core::protocol::TASKS_EXTENSION;
use serde_json::json;

use crate::context::exchange::{Exchange, Sender};
use crate::store::StoreError;

/// Error for a store that fails.
fn store_failed(error: &StoreError) -> ProtocolError {
    tracing::error!(error = %error.report(), "the store of the tasks failed");
    ProtocolError::internal("the store of the tasks cannot be used now; try again later")
}

/// Requires that the client declares the extension.
///
/// # Errors
/// `-32021` otherwise.
pub(crate) fn require_extension(exchange: &Exchange) -> Result<(), ProtocolError> {
    match exchange.client_capabilities().has_extension(TASKS_EXTENSION) {
        true => Ok(()),
        false => Err(missing_extension("tasks")),
    }
}

fn missing_extension(what: &str) -> ProtocolError {
    let message = format!("{what}: the client does not declare the extension `{TASKS_EXTENSION}`");
    ProtocolError::new(ErrorCode::MISSING_CLIENT_CAPABILITY, message)
        .data(json!({ "requiredCapabilities": { "extensions": { TASKS_EXTENSION: {} } } }))
}

/// Returns `true` if the sender may see a list of its tasks. Callers over the network who are not
/// authenticated cannot be told apart.
pub(crate) fn may_list(origin: &crate::context::exchange::Origin) -> bool {
    let is_known = origin.principal.as_ref().is_some_and(|it| it.subject().is_some());
    is_known || !origin.is_remote()
}

/// The session of the request, if there is one.
fn session_of(exchange: &Exchange) -> Option<&std::sync::Arc<crate::context::session::Session>> {
    match &exchange.sender {
        Sender::Session(session) => Some(session),
        Sender::Request => None,
    }
}
