//! The members of `_meta` that the protocol reads.
//!
//! Specification: [`_meta`](https://modelcontextprotocol.io/specification/2026-07-28/basic#meta).

use mcp_core::jsonrpc::Raw;
use mcp_core::protocol::LoggingLevel;
use mcp_core::revision::Revision;

/// Prefix of the protocol's own keys in `_meta`.
pub(crate) const META_PREFIX: &str = "io.modelcontextprotocol/";

/// Members of `_meta` that the protocol reads.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RequestMeta<'a> {
    /// The object as a whole.
    pub(crate) object: Option<Raw<'a>>,
    pub(crate) protocol_version: Option<Raw<'a>>,
    pub(crate) client_capabilities: Option<Raw<'a>>,
    pub(crate) log_level: Option<Raw<'a>>,
    pub(crate) progress_token: Option<Raw<'a>>,
}

impl<'a> RequestMeta<'a> {
    /// Reads the `_meta` of parameters.
    pub(crate) fn read(params: Option<Raw<'a>>) -> Self {
        let object = params.and_then(|params| params.member("_meta"));
        object.filter(|object| !object.is_null()).map(Self::read_object).unwrap_or_default()
    }

    /// Reads a `_meta` object.
    pub(crate) fn read_object(object: Raw<'a>) -> Self {
        let mut meta = Self { object: Some(object), ..Self::default() };
        for (key, value) in object.members().filter(|(_, value)| !value.is_null()) {
            match key.strip_prefix(META_PREFIX) {
                Some("protocolVersion") => meta.protocol_version = Some(value),
                Some("clientCapabilities") => meta.client_capabilities = Some(value),
                Some("logLevel") => meta.log_level = Some(value),
                None if key == "progressToken" => meta.progress_token = Some(value),
                _ => {}
            }
        }
        meta
    }

    /// `true` if the message stands alone instead of belonging to a session.
    pub(crate) fn is_stateless(&self) -> bool {
        self.protocol_version.is_some()
    }
}

/// Revision and log level of a request that stands alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Admitted {
    pub(crate) revision: Revision,
    pub(crate) log_level: Option<LoggingLevel>,
}
