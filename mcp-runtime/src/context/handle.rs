//! What a handler may know of the request it serves, and say to its sender while it does.

use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use mcp_core::json;
use mcp_core::jsonrpc::{ErrorCode, ProtocolError, Raw};
use mcp_core::method::Method;
use mcp_core::protocol::{ClientCapabilities, Implementation, LoggingLevel, Settings};
use mcp_core::revision::{notification, write_notification};
use serde::Serialize;
use serde_json::json;
use tokio::time::Instant;

use super::cancellation::Cancellation;
use super::exchange::Exchange;
use super::extension_method;
use super::host::Host;
use super::principal::Principal;
use super::progress::Progress;
use super::state::State;
use super::trace_context::TraceContext;

/// The request that a handler serves: what it may ask about its sender and tell it.
///
/// Take `&Context` or `Context` as a parameter; it is injected and is no argument of the tool. It
/// is cheap to clone and may outlive the handler, after which what it sends goes nowhere.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Copy files.
/// #[tool]
/// async fn copy(cx: &Context, files: Vec<String>) -> String {
///     for (done, file) in files.iter().enumerate() {
///         cx.progress(done as f64, files.len() as f64, file);
///     }
///     format!("{} files copied", files.len())
/// }
/// ```
#[derive(Clone)]
pub struct Context(Arc<Inner>);

struct Inner {
    host: Arc<dyn Host>,
    exchange: Exchange,
    cancellation: Option<Cancellation>,
    progress: Mutex<Progress>,
}

impl Context {
    pub(crate) fn new(
        host: Arc<dyn Host>,
        exchange: Exchange,
        cancellation: Option<Cancellation>,
    ) -> Self {
        Self(Arc::new(Inner { host, exchange, cancellation, progress: Mutex::default() }))
    }

    /// The request itself.
    pub(crate) fn exchange(&self) -> &Exchange {
        &self.0.exchange
    }

    /// The server that serves it.
    pub(crate) fn host(&self) -> &Arc<dyn Host> {
        &self.0.host
    }

    /// Tells the client how far the work is, if it asked to hear of it.
    ///
    /// `total` may be 0 where it is unknown, and `message` empty. Progress that does not grow is
    /// not sent; neither is progress that the client reads too slowly to keep. A handler may tell
    /// as often as it likes: what comes faster than some thirty times a second is left out, except
    /// for the end of the work.
    ///
    /// Specification: [Progress](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/progress).
    pub fn progress(&self, done: f64, total: f64, message: impl AsRef<str>) {
        let Some(token) = self.0.exchange.progress_token else { return };
        let ends = total > 0.0 && done >= total;
        let mut progress = self.0.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let told = progress.admits(done, ends, Instant::now());
        drop(progress);
        if !told {
            return;
        }
        let token = token.text(&self.0.exchange.frame);
        self.send(notification(Method::Progress.as_str(), |params| {
            params.raw("progressToken", token);
            params.value("progress", &Number(done));
            if total.is_finite() && total > 0.0 {
                params.value("total", &Number(total));
            }
            if !message.as_ref().is_empty() {
                params.value("message", message.as_ref());
            }
        }));
    }

    /// Sends a log message to the client, if it wants messages of this level.
    ///
    /// In a legacy session the client sets the level for all its requests and starts at `info`; in
    /// the modern era a request says itself which messages it wants, and gets none otherwise.
    ///
    /// Specification: [Logging](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging).
    pub fn log(&self, level: LoggingLevel, data: impl Serialize) {
        self.write_log(level, None, &data);
    }

    /// Sends a log message under the name of a logger. See [`Context::log`].
    pub fn log_as(&self, logger: &str, level: LoggingLevel, data: impl Serialize) {
        self.write_log(level, Some(logger), &data);
    }

    fn write_log(&self, level: LoggingLevel, logger: Option<&str>, data: &dyn ErasedJson) {
        if self.0.exchange.log_threshold().is_none_or(|threshold| level < threshold) {
            return;
        }
        self.send(notification(Method::LogMessage.as_str(), |params| {
            params.value("level", &level);
            params.optional("logger", logger);
            data.append_to(params.member("data"));
        }));
    }

    /// Sends a notification that is not the protocol's, for an extension that the client supports.
    ///
    /// The parameters have to be an object as JSON. A method of the protocol is not sent, and what
    /// the client reads too slowly to keep is lost.
    pub fn notify(&self, method: &str, params: impl Serialize) {
        let mut object = Vec::new();
        let is_written = json::try_value(&mut object, &params).is_ok();
        if is_written && object.starts_with(b"{") && extension_method::is_valid(method) {
            let mut message = Vec::with_capacity(object.len() + 64);
            write_notification(&mut message, method, &json::into_string(object));
            self.send(message);
        } else {
            tracing::error!(method, "this cannot be sent as a notification of an extension");
        }
    }

    fn send(&self, message: Vec<u8>) {
        self.0.exchange.channel.notify(message);
    }

    /// Closes the connection on which the client waits for the answer, if it can come back for it.
    ///
    /// The handler goes on, and what it says from then on is kept until the client comes back, which
    /// it does after the time that `HttpConfig::retry_interval` sets. So a
    /// handler that works for minutes does not hold a connection all that time. Where there is no such
    /// connection (on pipes, in the modern era, with a client that reads no events) nothing happens.
    ///
    /// Specification: [Sending messages](https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#sending-messages-to-the-server).
    pub fn close_stream(&self) {
        self.0.exchange.channel.pause();
    }

    /// Waits until the request is cancelled.
    ///
    /// Only a tool with `cancel = "cooperative"` ever sees this come true: the future of any other
    /// handler is dropped when its request is cancelled.
    ///
    /// # Cancel safety
    /// May be dropped and awaited again.
    pub async fn cancelled(&self) {
        match &self.0.cancellation {
            Some(cancellation) => cancellation.cancelled().await,
            None => std::future::pending().await,
        }
    }

    /// Whether the request has been cancelled. See [`Context::cancelled`].
    pub fn is_cancelled(&self) -> bool {
        self.0.cancellation.as_ref().is_some_and(Cancellation::is_cancelled)
    }

    /// What the client says of itself and of its abilities.
    pub fn client(&self) -> Client {
        Client {
            info: self.0.exchange.client_info(),
            capabilities: self.0.exchange.client_capabilities(),
        }
    }

    /// The parameters of the message.
    pub(crate) fn params(&self) -> Option<Raw<'_>> {
        self.0.exchange.params()
    }

    /// Who sent the request; anonymous unless something in front of the server says who.
    pub fn principal(&self) -> &Principal {
        static ANONYMOUS: Principal = Principal::ANONYMOUS;
        self.0.exchange.origin.principal.as_deref().unwrap_or(&ANONYMOUS)
    }

    /// The headers of the HTTP request; `None` where the request came another way.
    #[cfg(feature = "http")]
    pub fn headers(&self) -> Option<&http::HeaderMap> {
        self.0.exchange.origin.headers.as_deref()
    }

    /// The trace that the request is a part of, as its `_meta` or its HTTP headers say.
    pub fn trace_context(&self) -> TraceContext {
        TraceContext::of(&self.0.exchange)
    }

    /// A value given to [`Server::state`](crate::Server::state), by its type.
    ///
    /// Prefer a parameter of type [`State<T>`]: a server that lacks the value then does not start.
    pub fn state<T: Send + Sync + 'static>(&self) -> Option<&State<T>> {
        self.0.exchange.state(&*self.0.host)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("revision", &self.0.exchange.revision)
            .field("id", &self.0.exchange.id)
            .finish_non_exhaustive()
    }
}

/// A number that is written without a fraction where it has none, as clients expect of counts.
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const SAFE: f64 = 9_007_199_254_740_992.0;
        if self.0.fract() == 0.0 && self.0.abs() < SAFE {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

/// Data of any type behind one pointer, so that logging is compiled once.
trait ErasedJson {
    fn append_to(&self, out: &mut Vec<u8>);
}

impl<T: Serialize> ErasedJson for T {
    fn append_to(&self, out: &mut Vec<u8>) {
        if json::try_value(out, self).is_err() {
            out.extend_from_slice(b"null");
        }
    }
}

/// What a client says of itself. It is not verified: decide nothing about security by it.
#[derive(Clone, Debug)]
pub struct Client {
    info: Option<Implementation>,
    capabilities: ClientCapabilities,
}

impl Client {
    /// Name and version, where the client gave them.
    pub fn info(&self) -> Option<&Implementation> {
        self.info.as_ref()
    }

    /// What the client declared that it can do.
    pub fn capabilities(&self) -> &ClientCapabilities {
        &self.capabilities
    }

    /// The settings of an extension, if the client supports it.
    ///
    /// Specification: [Extension negotiation](https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#extension-negotiation).
    pub fn extension(&self, identifier: &str) -> Option<&Settings> {
        self.capabilities.extensions.as_ref()?.get(identifier)
    }

    /// The settings of an extension that a handler cannot do without.
    ///
    /// # Errors
    /// `-32021`, naming the extension, if the client does not support it.
    pub fn require_extension(&self, identifier: &str) -> Result<&Settings, ProtocolError> {
        self.extension(identifier).ok_or_else(|| {
            let required = json!({ "extensions": { identifier: {} } });
            let message = format!("the client does not support the extension {identifier}");
            ProtocolError::new(ErrorCode::MISSING_CLIENT_CAPABILITY, message)
                .data(json!({ "requiredCapabilities": required }))
        })
    }
}
