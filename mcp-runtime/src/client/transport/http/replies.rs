//! Replies to one request over HTTP.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::{self, Frame, Message, RequestId};
use mcp_core::revision::Revision;
use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use tokio::sync::oneshot;

use super::body::{Body, Events};
use super::endpoint::HttpRequest;
use super::headers::LAST_EVENT_ID;
use super::session::{PostResponse, Session};
use super::sse::SseEvent;
use crate::client::error::Error;
use crate::client::message::{BoxFuture, Notification, Response, excerpt, parse_response};
use crate::client::transport::outbox::{cancel, responder};
use crate::client::transport::{OutgoingRequest, Replies, Reply, limits, pending};

/// Largest number of attempts in a row to resume a stream.
const MAX_ATTEMPTS: u32 = 5;

/// Pause before a stream is resumed, unless the server requests another.
const DEFAULT_PAUSE: Duration = Duration::from_secs(1);

/// Shortest pause, whatever the server requests. The number of attempts is bounded as well.
const MIN_PAUSE: Duration = Duration::from_millis(10);

/// The replies to one request over HTTP.
pub(super) struct HttpReplies {
    stream: ReplyStream,
    guard: CancelGuard,
}

impl HttpReplies {
    /// Posts a request, and reads its response unless that is a stream of events.
    pub(super) async fn send(
        session: &Arc<Session>,
        request: &OutgoingRequest,
    ) -> Result<Self, Error> {
        let mut guard = CancelGuard::new(session, request);
        let response = session.post(request).await.inspect_err(|_| guard.disarm())?;
        let mut stream = ReplyStream::new(Arc::clone(session), request);
        let body = match response {
            PostResponse::Refusal(body) => Body::Json(body),
            PostResponse::Success(response) => {
                Body::of(response, session.endpoint.max_message).await?
            }
        };
        match body {
            Body::Events(events) => stream.source = Source::Open(events),
            Body::Json(body) => {
                guard.disarm();
                stream.receive(&body)?;
            }
            Body::Empty => {
                guard.disarm();
                return Err(Error::protocol(
                    "expected an answer to the request, got a status that says there is none",
                ));
            }
        }
        Ok(Self { stream, guard })
    }
}

impl Replies for HttpReplies {
    fn next(&mut self) -> BoxFuture<'_, Result<Reply, Error>> {
        Box::pin(async move {
            // The future may be dropped and made again, so all state stays in `self`.
            let Self { stream, guard } = self;
            let reply = tokio::select! {
                biased;
                reply = stream.next() => reply,
                response = on_session_stream(&mut guard.on_stream) => response.map(Reply::Response),
            };
            if matches!(reply, Ok(Reply::Response(_))) || matches!(stream.source, Source::Finished)
            {
                guard.disarm();
            }
            reply
        })
    }
}

/// Waits for a response on the stream of the session. Servers should not send it there, and some do.
async fn on_session_stream(
    receiver: &mut Option<oneshot::Receiver<Result<Response, Error>>>,
) -> Result<Response, Error> {
    if let Some(pending) = receiver {
        let outcome = pending.await;
        *receiver = None;
        if let Ok(outcome) = outcome {
            return outcome;
        }
    }
    std::future::pending().await
}

/// The messages in the HTTP response to a request. A stream of events that breaks is resumed.
struct ReplyStream {
    session: Arc<Session>,
    id: i64,
    revision: Revision,
    /// Messages that were received and not returned yet.
    ready: VecDeque<Reply>,
    source: Source,
    last_event_id: Option<String>,
    /// Pause before resuming that the server requests.
    retry: Option<Duration>,
    attempts: u32,
}

/// The source of further messages.
enum Source {
    Open(Box<Events>),
    /// A stream that broke before the response, for this reason. It may be resumed.
    Broken(Error),
    /// No further messages.
    Finished,
}

impl ReplyStream {
    fn new(session: Arc<Session>, request: &OutgoingRequest) -> Self {
        Self {
            session,
            id: request.id,
            revision: request.revision,
            ready: VecDeque::new(),
            source: Source::Finished,
            last_event_id: None,
            retry: None,
            attempts: 0,
        }
    }

    /// Returns the next message.
    async fn next(&mut self) -> Result<Reply, Error> {
        loop {
            if let Some(reply) = self.ready.pop_front() {
                return Ok(reply);
            }
            match &mut self.source {
                Source::Open(events) => match events.next().await {
                    Ok(Some(event)) => self.event(event)?,
                    Ok(None) => {
                        let reason = Error::closed("the server ended the stream before the answer");
                        self.source = Source::Broken(reason);
                    }
                    Err(error @ Error::Transport { .. }) => self.source = Source::Broken(error),
                    Err(error) => return Err(error),
                },
                Source::Broken(reason) => {
                    let reason = reason.clone();
                    self.resume(reason).await?;
                }
                Source::Finished => {
                    return Err(Error::protocol(
                        "expected an answer to the request, got other messages",
                    ));
                }
            }
        }
    }

    fn event(&mut self, event: SseEvent) -> Result<(), Error> {
        // A server that sends events may break the stream as often as it likes. The timeouts of the
        // request bound that.
        self.attempts = 0;
        if let Some(id) = event.id {
            self.last_event_id = Some(id).filter(|id| !id.is_empty());
        }
        self.retry = event.retry.or(self.retry);
        let is_message = event.kind.as_deref().is_none_or(|kind| kind == "message");
        match event.data.filter(|data| is_message && !data.is_empty()) {
            Some(data) => self.receive(data.as_bytes()),
            None => Ok(()),
        }
    }

    /// Receives the text of a message or of a batch.
    fn receive(&mut self, text: &[u8]) -> Result<(), Error> {
        let own_id = self.id;
        let invalid = |refusal: jsonrpc::Refusal<'_>| {
            const MAX_SHOWN: usize = 400;
            if let Some(id) = refusal.answers.filter(|id| pending::own_id(id) == Some(own_id)) {
                return pending::unreadable_response(&id, &refusal.error.message);
            }
            let shown = String::from_utf8_lossy(&text[..text.len().min(MAX_SHOWN)]).into_owned();
            Error::protocol(format!(
                "expected a message, got {}: {}",
                excerpt(&shown),
                refusal.error.message
            ))
        };
        let limits = limits(self.session.endpoint.max_message);
        match jsonrpc::decode_from_server(text, limits).map_err(invalid)? {
            Frame::Single(message) => self.message(message),
            Frame::Batch(batch) => {
                for element in batch.elements() {
                    let element = element.as_str().as_bytes();
                    let element = jsonrpc::decode_from_server(element, limits);
                    match element.map_err(invalid)? {
                        Frame::Single(message) => self.message(message)?,
                        Frame::Batch(_) => return Err(Error::protocol("a batch in a batch")),
                    }
                }
                Ok(())
            }
        }
    }

    fn message(&mut self, message: Message<'_>) -> Result<(), Error> {
        match message {
            Message::Response(response) => {
                let id = response.id.map(|id| id.to_owned());
                if id.as_ref().is_some_and(|id| *id != RequestId::Integer(self.id)) {
                    let got = id.map(|id| id.to_string()).unwrap_or_default();
                    let text =
                        format!("expected the answer to request {}, got one to {got}", self.id);
                    // Only a stream may still contain the right one.
                    return if matches!(self.source, Source::Finished) {
                        Err(Error::protocol(text))
                    } else {
                        tracing::warn!(target: "mcp_runtime::client", "{text}");
                        Ok(())
                    };
                }
                self.ready.push_back(Reply::Response(parse_response(response.outcome)?));
            }
            Message::Notification(received) => {
                self.ready.push_back(Reply::Notification(Notification::of(&received)));
            }
            Message::Request(request) => {
                self.session.inbound.request(&request, &responder(&self.session));
            }
        }
        Ok(())
    }

    /// Resumes a stream that broke before the response, where the server allows that.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    async fn resume(&mut self, mut reason: Error) -> Result<(), Error> {
        let in_session = self.revision.facts().sessions;
        let Some(last) = self.last_event_id.clone().filter(|_| in_session) else {
            return Err(reason);
        };
        let last = HeaderValue::from_str(&last)
            .map_err(|_| Error::protocol(format!("the event id `{last}` cannot be sent back")))?;
        while self.attempts < MAX_ATTEMPTS {
            self.attempts += 1;
            tokio::time::sleep(pause(self.retry)).await;
            let mut headers = self.session.headers();
            headers.insert(LAST_EVENT_ID, last.clone());
            let endpoint = Arc::clone(&self.session.endpoint);
            let response = match endpoint.send(&endpoint.url, &HttpRequest::Get, &headers).await {
                Ok(response) => response,
                Err(error) => {
                    reason = error;
                    continue;
                }
            };
            if response.status() == StatusCode::NOT_FOUND {
                self.session.lost();
                // The server may have carried out the request before the session ended.
                return Err(Error::closed("the session ended before the answer came"));
            }
            // A server that does not resume the stream states nothing about the request.
            let Ok(Body::Events(events)) = Body::of(response, endpoint.max_message).await else {
                return Err(reason);
            };
            self.source = Source::Open(events);
            return Ok(());
        }
        Err(reason)
    }
}

/// Returns the pause before a stream is resumed.
fn pause(requested: Option<Duration>) -> Duration {
    requested.unwrap_or(DEFAULT_PAUSE).max(MIN_PAUSE)
}

/// Cancels a request that the server may be working on when it is dropped.
struct CancelGuard {
    session: Arc<Session>,
    id: i64,
    is_armed: bool,
    /// Receives the response if it arrives on the stream of the session.
    on_stream: Option<oneshot::Receiver<Result<Response, Error>>>,
}

impl CancelGuard {
    /// Creates the guard of a request that is about to be sent. Without a session, the end of the
    /// HTTP connection cancels the request, and no message is needed.
    fn new(session: &Arc<Session>, request: &OutgoingRequest) -> Self {
        let in_session = request.revision.facts().sessions;
        let on_stream = in_session.then(|| session.expect_on_stream(request.id));
        let is_armed = in_session && request.is_cancellable;
        Self { session: Arc::clone(session), id: request.id, is_armed, on_stream }
    }

    fn disarm(&mut self) {
        self.is_armed = false;
    }
}

impl Drop for CancelGuard {
    fn drop(&mut self) {
        self.session.forget_on_stream(self.id);
        if self.is_armed && self.session.ending.get().is_none() {
            cancel(Arc::clone(&self.session), self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{DEFAULT_PAUSE, MIN_PAUSE, pause};

    #[test]
    fn there_is_always_a_pause() {
        assert_eq!(pause(None), DEFAULT_PAUSE);
        assert_eq!(pause(Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(pause(Some(Duration::ZERO)), MIN_PAUSE);
    }
}
