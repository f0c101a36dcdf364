//! Requests for a session itself: a GET reads one of its streams, a DELETE ends it.

use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use mcp_core::revision::Revision;

use super::headers::{Accepts, PROTOCOL_VERSION, SESSION_ID, VersionHeader, shown};
use super::peer::Peer;
use super::response::{self, HttpBody, Rejection};
use super::service::Shared;
use super::session::HttpSession;
use super::store::SessionId;
use super::streams::Last;
use crate::context::exchange::Origin;
use crate::context::principal::Principal;
use crate::server::connection::{Reason, Refused, UnknownSession};
use crate::server::lifecycle;

type HttpResponse = http::Response<HttpBody>;

/// Opens the stream on which a session receives changes, or resumes a stream.
pub(super) fn listen(
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
    let session = match named(shared, headers, principal) {
        Ok((_, session)) => session,
        Err(refused) => return response::refused(&refused),
    };
    let opened = match Last::read(headers) {
        Last::Absent => session.listen(&shared.app, None, &shared.config, peer, origin),
        Last::Event(last) if last.is_of_own_stream() => {
            session.listen(&shared.app, Some(last), &shared.config, peer, origin)
        }
        Last::Event(last) => session.resume(last, shared.config.keep_alive_interval, peer),
        Last::Malformed => None,
    };
    opened.unwrap_or_else(|| {
        let message = "the header `Last-Event-ID` names no event, or one of a stream that is over";
        Rejection::new(StatusCode::BAD_REQUEST, message).into_response(false)
    })
}

/// Ends a session.
pub(super) fn end(
    shared: &Shared,
    headers: &HeaderMap,
    principal: Option<&Principal>,
) -> HttpResponse {
    if let Some(response) = refused_version(headers, "this revision has no sessions to end") {
        return response;
    }
    match named(shared, headers, principal) {
        Ok((id, _)) => {
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

fn named(
    shared: &Shared,
    headers: &HeaderMap,
    principal: Option<&Principal>,
) -> Result<(SessionId, Arc<HttpSession>), Refused> {
    let reason = match find(shared, headers, principal) {
        Ok(Some(found)) => return Ok(found),
        Ok(None) => Reason::NotOpened,
        Err(UnknownSession) => Reason::UnknownSession,
    };
    Err(Refused { id: None, reason, expects_answer: true })
}

/// Finds the session that a request names; `None` if it names none.
///
/// # Errors
/// [`UnknownSession`] if it names one that does not exist for this client.
pub(super) fn find(
    shared: &Shared,
    headers: &HeaderMap,
    principal: Option<&Principal>,
) -> Result<Option<(SessionId, Arc<HttpSession>)>, UnknownSession> {
    let Some(named) = headers.get(&SESSION_ID) else { return Ok(None) };
    let id = SessionId::parse(named.as_bytes().trim_ascii()).ok_or(UnknownSession)?;
    let session = shared.sessions.find(id, principal).ok_or(UnknownSession)?;
    Ok(Some((id, session)))
}
