//! A connection over a pair of pipes, or any reader and writer: one message a line, in both eras.

mod answer_sender;
mod backlog;
mod config;
mod lines;
mod messages;
#[cfg(all(test, shuttle))]
mod models;
mod reader_thread;
mod serving;
mod stall;
#[cfg(any(test, fuzzing))]
pub(crate) mod without_io;

use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use bytes::Bytes;
use mcp_core::jsonrpc::{LastMeta, Limits, ProtocolError};
use mcp_core::revision::{Facts, write_error};
use tokio::task::AbortHandle;

use self::answer_sender::AnswerSender;
pub(super) use self::backlog::{Backlog, Sink};
pub use self::config::StdioConfig;
pub(super) use self::messages::{ArrayEntry, Incoming, Messages};
pub(super) use self::reader_thread::ReaderThread;
pub(super) use self::serving::Serving;
pub(super) use self::stall::STALL_TIMEOUT;
#[cfg(not(target_family = "wasm"))]
pub(super) use self::stall::{STALL_TICK, Stall};
use crate::component::app::App;
use crate::context::budget::Budget;
use crate::context::exchange::Origin;
use crate::context::sink::{NotificationSink, SharedSink};
use crate::server::connection::{
    self, Action, Connection, Delivery, Gathering, NoSession, Opened, Step,
};
use crate::server::in_flight::FirstPoll;
use crate::server::running::{Completed, Running};
use crate::server::subscriptions::announce;

/// Receiver of the messages of one client.
///
/// One thread calls it at a time, except for a thread that a handler blocks: the thread that
/// replaces it calls it too.
pub(super) struct Pipe<O: Sink> {
    app: Arc<App>,
    output: Arc<O>,
    sink: SharedSink,
    connection: Arc<Connection>,
    /// Sender of every message.
    origin: Origin,
    /// `true` if the caller polls each handler once. Otherwise all handlers go to the runtime.
    polls_first: bool,
    /// Task that notifies the session of changes.
    announcer: OnceLock<AbortHandle>,
    /// The `_meta` of the last request.
    last_meta: LastMeta,
}

/// Destination of an answer.
enum Destination {
    Line,
    Array(Arc<Gathering>),
}

impl<O: Sink> Pipe<O> {
    /// Creates the receiver of a connection. Must be called within a runtime, as must all methods.
    pub(super) fn new(
        app: Arc<App>,
        output: Arc<O>,
        connection: Arc<Connection>,
        origin: Origin,
    ) -> Self {
        let sink = HandlerSink { output: Arc::clone(&output), connection: Arc::clone(&connection) };
        let sink = Arc::new(sink);
        let (polls_first, announcer, last_meta) = (true, OnceLock::new(), LastMeta::default());
        Self { app, output, sink, connection, origin, polls_first, announcer, last_meta }
    }

    /// Leaves every poll of a handler to the runtime.
    pub(super) fn without_first_polls(mut self) -> Self {
        self.polls_first = false;
        self
    }

    /// Receives a message on a thread. Returns the entries of an array, which are to be received
    /// next.
    pub(super) fn receive(&self, message: Incoming, thread: &ReaderThread) -> Vec<ArrayEntry> {
        let mut delivery = PipeDelivery { pipe: self, thread };
        match message {
            Incoming::Line(frame) => match connection::receive(&mut delivery, frame) {
                Action::Step(step) => self.perform(step, Destination::Line, thread),
                Action::Open(opened) => self.open(opened),
                Action::Notify(notification) => self.connection.inbox.put(notification),
                Action::Array(entries) => return self.entries(entries),
            },
            Incoming::Entry(ArrayEntry { frame, gathering }) => {
                let step = connection::receive_entry(&mut delivery, frame);
                self.perform(step, Destination::Array(gathering), thread);
            }
            Incoming::TooLong { limit } => {
                let message = format!("the message is longer than {limit} bytes");
                let error = ProtocolError::parse_error(message);
                self.answer(&Destination::Line, |out| write_error(out, None, &error));
            }
        }
        Vec::new()
    }

    fn entries(&self, entries: Vec<Bytes>) -> Vec<ArrayEntry> {
        let output = Arc::clone(&self.output);
        let gathering = Gathering::new(Arc::clone(&self.connection.budget), move |answers| {
            output.send(|backlog| backlog.extend_from_slice(&answers));
        });
        let entry = |frame| ArrayEntry { frame, gathering: Arc::clone(&gathering) };
        entries.into_iter().map(entry).collect()
    }

    /// `true` if serving is over, so that nothing more should be received.
    pub(super) fn is_over(&self) -> bool {
        self.app.closing.is_cancelled()
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    pub(super) fn output(&self) -> &O {
        &self.output
    }

    /// Limits of a message.
    pub(super) fn limits(&self) -> Limits {
        self.app.limits
    }

    /// Ends what depends on further messages: questions to the client, and notifications of changes.
    pub(super) fn end(&self) {
        if let Some(announcer) = self.announcer.get() {
            announcer.abort();
        }
        self.connection.close_questions();
    }

    fn open(&self, Opened { session, answer, .. }: Opened) {
        self.answer(&Destination::Line, |out| out.extend_from_slice(&answer));
        self.connection.open(Arc::clone(&session));
        let sink: SharedSink = self.sink.clone();
        let announcer = announce(Arc::clone(&self.app), session, sink, self.origin.clone());
        // A second handshake is refused, so it is set once.
        let _ = self.announcer.set(tokio::spawn(announcer).abort_handle());
    }

    fn perform(&self, step: Step, to: Destination, thread: &ReaderThread) {
        match step {
            Step::Answer(completed) => self.send(&to, &completed),
            Step::Run(running) => self.run(running, to, thread),
            Step::Refuse(refused) if refused.expects_answer => {
                self.answer(&to, |out| refused.write(out));
            }
            Step::Refuse(refused) => tracing::debug!(?refused, "a message is ignored"),
            Step::Done => {}
        }
    }

    fn run(&self, mut running: Running, to: Destination, thread: &ReaderThread) {
        let in_flight = &self.connection.in_flight;
        let first = match self.polls_first {
            true => in_flight.first_poll(&mut running, |running| {
                thread.enter_user_code();
                let polled = running.poll_first();
                thread.leave_user_code();
                polled
            }),
            false => FirstPoll::Pending(in_flight.place()),
        };
        match first {
            FirstPoll::Completed(_)
                if thread.is_replaced() && !in_flight.is_first_poll_owed(running.id()) => {}
            FirstPoll::Completed(completed) => self.answer(&to, |out| completed.write(out)),
            FirstPoll::Pending(place) => {
                let sender = AnswerSender {
                    output: Arc::clone(&self.output),
                    budget: Arc::clone(&self.connection.budget),
                    closing: self.app.closing.clone(),
                    to,
                };
                // Its id has been checked, so a request that is not spawned was cancelled or came
                // after the end.
                in_flight.spawn(running, place, sender);
            }
        }
    }

    /// Sends an answer of dispatch.
    fn send(&self, to: &Destination, completed: &Completed) {
        match (to, completed.around_shared()) {
            (Destination::Line, Some((head, members, tail))) => {
                self.output.send_pieces(&[&head, members, &tail]);
            }
            _ => self.answer(to, |out| completed.write(out)),
        }
    }

    fn answer(&self, to: &Destination, write: impl FnOnce(&mut Vec<u8>)) {
        match to {
            Destination::Line => {
                if self.output.stage(write) {
                    self.output.flush();
                }
            }
            Destination::Array(gathering) => gathering.add(write),
        }
    }
}

/// Delivery of a message that a thread has read.
struct PipeDelivery<'a, O: Sink> {
    pipe: &'a Pipe<O>,
    thread: &'a ReaderThread,
}

impl<O: Sink> Delivery for PipeDelivery<'_, O> {
    fn app(&self) -> &Arc<App> {
        &self.pipe.app
    }

    fn connection(&mut self) -> Result<Option<&Arc<Connection>>, NoSession> {
        Ok(Some(&self.pipe.connection))
    }

    fn shared_connection(&self) -> Option<&Arc<Connection>> {
        Some(&self.pipe.connection)
    }

    fn last_meta(&self) -> Option<&LastMeta> {
        Some(&self.pipe.last_meta)
    }

    fn sink(&mut self, _facts: &Facts) -> SharedSink {
        Arc::clone(&self.pipe.sink)
    }

    fn notification_sink(&self) -> SharedSink {
        Arc::clone(&self.pipe.sink)
    }

    fn session_budget(&self) -> Arc<Budget> {
        Arc::clone(&self.pipe.connection.budget)
    }

    fn origin(&self) -> Origin {
        self.pipe.origin.clone()
    }

    fn user_code<R>(&self, run: impl FnOnce() -> R) -> R {
        self.thread.enter_user_code();
        let returned = run();
        self.thread.leave_user_code();
        returned
    }
}

/// Sink of the handlers of a pipe.
struct HandlerSink<O> {
    output: Arc<O>,
    connection: Arc<Connection>,
}

impl<O: Sink> NotificationSink for HandlerSink<O> {
    fn notify(&self, message: Vec<u8>) -> bool {
        let Connection { in_flight, budget, .. } = &*self.connection;
        in_flight.is_silenced() || self.output.notify(&message, budget.limit())
    }

    fn deliver(&self, message: Vec<u8>) -> bool {
        !self.connection.in_flight.is_silenced() && self.output.deliver(&message)
    }

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.output.poll_room(cx)
    }

    fn budget(&self) -> Option<&Arc<Budget>> {
        Some(&self.connection.budget)
    }
}

impl<O: Sink> Drop for Pipe<O> {
    fn drop(&mut self) {
        self.end();
    }
}
