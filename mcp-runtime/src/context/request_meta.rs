//! The members of `_meta` that the protocol reads.
//!
//! Specification: [`_meta`](https://modelcontextprotocol.io/specification/2026-07-28/basic#meta).

#[cfg(feature = "client")]
use mcp_core::json;
use mcp_core::jsonrpc::Raw;
use mcp_core::protocol::LoggingLevel;
#[cfg(feature = "client")]
use mcp_core::protocol::meta;
use mcp_core::revision::Revision;

pub(crate) use mcp_core::jsonrpc::{KnownMeta as RequestMeta, META_PREFIX};

/// Reads the `_meta` of the parameters of a notification.
pub(crate) fn meta_of(params: Option<Raw<'_>>) -> RequestMeta<'_> {
    let object = params.and_then(|params| params.member("_meta"));
    object.filter(|object| !object.is_null()).map(RequestMeta::read).unwrap_or_default()
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
