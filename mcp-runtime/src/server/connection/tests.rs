//! Messages and the steps that they lead to, on connections of all kinds.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::jsonrpc::RequestId;
use mcp_core::revision::Facts;

use super::{Action, Connection, Delivery, NoSession, Reason, Step, receive, receive_entry};
use crate::component::app::App;
use crate::component::tool::dynamic::{Arguments, Tool};
use crate::context::budget::Budget;
use crate::context::exchange::Origin;
use crate::context::sink::SharedSink;
use crate::server::builder::Server;
use crate::server::direct::Deaf;
use crate::server::in_flight::{Capacity, FirstPoll, Obstacle};
use crate::server::running::Running;

/// A transport without bytes.
struct Transport {
    app: Arc<App>,
    /// `None` before a session, on transports that have no other connection.
    connection: Option<Arc<Connection>>,
    is_shared: bool,
    stands_alone: bool,
}

impl Transport {
    fn new(connection: Option<Arc<Connection>>) -> Self {
        let wait = Tool::new("wait", r#"{"type":"object"}"#, |_, _: Arguments| {
            std::future::pending::<String>()
        });
        let app = Server::new("s", "1").tool(wait).build().unwrap();
        let is_shared = connection.is_some();
        Self { app, connection, is_shared, stands_alone: false }
    }

    /// A connection that is there before its handshake, and that all messages share.
    fn pipe() -> Self {
        Self::new(Some(Connection::new(Capacity { running: 1, waiting: 1 }, Arc::default())))
    }

    /// A transport whose connections are made by handshakes.
    fn sessions() -> Self {
        Self::new(None)
    }

    fn check(&mut self, message: &str, expected: &str) {
        let found = match receive(self, Bytes::copy_from_slice(message.as_bytes())) {
            Action::Step(step) => self.take(step),
            Action::Open(opened) => {
                match &self.connection {
                    Some(connection) => connection.open(opened.session),
                    None => self.connection = Some(opened_connection(opened.session)),
                }
                "open".into()
            }
            Action::Notify(_) => "notify".into(),
            Action::Array(entries) => {
                let steps = entries.into_iter().map(|entry| {
                    let step = receive_entry(self, entry);
                    self.take(step)
                });
                steps.collect::<Vec<_>>().join(", ")
            }
        };
        assert_eq!(found, expected, "{message}");
    }

    fn is_in_flight(&self, id: i64) -> bool {
        let connection = self.connection.as_ref().unwrap();
        connection.in_flight.obstacle_to(&RequestId::Integer(id)) == Some(Obstacle::Reused)
    }

    fn take(&self, step: Step) -> String {
        match step {
            Step::Answer(completed) => {
                let answer = String::from_utf8(completed.to_vec()).unwrap();
                if answer.contains(r#""error""#) { "error".into() } else { "answer".into() }
            }
            Step::Run(mut running) => {
                let Some(connection) = &self.connection else { return "run".into() };
                let in_flight = &connection.in_flight;
                let FirstPoll::Pending(place) =
                    in_flight.first_poll(&mut running, Running::poll_first)
                else {
                    return "ran".into();
                };
                in_flight.spawn(running, place, |_| ());
                "run".into()
            }
            Step::Refuse(refused) => match refused.reason {
                Reason::Invalid(error) if refused.expects_answer => error.code.0.to_string(),
                Reason::Invalid(_) => "ignored".into(),
                reason => format!("{reason:?}"),
            },
            Step::Done => "done".into(),
        }
    }
}

#[cfg(feature = "http")]
fn opened_connection(session: Arc<crate::context::session::Session>) -> Arc<Connection> {
    Connection::opened(session)
}

#[cfg(not(feature = "http"))]
fn opened_connection(session: Arc<crate::context::session::Session>) -> Arc<Connection> {
    let connection = Connection::new(Capacity::default(), Arc::default());
    connection.open(session);
    connection
}

impl Delivery for Transport {
    fn app(&self) -> &Arc<App> {
        &self.app
    }

    fn stands_alone(&self) -> bool {
        self.stands_alone
    }

    fn session_budget(&self) -> Arc<Budget> {
        Arc::default()
    }

    fn connection(&mut self) -> Result<Option<&Arc<Connection>>, NoSession> {
        Ok(self.connection.as_ref())
    }

    fn shared_connection(&self) -> Option<&Arc<Connection>> {
        self.connection.as_ref().filter(|_| self.is_shared)
    }

    fn sink(&mut self, _facts: &Facts) -> SharedSink {
        Arc::new(Deaf)
    }

    fn notification_sink(&self) -> SharedSink {
        Arc::new(Deaf)
    }

    fn origin(&self) -> Origin {
        Origin::default()
    }
}

fn request(id: u32, method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{params}}}"#)
}

fn initialize(id: u32, revision: &str) -> String {
    let client = r#""capabilities":{},"clientInfo":{"name":"c","version":"1"}"#;
    request(id, "initialize", &format!(r#"{{"protocolVersion":"{revision}",{client}}}"#))
}

fn wait(id: u32) -> String {
    request(id, "tools/call", r#"{"name":"wait","arguments":{}}"#)
}

fn wait_alone(id: u32) -> String {
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
    request(id, "tools/call", &format!(r#"{{"name":"wait","arguments":{{}},{meta}}}"#))
}

const PING: &str = r#"{"jsonrpc":"2.0","id":90,"method":"ping"}"#;
const RESPONSE: &str = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
const CHANGED: &str = r#"{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}"#;

fn cancel(id: u32) -> String {
    let params = format!(r#"{{"requestId":{id}}}"#);
    format!(r#"{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{params}}}"#)
}

#[tokio::test]
async fn a_connection_without_a_session_is_opened_once() {
    let mut pipe = Transport::pipe();
    pipe.check(PING, "answer");
    pipe.check(&wait(1), "NotOpened");
    pipe.check(&request(1, "server/discover", "{}"), "-32602");
    pipe.check(CHANGED, "done");
    pipe.check(RESPONSE, "done");
    pipe.check(&initialize(1, "2025-11-25"), "open");
    pipe.check(&initialize(2, "2025-11-25"), "AlreadyOpen");
    pipe.check(&wait(1), "run");
}

#[tokio::test]
async fn without_a_connection_only_a_handshake_opens_one() {
    let mut sessions = Transport::sessions();
    sessions.check(PING, "NotOpened");
    sessions.check(CHANGED, "NotOpened");
    sessions.check(RESPONSE, "NotOpened");
    let long = "x".repeat(64 << 10);
    sessions.check(&initialize(1, &long), "-32600");
    sessions.check(&initialize(1, "2025-11-25"), "open");
    sessions.check(PING, "answer");
    sessions.check(RESPONSE, "done");
}

#[tokio::test]
async fn an_id_in_flight_is_refused_in_both_eras() {
    let mut pipe = Transport::pipe();
    pipe.check(&wait_alone(1), "run");
    pipe.check(&wait_alone(1), "ReusedId");
    pipe.check(&initialize(2, "2025-11-25"), "open");
    pipe.check(&wait(1), "ReusedId");
    pipe.check(&cancel(1), "done");
    pipe.check(&wait(1), "run");
}

#[tokio::test]
async fn a_full_connection_answers_pings_only() {
    let mut pipe = Transport::pipe();
    pipe.check(&initialize(0, "2025-11-25"), "open");
    pipe.check(&wait(1), "run");
    pipe.check(&wait(2), "run");
    pipe.check(&wait(3), "TooManyInFlight");
    pipe.check(&wait_alone(3), "TooManyInFlight");
    pipe.check(&request(3, "tools/list", "{}"), "TooManyInFlight");
    pipe.check(PING, "answer");
    pipe.check(&cancel(1), "done");
    pipe.check(&wait(3), "run");
}

#[tokio::test]
async fn an_array_is_split_where_the_revision_has_arrays() {
    let mut pipe = Transport::pipe();
    pipe.check(&format!("[{PING}]"), "-32600");
    pipe.check(&initialize(0, "2025-03-26"), "open");
    pipe.check("[]", "-32600");
    let many = vec![PING; 101].join(",");
    pipe.check(&format!("[{many}]"), "-32600");
    let array = [PING, CHANGED, RESPONSE, "7", "[]", &initialize(1, "2025-03-26")].join(",");
    pipe.check(&format!("[{array}]"), "answer, done, done, -32600, -32600, AlreadyOpen");
    let cancelled = [wait(1), wait(1), cancel(1), wait(1)].join(",");
    pipe.check(&format!("[{cancelled}]"), "run, ReusedId, done, run");
    // A cancellation in front of its request is received after it.
    let early = [cancel(2), PING.to_owned(), wait(2)].join(",");
    pipe.check(&format!("[{early}]"), "answer, run, done");
    assert!(!pipe.is_in_flight(2));
    // One of a request that is in flight already stays where it is.
    let of_another = [cancel(1), wait(1)].join(",");
    pipe.check(&format!("[{of_another}]"), "done, run");
    assert!(pipe.is_in_flight(1));
}

#[tokio::test]
async fn a_message_that_stands_alone_has_no_session() {
    let mut alone = Transport::sessions();
    alone.stands_alone = true;
    alone.check(&wait_alone(1), "run");
    alone.check(&wait_alone(1), "run");
    alone.check(&wait(1), "-32602");
    alone.check(&cancel(1), "done");
    alone.check(RESPONSE, "-32600");
    alone.check(&format!("[{PING}]"), "-32600");
    alone.check("{", "-32700");
    alone.check(r#"{"jsonrpc":"2.0","method":"notifications/none","params":[]}"#, "ignored");
}

#[tokio::test]
async fn the_messages_of_an_array_are_copies() {
    let mut pipe = Transport::pipe();
    pipe.check(&initialize(0, "2025-03-26"), "open");
    let array = Bytes::from(format!("[{PING},{CHANGED}]"));
    let Action::Array(entries) = receive(&mut pipe, array.clone()) else { panic!("an array") };
    assert_eq!(entries, [PING, CHANGED]);
    let whole = array.as_ptr_range();
    assert!(entries.iter().all(|entry| !whole.contains(&entry.as_ptr())));
}
