//! The stream of a session, on which a server sends messages that belong to no request.

use std::sync::{Arc, Weak};
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use tokio::sync::oneshot;

use super::body::{Body, Events};
use super::endpoint::HttpRequest;
use super::headers::LAST_EVENT_ID;
use super::session::Session;
use super::sse::SseEvent;

/// Longest pause between two attempts to connect.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// Shortest pause between two attempts, whatever the server requests.
const MIN_PAUSE: Duration = Duration::from_millis(100);

/// The position in the stream and the state of the attempts to read it.
struct Position {
    last_event_id: Option<String>,
    /// Pause that the server requests.
    retry: Option<Duration>,
    failures: u32,
    was_open: bool,
    /// Dropped when the server has responded.
    opening: Option<oneshot::Sender<()>>,
}

/// Reads the stream for as long as the session lives and the server offers it. `open` is dropped
/// when the server has responded for the first time.
pub(super) async fn read(session: Weak<Session>, open: oneshot::Sender<()>) {
    let mut position = Position {
        last_event_id: None,
        retry: None,
        failures: 0,
        was_open: false,
        opening: Some(open),
    };
    while read_once(&session, &mut position).await {
        tokio::time::sleep(pause(position.retry, position.failures)).await;
    }
}

/// Returns the pause before the next attempt: the one that the server requests, or a longer one
/// after several failures.
fn pause(requested: Option<Duration>, failures: u32) -> Duration {
    let usual = Duration::from_millis(500 << failures.min(6)).min(MAX_PAUSE);
    let min = if failures > 1 { usual } else { MIN_PAUSE };
    requested.unwrap_or(usual).max(min)
}

/// Returns `true` for a status of a server that offers no such stream, not only none now.
fn is_final(status: StatusCode) -> bool {
    let temporary =
        [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    status.is_client_error() && !temporary.contains(&status)
}

/// Connects and reads to the end. Returns `true` if another attempt makes sense.
async fn read_once(session: &Weak<Session>, position: &mut Position) -> bool {
    let Some(session) = session.upgrade() else { return false };
    if session.ending().get().is_some() {
        return false;
    }
    let mut headers = session.headers();
    let resumes = position.last_event_id.as_deref().map(HeaderValue::from_str);
    let resumes = resumes.and_then(Result::ok);
    if let Some(last) = &resumes {
        headers.insert(LAST_EVENT_ID, last.clone());
    }
    position.failures += 1;
    let endpoint = Arc::clone(&session.endpoint);
    let response = endpoint.send(&endpoint.url, &HttpRequest::Get, &headers).await;
    position.opening = None;
    let Ok(response) = response else { return true };
    match response.status() {
        // A server that never offered the stream need not know the session here.
        status if is_final(status) && position.was_open => {
            session.is_lost(response).await;
            return false;
        }
        status if is_final(status) => return false,
        status if status.is_client_error() || status.is_server_error() => return true,
        _ => {}
    }
    let Ok(Body::Events(events)) = Body::of(response, endpoint.max_message).await else {
        return position.was_open;
    };
    let is_late = std::mem::replace(&mut position.was_open, true) || position.failures > 1;
    if is_late && resumes.is_none() {
        session.inbound.missed();
    }
    dispatch(events, session, position).await;
    true
}

/// Dispatches the messages of a stream until it ends. The session is owned by its client, so this
/// task holds no reference while it waits.
async fn dispatch(mut events: Box<Events>, session: Arc<Session>, position: &mut Position) {
    let shared = Arc::clone(&session.shared);
    drop(session);
    while let Ok(Some(event)) = events.next().await {
        position.failures = 0;
        if let Some(skimmed) = event.too_long {
            shared.pending.too_long(skimmed, events.limit());
        }
        if let Some(data) = position.advance(event) {
            shared.receive(data.as_bytes());
        }
    }
}

impl Position {
    /// Moves behind an event and returns the text of its message, if it has one.
    fn advance(&mut self, event: SseEvent) -> Option<String> {
        if let Some(id) = event.id {
            self.last_event_id = Some(id).filter(|id| !id.is_empty());
        }
        self.retry = event.retry.or(self.retry);
        let is_message = event.kind.as_deref().is_none_or(|kind| kind == "message");
        event.data.filter(|data| is_message && !data.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_bounded() {
        let millis = Duration::from_millis;
        assert_eq!(pause(Some(Duration::ZERO), 0), MIN_PAUSE);
        assert_eq!(pause(Some(Duration::ZERO), 2), millis(2000));
        assert_eq!(pause(Some(millis(3000)), 2), millis(3000));
        assert_eq!(pause(None, 0), millis(500));
        assert_eq!(pause(None, u32::MAX), MAX_PAUSE);
    }
}
