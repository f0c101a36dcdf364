//! Members of a repeated request: the state of the call, and answers to its questions.

use std::sync::Arc;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::revision::Asks;

use super::Asking;
use crate::context::exchange::Exchange;
use crate::context::host::Host;

/// The members of a request that continue a call.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Retry<'a> {
    pub(crate) state: Option<Raw<'a>>,
    pub(crate) responses: Option<Raw<'a>>,
}

impl<'a> Retry<'a> {
    /// Reads them from the parameters of a request.
    pub(crate) fn of(exchange: &'a Exchange) -> Self {
        let mut retry = Self::default();
        for (key, value) in exchange.param_members() {
            retry.take(&key, value);
        }
        retry
    }

    /// Stores a member if it is one of them.
    pub(crate) fn take(&mut self, key: &str, value: Raw<'a>) {
        match key {
            "requestState" => self.state = Some(value),
            "inputResponses" => self.responses = Some(value),
            _ => {}
        }
    }

    fn is_empty(&self) -> bool {
        self.state.is_none() && self.responses.is_none()
    }
}

/// Returns `true` for a member that is not `null`.
pub(super) fn is_given(member: &Raw<'_>) -> bool {
    member.as_str() != "null"
}

/// Restores the state of a repeated request before its handler runs.
///
/// # Errors
/// `-32602`, with the same message for any reason, if the state does not belong to this call.
pub(crate) fn admit(
    host: &Arc<impl Host>,
    exchange: &Exchange,
    retry: Retry<'_>,
) -> Result<(), ProtocolError> {
    if retry.is_empty() || exchange.facts().asks != Asks::RetryWithInput {
        return Ok(());
    }
    let asking = Asking::get_or_init(exchange, || Asking::of(host.clone(), exchange));
    asking.take_outcome().map_or(Ok(()), |outcome| outcome.map(drop))
}
