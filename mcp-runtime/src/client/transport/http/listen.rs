//! The session's own stream, on which a server says what answers no request.

use std::sync::Weak;
use std::time::Duration;

use mcp_core::jsonrpc::{self, Frame, Limits, Message};
use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use tokio::sync::oneshot;

use super::headers::LAST_EVENT_ID;
use super::session::Session;
use super::site::{Inflow, Outbound};
use super::sse::SseEvent;
use crate::client::transport::Note;

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How the stream stands.
struct Place {
    last_event_id: Option<String>,
    retry: Option<Duration>,
    failures: u32,
    was_open: bool,
    /// Dropped when the server has answered.
    opening: Option<oneshot::Sender<()>>,
}

/// Listens for as long as the session lives and the server has such a stream. `open` is dropped
/// when the server has answered for the first time.
pub(super) async fn listen(session: Weak<Session>, open: oneshot::Sender<()>) {
    let mut place = Place {
        last_event_id: None,
        retry: None,
        failures: 0,
        was_open: false,
        opening: Some(open),
    };
    loop {
        if !once(&session, &mut place).await {
            return;
        }
        tokio::time::sleep(pause(place.retry, place.failures)).await;
    }
}

/// How long to wait at least, whatever the server says.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// How long to wait before the next attempt: as the server wants it, longer where nothing is heard
/// of it.
fn pause(wanted: Option<Duration>, failures: u32) -> Duration {
    let usual = Duration::from_millis(500 << failures.min(6)).min(LONGEST_PAUSE);
    let least = if failures > 1 { usual } else { SHORTEST_PAUSE };
    wanted.unwrap_or(usual).max(least)
}

/// Whether a status says that there is no such stream, and not only that there is none now.
fn is_final(status: StatusCode) -> bool {
    let passing =
        [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    status.is_client_error() && !passing.contains(&status)
}

/// Connects and reads to the end; whether to connect again.
async fn once(session: &Weak<Session>, place: &mut Place) -> bool {
    let Some(session) = session.upgrade() else { return false };
    if session.end().is_some() {
        return false;
    }
    let mut headers = session.headers();
    let resumes = place.last_event_id.as_deref().map(HeaderValue::from_str);
    let resumes = resumes.and_then(Result::ok);
    if let Some(last) = &resumes {
        headers.insert(LAST_EVENT_ID, last.clone());
    }
    place.failures += 1;
    let site = std::sync::Arc::clone(&session.site);
    let response = site.send(&site.url, &Outbound::Get, &headers).await;
    place.opening = None;
    let Ok(response) = response else { return true };
    match response.status() {
        StatusCode::NOT_FOUND
            if headers.contains_key(super::headers::SESSION_ID) && place.was_open =>
        {
            session.lost();
            return false;
        }
        status if is_final(status) => return false,
        status if status.is_client_error() || status.is_server_error() => return true,
        _ => {}
    }
    let Ok(Inflow::Events(mut events)) = site.read(response).await else {
        return place.was_open;
    };
    let is_late = std::mem::replace(&mut place.was_open, true) || place.failures > 1;
    if is_late && resumes.is_none() {
        // What was said in between is lost.
        session.inbound.missed();
    }
    let answering = session.answering();
    let inbound = std::sync::Arc::clone(&session.inbound);
    // The session is held by its client, not by what listens to it.
    let session = {
        let held = session;
        std::sync::Arc::downgrade(&held)
    };
    while let Ok(Some(event)) = events.next().await {
        place.failures = 0;
        let Some(data) = note(place, event) else { continue };
        match jsonrpc::decode(data.as_bytes(), Limits::default()) {
            Ok(Frame::Single(Message::Notification(note))) => {
                inbound.notification(&Note::new(&note))
            }
            Ok(Frame::Single(Message::Request(request))) => inbound.request(&request, &answering),
            Ok(Frame::Single(Message::Response(response))) => {
                if let Some(session) = session.upgrade() {
                    session.answered_elsewhere(&response);
                }
            }
            Ok(Frame::Batch(_)) => {}
            Err(refusal) => tracing::warn!(
                target: "mcp_runtime::client",
                "the server sent what is no message: {}",
                refusal.error.message
            ),
        }
    }
    true
}

/// Takes note of where the stream stands and gives the text of the message, if there is one.
fn note(place: &mut Place, event: SseEvent) -> Option<String> {
    if let Some(id) = event.id {
        place.last_event_id = Some(id).filter(|id| !id.is_empty());
    }
    place.retry = event.retry.or(place.retry);
    let is_message = event.kind.as_deref().is_none_or(|kind| kind == "message");
    event.data.filter(|data| is_message && !data.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_pause_and_never_one_without_end() {
        let millis = Duration::from_millis;
        assert_eq!(pause(Some(Duration::ZERO), 0), SHORTEST_PAUSE);
        assert_eq!(pause(Some(Duration::ZERO), 2), millis(2000));
        assert_eq!(pause(Some(millis(3000)), 2), millis(3000));
        assert_eq!(pause(None, 0), millis(500));
        assert_eq!(pause(None, u32::MAX), LONGEST_PAUSE);
    }
}
