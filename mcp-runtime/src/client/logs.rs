//! Log messages of a server, on their way to whoever made the request that they belong to.
//!
//! What comes with the replies to a request belongs to it. On a connection that all requests share,
//! a message does not say which request it is for, so it is passed on only while one is in flight.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mcp_core::jsonrpc::Raw;
use mcp_core::method::Method;
use mcp_core::protocol::{LoggingLevel, SetLevelParams};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::connect::json;
use super::core::{Core, Options};
use super::error::Error;

/// Hears the log messages of one request: the parameters of each. It has to return soon.
pub(crate) type OnLog = Arc<dyn Fn(Raw<'_>) + Send + Sync>;

/// A log message, with its data as the server wrote it.
#[derive(Debug, Deserialize)]
pub(crate) struct LogMessage {
    pub(crate) level: LoggingLevel,
    pub(crate) logger: Option<String>,
    pub(crate) data: Box<RawValue>,
}

impl LogMessage {
    /// Reads the parameters of a notification, if they are those of a log message.
    pub(crate) fn read(params: Raw<'_>) -> Option<Self> {
        // Within a string of JSON there is no line break, and this one may go on to a pipe.
        let line = params.as_str().replace(['\n', '\r'], " ");
        serde_json::from_str(&line).ok()
    }
}

/// How long a session may take to change its log level for a call that waits for it.
pub(super) const LEVEL_PATIENCE: Duration = Duration::from_secs(5);

impl Core {
    /// The level that was asked for last.
    pub(crate) fn log_level(&self) -> Option<LoggingLevel> {
        let stored = self.log_level.load(Ordering::Relaxed).checked_sub(1)?;
        LoggingLevel::ALL.into_iter().find(|level| *level as u32 == stored)
    }

    /// Has a session send log messages of a level and above, too, if it logs at all.
    ///
    /// # Errors
    /// As any request, and earlier than others if there is no answer.
    pub(crate) async fn log_from(&self, level: LoggingLevel) -> Result<(), Error> {
        let link = self.link().await?;
        let logs = link.has_session() && link.peer.capabilities.logging.is_some();
        if !logs || self.log_level().is_some_and(|known| known <= level) {
            return Ok(());
        }
        let params = json(&SetLevelParams::new(level));
        let mut options = Options { longest: Some(LEVEL_PATIENCE), ..Options::default() };
        self.request(Method::SetLevel, &params, &mut options).await?;
        self.log_level.store(level as u32 + 1, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_stays_as_it_is_in_one_line() {
        let read = |params| LogMessage::read(Raw::from_accepted(params));
        let message =
            read("{\"level\":\"info\",\"data\":{\"b\":\n1.0,\"a\":12345678901234567890}}").unwrap();
        assert_eq!(message.level, LoggingLevel::Info);
        assert_eq!(message.data.get(), "{\"b\": 1.0,\"a\":12345678901234567890}");
        assert!(read(r#"{"level":"loud","data":1}"#).is_none());
        assert!(read(r#"{"level":"info"}"#).is_none());
    }
}
