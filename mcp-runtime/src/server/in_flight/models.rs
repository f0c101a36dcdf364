//! Models of requests in flight: whatever happens at the same time, each is answered or cancelled, once.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::jsonrpc::RequestId;
use mcp_core::revision::Facts;
use serde_json::json;
use shuttle::future::{spawn, yield_now};

use super::{Capacity, InFlight};
use crate::component::app::App;
use crate::component::tool::dynamic::{Arguments, Tool};
use crate::context::budget::Budget;
use crate::context::exchange::Origin;
use crate::context::sink::SharedSink;
use crate::server::builder::Server;
use crate::server::connection::{self, Action, Connection, Delivery, NoSession, Step};
use crate::server::direct::Deaf;
use crate::server::running::{Completed, Running};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::check;

/// A server whose tool lets others run before it answers.
struct Model {
    app: Arc<App>,
    in_flight: Arc<InFlight>,
    delivered: Arc<AtomicUsize>,
}

impl Model {
    fn new(capacity: Capacity) -> Self {
        let work = Tool::new("work", r#"{"type":"object"}"#, |_, _: Arguments| async {
            yield_now().await;
            "done"
        });
        let app = Server::new("s", "1").tool(work).build().unwrap();
        let in_flight = InFlight::new(capacity, Arc::default());
        Self { app, in_flight, delivered: Arc::default() }
    }

    /// A request that has a handler.
    fn request(&self, id: i64) -> Running {
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let params = json!({ "name": "work", "arguments": {}, "_meta": meta });
        let frame = json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params });
        let frame = Bytes::from(frame.to_string());
        match connection::receive(&mut Alone(&self.app), frame) {
            Action::Step(Step::Run(running)) => running,
            _ => panic!("the request has no handler"),
        }
    }

    /// Spawns a request whose answer is counted. Returns `false` if it is not admitted.
    fn spawn(&self, id: i64) -> bool {
        let delivered = Arc::clone(&self.delivered);
        let deliver = move |_: Completed| {
            delivered.fetch_add(1, Ordering::SeqCst);
        };
        self.in_flight.spawn(self.request(id), self.in_flight.place(), deliver)
    }

    /// Cancels a request in a task of its own.
    async fn cancel(&self, id: i64) -> bool {
        let in_flight = Arc::clone(&self.in_flight);
        spawn(async move { in_flight.cancel(&RequestId::Integer(id)) }).await.unwrap()
    }

    /// Waits for the end of all requests. Returns the number of answers.
    async fn end(&self) -> usize {
        self.in_flight.drained().await;
        self.in_flight.gone().await;
        let entries = self.in_flight.entries();
        assert_eq!((entries.owed, entries.by_id.len()), (0, 0));
        drop(entries);
        self.delivered.load(Ordering::SeqCst)
    }
}

/// Delivery of a message that stands alone.
struct Alone<'a>(&'a Arc<App>);

impl Delivery for Alone<'_> {
    fn app(&self) -> &Arc<App> {
        self.0
    }

    fn stands_alone(&self) -> bool {
        true
    }

    fn connection(&mut self) -> Result<Option<&Arc<Connection>>, NoSession> {
        Ok(None)
    }

    fn sink(&mut self, _: &Facts) -> SharedSink {
        Arc::new(Deaf)
    }

    fn notification_sink(&self) -> SharedSink {
        Arc::new(Deaf)
    }

    fn session_budget(&self) -> Arc<Budget> {
        Arc::default()
    }

    fn origin(&self) -> Origin {
        Origin::default()
    }
}

#[test]
fn a_request_is_answered_or_cancelled() {
    check(async || {
        let model = Model::new(Capacity::default());
        assert!(model.spawn(1));
        let cancelled = model.cancel(1).await;
        assert_eq!(model.end().await + usize::from(cancelled), 1);
    });
}

#[test]
fn of_two_cancellations_one_counts() {
    check(async || {
        let model = Arc::new(Model::new(Capacity::default()));
        assert!(model.spawn(1));
        let other = Arc::clone(&model);
        let other = spawn(async move { other.cancel(1).await });
        let cancelled = usize::from(model.cancel(1).await) + usize::from(other.await.unwrap());
        assert_eq!(model.end().await + cancelled, 1);
    });
}

#[test]
fn an_id_is_free_after_its_answer_and_the_next_request_is_answered_too() {
    check(async || {
        let model = Model::new(Capacity { running: 1, waiting: 1 });
        assert!(model.spawn(1));
        // Its cancellation must never reach the request that takes its id.
        let cancelled = usize::from(model.cancel(1).await);
        model.in_flight.drained().await;
        assert!(model.spawn(1));
        assert_eq!(model.end().await + cancelled, 2);
    });
}

#[test]
fn places_are_given_back() {
    check(async || {
        let model = Model::new(Capacity { running: 1, waiting: 2 });
        assert!(model.spawn(1) && model.spawn(2) && model.spawn(3));
        let cancelled = usize::from(model.cancel(1).await) + usize::from(model.cancel(2).await);
        assert_eq!(model.end().await + cancelled, 3);
        assert!(model.in_flight.place().is_some());
    });
}

#[test]
fn nothing_is_admitted_after_the_end() {
    check(async || {
        let model = Arc::new(Model::new(Capacity::default()));
        let ending = Arc::clone(&model.in_flight);
        let ending = spawn(async move { ending.cancel_all() });
        let spawned = [model.spawn(1), model.spawn(2)];
        ending.await.unwrap();
        assert!(!model.spawn(3));
        let answered = model.end().await;
        assert!(answered <= spawned.into_iter().filter(|is_spawned| *is_spawned).count());
    });
}

#[test]
fn a_driven_request_is_answered_or_cancelled() {
    check(async || {
        let model = Model::new(Capacity::default());
        let driven = model.in_flight.drive(model.request(1)).unwrap();
        assert!(model.in_flight.drive(model.request(1)).is_none());
        let driven = spawn(async move { driven.await.is_some() });
        let cancelled = model.cancel(1).await;
        assert_ne!(driven.await.unwrap(), cancelled);
        model.end().await;
    });
}

#[test]
fn a_driven_request_that_is_dropped_is_not_owed() {
    check(async || {
        let model = Model::new(Capacity::default());
        let driven = model.in_flight.drive(model.request(1)).unwrap();
        let driven = spawn(async move { drop(driven.await) });
        driven.abort();
        model.cancel(1).await;
        model.end().await;
    });
}
