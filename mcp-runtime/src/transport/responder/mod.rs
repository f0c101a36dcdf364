//! Messages without a transport: bytes in, bytes out.

mod message_connection;

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use mcp_core::revision::Facts;

pub use self::message_connection::MessageConnection;
use crate::component::app::App;
use crate::context::budget::{self, Budget};
use crate::context::exchange::Origin;
use crate::context::principal::Principal;
use crate::context::sink::{NotificationSink, SharedSink};
use crate::error::Error;
use crate::server::builder::Server;
use crate::server::connection::{self, Action, Connection, Delivery, NoSession, Refused, Step};
use crate::server::tasks;

impl Server {
    /// Builds a function from messages to answers, for a program that carries the messages itself: a Worker,
    /// a component, a message queue.
    ///
    /// Nothing is read or written, and the future of an answer runs the handler. So this also works on
    /// WebAssembly, with `default-features = false`. A runtime of tokio is needed for tasks and lifespans, and
    /// for timers: time limits, heartbeats, progress in quick succession, questions in a session. On
    /// `wasm32-unknown-unknown`, timers are those of the JavaScript host.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Add two integers.
    /// #[tool]
    /// async fn add(a: i64, b: i64) -> i64 {
    ///     a + b
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let responder = Server::new("calculator", "1.0.0").with::<add>().into_responder().await?;
    /// let request = r#"{
    ///     "jsonrpc": "2.0", "id": 1, "method": "tools/call",
    ///     "params": {
    ///         "name": "add", "arguments": { "a": 2, "b": 3 },
    ///         "_meta": {
    ///             "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    ///             "io.modelcontextprotocol/clientCapabilities": {}
    ///         }
    ///     }
    /// }"#;
    /// let answer = responder.respond(request).await.expect("a request has an answer");
    /// assert!(String::from_utf8(answer)?.contains(r#""text":"5""#));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Build`] if the server cannot be built, [`Error::Lifespan`] if a lifespan fails. Lifespans need a
    /// runtime of tokio.
    pub async fn into_responder(self) -> Result<Responder, Error> {
        let app = self.build()?;
        app.open().await?;
        tasks::resume(&app);
        app.beside.begin(&app);
        Ok(Responder { app, origin: Origin::default() })
    }
}

/// A server that answers messages. See [`Server::into_responder`]. Clones share the server.
///
/// Without a runtime of tokio, a call that would become a task fails, and a tool that blocks does so where its
/// future is polled.
#[derive(Clone)]
pub struct Responder {
    app: Arc<App>,
    origin: Origin,
}

impl Responder {
    /// Sets the principal that the messages come from. By default they are anonymous.
    #[must_use]
    pub fn by(mut self, principal: Principal) -> Self {
        self.origin.principal = Some(Arc::new(principal));
        self
    }

    /// Answers a message of the revision 2026-07-28. Returns `None` if it has no answer, as a notification.
    ///
    /// Each message stands alone. Notifications of the handler are dropped; see
    /// [`respond_with`](Self::respond_with).
    ///
    /// # Cancel safety
    /// Dropping the future cancels the request.
    pub async fn respond(&self, message: impl Into<Vec<u8>>) -> Option<Vec<u8>> {
        self.respond_with(message, drop).await
    }

    /// Answers a message as [`respond`](Self::respond) does, and passes on the notifications that the handler
    /// sends before: progress, log messages, and the changes that `subscriptions/listen` reports until its
    /// future is dropped.
    ///
    /// # Cancel safety
    /// Dropping the future cancels the request.
    pub async fn respond_with(
        &self,
        message: impl Into<Vec<u8>>,
        send: impl Fn(Vec<u8>) + Send + Sync + 'static,
    ) -> Option<Vec<u8>> {
        let frame = Bytes::from(message.into());
        let action = {
            let sink: SharedSink = Arc::new(SendingSink(send));
            let Self { app, origin } = self;
            let connection = None;
            connection::receive(&mut MessageDelivery { app, origin, sink, connection }, frame)
        };
        match action {
            Action::Step(Step::Run(running)) => Some(running.await.to_vec()),
            Action::Step(step) => answer(step),
            Action::Notify(notification) => {
                notification.await;
                None
            }
            // Neither is admitted among messages that stand alone.
            Action::Open(_) | Action::Array(_) => None,
        }
    }

    /// Opens a connection of one client of any revision, such as a WebSocket, and passes on everything that the
    /// server sends besides answers: notifications, and the questions of handlers.
    ///
    /// Changes of lists and resources are reported if this is called within a runtime of tokio.
    pub fn connect(&self, send: impl Fn(Vec<u8>) + Send + Sync + 'static) -> MessageConnection {
        MessageConnection::new(self.clone(), Arc::new(SendingSink(send)))
    }

    /// Ends what runs as long as the server, and closes its lifespans.
    ///
    /// # Errors
    /// [`Error::Lifespan`] if a lifespan fails to close.
    pub async fn close(&self) -> Result<(), Error> {
        self.app.close().await
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").field("server", &self.app.info).finish_non_exhaustive()
    }
}

/// The answer of a step that runs no handler.
fn answer(step: Step) -> Option<Vec<u8>> {
    match step {
        Step::Answer(completed) => Some(completed.to_vec()),
        Step::Refuse(refused) if refused.expects_answer => Some(refusal(&refused)),
        Step::Refuse(refused) => {
            tracing::debug!(?refused, "a message is ignored");
            None
        }
        Step::Run(_) | Step::Done => None,
    }
}

fn refusal(refused: &Refused) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    refused.write(&mut out);
    out
}

/// Passes on the messages of handlers.
struct SendingSink<F>(F);

impl<F: Fn(Vec<u8>) + Send + Sync> NotificationSink for SendingSink<F> {
    fn notify(&self, message: Vec<u8>) -> bool {
        (self.0)(message);
        true
    }

    fn deliver(&self, message: Vec<u8>) -> bool {
        (self.0)(message);
        true
    }

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

/// Delivery of one message.
struct MessageDelivery<'a> {
    app: &'a Arc<App>,
    origin: &'a Origin,
    sink: SharedSink,
    /// Connection of the client, unless the message stands alone.
    connection: Option<&'a Arc<Connection>>,
}

impl Delivery for MessageDelivery<'_> {
    fn app(&self) -> &Arc<App> {
        self.app
    }

    fn stands_alone(&self) -> bool {
        self.connection.is_none()
    }

    fn connection(&mut self) -> Result<Option<&Arc<Connection>>, NoSession> {
        Ok(self.connection)
    }

    fn shared_connection(&self) -> Option<&Arc<Connection>> {
        self.connection
    }

    fn sink(&mut self, _: &Facts) -> SharedSink {
        Arc::clone(&self.sink)
    }

    fn notification_sink(&self) -> SharedSink {
        Arc::clone(&self.sink)
    }

    fn session_budget(&self) -> Arc<Budget> {
        match self.connection {
            Some(connection) => Arc::clone(&connection.budget),
            None => self.app.memory.of_connection(budget::CONNECTION),
        }
    }

    fn origin(&self) -> Origin {
        self.origin.clone()
    }
}
