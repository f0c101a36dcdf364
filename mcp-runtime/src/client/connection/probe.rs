//! The outcome of the probe `server/discover`, by which the era of a server is found.

use mcp_core::jsonrpc::{ErrorCode, ProtocolError};
use mcp_core::protocol::{DiscoverResult, meta};
use mcp_core::revision::Revision;
use serde::Deserialize;

use super::ServerInfo;
use crate::client::error::Error;
use crate::client::message::JsonText;

/// The outcome of the probe.
pub(super) enum Probe {
    /// The server is of the modern era.
    Modern(Box<DiscoverResult>),
    /// The server is of the modern era and supports these revisions.
    Supports(Vec<String>),
    /// The server is of the legacy era, or does not prove otherwise.
    Legacy(Error),
    /// The era is unknown and must not be guessed.
    Failed(Error),
}

impl Probe {
    /// Classifies the response to the probe. Any answer that is no good modern one is that of a server
    /// of the legacy era.
    pub(super) fn of(outcome: Result<JsonText, Error>) -> Self {
        match outcome {
            Ok(result) => match serde_json::from_str::<DiscoverResult>(result.as_str()) {
                Ok(found) if !found.supported_versions.is_empty() => Self::Modern(Box::new(found)),
                _ => Self::Legacy(Error::protocol(
                    "the answer to `server/discover` names no revision",
                )),
            },
            Err(Error::Remote(error)) => match error.code {
                ErrorCode::UNSUPPORTED_PROTOCOL_VERSION => {
                    Self::Supports(supported_versions(&error))
                }
                ErrorCode::HEADER_MISMATCH | ErrorCode::MISSING_CLIENT_CAPABILITY => {
                    Self::Failed(Error::Remote(error))
                }
                _ => Self::Legacy(Error::Remote(error)),
            },
            Err(Error::Http(failure)) => match failure.status {
                // The server requires something else first, or cannot answer now.
                401 | 403 | 429 | 500.. => Self::Failed(Error::Http(failure)),
                _ => Self::Legacy(Error::Http(failure)),
            },
            // A server of the legacy era may end upon an unknown request, or answer with what is no
            // message.
            Err(error @ (Error::Closed(_) | Error::Protocol { .. })) => Self::Legacy(error),
            Err(error) => Self::Failed(error),
        }
    }
}

/// Returns the revisions that an error of the server lists as supported.
pub(crate) fn supported_versions(error: &ProtocolError) -> Vec<String> {
    #[derive(Deserialize)]
    struct Data {
        supported: Vec<String>,
    }
    let data = error.data.clone().and_then(|data| serde_json::from_value::<Data>(data).ok());
    data.map(|data| data.supported).unwrap_or_default()
}

/// Describes a server by its response to the probe.
pub(super) fn server_info(found: DiscoverResult, revision: Revision) -> ServerInfo {
    let info = found.meta.as_ref().and_then(|meta| meta.get(meta::SERVER_INFO)).cloned();
    ServerInfo {
        revision,
        implementation: info.and_then(|info| serde_json::from_value(info).ok()),
        capabilities: found.capabilities,
        instructions: found.instructions,
    }
}

/// Returns `true` for an error with which servers of the modern era refuse a handshake.
pub(super) fn is_modern_refusal(error: &Error) -> bool {
    let codes = [
        ErrorCode::UNSUPPORTED_PROTOCOL_VERSION,
        ErrorCode::HEADER_MISMATCH,
        ErrorCode::MISSING_CLIENT_CAPABILITY,
        ErrorCode::METHOD_NOT_FOUND,
    ];
    error.remote().is_some_and(|error| codes.contains(&error.code))
}

/// Returns `true` if the server does not know the method.
pub(super) fn is_unknown_method(error: &Error) -> bool {
    error.remote().is_some_and(|error| error.code == ErrorCode::METHOD_NOT_FOUND)
}
