//! Log messages of a server.

use std::sync::Arc;

use mcp_core::json::one_line;
use mcp_core::jsonrpc::Raw;
use mcp_core::protocol::LoggingLevel;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Receives the parameters of each log message of one request. It has to return soon.
pub(crate) type OnLog = Arc<dyn Fn(Raw<'_>) + Send + Sync>;

/// A log message whose data is kept as the server wrote it.
#[derive(Debug, Deserialize)]
pub(crate) struct LogMessage {
    pub(crate) level: LoggingLevel,
    pub(crate) logger: Option<String>,
    pub(crate) data: Box<RawValue>,
}

impl LogMessage {
    /// Parses the parameters of a log notification.
    pub(crate) fn parse(params: Raw<'_>) -> Option<Self> {
        // A JSON string contains no raw line break, and the data may be forwarded over a pipe,
        // where a message is one line.
        let line = one_line(params.as_str());
        serde_json::from_str(&line).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_stays_as_it_is_in_one_line() {
        let parse = |params| LogMessage::parse(Raw::from_accepted(params));
        let message =
            parse("{\"level\":\"info\",\"data\":{\"b\":\n1.0,\"a\":12345678901234567890}}")
                .unwrap();
        assert_eq!(message.level, LoggingLevel::Info);
        assert_eq!(message.data.get(), "{\"b\": 1.0,\"a\":12345678901234567890}");
        assert!(parse(r#"{"level":"loud","data":1}"#).is_none());
        assert!(parse(r#"{"level":"info"}"#).is_none());
    }
}
