//! Messages of the revisions that open with a handshake: a session, what it is asked, its stream.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, StatusCode};
use mcp_core::jsonrpc::{
    Frame, Message, Notification, ProtocolError, Raw, Refusal, Request, RequestId, Response, decode,
};
use mcp_core::method::Method;
use tokio::runtime::Handle;

use super::answer::Answer;
use super::batch::{self, Gathering};
use super::headers::{Accepts, SESSION_ID, VersionHeader};
use super::post::{Post, Step};
use super::response::{self, HttpBody, Refused};
use super::service::Shared;
use super::session::{HttpSession, reused};
use super::store::{NotOpened, SessionId};
use super::streams::Last;
use crate::component::extension::notification::notice;
use crate::context::exchange::{Exchange, MethodName, Parts};
use crate::context::handle::Principal;
use crate::context::outlet::SharedOutlet;
use crate::server::discovery::initialized;
use crate::server::dispatch::dispatch;
use crate::server::lifecycle;
use crate::server::lifecycle::stateless::RequestMeta;
use crate::server::running::Reply;

type HttpResponse = http::Response<HttpBody>;

/// The largest handshake. What it says is kept for as long as its session.
const MAX_HANDSHAKE: usize = 64 << 10;

/// Serves a request.
pub(super) fn request(
    shared: &Shared,
    post: &Post,
    request: &Request<'_>,
    meta: &RequestMeta<'_>,
) -> Step {
    let parts = Parts::of(&post.frame, request, meta);
    let id = parts.id().clone();
    let session = match session(shared, post) {
        Ok(session) => session,
        Err(NoSession::NotNamed) => return unopened(shared, post, request, &parts),
        Err(missing) => return missing.refuse(Some(&id)),
    };
    let stream = session.stream(post.accepts, &shared.config);
    match start(shared, post, &session, parts, session.outlet(&stream)) {
        Started::Answered(answer) => Step::answer(answer),
        Started::Running(running) => Step::RunInSession(running, session, stream),
    }
}

/// A request outside a session, which has to open one.
fn unopened(shared: &Shared, post: &Post, request: &Request<'_>, parts: &Parts) -> Step {
    let id = parts.id();
    let error = match parts.method().protocol() {
        Some(Method::Initialize) => return open(shared, post, request, id),
        // Says by its error what is missing from the request.
        Some(Method::Discover) => lifecycle::missing_version(),
        _ => return NoSession::NotNamed.refuse(Some(id)),
    };
    Step::refuse(StatusCode::BAD_REQUEST, Some(id), &error)
}

/// Opens a session. Nothing is kept before the handshake is known to be one.
fn open(shared: &Shared, post: &Post, request: &Request<'_>, id: &RequestId) -> Step {
    if post.frame.len() > MAX_HANDSHAKE {
        let error = ProtocolError::invalid_request(format!(
            "initialize: a handshake may be {MAX_HANDSHAKE} bytes long"
        ));
        return Step::refuse(StatusCode::BAD_REQUEST, Some(id), &error);
    }
    let opened = match lifecycle::open(&shared.app.live, request.params) {
        Ok(opened) => opened,
        Err(error) => return Step::refuse(StatusCode::BAD_REQUEST, Some(id), &error),
    };
    let answer = initialized(&shared.app, &opened, id);
    let session = match shared.sessions.open(opened, post.principal.as_deref()) {
        Ok(session) => session,
        Err(why) => return not_opened(why, id),
    };
    let mut response = response::json(StatusCode::OK, answer);
    // Digits are always a valid value.
    if let Ok(value) = HeaderValue::try_from(session.to_string()) {
        response.headers_mut().insert(SESSION_ID.clone(), value);
    }
    Step::Respond(response)
}

fn not_opened(why: NotOpened, id: &RequestId) -> Step {
    let (status, message) = match why {
        NotOpened::Full => (StatusCode::SERVICE_UNAVAILABLE, "the server has too many sessions"),
        NotOpened::NoRandomness => {
            (StatusCode::INTERNAL_SERVER_ERROR, "the server cannot make a session id")
        }
    };
    Step::refuse(status, Some(id), &ProtocolError::internal(message))
}

/// What became of a request of a session.
enum Started {
    Answered(Answer),
    Running(crate::server::running::Running),
}

fn start(
    shared: &Shared,
    post: &Post,
    session: &Arc<HttpSession>,
    parts: Parts,
    outlet: SharedOutlet,
) -> Started {
    let id = parts.id().clone();
    let refuse = |status, error| Started::Answered(Answer::error(status, Some(&id), &error));
    if parts.method().protocol() == Some(Method::Initialize) {
        let error = ProtocolError::invalid_request("the session is already initialized");
        return refuse(StatusCode::BAD_REQUEST, error);
    }
    if session.in_flight.contains(&id) {
        return refuse(StatusCode::BAD_REQUEST, reused(&id));
    }
    if session.in_flight.is_full() {
        let error = ProtocolError::internal("the session has too many requests in flight");
        return refuse(StatusCode::TOO_MANY_REQUESTS, error);
    }
    let (frame, opened) = (post.frame.clone(), Arc::clone(&session.opened));
    let exchange = Exchange::in_session(frame, parts, opened, outlet, post.origin());
    match dispatch(&shared.app, exchange) {
        Reply::Ready(completed) => Started::Answered(Answer::in_session(&completed)),
        Reply::Running(running) => Started::Running(running),
    }
}

/// Takes a notification.
pub(super) fn notification(shared: &Shared, post: &Post, notification: &Notification<'_>) -> Step {
    match session(shared, post) {
        Ok(session) => {
            notify(shared, post, &session, notification);
            Step::accepted()
        }
        Err(missing) => missing.refuse(None),
    }
}

fn notify(shared: &Shared, post: &Post, session: &HttpSession, notification: &Notification<'_>) {
    let method = MethodName::parse(&notification.method);
    match method.protocol() {
        Some(Method::Cancelled) => {
            let id = notification.params.and_then(|params| params.member("requestId"));
            if let Some(id) = id.and_then(|id| id.parse::<RequestId>().ok()) {
                session.in_flight.cancel(&id);
            }
            return;
        }
        Some(Method::RootsListChanged) => return session.opened.roots.forget(),
        _ => {}
    }
    let (opened, outlet) = (Some(&session.opened), Post::nowhere());
    let origin = post.origin();
    let notice = notice(&shared.app, &post.frame, &method, notification, opened, outlet, origin);
    if let Some(notice) = notice {
        session.inbox.put(&Handle::current(), notice);
    }
}

/// Takes a response.
pub(super) fn response(shared: &Shared, post: &Post, response: &Response<'_>) -> Step {
    match session(shared, post) {
        Ok(session) => {
            answer(&session, response);
            Step::accepted()
        }
        Err(missing) => missing.refuse(None),
    }
}

fn answer(session: &HttpSession, response: &Response<'_>) {
    if !session.opened.questions.answer(response) {
        tracing::debug!("a response that answers no request of ours is ignored");
    }
}

/// Serves an array of messages.
pub(super) fn batch(shared: &Shared, post: &Post, version: VersionHeader, array: Raw<'_>) -> Step {
    let refuse = |error| Step::refuse(StatusCode::BAD_REQUEST, None, &error);
    if version == VersionHeader::Stateless {
        return refuse(batch::not_allowed());
    }
    let session = match session(shared, post) {
        Ok(session) if session.opened.revision.facts().batches => session,
        Ok(_) | Err(NoSession::NotNamed) => return refuse(batch::not_allowed()),
        Err(missing) => return missing.refuse(None),
    };
    if let Err(error) = batch::check(array) {
        return refuse(error);
    }
    let (mut outlet, queue) = post.outlet();
    if !post.accepts.events {
        outlet = session.aside();
    }
    let mut gathering = Gathering::default();
    let mut runnings = Vec::new();
    for entry in array.elements() {
        let frame = post.frame.slice_ref(entry.as_str().as_bytes());
        let post = Post { frame, ..post.clone() };
        match batch_entry(shared, &post, &session, &outlet) {
            Some(Started::Answered(answer)) => gathering.add(&answer),
            Some(Started::Running(running)) => runnings.push(running),
            None => {}
        }
    }
    if runnings.is_empty() && gathering.is_empty() {
        return Step::accepted();
    }
    Step::RunBatch(gathering, runnings, session, queue)
}

fn batch_entry(
    shared: &Shared,
    post: &Post,
    session: &Arc<HttpSession>,
    outlet: &SharedOutlet,
) -> Option<Started> {
    let refuse = |id: Option<RequestId>, error: &ProtocolError| {
        Some(Started::Answered(Answer::error(StatusCode::OK, id.as_ref(), error)))
    };
    match decode(&post.frame, shared.app.limits) {
        Ok(Frame::Single(Message::Request(request))) => {
            let meta = RequestMeta::read(request.params);
            let parts = Parts::of(&post.frame, &request, &meta);
            Some(start(shared, post, session, parts, Arc::clone(outlet)))
        }
        Ok(Frame::Single(Message::Notification(notification))) => {
            notify(shared, post, session, &notification);
            None
        }
        Ok(Frame::Single(Message::Response(response))) => {
            answer(session, &response);
            None
        }
        Ok(Frame::Batch(_)) => refuse(None, &batch::not_allowed()),
        Err(Refusal { id, error, expects_answer: true }) => {
            refuse(id.map(|id| id.to_owned()), &error)
        }
        Err(_) => None,
    }
}

/// Opens the stream on which a session hears of changes, or one that was interrupted.
pub(super) fn listen(
    shared: &Shared,
    headers: &HeaderMap,
    principal: Option<&Principal>,
) -> HttpResponse {
    if VersionHeader::read(headers) == VersionHeader::Stateless {
        return Refused::method("POST", "this revision has no stream of its own; use POST")
            .into_response(false);
    }
    if !Accepts::read(headers).events {
        let message = "the header `Accept` does not admit text/event-stream";
        return Refused::new(StatusCode::NOT_ACCEPTABLE, message).into_response(false);
    }
    let session = match find(shared, headers, principal) {
        Ok((_, session)) => session,
        Err(missing) => return missing.response(None),
    };
    let opened = match Last::read(headers) {
        Last::Unsaid => session.listen(&shared.app, None, &shared.config),
        Last::Event(last) if last.is_of_own_stream() => {
            session.listen(&shared.app, Some(last), &shared.config)
        }
        Last::Event(last) => session.resume(last, shared.config.keep_alive),
        Last::Foreign => None,
    };
    opened.unwrap_or_else(|| {
        let message = "the header `Last-Event-ID` names no event, or one of a stream that is over";
        Refused::new(StatusCode::BAD_REQUEST, message).into_response(false)
    })
}

/// Ends a session.
pub(super) fn end(
    shared: &Shared,
    headers: &HeaderMap,
    principal: Option<&Principal>,
) -> HttpResponse {
    if VersionHeader::read(headers) == VersionHeader::Stateless {
        return Refused::method("POST", "this revision has no sessions to end")
            .into_response(false);
    }
    match find(shared, headers, principal) {
        Ok((id, _)) => {
            shared.sessions.end(id, principal);
            response::empty(StatusCode::NO_CONTENT)
        }
        Err(missing) => missing.response(None),
    }
}

/// Why a message has no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NoSession {
    NotNamed,
    /// Never opened, ended, or another's: nobody learns which.
    Unknown,
}

impl NoSession {
    fn response(self, id: Option<&RequestId>) -> HttpResponse {
        let (status, message) = match self {
            Self::NotNamed => (
                StatusCode::BAD_REQUEST,
                "no session: send `initialize` first and repeat its `Mcp-Session-Id`, or send a \
                 protocol version in `_meta`",
            ),
            Self::Unknown => (StatusCode::NOT_FOUND, "unknown session: send `initialize` again"),
        };
        response::error(status, id, &ProtocolError::invalid_request(message))
    }

    fn refuse(self, id: Option<&RequestId>) -> Step {
        Step::Respond(self.response(id))
    }
}

fn session(shared: &Shared, post: &Post) -> Result<Arc<HttpSession>, NoSession> {
    find(shared, &post.headers, post.principal.as_deref()).map(|(_, session)| session)
}

fn find(
    shared: &Shared,
    headers: &HeaderMap,
    principal: Option<&Principal>,
) -> Result<(SessionId, Arc<HttpSession>), NoSession> {
    let named = headers.get(&SESSION_ID).ok_or(NoSession::NotNamed)?;
    let id = SessionId::parse(named.as_bytes().trim_ascii()).ok_or(NoSession::Unknown)?;
    let session = shared.sessions.find(id, principal).ok_or(NoSession::Unknown)?;
    Ok((id, session))
}
