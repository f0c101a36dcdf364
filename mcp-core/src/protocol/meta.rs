//! Metadata of messages and objects, under `_meta`.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::borrowed::text;
use super::{LoggingLevel, ProgressToken};

/// Key of the token for progress notifications about a request.
pub const PROGRESS_TOKEN: &str = "progressToken";
/// Key of the revision of a request. Since 2026-07-28.
pub const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
/// Key of the name and version of the client. Since 2026-07-28.
pub const CLIENT_INFO: &str = "io.modelcontextprotocol/clientInfo";
/// Key of the capabilities of the client. Since 2026-07-28.
pub const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
/// Key of the least severe log level to send for a request. Since 2026-07-28.
pub const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
/// Key of the name and version of the server. Since 2026-07-28.
pub const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
/// Key of the subscription that a notification belongs to. Since 2026-07-28.
pub const SUBSCRIPTION_ID: &str = "io.modelcontextprotocol/subscriptionId";
/// Key of the task that a message belongs to. Revision 2025-11-25 only.
pub const RELATED_TASK: &str = "io.modelcontextprotocol/related-task";
/// Key of the text for the model while a task runs. Revision 2025-11-25 only.
pub const MODEL_IMMEDIATE_RESPONSE: &str = "io.modelcontextprotocol/model-immediate-response";
/// Key of the trace context: trace and parent.
pub const TRACEPARENT: &str = "traceparent";
/// Key of the trace context: vendor data.
pub const TRACESTATE: &str = "tracestate";
/// Key of the trace context: baggage.
pub const BAGGAGE: &str = "baggage";

/// `_meta` of an object: keys that the protocol reserves and keys of its users.
///
/// Specification: [_meta](https://modelcontextprotocol.io/specification/2026-07-28/basic#meta).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Meta(pub Map<String, Value>);

impl Meta {
    /// Creates empty metadata.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the value of a key.
    #[must_use]
    pub fn member(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.insert(key.into(), value.into());
        self
    }

    /// Returns the value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Returns the value of a key, if it is text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }
}

impl From<Map<String, Value>> for Meta {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}

impl FromIterator<(String, Value)> for Meta {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

/// Keys of a request's `_meta` that the protocol defines, borrowed if possible.
///
/// Objects stay text until they are read. The required keys depend on the revision and are not
/// checked here.
///
/// Specification: [_meta](https://modelcontextprotocol.io/specification/2026-07-28/basic#meta).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestMeta<'a> {
    /// Token for progress notifications.
    #[serde(rename = "progressToken", skip_serializing_if = "Option::is_none")]
    pub progress_token: Option<ProgressToken>,
    /// Revision of the request.
    #[serde(
        borrow,
        default,
        deserialize_with = "text",
        rename = "io.modelcontextprotocol/protocolVersion",
        skip_serializing_if = "Option::is_none"
    )]
    pub protocol_version: Option<Cow<'a, str>>,
    /// Name and version of the client, an [`Implementation`](super::Implementation).
    #[serde(
        borrow,
        rename = "io.modelcontextprotocol/clientInfo",
        skip_serializing_if = "Option::is_none"
    )]
    pub client_info: Option<&'a RawValue>,
    /// Capabilities of the client, [`ClientCapabilities`](super::ClientCapabilities).
    #[serde(
        borrow,
        rename = "io.modelcontextprotocol/clientCapabilities",
        skip_serializing_if = "Option::is_none"
    )]
    pub client_capabilities: Option<&'a RawValue>,
    /// Least severe log level to send.
    #[serde(rename = "io.modelcontextprotocol/logLevel", skip_serializing_if = "Option::is_none")]
    pub log_level: Option<LoggingLevel>,
    /// Trace context: trace and parent.
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<Cow<'a, str>>,
    /// Trace context: vendor data.
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub tracestate: Option<Cow<'a, str>>,
    /// Trace context: baggage.
    #[serde(borrow, default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub baggage: Option<Cow<'a, str>>,
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{Meta, RequestMeta, TRACEPARENT};
    use crate::protocol::LoggingLevel;
    use crate::protocol::samples::{keeps, refuses};

    #[test]
    fn metadata_is_kept() {
        let sample = r#"{"a":1,"com.example/b":{"c":null},"traceparent":"00-1-2-01"}"#;
        assert_eq!(keeps::<Meta>(sample).text(TRACEPARENT), Some("00-1-2-01"));
        refuses::<Meta>("[]");
        let built = Meta::new().member("com.example/a", 1);
        assert_eq!(serde_json::to_string(&built).unwrap(), r#"{"com.example/a":1}"#);
    }

    #[test]
    fn reserved_keys_of_a_request_are_borrowed() {
        let sample = concat!(
            r#"{"progressToken":7,"io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
            r#""io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},"#,
            r#""io.modelcontextprotocol/clientCapabilities":{},"#,
            r#""io.modelcontextprotocol/logLevel":"info","com.example/other":1}"#,
        );
        let meta: RequestMeta<'_> = serde_json::from_str(sample).unwrap();
        assert!(matches!(meta.protocol_version, Some(Cow::Borrowed("2026-07-28"))));
        assert_eq!(meta.log_level, Some(LoggingLevel::Info));
        assert_eq!(meta.client_capabilities.unwrap().get(), "{}");
        let written = serde_json::to_string(&meta).unwrap();
        assert_eq!(written, sample.replace(r#","com.example/other":1"#, ""));
    }

    #[test]
    fn reserved_keys_have_their_types() {
        let check =
            |sample: &str| assert!(serde_json::from_str::<RequestMeta<'_>>(sample).is_err());
        check(r#"{"progressToken":{}}"#);
        check(r#"{"io.modelcontextprotocol/protocolVersion":1}"#);
        check(r#"{"io.modelcontextprotocol/logLevel":"loud"}"#);
        assert!(serde_json::from_str::<RequestMeta<'_>>("{}").is_ok());
    }
}
