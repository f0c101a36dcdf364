//! The context of a request: the handle through which its handler accesses client and server.

use std::fmt;
use std::sync::Arc;

use mcp_core::jsonrpc::{ErrorCode, ProtocolError, Raw};
use mcp_core::method::Method;
use mcp_core::protocol::{ClientCapabilities, Implementation, LoggingLevel, Meta, Settings};
use mcp_core::revision::{notification, write_notification};
use serde::Serialize;

use super::cancellation::Cancellation;
use super::exchange::Exchange;
use super::extension_method;
use super::host::Host;
use super::principal::Principal;
use super::progress::Report;
use super::state::State;
use super::trace_context::TraceContext;

/// The context of a request: information about its client, and methods that send notifications and
/// questions to the client.
///
/// A parameter of type `&Context` or `Context` is injected and is not an argument of the tool. A
/// context is cheap to clone. It may outlive the handler; nothing is sent after the end of the
/// request.
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
}

impl Context {
    pub(crate) fn new(
        host: Arc<dyn Host>,
        exchange: Exchange,
        cancellation: Option<Cancellation>,
    ) -> Self {
        Self(Arc::new(Inner { host, exchange, cancellation }))
    }

    /// The request.
    pub(crate) fn exchange(&self) -> &Exchange {
        &self.0.exchange
    }

    /// The server that serves the request.
    pub(crate) fn host(&self) -> &Arc<dyn Host> {
        &self.0.host
    }

    /// Sends a progress notification, if the client requests progress.
    ///
    /// `total` may be 0 if it is unknown, and `message` may be empty. A notification is dropped if
    /// `done` has not increased. If there are more than about 30 a second, or the client reads too
    /// slowly, the last one is sent later, and those before it are dropped. So a handler may call this
    /// as often as it likes.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Count to ten.
    /// #[tool]
    /// async fn count(cx: &Context) -> u32 {
    ///     for number in 1..=10 {
    ///         cx.progress(number.into(), 10.0, format!("at {number}"));
    ///     }
    ///     10
    /// }
    /// # use mcp_runtime::testing::TestClient;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), mcp_runtime::client::Error> {
    /// # let client = TestClient::of(Server::new("s", "1").with::<count>()).connect().await?;
    /// # client.call("count", ()).await?;
    /// # assert_eq!(client.progress().len(), 10);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Specification: [Progress](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/progress).
    pub fn progress(&self, done: f64, total: f64, message: impl AsRef<str>) {
        let Some(token) = self.0.exchange.progress_token else { return };
        let (token, message) = (token.text(&self.0.exchange.frame), message.as_ref());
        self.0.exchange.channel.progress(&Report { token, done, total, message });
    }

    /// Sends a log message, if the client requests messages of this level.
    ///
    /// In a legacy session the client sets one level for all requests; the default is `info`. In the
    /// modern era each request contains its level, and without one no messages are sent. A request may
    /// send 100 messages at once, then 50 a second, and the same again from the level `error`. The
    /// client is notified once that others are left out.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    /// # use mcp_runtime::serde_json::json;
    ///
    /// /// Delete a file.
    /// #[tool]
    /// async fn delete(cx: &Context, path: String) {
    ///     cx.log(LoggingLevel::Info, "deleting");
    ///     cx.log(LoggingLevel::Warning, json!({ "deleted": path }));
    /// }
    /// # use mcp_runtime::testing::TestClient;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), mcp_runtime::client::Error> {
    /// # let client = TestClient::of(Server::new("s", "1").with::<delete>()).connect().await?;
    /// # client.call("delete", json!({ "path": "a" })).await?;
    /// # assert_eq!(client.logs()[1].data, json!({ "deleted": "a" }));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Specification: [Logging](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging).
    pub fn log(&self, level: LoggingLevel, data: impl Serialize) {
        self.write_log(level, None, &data);
    }

    /// Sends a log message with the name of a logger. See [`Context::log`].
    pub fn log_as(&self, logger: &str, level: LoggingLevel, data: impl Serialize) {
        self.write_log(level, Some(logger), &data);
    }

    fn write_log(&self, level: LoggingLevel, logger: Option<&str>, data: &dyn ErasedJson) {
        let Some(threshold) = self.0.exchange.log_threshold().filter(|it| level >= *it) else {
            return;
        };
        // Serialized before the channel is locked, because that is user code.
        let mut written = Ok(());
        let message = notification(Method::LogMessage.as_str(), |params| {
            params.value("level", &level);
            params.optional("logger", logger);
            written = data.write(params.member("data"));
        });
        match written {
            Ok(()) => self.0.exchange.channel.log(level, threshold, message),
            Err(error) => tracing::error!(%error, "the data of a log message cannot be serialized"),
        }
    }

    /// Sends a notification of an extension.
    ///
    /// The parameters have to serialize to a JSON object. The notification is dropped, with an error
    /// in the trace, if they do not or if `method` is a method of the protocol. It is also dropped if
    /// the client reads too slowly.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    /// # use mcp_runtime::serde_json::json;
    ///
    /// /// Reserve a ticket.
    /// #[tool]
    /// async fn reserve(cx: &Context, seat: u32) {
    ///     if cx.client().extension("com.example/tickets").is_some() {
    ///         cx.notify("com.example/tickets/reserved", json!({ "seat": seat }));
    ///     }
    /// }
    /// # use mcp_runtime::{protocol::Settings, testing::TestClient};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), mcp_runtime::client::Error> {
    /// # let client = TestClient::of(Server::new("s", "1").with::<reserve>())
    /// #     .configure(|client| client.extension("com.example/tickets", Settings::default()))
    /// #     .connect()
    /// #     .await?;
    /// # client.call("reserve", json!({ "seat": 7 })).await?;
    /// # assert_eq!(client.next_notification().await.1, json!({ "seat": 7 }));
    /// # Ok(())
    /// # }
    /// ```
    pub fn notify(&self, method: &str, params: impl Serialize) {
        match serde_json::to_string(&params) {
            Ok(params) if extension_method::is_valid(method) && params.starts_with('{') => {
                let mut message = Vec::with_capacity(params.len() + 64);
                write_notification(&mut message, method, &params);
                self.send(message);
            }
            Ok(_) => {
                tracing::error!(method, "this cannot be sent as a notification of an extension");
            }
            Err(error) => {
                tracing::error!(method, %error, "the parameters cannot be serialized");
            }
        }
    }

    fn send(&self, message: Vec<u8>) {
        self.0.exchange.channel.notify(message);
    }

    /// Closes the connection that waits for the result, if the client can resume it.
    ///
    /// The handler continues. Its messages are buffered until the client reconnects, after the time
    /// that `HttpConfig::retry_interval` sets. So a handler that works for minutes does not occupy a
    /// connection. This has no effect on pipes, in the modern era, and with clients that do not read
    /// event streams.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Train a model.
    /// #[tool]
    /// async fn train(cx: &Context) -> &'static str {
    ///     cx.close_stream();
    ///     work_for_minutes().await;
    ///     "trained"
    /// }
    /// # async fn work_for_minutes() {}
    /// ```
    ///
    /// Specification: [Sending messages](https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#sending-messages-to-the-server).
    pub fn close_stream(&self) {
        self.0.exchange.channel.pause();
    }

    /// Waits until the request is cancelled.
    ///
    /// This is for tools with `cancel = "cooperative"`. The future of any other handler is dropped
    /// when its request is cancelled.
    ///
    /// # Cancel safety
    /// May be dropped and awaited again.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Copy a database.
    /// #[tool(cancel = "cooperative")]
    /// async fn copy(cx: Context) -> &'static str {
    ///     tokio::select! {
    ///         () = copy_tables() => "copied",
    ///         () = cx.cancelled() => {
    ///             delete_copy().await;
    ///             "cancelled"
    ///         }
    ///     }
    /// }
    /// # async fn copy_tables() {}
    /// # async fn delete_copy() {}
    /// ```
    pub async fn cancelled(&self) {
        match &self.0.cancellation {
            Some(cancellation) => cancellation.cancelled().await,
            None => std::future::pending().await,
        }
    }

    /// Returns `true` if the request has been cancelled. See [`Context::cancelled`].
    pub fn is_cancelled(&self) -> bool {
        self.0.cancellation.as_ref().is_some_and(Cancellation::is_cancelled)
    }

    /// Name, version and capabilities of the client.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Name the client.
    /// #[tool]
    /// async fn name(cx: &Context) -> String {
    ///     let client = cx.client();
    ///     client.info().map_or_else(|| "unknown".to_owned(), |info| info.name.clone())
    /// }
    /// ```
    pub fn client(&self) -> ClientInfo {
        ClientInfo {
            info: self.0.exchange.client_info(),
            capabilities: self.0.exchange.client_capabilities(),
        }
    }

    /// The parameters of the message.
    pub(crate) fn params(&self) -> Option<Raw<'_>> {
        self.0.exchange.params()
    }

    /// The sender of the request; anonymous without authentication.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Delete all data.
    /// #[tool]
    /// async fn wipe(cx: &Context) -> Result<&'static str, ToolError> {
    ///     if !cx.principal().scopes().iter().any(|scope| scope == "admin") {
    ///         return Err(ToolError::new("only an administrator may do this"));
    ///     }
    ///     Ok("deleted")
    /// }
    /// ```
    pub fn principal(&self) -> &Principal {
        static ANONYMOUS: Principal = Principal::ANONYMOUS;
        self.0.exchange.origin.principal.as_deref().unwrap_or(&ANONYMOUS)
    }

    /// The headers of the HTTP request; `None` with other transports.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Name the host that the client has connected to.
    /// #[tool]
    /// async fn host(cx: &Context) -> Option<String> {
    ///     let host = cx.headers()?.get("host")?;
    ///     host.to_str().ok().map(str::to_owned)
    /// }
    /// ```
    #[cfg(feature = "http")]
    pub fn headers(&self) -> Option<&http::HeaderMap> {
        self.0.exchange.origin.headers.as_deref()
    }

    /// The `_meta` of the request; empty if there is none. It is parsed by each call.
    ///
    /// Besides the keys of the protocol it contains those of the client, of extensions and of gateways.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Book a seat.
    /// #[tool]
    /// async fn book(cx: &Context) -> String {
    ///     let meta = cx.meta();
    ///     format!("booked for {}", meta.text("com.example/tenant").unwrap_or("nobody"))
    /// }
    /// # use mcp_runtime::testing::TestClient;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), mcp_runtime::client::Error> {
    /// # let client = TestClient::of(Server::new("s", "1").with::<book>()).connect().await?;
    /// # let result = client.call("book", ()).meta("com.example/tenant", "Ada").await?;
    /// # assert_eq!(result.to_text(), "booked for Ada");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Specification: [`_meta`](https://modelcontextprotocol.io/specification/2026-07-28/basic#meta).
    pub fn meta(&self) -> Meta {
        let object = self.0.exchange.meta();
        object.and_then(|object| object.parse().ok()).unwrap_or_default()
    }

    /// The trace context of the request, from its `_meta` or its HTTP headers.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Ask another service.
    /// #[tool]
    /// async fn ask(cx: &Context) -> String {
    ///     let trace = cx.trace_context();
    ///     get("https://service.example", trace.traceparent()).await
    /// }
    /// # async fn get(_: &str, traceparent: Option<&str>) -> String {
    /// #     traceparent.unwrap_or_default().to_owned()
    /// # }
    /// ```
    pub fn trace_context(&self) -> TraceContext {
        TraceContext::of(&self.0.exchange)
    }

    /// A value given to [`Server::state`](crate::Server::state), by its type.
    ///
    /// Prefer a parameter of type [`State<T>`]: a server without the value then does not start.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// struct Greeting(String);
    ///
    /// /// Greet the user.
    /// #[tool]
    /// async fn greet(cx: &Context) -> String {
    ///     cx.state::<Greeting>().map_or_else(|| "Hello".to_owned(), |greeting| greeting.0.clone())
    /// }
    /// ```
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

/// Data of any type behind one pointer, so that logging is compiled once.
trait ErasedJson {
    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()>;
}

impl<T: Serialize> ErasedJson for T {
    fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(out, self)
    }
}

/// Description of a client by itself. It is not authenticated: do not use it for decisions about
/// security.
#[derive(Clone, Debug)]
pub struct ClientInfo {
    info: Option<Implementation>,
    capabilities: ClientCapabilities,
}

impl ClientInfo {
    /// Name and version, if the client sends them.
    pub fn info(&self) -> Option<&Implementation> {
        self.info.as_ref()
    }

    /// Capabilities that the client declares.
    pub fn capabilities(&self) -> &ClientCapabilities {
        &self.capabilities
    }

    /// The settings of an extension, if the client supports it.
    ///
    /// Specification: [Extension negotiation](https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#extension-negotiation).
    pub fn extension(&self, identifier: &str) -> Option<&Settings> {
        self.capabilities.extensions.as_ref()?.get(identifier)
    }

    /// Returns the settings of an extension, or an error for the client.
    ///
    /// # Errors
    /// `-32021` with the name of the extension, if the client does not support it.
    pub fn require_extension(&self, identifier: &str) -> Result<&Settings, ProtocolError> {
        self.extension(identifier).ok_or_else(|| {
            let required = serde_json::json!({ "extensions": { identifier: {} } });
            let message = format!("the client does not support the extension {identifier}");
            ProtocolError::new(ErrorCode::MISSING_CLIENT_CAPABILITY, message)
                .data(serde_json::json!({ "requiredCapabilities": required }))
        })
    }
}
