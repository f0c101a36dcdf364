//! The handshake of the legacy revisions, and what it leaves behind.
//!
//! Specification: [Lifecycle](https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle).

use std::sync::{Arc, Mutex, PoisonError};

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::protocol::{ClientCapabilities, Implementation, InitializeParams, LoggingLevel};
use mcp_core::revision::Revision;

use crate::ask::back_channel::Questions;
use crate::ask::roots::KnownRoots;
use crate::context::watch::Watch;
use crate::server::app::Live;

/// What a handshake has settled, for the pipe or the HTTP session it opened.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) revision: Revision,
    pub(crate) client: Implementation,
    pub(crate) capabilities: ClientCapabilities,
    /// What it was asked and has not answered.
    pub(crate) questions: Questions,
    /// The roots it has told.
    pub(crate) roots: KnownRoots,
    /// What the client watches, and what it knows of the lists.
    pub(crate) watch: Watch,
    log_level: Mutex<LoggingLevel>,
}

impl Session {
    /// Tells the client something that belongs to no request, and says whether it will be told.
    pub(crate) fn post(&self, message: Vec<u8>) -> bool {
        self.watch.post(message)
    }

    /// The lowest level of log messages that the client wants.
    pub(crate) fn log_level(&self) -> LoggingLevel {
        *self.log_level.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_log_level(&self, level: LoggingLevel) {
        *self.log_level.lock().unwrap_or_else(PoisonError::into_inner) = level;
    }
}

/// Reads the parameters of `initialize` and settles the revision. What changes from then on is news
/// to the client, whenever it begins to listen.
///
/// # Errors
/// `-32602` if the parameters are not those of the method.
pub(crate) fn open(live: &Arc<Live>, params: Option<Raw<'_>>) -> Result<Session, ProtocolError> {
    let params = params.ok_or_else(|| {
        ProtocolError::invalid_params(
            "initialize: expected `params` with `protocolVersion`, `capabilities` and `clientInfo`",
        )
    })?;
    let params: InitializeParams = params
        .parse()
        .map_err(|error| ProtocolError::invalid_params(format!("initialize: {error}")))?;
    Ok(Session {
        revision: Revision::negotiate(&params.protocol_version),
        client: params.client_info,
        capabilities: params.capabilities,
        questions: Questions::default(),
        roots: KnownRoots::default(),
        watch: Watch::new(live),
        // The revisions leave the level before `logging/setLevel` to the server.
        log_level: Mutex::new(LoggingLevel::Info),
    })
}
