//! Requests that carry their revision and the capabilities of their client.
//!
//! Specification: [`_meta`](https://modelcontextprotocol.io/specification/2026-07-28/basic#meta),
//! [Versioning](https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning).

use mcp_core::jsonrpc::{ErrorCode, ProtocolError, Raw};
use mcp_core::protocol::LoggingLevel;
use mcp_core::revision::{Opens, Revision};
use serde_json::json;

use crate::context::request_meta::{Admitted, META_PREFIX, RequestMeta};
use crate::shorten::shorten;

/// Reads the protocol version of a request.
///
/// # Errors
/// `-32602` if it is missing or not a string.
fn version<'a>(meta: &RequestMeta<'a>) -> Result<std::borrow::Cow<'a, str>, ProtocolError> {
    meta.protocol_version.and_then(Raw::string).ok_or_else(missing_version)
}

/// Admits a request by its `_meta`.
///
/// # Errors
/// `-32602` for missing or malformed members, `-32022` for a revision that is not supported or opens
/// with a handshake.
pub(crate) fn admit(meta: &RequestMeta<'_>) -> Result<Admitted, ProtocolError> {
    let requested = version(meta)?;
    let capabilities = meta.client_capabilities;
    if !capabilities.is_some_and(Raw::is_object) {
        return Err(missing("clientCapabilities", "an object"));
    }
    let revision = Revision::opening_by(Opens::EveryRequest)
        .find(|revision| revision.as_str() == requested)
        .ok_or_else(|| unsupported(&requested))?;
    Ok(Admitted { revision, log_level: log_level(meta)? })
}

fn log_level(meta: &RequestMeta<'_>) -> Result<Option<LoggingLevel>, ProtocolError> {
    let Some(level) = meta.log_level else { return Ok(None) };
    let parsed = level.string().and_then(|name| LoggingLevel::parse(&name));
    parsed.map(Some).ok_or_else(|| {
        let came = shorten(level.as_str());
        ProtocolError::invalid_params(format!(
            "`_meta[\"{META_PREFIX}logLevel\"]`: expected a log level such as \"info\", got {came}"
        ))
    })
}

/// Creates the error for a request without a protocol version.
pub(crate) fn missing_version() -> ProtocolError {
    missing("protocolVersion", "a string")
}

fn missing(name: &str, kind: &str) -> ProtocolError {
    ProtocolError::invalid_params(format!("`_meta[\"{META_PREFIX}{name}\"]`: expected {kind}"))
}

/// Creates the error for a revision that is not supported or opens with a handshake.
pub(crate) fn unsupported(requested: &str) -> ProtocolError {
    let supported: Vec<_> =
        Revision::opening_by(Opens::EveryRequest).map(Revision::as_str).collect();
    ProtocolError::new(ErrorCode::UNSUPPORTED_PROTOCOL_VERSION, "unsupported protocol version")
        .data(json!({ "supported": supported, "requested": requested }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(meta: &str, expected: Result<Option<&str>, i64>) {
        let meta = RequestMeta::read(Raw::from_accepted(meta));
        let found = admit(&meta);
        match expected {
            Ok(level) => {
                let admitted = found.unwrap();
                assert_eq!(admitted.log_level, level.and_then(LoggingLevel::parse));
            }
            Err(code) => assert_eq!(found.unwrap_err().code.0, code),
        }
    }

    #[test]
    fn a_request_names_its_revision_and_capabilities() {
        let good = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}"#;
        check(&format!("{{{good}}}"), Ok(None));
        check(
            &format!(r#"{{{good},"io.modelcontextprotocol/logLevel":"debug"}}"#),
            Ok(Some("debug")),
        );
        check(&format!(r#"{{{good},"io.modelcontextprotocol/logLevel":"loud"}}"#), Err(-32602));
        check("{}", Err(-32602));
        check(r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#, Err(-32602));
        check(&format!("{{{}}}", good.replace("{}", "[]")), Err(-32602));
        check(&format!("{{{}}}", good.replace("2026-07-28", "v999")), Err(-32022));
        check(&format!("{{{}}}", good.replace("2026-07-28", "2025-11-25")), Err(-32022));
    }
}
