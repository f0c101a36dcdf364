//! Messages for the log of the client.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Meta;

/// How severe a log message is, least severe first; the names are those of RFC 5424.
///
/// Specification: [Log levels](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging#log-levels).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LoggingLevel {
    /// Details for finding faults.
    Debug,
    /// Progress as usual.
    Info,
    /// Usual but worth noting.
    Notice,
    /// Might become an error.
    Warning,
    /// Something failed.
    Error,
    /// A component failed.
    Critical,
    /// Somebody has to act at once.
    Alert,
    /// Nothing works.
    Emergency,
}

impl LoggingLevel {
    /// Every level, least severe first.
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

    /// The level of a name on the wire.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str() == name)
    }

    /// The name on the wire.
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

/// Asks for log messages of a level and above. Revisions up to 2025-11-25 only.
///
/// Specification: [Setting log level](https://modelcontextprotocol.io/specification/2025-11-25/server/utilities/logging#setting-log-level).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetLevelParams {
    /// The least severe level to send.
    pub level: LoggingLevel,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// A message for the log of the client.
///
/// Specification: [Log message notifications](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging#log-message-notifications).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoggingMessageParams {
    /// How severe it is.
    pub level: LoggingLevel,
    /// What part of the server wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logger: Option<String>,
    /// What happened.
    pub data: Value,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

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
