//! The connection that a pair of pipes is: both eras on it, and every message it can carry.

mod backlog;
mod batch;
mod lines;
mod serving;

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::jsonrpc::{
    Frame, Message, Notification, ProtocolError, Raw, Refusal, Request, RequestId, Response, decode,
};
use mcp_core::method::Method;
use mcp_core::revision::{Revision, Surround, write_error, write_result};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

pub(super) use self::backlog::{Backlog, Sink};
use self::batch::{Gathering, MAX_ENTRIES};
pub(super) use self::lines::{Line, Lines};
pub(super) use self::serving::{LAST_WRITE, Serving};
use crate::component::extension::inbox::Inbox;
use crate::component::extension::notification::notice;
use crate::context::exchange::{Exchange, MethodName, Origin, Parts};
use crate::context::outlet::SharedOutlet;
use crate::context::session::Session;
use crate::server::app::App;
use crate::server::discovery::initialized;
use crate::server::dispatch::dispatch;
use crate::server::in_flight::InFlight;
use crate::server::lifecycle;
use crate::server::lifecycle::stateless::RequestMeta;
use crate::server::running::{Completed, Reply};
use crate::server::subscriptions::announce;

/// What a client and a server say to each other over one pair of pipes.
pub(super) struct Pipe<O: Sink> {
    app: Arc<App>,
    runtime: Handle,
    output: Arc<O>,
    outlet: SharedOutlet,
    in_flight: Arc<InFlight>,
    inbox: Arc<Inbox>,
    /// Who is at the other end.
    origin: Origin,
    session: Option<Arc<Session>>,
    /// Tells the session of changes.
    announcer: Option<AbortHandle>,
    /// How many answers have been staged since the last flush.
    staged: usize,
}

/// Where the answer to a request goes.
enum Destination<O: Sink> {
    Line,
    Batch(Arc<Gathering<O>>),
}

impl<O: Sink> Pipe<O> {
    /// A connection that nothing has come over yet. Has to be called within a runtime.
    pub(super) fn new(
        app: Arc<App>,
        output: Arc<O>,
        in_flight: Arc<InFlight>,
        inbox: Arc<Inbox>,
    ) -> Self {
        let outlet: SharedOutlet = output.clone();
        let runtime = Handle::current();
        let (session, announcer) = (None, None);
        let origin = Origin::default();
        Self {
            app,
            runtime,
            output,
            outlet,
            in_flight,
            inbox,
            origin,
            session,
            announcer,
            staged: 0,
        }
    }

    /// Says who is at the other end; it is not known otherwise.
    pub(super) fn with_origin(mut self, origin: Origin) -> Self {
        self.origin = origin;
        self
    }

    /// Takes in one line.
    pub(super) fn receive(&mut self, line: Line<'_>) {
        let line = match line {
            Line::Text(line) => line.trim_ascii(),
            Line::TooLong { limit } => return self.refuse_long_line(limit),
        };
        if line.is_empty() {
            return;
        }
        self.receive_frame(Bytes::copy_from_slice(line), Destination::Line, true);
        if self.staged >= FLUSH_AT {
            self.flush();
        }
    }

    /// Answers for a line that was too long to be read.
    fn refuse_long_line(&mut self, limit: usize) {
        let message = format!("the message is longer than {limit} bytes");
        self.refuse(&Destination::Line, None, &ProtocolError::parse_error(message));
    }

    /// Whether serving is over, so that nothing more should be taken in.
    pub(super) fn is_over(&self) -> bool {
        self.app.closing.is_cancelled()
    }

    /// Sends what is ready.
    pub(super) fn flush(&mut self) {
        self.output.flush();
        self.staged = 0;
        self.output.wait_for_reader();
    }

    fn receive_frame(&mut self, frame: Bytes, to: Destination<O>, may_be_batch: bool) {
        let decoded = decode(&frame, self.app.limits);
        match decoded {
            Ok(Frame::Single(Message::Request(request))) => {
                let meta = RequestMeta::read(request.params);
                let parts = Parts::of(&frame, &request, &meta);
                self.request(&frame, &request, &meta, parts, to);
            }
            Ok(Frame::Single(Message::Notification(notification))) => {
                self.notification(&frame, &notification)
            }
            Ok(Frame::Single(Message::Response(response))) => {
                self.response(&response);
            }
            Ok(Frame::Batch(array)) if may_be_batch => self.batch(&frame, array),
            Ok(Frame::Batch(_)) => self.refuse(&to, None, &no_batch()),
            Err(Refusal { id, error, expects_answer: true }) => {
                self.refuse(&to, id.map(|id| id.to_owned()).as_ref(), &error);
            }
            Err(Refusal { error, .. }) => tracing::debug!(%error, "a message is ignored"),
        }
    }

    fn response(&self, response: &Response<'_>) {
        let session = self.session.as_ref();
        if !session.is_some_and(|session| session.questions.answer(response)) {
            let id = response.id.map(|id| id.to_owned());
            tracing::debug!(?id, "a response that answers no request of ours is ignored");
        }
    }

    fn batch(&mut self, frame: &Bytes, array: Raw<'_>) {
        let allowed = self.session.as_ref().is_some_and(|session| session.revision.facts().batches);
        let entries = array.elements().take(MAX_ENTRIES + 1).count();
        let fault = match entries {
            _ if !allowed => Some(no_batch()),
            0 => Some(ProtocolError::invalid_request("an array of messages must not be empty")),
            count if count > MAX_ENTRIES => Some(ProtocolError::invalid_request(format!(
                "an array of messages may hold at most {MAX_ENTRIES}"
            ))),
            _ => None,
        };
        if let Some(fault) = fault {
            return self.refuse(&Destination::Line, None, &fault);
        }
        let gathering = Gathering::new(Arc::clone(&self.output));
        for entry in array.elements() {
            let to = Destination::Batch(Arc::clone(&gathering));
            self.receive_frame(frame.slice_ref(entry.as_str().as_bytes()), to, false);
        }
    }

    fn request(
        &mut self,
        frame: &Bytes,
        request: &Request<'_>,
        meta: &RequestMeta<'_>,
        parts: Parts,
        to: Destination<O>,
    ) {
        let id = request.id.to_owned();
        let outlet = Arc::clone(&self.outlet);
        let exchange = if meta.is_stateless() {
            let admitted = match lifecycle::admit(meta) {
                Ok(admitted) => admitted,
                Err(error) => return self.refuse(&to, Some(&id), &error),
            };
            Exchange::stateless(frame.clone(), parts, admitted, outlet, self.origin.clone())
        } else if let Some(session) = &self.session {
            let session = Arc::clone(session);
            Exchange::in_session(frame.clone(), parts, session, outlet, self.origin.clone())
        } else {
            return self.unopened(parts.method(), request.params, &id, &to);
        };
        self.start(exchange, &id, to);
    }

    /// A request of a client that has neither shaken hands nor says by itself who it is.
    fn unopened(
        &mut self,
        method: &MethodName,
        params: Option<Raw<'_>>,
        id: &RequestId,
        to: &Destination<O>,
    ) {
        let error = match method.protocol() {
            Some(Method::Initialize) => match lifecycle::open(&self.app.live, params) {
                Ok(session) => return self.open(session, id, to),
                Err(error) => error,
            },
            Some(Method::Ping) => return self.answer_ping(id, to),
            // Says by its error what is missing from the request.
            Some(Method::Discover) => lifecycle::missing_version(),
            _ => ProtocolError::invalid_request(
                "not initialized: send `initialize` first, or a protocol version in `_meta`",
            ),
        };
        self.refuse(to, Some(id), &error);
    }

    fn answer_ping(&mut self, id: &RequestId, to: &Destination<O>) {
        // Nobody has named a revision yet.
        let facts = Revision::WITHOUT_HEADER.facts();
        let app = Arc::clone(&self.app);
        let server_info = &app.info_json;
        let surround = Surround { id, server_info, meta: "", cache: None, result_type: None };
        self.answer(to, |out| write_result(out, facts, surround, |_| {}));
    }

    fn open(&mut self, session: Session, id: &RequestId, to: &Destination<O>) {
        let answer = initialized(&self.app, &session, id);
        self.answer(to, |out| out.extend_from_slice(&answer));
        let session = Arc::new(session);
        self.session = Some(Arc::clone(&session));
        let announcer = announce(Arc::clone(&self.app), session, Arc::clone(&self.outlet));
        self.announcer = Some(self.runtime.spawn(announcer).abort_handle());
    }

    fn start(&mut self, exchange: Exchange, id: &RequestId, to: Destination<O>) {
        if exchange.method.protocol() == Some(Method::Initialize)
            && !exchange.facts().standard_headers
        {
            let error = ProtocolError::invalid_request("the session is already initialized");
            return self.refuse(&to, Some(id), &error);
        }
        if self.in_flight.contains(id) {
            let error = ProtocolError::invalid_request(format!(
                "a request with the id {id} is still in flight; ids must not be reused before the answer"
            ));
            return self.refuse(&to, Some(id), &error);
        }
        match dispatch(&self.app, exchange) {
            Reply::Ready(completed) => self.answer(&to, |out| completed.write(out)),
            Reply::Running(running) => self.run(running, to),
        }
    }

    fn run(&mut self, mut running: crate::server::running::Running, to: Destination<O>) {
        let place = self.in_flight.place();
        if place.is_some() {
            if let std::task::Poll::Ready(completed) = running.poll_first() {
                return self.answer(&to, |out| completed.write(out));
            }
        } else if self.in_flight.is_full() {
            let error = ProtocolError::internal("the server has too many requests in flight");
            return self.refuse(&to, Some(&running.id().clone()), &error);
        }
        let output = Arc::clone(&self.output);
        let deliver = move |completed: Completed| match to {
            Destination::Line => {
                let answer = completed.to_vec();
                output.send(|backlog| backlog.extend_from_slice(&answer));
            }
            Destination::Batch(gathering) => gathering.add(&completed.to_vec()),
        };
        // The id was looked up before, and nobody else adds to this pipe; so if it is not taken in,
        // serving is over.
        self.in_flight.spawn(&self.runtime, running, place, deliver);
    }

    fn notification(&self, frame: &Bytes, notification: &Notification<'_>) {
        let method = MethodName::parse(&notification.method);
        match method.protocol() {
            Some(Method::Cancelled) => {
                let id = notification.params.and_then(|params| params.member("requestId"));
                if let Some(id) = id.and_then(|id| id.parse::<RequestId>().ok()) {
                    self.in_flight.cancel(&id);
                }
            }
            Some(Method::RootsListChanged) => {
                if let Some(session) = &self.session {
                    session.roots.forget();
                }
            }
            Some(_) => {}
            None => self.extension_notification(frame, &method, notification),
        }
    }

    fn extension_notification(
        &self,
        frame: &Bytes,
        method: &MethodName,
        notification: &Notification<'_>,
    ) {
        let (session, outlet) = (self.session.as_ref(), Arc::clone(&self.outlet));
        let origin = self.origin.clone();
        let notice = notice(&self.app, frame, method, notification, session, outlet, origin);
        match notice {
            Some(notice) => self.inbox.put(&self.runtime, notice),
            None => {
                tracing::debug!(method = %notification.method, "a notification is ignored")
            }
        }
    }

    fn answer(&mut self, to: &Destination<O>, write: impl FnOnce(&mut Vec<u8>)) {
        match to {
            Destination::Line => {
                let is_time = self.output.stage(write);
                self.staged = if is_time { FLUSH_AT } else { self.staged + 1 };
            }
            Destination::Batch(gathering) => {
                let mut answer = Vec::new();
                write(&mut answer);
                gathering.add(&answer);
            }
        }
    }

    fn refuse(&mut self, to: &Destination<O>, id: Option<&RequestId>, error: &ProtocolError) {
        self.answer(to, |out| write_error(out, id, error));
    }
}

impl<O: Sink> Drop for Pipe<O> {
    fn drop(&mut self) {
        if let Some(announcer) = self.announcer.take() {
            announcer.abort();
        }
        // Nothing is read any more, so nothing is answered.
        if let Some(session) = &self.session {
            session.questions.close();
        }
    }
}

/// How many answers are gathered before they are sent although the input has not paused.
const FLUSH_AT: usize = 256;

fn no_batch() -> ProtocolError {
    ProtocolError::invalid_request("an array of messages is not allowed in this revision")
}
