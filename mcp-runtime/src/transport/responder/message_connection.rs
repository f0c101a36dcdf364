//! A connection of one client whose messages the program carries.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use super::{MessageDelivery, Responder, answer, refusal};
use crate::context::budget;
use crate::context::sink::SharedSink;
use crate::server::connection::{self, Action, Connection, Opened, Refused, Step};
use crate::server::in_flight::Capacity;
use crate::server::running::{Completed, Running};
use crate::server::subscriptions::announce;

/// A connection of one client, made by [`Responder::connect`]. Dropping it cancels its requests.
///
/// It serves clients of every revision: those that open a session with `initialize`, and those whose messages
/// stand alone. Messages are to be passed in the order in which they arrive, and none waits for the answer to
/// another one: a handler that asks its client is answered by a later message.
///
/// ```
/// # use mcp_runtime::Server;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let responder = Server::new("demo", "1.0.0").into_responder().await?;
/// let connection = responder.connect(|message| println!("{}", String::from_utf8_lossy(&message)));
/// let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
/// let pong = connection.respond(ping).await.expect("a request has an answer");
/// assert_eq!(String::from_utf8(pong)?, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
/// # Ok(())
/// # }
/// ```
pub struct MessageConnection {
    responder: Responder,
    connection: Arc<Connection>,
    sink: SharedSink,
    /// Task that reports changes.
    announcer: OnceLock<AbortHandle>,
}

impl MessageConnection {
    pub(super) fn new(responder: Responder, sink: SharedSink) -> Self {
        let budget = responder.app.memory.of_connection(budget::CONNECTION);
        let connection = Connection::new(Capacity::default(), budget);
        Self { responder, connection, sink, announcer: OnceLock::new() }
    }

    /// Receives a message, and returns its answer. Returns `None` if it has none, as a notification, a response
    /// and a request that is cancelled meanwhile.
    ///
    /// # Cancel safety
    /// Dropping the future cancels the request.
    pub async fn respond(&self, message: impl Into<Vec<u8>>) -> Option<Vec<u8>> {
        match self.receive(Bytes::from(message.into())) {
            Action::Step(step) => self.perform(step).await,
            Action::Open(opened) => Some(self.open(opened)),
            Action::Notify(notification) => {
                self.connection.inbox.put(notification);
                None
            }
            Action::Array(entries) => {
                // All of them are received before the first answer, which may need a later one.
                let receive = |entry| self.perform(self.receive_entry(entry));
                let performed: Vec<_> = entries.into_iter().map(receive).collect();
                let mut answers = Vec::new();
                for answer in performed {
                    answers.extend(answer.await);
                }
                (!answers.is_empty()).then(|| [&b"["[..], &answers.join(&b","[..]), b"]"].concat())
            }
        }
    }

    fn delivery(&self) -> MessageDelivery<'_> {
        let Responder { app, origin } = &self.responder;
        let (sink, connection) = (Arc::clone(&self.sink), Some(&self.connection));
        MessageDelivery { app, origin, sink, connection }
    }

    fn receive(&self, frame: Bytes) -> Action {
        connection::receive(&mut self.delivery(), frame)
    }

    fn receive_entry(&self, frame: Bytes) -> Step {
        connection::receive_entry(&mut self.delivery(), frame)
    }

    fn open(&self, Opened { session, answer, .. }: Opened) -> Vec<u8> {
        self.connection.open(Arc::clone(&session));
        if let Ok(runtime) = Handle::try_current() {
            let Responder { app, origin } = &self.responder;
            let sink = Arc::clone(&self.sink);
            let announcer = announce(Arc::clone(app), session, sink, origin.clone());
            // A second handshake is refused, so it is set once.
            let _ = self.announcer.set(runtime.spawn(announcer).abort_handle());
        }
        answer
    }

    /// Performs a step. A request is in flight when this returns, and its handler runs in the future.
    fn perform(&self, step: Step) -> impl Future<Output = Option<Vec<u8>>> + Send + use<> {
        let performed = match step {
            Step::Run(running) => self.drive(running),
            step => Err(answer(step)),
        };
        async move {
            match performed {
                Ok(driven) => driven.await.map(|completed| completed.to_vec()),
                Err(answer) => answer,
            }
        }
    }

    /// The future that runs a handler, or the refusal of its request.
    fn drive(
        &self,
        running: Running,
    ) -> Result<impl Future<Output = Option<Completed>> + Send + use<>, Option<Vec<u8>>> {
        let id = running.id().clone();
        let driven = self.connection.in_flight.drive(running);
        driven.ok_or_else(|| Some(refusal(&Refused::reused(id))))
    }
}

impl Drop for MessageConnection {
    fn drop(&mut self) {
        if let Some(announcer) = self.announcer.get() {
            announcer.abort();
        }
        self.connection.end();
    }
}

impl fmt::Debug for MessageConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageConnection").finish_non_exhaustive()
    }
}
