//! Log messages to the client.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Meta;
use super::builders::{constructor, setters};
use crate::lenient::decoration;

/// Severity of a log message, least severe first; the names are those of RFC 5424.
///
/// Specification: [Log levels](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging#log-levels).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LoggingLevel {
    /// Details for debugging.
    Debug,
    /// Normal operation.
    Info,
    /// Normal but significant events.
    Notice,
    /// Warning conditions.
    Warning,
    /// Errors.
    Error,
    /// Failure of a component.
    Critical,
    /// Action is needed at once.
    Alert,
    /// The system is unusable.
    Emergency,
}

impl LoggingLevel {
    /// All levels, least severe first.
    pub const ALL: [Self; 8] = [
        Self::Debug,
        Self::Info,
        Self::Notice,
        Self::Warning,
        Self::Error,
        Self::Critical,
        Self::Alert,
        Self::Emergency,
    ];

    /// Parses a name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }

    /// Returns the name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
            Self::Alert => "alert",
            Self::Emergency => "emergency",
        }
    }
}

/// Parameters of `logging/setLevel`. Revisions up to 2025-11-25 only.
///
/// Specification: [Setting log level](https://modelcontextprotocol.io/specification/2025-11-25/server/utilities/logging#setting-log-level).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SetLevelParams {
    /// Least severe level to send.
    pub level: LoggingLevel,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Parameters of `notifications/message`.
///
/// Specification: [Log message notifications](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging#log-message-notifications).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LoggingMessageParams {
    /// Severity.
    pub level: LoggingLevel,
    /// Part of the server that wrote it.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub logger: Option<String>,
    /// Message.
    pub data: Value,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

constructor!(
    /// Creates a request for log messages of a level and above.
    SetLevelParams(level: LoggingLevel) meta
);

constructor!(
    /// Creates a log message.
    LoggingMessageParams(level: LoggingLevel, data: Value) logger meta
);

setters!(LoggingMessageParams {
    /// Sets the part of the server that wrote it.
    logger => logger: String,
    /// Sets the metadata.
    meta => meta: Meta,
});

#[cfg(test)]
mod tests {
    use super::{LoggingLevel, LoggingMessageParams, SetLevelParams};
    use crate::protocol::samples::{keeps, refuses};

    #[test]
    fn samples_round_trip() {
        keeps::<SetLevelParams>(r#"{"level":"warning"}"#);
        refuses::<SetLevelParams>(r#"{"level":"loud"}"#);
        keeps::<LoggingMessageParams>(r#"{"level":"info","logger":"db","data":{"rows":2}}"#);
        keeps::<LoggingMessageParams>(r#"{"level":"emergency","data":null,"_meta":{"a":1}}"#);
        refuses::<LoggingMessageParams>(r#"{"level":"info"}"#);
    }

    #[test]
    fn levels_are_ordered_by_severity() {
        use LoggingLevel::{Alert, Critical, Debug, Emergency, Error, Info, Notice, Warning};
        let levels = [Debug, Info, Notice, Warning, Error, Critical, Alert, Emergency];
        assert!(levels.is_sorted());
    }
}
