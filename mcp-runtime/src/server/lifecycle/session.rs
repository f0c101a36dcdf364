//! The handshake of the legacy revisions.
//!
//! Specification: [Lifecycle](https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle).

use std::sync::Arc;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::protocol::InitializeParams;
use mcp_core::revision::Revision;

use crate::context::changes::ChangeFeed;
use crate::context::session::Session;
use crate::read_json::read_json;

/// Reads the parameters of `initialize` and negotiates the revision.
///
/// # Errors
/// `-32602` if the parameters are not those of the method.
pub(crate) fn open(
    feed: &Arc<ChangeFeed>,
    params: Option<Raw<'_>>,
) -> Result<Session, ProtocolError> {
    let params = params.ok_or_else(|| {
        ProtocolError::invalid_params(
            "initialize: expected `params` with `protocolVersion`, `capabilities` and `clientInfo`",
        )
    })?;
    let params: InitializeParams = read_json(params.as_str())
        .map_err(|error| ProtocolError::invalid_params(format!("initialize: {error}")))?;
    let revision = Revision::negotiate(&params.protocol_version);
    Ok(Session::new(feed, revision, params.client_info, params.capabilities))
}
