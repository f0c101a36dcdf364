//! A connection over a pair of pipes, or any reader and writer: one message a line, in both eras.

mod backlog;
mod lines;
mod serving;

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::revision::{Facts, write_error};
use tokio::task::AbortHandle;

pub(super) use self::backlog::{Backlog, Sink};
pub(super) use self::lines::{Line, Lines};
pub(super) use self::serving::{Serving, WRITE_TIMEOUT};
use crate::component::app::App;
use crate::context::exchange::Origin;
use crate::context::sink::SharedSink;
use crate::server::connection::{
    self, Action, Connection, Delivery, Gathering, Opened, Step, UnknownSession,
};
use crate::server::in_flight::FirstPoll;
use crate::server::running::Running;
use crate::server::subscriptions::announce;

/// Number of answers that are staged before they are sent although the input has not paused.
const FLUSH_AT: usize = 256;

/// Receiver of the lines of one client.
pub(super) struct Pipe<O: Sink> {
    app: Arc<App>,
    output: Arc<O>,
    sink: SharedSink,
    connection: Arc<Connection>,
    /// Sender of every message.
    origin: Origin,
    /// Task that notifies the session of changes.
    announcer: Option<AbortHandle>,
    /// Number of answers staged since the last flush.
    staged: usize,
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
        let sink: SharedSink = output.clone();
        Self { app, output, sink, connection, origin, announcer: None, staged: 0 }
    }

    /// Receives one line.
    pub(super) fn receive(&mut self, line: Line<'_>) {
        match line {
            Line::Text(line) => self.receive_text(line.trim_ascii()),
            Line::TooLong { limit } => {
                let message = format!("the message is longer than {limit} bytes");
                let error = ProtocolError::parse_error(message);
                self.answer(&Destination::Line, |out| write_error(out, None, &error));
            }
        }
        if self.staged >= FLUSH_AT {
            self.flush();
        }
    }

    fn receive_text(&mut self, line: &[u8]) {
        if line.is_empty() {
            return;
        }
        match connection::receive(self, &Bytes::copy_from_slice(line)) {
            Action::Step(step) => self.perform(step, Destination::Line),
            Action::Open(opened) => self.open(opened),
            Action::Notify(notification) => self.connection.inbox.put(notification),
            Action::Array(entries) => self.receive_array(&entries),
        }
    }

    fn receive_array(&mut self, entries: &[Bytes]) {
        let output = Arc::clone(&self.output);
        let gathering = Gathering::new(move |answers| {
            output.send(|backlog| backlog.extend_from_slice(&answers));
        });
        for entry in entries {
            let step = connection::receive_entry(self, entry);
            self.perform(step, Destination::Array(Arc::clone(&gathering)));
        }
    }

    /// `true` if serving is over, so that nothing more should be received.
    pub(super) fn is_over(&self) -> bool {
        self.app.closing.is_cancelled()
    }

    /// Sends the staged answers.
    pub(super) fn flush(&mut self) {
        self.output.flush();
        self.staged = 0;
        self.output.wait_for_reader();
    }

    fn open(&mut self, Opened { session, answer, .. }: Opened) {
        self.answer(&Destination::Line, |out| out.extend_from_slice(&answer));
        self.connection.open(Arc::clone(&session));
        let announcer = announce(Arc::clone(&self.app), session, Arc::clone(&self.sink));
        self.announcer = Some(tokio::spawn(announcer).abort_handle());
    }

    fn perform(&mut self, step: Step, to: Destination) {
        match step {
            Step::Answer(completed) => self.answer(&to, |out| completed.write(out)),
            Step::Run(running) => self.run(running, to),
            Step::Refuse(refused) if refused.expects_answer => {
                self.answer(&to, |out| refused.write(out));
            }
            Step::Refuse(refused) => tracing::debug!(?refused, "a message is ignored"),
            Step::Done => {}
        }
    }

    fn run(&mut self, mut running: Running, to: Destination) {
        let in_flight = &self.connection.in_flight;
        let place = match in_flight.first_poll(&mut running, Running::poll_first) {
            FirstPoll::Completed(completed) => {
                return self.answer(&to, |out| completed.write(out));
            }
            FirstPoll::Pending(place) => place,
        };
        let output = Arc::clone(&self.output);
        // Only this thread adds requests to the pipe and it has checked the id, so a request that is
        // not spawned came after the end.
        in_flight.spawn(running, place, move |completed| match to {
            Destination::Line => {
                let answer = completed.to_vec();
                output.send(|backlog| backlog.extend_from_slice(&answer));
            }
            Destination::Array(gathering) => gathering.add(|out| completed.write(out)),
        });
    }

    fn answer(&mut self, to: &Destination, write: impl FnOnce(&mut Vec<u8>)) {
        match to {
            Destination::Line => {
                let is_time = self.output.stage(write);
                self.staged = if is_time { FLUSH_AT } else { self.staged + 1 };
            }
            Destination::Array(gathering) => gathering.add(write),
        }
    }
}

impl<O: Sink> Delivery for Pipe<O> {
    fn app(&self) -> &Arc<App> {
        &self.app
    }

    fn connection(&mut self) -> Result<Option<&Arc<Connection>>, UnknownSession> {
        Ok(Some(&self.connection))
    }

    fn shared_connection(&self) -> Option<&Arc<Connection>> {
        Some(&self.connection)
    }

    fn sink(&mut self, _facts: &Facts) -> SharedSink {
        Arc::clone(&self.sink)
    }

    fn notification_sink(&self) -> SharedSink {
        Arc::clone(&self.sink)
    }

    fn origin(&self) -> Origin {
        self.origin.clone()
    }
}

impl<O: Sink> Drop for Pipe<O> {
    fn drop(&mut self) {
        if let Some(announcer) = self.announcer.take() {
            announcer.abort();
        }
        self.connection.close_questions();
    }
}
