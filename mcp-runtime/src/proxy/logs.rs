//! Log messages of the other server, passed on to the client whose call they belong to.

use std::sync::atomic::{AtomicBool, Ordering};
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

/// How many messages of one call may follow each other at once.
const BURST: u32 = 50;

/// How long it takes until one more may follow.
const INTERVAL: Duration = Duration::from_millis(20);

/// How long a message may be, in bytes.
const LONGEST: usize = 16 << 10;

/// What our client reads when it does not get everything.
const LEFT_OUT: &str =
    r#""messages of the server behind come too fast or are too long, and are left out""#;

/// Whether the session of the other server refuses to be told a level.
#[derive(Default)]
pub(crate) struct KeepsItsLevel(AtomicBool);

impl Upstream {
    /// Has a session log what the caller wants to hear of. The level is one for all callers, so it
    /// is only ever lowered, and each of them gets what it asked for.
    pub(crate) async fn lower_log_level(&self, cx: &Context) {
        let Some(level) = cx.exchange().log_threshold() else { return };
        if self.keeps_its_level.0.load(Ordering::Relaxed) {
            return;
        }
        if let Err(error) = self.client.core.lower_log_level(level).await {
            // A call does without its messages rather than fail or wait again. That the connection
            // has ended says nothing of the next one.
            if matches!(error, Error::Remote(_) | Error::Timeout { .. }) {
                self.keeps_its_level.0.store(true, Ordering::Relaxed);
            }
            tracing::debug!(target: "mcp_runtime::proxy", error = %error.report(), "the log level stays as it is");
        }
    }

    /// Has a request that stands alone say what the caller wants to hear of.
    pub(crate) fn want_logs(&self, cx: &Context, options: &mut RequestOptions) {
        let facts = self.client.revision().facts();
        let Some(wanted) = cx.exchange().log_threshold() else { return };
        if facts.log_level == LogLevelFrom::RequestMeta {
            // Whoever made the client may listen as well.
            let level = self.client.core.log_level().map_or(wanted, |own| own.min(wanted));
            options.meta.0.insert(meta::LOG_LEVEL.to_owned(), Value::from(level.as_str()));
        }
    }
}

/// Tells our client a message, if it wants one of this level.
pub(crate) fn tell(cx: &Context, message: LogMessage) {
    let LogMessage { level, logger, data } = message;
    match logger {
        Some(logger) => cx.log_as(&logger, level, data),
        None => cx.log(level, data),
    }
}

/// Hears the messages of one call that its client wants, and as many as it can be meant to read.
pub(crate) fn hearing(
    cx: &Context,
    tell: impl Fn(LogMessage) + Send + Sync + 'static,
) -> Option<OnLog> {
    let wanted = cx.exchange().log_threshold()?;
    let gate = Mutex::new(Gate { pace: RateLimiter::new(BURST, INTERVAL), is_told: false });
    Some(Arc::new(move |params: Raw<'_>| {
        let level = params.member("level").and_then(Raw::string);
        if level.and_then(|name| LoggingLevel::parse(&name)).is_none_or(|level| level < wanted) {
            return;
        }
        let passed = gate.lock().unwrap_or_else(PoisonError::into_inner).pass(params);
        if let Some(message) = passed.filter(|message| message.level >= wanted) {
            tell(message);
        }
    }))
}

/// What one call may still be told.
struct Gate {
    pace: RateLimiter,
    /// Whether the client knows that something is left out.
    is_told: bool,
}

impl Gate {
    /// The message, or that it is left out.
    fn pass(&mut self, params: Raw<'_>) -> Option<LogMessage> {
        if params.as_str().len() <= LONGEST && self.pace.takes(Instant::now()) {
            return LogMessage::parse(params);
        }
        if std::mem::replace(&mut self.is_told, true) {
            return None;
        }
        let data = RawValue::from_string(LEFT_OUT.to_owned()).ok()?;
        Some(LogMessage { level: LoggingLevel::Warning, logger: None, data })
    }
}
