//! Conditions and errors that the methods of tasks share.

use std::sync::Arc;

use mcp_core::jsonrpc::{ErrorCode, ProtocolError};
use mcp_core::protocol::TASKS_EXTENSION;
use serde_json::json;

use crate::context::exchange::{Exchange, Origin, Sender};
use crate::context::session::Session;
use crate::store::StoreError;

/// Error for a store that fails.
pub(super) fn store_failed(error: &StoreError) -> ProtocolError {
    tracing::error!(error = %error.report(), "the store of the tasks failed");
    ProtocolError::internal("the store of the tasks cannot be used now; try again later")
}

/// Requires that the client declares the extension.
///
/// # Errors
/// `-32021` otherwise.
pub(super) fn require_extension(exchange: &Exchange) -> Result<(), ProtocolError> {
    match exchange.client_capabilities().has_extension(TASKS_EXTENSION) {
        true => Ok(()),
        false => Err(missing_extension("tasks")),
    }
}

pub(super) fn missing_extension(what: &str) -> ProtocolError {
    let message = format!("{what}: the client does not declare the extension `{TASKS_EXTENSION}`");
    ProtocolError::new(ErrorCode::MISSING_CLIENT_CAPABILITY, message)
        .data(json!({ "requiredCapabilities": { "extensions": { TASKS_EXTENSION: {} } } }))
}

/// Returns `true` if the sender may see a list of its tasks. Callers over the network who are not
/// authenticated cannot be told apart.
pub(crate) fn may_list(origin: &Origin) -> bool {
    let is_known = origin.principal.as_ref().is_some_and(|it| it.subject().is_some());
    is_known || !origin.is_remote()
}

/// The session of the request, if there is one.
pub(super) fn session_of(exchange: &Exchange) -> Option<&Arc<Session>> {
    match &exchange.sender {
        Sender::Session(session) => Some(session),
        Sender::Request => None,
    }
}
