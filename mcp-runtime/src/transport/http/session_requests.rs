//! Requests for a session itself: a GET reads one of its streams, a DELETE ends it.

use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use mcp_core::revision::Revision;

use super::headers::{Accepts, PROTOCOL_VERSION, SESSION_ID, VersionHeader, shown};
use super::peer::Peer;
use super::response::{self, HttpBody, Rejection};
use super::service::Shared;
use super::session::HttpSession;
use super::session_id::SessionId;
use super::streams::Last;
use crate::context::exchange::Origin;
use crate::context::principal::Principal;
use crate::server::connection::{NoSession, Reason, Refused};
use crate::server::lifecycle;

type HttpResponse = http::Response<HttpBody>;

/// Opens the stream on which a session receives changes, or resumes a stream.
pub(super) async fn listen(
    shared: &Shared,
    headers: HeaderMap,
    principal: Option<Arc<Principal>>,
    peer: &Peer,
) -> HttpResponse {
    let headers = Arc::new(headers);
    let origin = Origin { principal, headers: Some(Arc::clone(&headers)) };
    let (headers, principal) = (&*headers, origin.principal.as_deref());
    if let Some(response) =
        refused_version(headers, "this revision has no stream of its own; use POST")
    {
        return response;
    }
    if !Accepts::read(headers).events {
        let message = "the header `Accept` does not admit text/event-stream";
        return Rejection::new(StatusCode::NOT_ACCEPTABLE, message).into_response(false);
    }
    let session = match named(shared, headers, principal).await {
        Ok((_, session)) => session,
        Err(refused) => return response::refused(&refused),
    };
    let opened = match Last::read(headers) {
        Last::Absent => session.listen(&shared.app, None, &shared.config, peer, origin),
        Last::Event(last) if session.is_of_own_stream(last) => {
            session.listen(&shared.app, Some(last), &shared.config, peer, origin)
        }
        Last::Event(last) => {
            let resumed = session.resume(last, shared.config.keep_alive_interval, peer);
            match resumed {
                Some(resumed) => Some(resumed),
                None => match session.follow(&shared.app, last, &shared.config, peer).await {
                    Ok(followed) => followed,
                    Err(obstacle) => return response::refused(&Refused::for_session(obstacle)),
                },
            }
        }
        Last::Malformed => None,
    };
    opened.unwrap_or_else(|| {
        let message = "the header `Last-Event-ID` names no event, or one of a stream that is over";
        Rejection::new(StatusCode::BAD_REQUEST, message).into_response(false)
    })
}

/// Ends a session.
pub(super) async fn end(
    shared: &Shared,
    headers: &HeaderMap,
    principal: Option<&Principal>,
) -> HttpResponse {
    if let Some(response) = refused_version(headers, "this revision has no sessions to end") {
        return response;
    }
    match named(shared, headers, principal).await {
        Ok((id, session)) => {
            if let Some(part) = &session.part
                && let Err(obstacle) = part.stored.remove(id).await
            {
                return response::refused(&Refused::for_session(obstacle));
            }
            session.remove_streams();
            shared.sessions.end(id, principal);
            response::empty(StatusCode::NO_CONTENT)
        }
        Err(refused) => response::refused(&refused),
    }
}

/// The response to a request under a revision without sessions, or an unknown one.
fn refused_version(headers: &HeaderMap, without_sessions: &'static str) -> Option<HttpResponse> {
    if VersionHeader::read(headers) != VersionHeader::Stateless {
        return None;
    }
    let version = shown(headers, PROTOCOL_VERSION.clone());
    Some(match Revision::parse(version.trim()) {
        Some(_) => Rejection::method("POST", without_sessions).into_response(false),
        None => {
            response::error(StatusCode::BAD_REQUEST, None, &lifecycle::unsupported(version.trim()))
        }
    })
}

async fn named(
    shared: &Shared,
    headers: &HeaderMap,
    principal: Option<&Principal>,
) -> Result<(SessionId, Arc<HttpSession>), Refused> {
    take_up(shared, headers, principal).await.map_err(Refused::for_session)?;
    match find(shared, headers, principal) {
        Ok(Some(found)) => Ok(found),
        Ok(None) => Err(Refused { id: None, reason: Reason::NotOpened, expects_answer: true }),
        Err(obstacle) => Err(Refused::for_session(obstacle)),
    }
}

/// Takes up the session that a request names, if the store has it and this instance does not.
///
/// # Errors
/// [`NoSession`] if the store cannot be reached, or there is no room.
pub(super) async fn take_up(
    shared: &Shared,
    headers: &HeaderMap,
    principal: Option<&Principal>,
) -> Result<(), NoSession> {
    let named = headers.get(&SESSION_ID).filter(|_| shared.sessions.stored.is_some());
    let id = named.and_then(|named| SessionId::parse(named.as_bytes().trim_ascii()));
    let Some(id) = id else { return Ok(()) };
    // In a box, because most requests need no room for it.
    Box::pin(shared.sessions.take_up(id, principal, &shared.app)).await
}

/// Finds the session that a request names; `None` if it names none.
///
/// # Errors
/// [`NoSession`] if it names one that does not exist for this client.
pub(super) fn find(
    shared: &Shared,
    headers: &HeaderMap,
    principal: Option<&Principal>,
) -> Result<Option<(SessionId, Arc<HttpSession>)>, NoSession> {
    let Some(named) = headers.get(&SESSION_ID) else { return Ok(None) };
    let id = SessionId::parse(named.as_bytes().trim_ascii()).ok_or(NoSession::Unknown)?;
    let session = shared.sessions.find(id, principal).ok_or(NoSession::Unknown)?;
    Ok(Some((id, session)))
}
