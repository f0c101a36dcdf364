//! Log messages of an upstream server, forwarded to the client whose call they belong to.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mcp_core::jsonrpc::Raw;
use mcp_core::protocol::{LoggingLevel, meta};
use mcp_core::revision::LogLevelFrom;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::upstream::Upstream;
use crate::client::{Error, LogMessage, OnLog, RequestOptions};
use crate::context::handle::Context;
use crate::context::rate::RateLimiter;

/// Maximum number of messages of one call in a row.
const BURST: u32 = 50;

/// Time after which one more message may follow.
const INTERVAL: Duration = Duration::from_millis(20);

/// Maximum size of a message, in bytes.
const MAX_SIZE: usize = 16 << 10;

/// Message sent once in place of those that were omitted.
const OMITTED: &str =
    r#""messages of the server behind come too fast or are too long, and are left out""#;

impl Upstream {
    /// Lowers the log level of a session to the one that the caller requests. All callers share the
    /// level, so it is never raised; each message is filtered by the level of its caller.
    pub(crate) async fn lower_log_level(&self, cx: &Context) {
        let Some(level) = cx.exchange().log_threshold() else { return };
        if self.is_log_level_fixed.load(Ordering::Relaxed) {
            return;
        }
        if let Err(error) = self.client.core.lower_log_level(level).await {
            // The call goes on without log messages. The level is not requested again, unless the
            // connection has ended: the next one may accept it.
            if matches!(error, Error::Remote(_) | Error::Timeout { .. }) {
                self.is_log_level_fixed.store(true, Ordering::Relaxed);
            }
            tracing::debug!(target: "mcp_runtime::proxy", error = %error.report(), "the log level cannot be lowered");
        }
    }

    /// Adds the log level that the caller requests to a request of the modern era.
    pub(crate) fn request_logs(&self, cx: &Context, options: &mut RequestOptions) {
        let facts = self.client.revision().facts();
        let Some(wanted) = cx.exchange().log_threshold() else { return };
        if facts.log_level == LogLevelFrom::RequestMeta {
            // The client may have a log handler of its own.
            let level = self.client.core.log_level().map_or(wanted, |own| own.min(wanted));
            options.meta.0.insert(meta::LOG_LEVEL.to_owned(), Value::from(level.as_str()));
        }
    }
}

/// Sends a message to our client, if it requests messages of this level.
pub(crate) fn forward(cx: &Context, message: LogMessage) {
    let LogMessage { level, logger, data } = message;
    match logger {
        Some(logger) => cx.log_as(&logger, level, data),
        None => cx.log(level, data),
    }
}

/// Creates the log handler of one call; `None` if its client requests no messages. It filters by
/// level and limits the rate.
pub(crate) fn handler(
    cx: &Context,
    forward: impl Fn(LogMessage) + Send + Sync + 'static,
) -> Option<OnLog> {
    let wanted = cx.exchange().log_threshold()?;
    let limit =
        Mutex::new(LogLimit { rate: RateLimiter::new(BURST, INTERVAL), has_reported_loss: false });
    Some(Arc::new(move |params: Raw<'_>| {
        let level = params.member("level").and_then(Raw::string);
        if level.and_then(|name| LoggingLevel::parse(&name)).is_none_or(|level| level < wanted) {
            return;
        }
        let message = limit.lock().unwrap_or_else(PoisonError::into_inner).apply(params);
        if let Some(message) = message.filter(|message| message.level >= wanted) {
            forward(message);
        }
    }))
}

/// Limit for the log messages of one call.
struct LogLimit {
    rate: RateLimiter,
    /// `true` once the client has been notified of omitted messages.
    has_reported_loss: bool,
}

impl LogLimit {
    /// Returns the message, or once a notice that messages are omitted.
    fn apply(&mut self, params: Raw<'_>) -> Option<LogMessage> {
        if params.as_str().len() <= MAX_SIZE && self.rate.try_acquire(Instant::now()) {
            return LogMessage::parse(params);
        }
        if std::mem::replace(&mut self.has_reported_loss, true) {
            return None;
        }
        let data = RawValue::from_string(OMITTED.to_owned()).ok()?;
        Some(LogMessage { level: LoggingLevel::Warning, logger: None, data })
    }
}
