//! A POST, from its message to its response.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use mcp_core::jsonrpc::ProtocolError;

use super::answer::{self, Answer, Source};
use super::array;
use super::delivery::{PostDelivery, Reply};
use super::headers::{Accepts, SESSION_ID};
use super::peer::Peer;
use super::queue::Queue;
use super::response::{self, HttpBody};
use super::service::Shared;
use super::shutdown::Waiting;
use super::store::OpenError;
use crate::context::budget::Budget;
use crate::context::principal::Principal;
#[cfg(feature = "auth-server")]
use crate::server::connection::Reason;
use crate::server::connection::{self, Action, Opened, Refused, Step};
use crate::server::running::Running;

/// Everything about a POST apart from its body.
#[derive(Clone)]
pub(super) struct Post {
    pub(super) headers: Arc<HeaderMap>,
    pub(super) principal: Option<Arc<Principal>>,
    pub(super) accepts: Accepts,
    pub(super) peer: Peer,
}

/// Serves the message in the body of a POST.
pub(super) async fn receive(shared: &Shared, post: Post, body: Bytes) -> Response<HttpBody> {
    let mut delivery = PostDelivery::new(shared, post);
    if shared.sessions.stored.is_some() {
        delivery.take_up().await;
    }
    let action = connection::receive(&mut delivery, body);
    if !delivery.unclaimed.is_empty()
        && let Err(refused) = Box::pin(pass_on(&mut delivery)).await
    {
        return response::refused(&refused);
    }
    match action {
        Action::Step(Step::Answer(completed)) => {
            let answer = match &delivery.session {
                Some(session) => Answer::in_session(&completed, session),
                None => Answer::of_dispatch(&completed),
            };
            response::json(answer.status, answer.json)
        }
        Action::Step(Step::Run(running)) => run(delivery, running).await,
        Action::Step(Step::Refuse(refused)) => refuse(shared, &delivery.post, &refused),
        Action::Step(Step::Done) => response::empty(StatusCode::ACCEPTED),
        Action::Open(opened) => open(shared, &delivery.post, opened).await,
        Action::Notify(notification) => {
            notification.await;
            response::empty(StatusCode::ACCEPTED)
        }
        Action::Array(entries) => array::respond(delivery, entries).await,
    }
}

/// Refuses a message. A challenge names the scopes that its sender lacks.
fn refuse(shared: &Shared, post: &Post, refused: &Refused) -> Response<HttpBody> {
    let response = response::refused(refused);
    #[cfg(feature = "auth-server")]
    if let (Some(gate), Reason::LackingScopes(scopes)) = (&shared.gate, &refused.reason) {
        let anonymous = Principal::anonymous();
        let principal = post.principal.as_deref().unwrap_or(&anonymous);
        let scopes: Vec<_> = scopes.iter().collect();
        let mut response = response;
        gate.insufficient_scope(principal, &scopes).add_challenges(response.headers_mut());
        return response;
    }
    #[cfg(not(feature = "auth-server"))]
    let _ = (shared, post);
    response
}

/// Runs a handler. A disconnect of the client cancels it only if the response drives it.
async fn run(delivery: PostDelivery<'_>, running: Running) -> Response<HttpBody> {
    let keep_alive = delivery.shared.config.keep_alive_interval;
    match delivery.reply {
        Some(Reply::Kept(session, stream)) => {
            let Post { peer, headers, .. } = delivery.post;
            session.respond(running, stream, keep_alive, peer, &headers).await
        }
        Some(Reply::Driven(queue)) => {
            let accepts = delivery.post.accepts;
            let waiting = Waiting::new(&delivery.shared.shutdown);
            answer::respond(Source::of_handler(running, waiting), queue, accepts, keep_alive).await
        }
        // A handler has a sink before it runs.
        None => response::empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

impl Post {
    /// A queue for what handlers send before the answer. It keeps nothing if the client accepts no
    /// events.
    pub(super) fn queue(&self, memory: &Arc<Budget>) -> Arc<Queue> {
        Arc::new(if self.accepts.events { Queue::new(memory) } else { Queue::closed(memory) })
    }
}

/// Passes on what other instances may have a use for, before the message is acknowledged.
pub(super) async fn pass_on(delivery: &mut PostDelivery<'_>) -> Result<(), Refused> {
    let unclaimed = std::mem::take(&mut delivery.unclaimed);
    let Some(session) = &delivery.session else { return Ok(()) };
    let Some(part) = &session.part else { return Ok(()) };
    for unclaimed in unclaimed {
        let passed = part.stored.pass_on(part.id, unclaimed, &session.opened.budget).await;
        passed.map_err(Refused::for_session)?;
    }
    Ok(())
}

/// Keeps the session of a handshake, and responds with its id.
async fn open(shared: &Shared, post: &Post, opened: Opened) -> Response<HttpBody> {
    let Opened { session, id, answer } = opened;
    let principal = post.principal.as_deref();
    let opened = match &shared.sessions.stored {
        None => shared.sessions.open(session, principal),
        Some(stored) => Box::pin(shared.sessions.open_stored(stored, session, principal)).await,
    };
    let session = match opened {
        Ok(session) => session,
        Err(error) => {
            let (status, message) = match error {
                OpenError::Full => {
                    (StatusCode::SERVICE_UNAVAILABLE, "the server has too many sessions")
                }
                OpenError::StoreUnavailable => {
                    (StatusCode::SERVICE_UNAVAILABLE, connection::STORE_UNAVAILABLE)
                }
                OpenError::NoRandomness => {
                    (StatusCode::INTERNAL_SERVER_ERROR, "the server cannot make a session id")
                }
            };
            return response::error(status, Some(&id), &ProtocolError::internal(message));
        }
    };
    let mut response = response::json(StatusCode::OK, answer);
    // Digits are always a valid value.
    if let Ok(value) = HeaderValue::try_from(session.to_string()) {
        response.headers_mut().insert(SESSION_ID.clone(), value);
    }
    response
}
