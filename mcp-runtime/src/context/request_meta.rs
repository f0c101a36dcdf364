//! The members of `_meta` that the protocol reads.
//!
//! Specification: [`_meta`](https://modelcontextprotocol.io/specification/2026-07-28/basic#meta).

#[cfg(feature = "client")]
use mcp_core::json;
use mcp_core::jsonrpc::{Raw, Request};
use mcp_core::protocol::LoggingLevel;
#[cfg(feature = "client")]
use mcp_core::protocol::meta;
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
    /// Reads the `_meta` of a request, whose frame is given too.
    pub(crate) fn of(request: &Request<'a>, frame: &[u8]) -> Self {
        let long_values = request.long_values.as_deref();
        let members = request.params.map(|params| params.members_past(long_values, frame));
        let object = members.and_then(|mut members| members.find(|(key, _)| key == "_meta"));
        object.map(|(_, object)| Self::read_object(object)).unwrap_or_default()
    }

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

/// Keys of `_meta` that concern one connection, so that gateways do not forward them.
#[cfg(feature = "client")]
const CONNECTION_KEYS: [&str; 8] = [
    meta::PROGRESS_TOKEN,
    meta::PROTOCOL_VERSION,
    meta::CLIENT_INFO,
    meta::CLIENT_CAPABILITIES,
    meta::LOG_LEVEL,
    meta::SERVER_INFO,
    meta::SUBSCRIPTION_ID,
    meta::RELATED_TASK,
];

/// Returns the members of a `_meta` object that gateways forward, as JSON without the braces, on one
/// line.
#[cfg(feature = "client")]
pub(crate) fn forwarded_members(object: Raw<'_>, without: &[&str]) -> String {
    let members = json::members_string(|members| {
        for (key, value) in object.members() {
            if !CONNECTION_KEYS.contains(&&*key) && !without.contains(&&*key) {
                members.entry(&key).extend_from_slice(value.as_str().as_bytes());
            }
        }
    });
    // Strings of JSON contain no line breaks.
    members.replace(['\n', '\r'], " ")
}

/// Revision and log level of a request that stands alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Admitted {
    pub(crate) revision: Revision,
    pub(crate) log_level: Option<LoggingLevel>,
}

#[cfg(all(test, feature = "client"))]
mod tests {
    use super::*;

    #[test]
    fn keys_of_one_connection_are_not_forwarded() {
        let object = Raw::from_accepted(concat!(
            r#"{"progressToken":1,"io.modelcontextprotocol/protocolVersion":"x","#,
            r#""io.modelcontextprotocol/clientInfo":{},"a/b": [1.0, "#,
            "\n",
            r#"12345678901234567890],"io.modelcontextprotocol/serverInfo":{},"baggage":"k=v"}"#,
        ));
        let all = r#""a/b":[1.0,  12345678901234567890],"baggage":"k=v""#;
        assert_eq!(forwarded_members(object, &[]), all);
        let some = r#""a/b":[1.0,  12345678901234567890]"#;
        assert_eq!(forwarded_members(object, &["baggage"]), some);
        assert_eq!(forwarded_members(Raw::from_accepted("null"), &[]), "");
    }
}
