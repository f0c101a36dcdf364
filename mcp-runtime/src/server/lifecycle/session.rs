//! The handshake of the legacy revisions.
//!
//! Specification: [Lifecycle](https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle).

use std::sync::Arc;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::protocol::InitializeParams;
use mcp_core::revision::Revision;

use crate::context::budget::{Budget, Exceeded};
use crate::context::changes::ChangeFeed;
use crate::context::session::Session;
use crate::read_json::read_json;

/// Obstacle to a session.
#[derive(Debug)]
pub(crate) enum NotOpened {
    /// The parameters are not those of the method.
    Invalid(ProtocolError),
    /// There is no memory for it.
    Exceeded(Exceeded),
}

impl From<ProtocolError> for NotOpened {
    fn from(error: ProtocolError) -> Self {
        Self::Invalid(error)
    }
}

/// Reads the parameters of `initialize` and negotiates the revision.
///
/// # Errors
/// [`NotOpened`] if the parameters are not those of the method, or there is no memory.
pub(crate) fn open(
    feed: &Arc<ChangeFeed>,
    budget: Arc<Budget>,
    params: Option<Raw<'_>>,
) -> Result<Session, NotOpened> {
    let params = params.ok_or_else(|| {
        ProtocolError::invalid_params(
            "initialize: expected `params` with `protocolVersion`, `capabilities` and `clientInfo`",
        )
    })?;
    let params: InitializeParams = read_json(params.as_str())
        .map_err(|error| ProtocolError::invalid_params(format!("initialize: {error}")))?;
    let revision = Revision::negotiate(&params.protocol_version);
    let InitializeParams { client_info, capabilities, .. } = params;
    Session::new(feed, budget, revision, client_info, capabilities).map_err(NotOpened::Exceeded)
}
