//! Requests: the session or the revision that they are served under, or their refusal.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::jsonrpc::{ErrorCode, Request, RequestId};
use mcp_core::method::Method;
use mcp_core::revision::Revision;

use super::{Action, Connection, Delivery, Opened, Reason, Received, Step};
use crate::component::handler::HandlerOutput;
use crate::context::budget::{COUNTED, Exceeded};
use crate::context::exchange::{Exchange, Parts};
use crate::context::members::Members;
use crate::context::request_meta::{Admitted, RequestMeta};
use crate::context::session::Session;
use crate::server::discovery::initialized;
use crate::server::hook;
use crate::server::in_flight::Obstacle;
use crate::server::lifecycle::{self, NotOpened};
use crate::server::running::{Completed, Reply};
use crate::server::{serve, tasks};

/// Size limit of a handshake that opens a session over HTTP, in bytes. Its content is kept as long
/// as the session.
const MAX_HANDSHAKE: usize = 64 << 10;

/// A request that is admitted, apart from its frame.
pub(super) struct AdmittedRequest {
    parts: Parts,
    by: Admission,
}

/// The session or the `_meta` that a request is served under.
enum Admission {
    Session(Arc<Session>),
    /// Its own `_meta`.
    Meta(Admitted),
}

/// Receives a request.
#[inline]
pub(super) fn receive<D: Delivery>(
    delivery: &mut D,
    frame: &Bytes,
    request: &Request<'_>,
) -> Received<Action> {
    let parts = Parts::of(frame, request);
    if delivery.stands_alone() || request.known.meta.is_stateless() {
        return match admit(delivery, &request.known.meta, &parts, frame.len()) {
            Ok(admitted) => {
                Received::Request(AdmittedRequest { parts, by: Admission::Meta(admitted) })
            }
            Err(reason) => Received::Other(Action::Step(Step::refuse(Some(parts.id()), reason))),
        };
    }
    match admit_to_session(delivery, &parts, frame.len()) {
        Ok(session) => {
            Received::Request(AdmittedRequest { parts, by: Admission::Session(session) })
        }
        Err(NotAdmitted::Refused(reason)) => {
            Received::Other(Action::Step(Step::refuse(Some(parts.id()), reason)))
        }
        Err(NotAdmitted::Unopened { is_connected }) => {
            Received::Other(unopened(delivery, frame, request, &parts, is_connected))
        }
    }
}

/// Receives a request of an array.
pub(super) fn entry<D: Delivery>(
    delivery: &mut D,
    frame: &Bytes,
    request: &Request<'_>,
) -> Received<Step> {
    let parts = Parts::of(frame, request);
    let reason = match admit_to_session(delivery, &parts, frame.len()) {
        Ok(session) => {
            return Received::Request(AdmittedRequest { parts, by: Admission::Session(session) });
        }
        Err(NotAdmitted::Refused(reason)) => reason,
        Err(NotAdmitted::Unopened { .. }) => Reason::NotOpened,
    };
    Received::Other(Step::refuse(Some(parts.id()), reason))
}

impl AdmittedRequest {
    /// Serves the request with its frame.
    #[inline]
    pub(super) fn serve<D: Delivery>(self, delivery: &mut D, frame: Bytes) -> Step {
        let parts = self.parts;
        match self.by {
            Admission::Session(session) => {
                let sink = delivery.sink(session.revision.facts());
                let origin = delivery.origin();
                serve(delivery, Exchange::in_session(frame, parts, session, sink, origin))
            }
            Admission::Meta(admitted) => {
                let sink = delivery.sink(admitted.revision.facts());
                let origin = delivery.origin();
                let exchange = Exchange::stateless(frame, parts, admitted, sink, origin);
                if let Err(reason) = delivery.check_request(&exchange) {
                    return Step::refuse(Some(&exchange.id), reason);
                }
                serve(delivery, exchange)
            }
        }
    }
}

/// Obstacle to serving a request in a session.
enum NotAdmitted {
    Refused(Reason),
    /// There is no session. A connection can be there before its handshake, as a pipe is.
    Unopened {
        is_connected: bool,
    },
}

#[inline]
fn admit_to_session<D: Delivery>(
    delivery: &mut D,
    parts: &Parts,
    length: usize,
) -> Result<Arc<Session>, NotAdmitted> {
    let connection = delivery
        .connection()
        .map_err(|obstacle| NotAdmitted::Refused(obstacle.into()))?
        .ok_or(NotAdmitted::Unopened { is_connected: false })?;
    let session = connection.session().ok_or(NotAdmitted::Unopened { is_connected: true })?;
    if parts.method().protocol() == Some(Method::Initialize) {
        return Err(NotAdmitted::Refused(Reason::AlreadyOpen));
    }
    check_in_flight(connection, parts, length).map_err(NotAdmitted::Refused)?;
    Ok(Arc::clone(session))
}

/// Checks the request against those in flight. This is done before its handler is made.
fn check_in_flight(connection: &Connection, parts: &Parts, length: usize) -> Result<(), Reason> {
    let reason = match connection.in_flight.obstacle_to(parts.id()) {
        Some(Obstacle::Reused) => return Err(Reason::ReusedId),
        Some(Obstacle::Full) => Reason::TooManyInFlight,
        Some(Obstacle::Exceeded(exceeded)) => Reason::Exceeded(exceeded),
        None if length <= COUNTED => return Ok(()),
        None => match connection.budget.check() {
            Ok(()) => return Ok(()),
            Err(exceeded) => Reason::Exceeded(exceeded),
        },
    };
    // They take no place, and have to be answered by a connection that is busy.
    match parts.method().protocol() {
        Some(Method::Ping | Method::ResourcesUnsubscribe) if length <= COUNTED => Ok(()),
        _ => Err(reason),
    }
}

// An exchange is large to move.
#[inline(always)]
fn serve<D: Delivery>(delivery: &D, exchange: Exchange) -> Step {
    let app = delivery.app();
    let answered = || match app.lacking_scopes(&exchange) {
        Some(scopes) => {
            hook::refused(app, &exchange, &scopes.error().message);
            Step::refuse(Some(&exchange.id), Reason::LackingScopes(scopes))
        }
        None => match serve::serve(app, exchange) {
            Reply::Ready(completed) => Step::Answer(completed),
            Reply::Refused(id, exceeded) => refuse_exceeding(&id, exceeded),
            Reply::Busy(id, busy) => Step::refuse(Some(&id), Reason::Busy(busy)),
            Reply::Running(running) => Step::Run(running),
        },
    };
    match app.is_filtered {
        // A filter may run before there is a handler to be polled.
        true => delivery.user_code(answered),
        false => answered(),
    }
}

#[cold]
fn refuse_exceeding(id: &RequestId, exceeded: Exceeded) -> Step {
    Step::refuse(Some(id), Reason::Exceeded(exceeded))
}

/// Admits a request that stands alone.
///
/// The protocol prescribes the order: missing members of the body, then a differing header, then an
/// unsupported revision. Of an unsupported revision, only the version header is known.
fn admit<D: Delivery>(
    delivery: &D,
    meta: &RequestMeta<'_>,
    parts: &Parts,
    length: usize,
) -> Result<Admitted, Reason> {
    let admitted = lifecycle::admit(meta);
    match &admitted {
        Err(error) if error.code != ErrorCode::UNSUPPORTED_PROTOCOL_VERSION => {}
        _ => delivery.check_version(meta)?,
    }
    let admitted = admitted.map_err(Reason::Invalid)?;
    if let Some(connection) = delivery.shared_connection() {
        check_in_flight(connection, parts, length)?;
    }
    Ok(admitted)
}

fn open<D: Delivery>(delivery: &D, request: &Request<'_>) -> Result<Session, NotOpened> {
    lifecycle::open(&delivery.app().live.feed, delivery.session_budget(), request.params)
}

/// Receives a request that belongs to a session while none is open.
fn unopened<D: Delivery>(
    delivery: &D,
    frame: &Bytes,
    request: &Request<'_>,
    parts: &Parts,
    is_connected: bool,
) -> Action {
    let (app, id) = (delivery.app(), parts.id());
    let reason = match parts.method().protocol() {
        Some(Method::Initialize) if !is_connected && frame.len() > MAX_HANDSHAKE => {
            Reason::invalid(format!("initialize: a handshake may be {MAX_HANDSHAKE} bytes long"))
        }
        Some(Method::Initialize) => match open(delivery, request) {
            Ok(session) => {
                if !app.observers.is_empty() {
                    let guards = app.observers.iter().filter_map(|it| it.session(&session));
                    session.observe(guards.collect());
                }
                let may_list_tasks = tasks::may_list(&delivery.origin());
                let answer = initialized(app, &session, id, may_list_tasks);
                let (session, id) = (Arc::new(session), id.clone());
                return Action::Open(Opened { session, id, answer });
            }
            Err(NotOpened::Invalid(error)) => Reason::Invalid(error),
            Err(NotOpened::Exceeded(exceeded)) => Reason::Exceeded(exceeded),
        },
        Some(Method::Ping) if is_connected => {
            // The client has named no revision yet.
            let (revision, pong) =
                (Revision::WITHOUT_HEADER, HandlerOutput::Members(Members::default()));
            let answer = Completed::new(app, id.clone(), revision, Ok(pong));
            return Action::Step(Step::Answer(answer));
        }
        // The error names what the request lacks.
        Some(Method::Discover) => Reason::Invalid(lifecycle::missing_version()),
        _ => Reason::NotOpened,
    };
    Action::Step(Step::refuse(Some(id), reason))
}
