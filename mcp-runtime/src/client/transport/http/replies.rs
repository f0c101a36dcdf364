//! Replies to one request over HTTP.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::{self, Frame, Message, ProtocolError, Raw, Refusal};
use mcp_core::revision::Revision;
use reqwest::header::HeaderValue;

use super::body::{Body, Events};
use super::endpoint::HttpRequest;
use super::headers::LAST_EVENT_ID;
use super::session::{PostResponse, Session};
use super::sse::SseEvent;
use crate::client::error::Error;
use crate::client::message::{BoxFuture, Notification, parse_response};
use crate::client::transport::pending::{
    PendingReplies, request_id, unreadable_response, wrong_id,
};
use crate::client::transport::shared::no_message;
use crate::client::transport::{OutgoingRequest, Replies, Reply, own_id};
use crate::client::wire::Direction;
use crate::shorten::shorten;

/// Largest number of attempts in a row to resume a stream.
const MAX_ATTEMPTS: u32 = 5;

/// Pause before a stream is resumed, unless the server requests another.
const DEFAULT_PAUSE: Duration = Duration::from_secs(1);

/// Shortest pause, whatever the server requests. The number of attempts is bounded as well.
const MIN_PAUSE: Duration = Duration::from_millis(10);

/// The replies to one request over HTTP.
pub(super) struct HttpReplies {
    stream: ReplyStream,
    /// Replies on the stream of the session or of another request. Servers should not send them
    /// there, and some do. Dropping them before the response cancels the request in a session.
    /// Without one, the end of the HTTP connection does, and no message is needed.
    elsewhere: PendingReplies,
}

impl HttpReplies {
    /// Creates the replies to a request, which is posted when they are read.
    ///
    /// # Errors
    /// The reason of the end, if the session has ended.
    pub(super) fn new(session: &Arc<Session>, mut request: OutgoingRequest) -> Result<Self, Error> {
        request.is_cancellable &= request.revision.facts().sessions;
        let elsewhere = session.shared.register(&request, session)?;
        let stream = ReplyStream::new(Arc::clone(session), request);
        Ok(Self { stream, elsewhere })
    }
}

impl Replies for HttpReplies {
    fn next(&mut self) -> BoxFuture<'_, Result<Reply, Error>> {
        Box::pin(async move {
            // The future may be dropped and made again, so all state stays in `self`.
            let Self { stream, elsewhere } = self;
            let reply = tokio::select! {
                biased;
                reply = elsewhere.receive() => reply,
                reply = stream.next() => reply,
            };
            if matches!(reply, Ok(Reply::Response(_))) || matches!(stream.source, Source::Finished)
            {
                elsewhere.finish();
            }
            reply
        })
    }
}

/// The messages in the HTTP response to a request. A stream of events that breaks is resumed.
struct ReplyStream {
    session: Arc<Session>,
    id: i64,
    revision: Revision,
    is_probe: bool,
    /// Messages that were received and not returned yet.
    ready: VecDeque<Reply>,
    source: Source,
    /// Message instead of the response, for the case that the stream ends without it.
    instead: Option<Instead>,
    last_event_id: Option<String>,
    /// Pause before resuming that the server requests.
    retry: Option<Duration>,
    attempts: u32,
}

/// The source of further messages.
enum Source {
    /// A request whose response has not begun.
    Posting(BoxFuture<'static, Result<Body, Error>>),
    Open(Box<Events>),
    /// A stream that broke before the response, for this reason. It may be resumed.
    Broken(Error),
    /// No further messages.
    Finished,
}

/// A message that is not the response to the request.
enum Instead {
    /// The error of a request that is not pending.
    Refusal(ProtocolError),
    Other(Error),
}

impl ReplyStream {
    fn new(session: Arc<Session>, request: OutgoingRequest) -> Self {
        let OutgoingRequest { id, revision, is_probe, .. } = request;
        let source = Source::Posting(Box::pin(post(Arc::clone(&session), request)));
        Self {
            session,
            id,
            revision,
            is_probe,
            ready: VecDeque::new(),
            source,
            instead: None,
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
                Source::Posting(posting) => {
                    let body = posting.await;
                    self.source = Source::Finished;
                    self.body(body?)?;
                }
                Source::Open(events) => match events.next_whole().await {
                    Ok(Some(event)) => self.event(event)?,
                    Ok(None) => match self.instead.take() {
                        Some(Instead::Refusal(error)) => return Ok(Reply::Response(Err(error))),
                        Some(Instead::Other(error)) => self.source = Source::Broken(error),
                        None => {
                            let reason = "the server ended the stream before the answer";
                            self.source = Source::Broken(Error::closed(reason));
                        }
                    },
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

    /// Receives the body of the response.
    fn body(&mut self, body: Body) -> Result<(), Error> {
        match body {
            Body::Events(events) => {
                self.source = Source::Open(events);
                Ok(())
            }
            Body::Json(text) => self.receive(&text),
            Body::Empty => Err(Error::protocol(
                "expected an answer to the request, got a status that says there is none",
            )),
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

    /// Returns `true` if further messages may follow.
    fn is_stream(&self) -> bool {
        matches!(self.source, Source::Open(_))
    }

    /// Receives the text of a message or of a batch.
    fn receive(&mut self, text: &[u8]) -> Result<(), Error> {
        self.session.inbound.observe(Direction::Received, text);
        match jsonrpc::decode_from_server(text, self.session.shared.limits) {
            Ok(Frame::Single(message)) => self.message(message),
            Ok(Frame::Batch(batch)) => {
                let received: Vec<_> =
                    batch.elements().map(|element| self.element(element)).collect();
                let has_response =
                    self.ready.iter().any(|reply| matches!(reply, Reply::Response(_)));
                if has_response { Ok(()) } else { received.into_iter().collect() }
            }
            Err(refusal) => self.refused(text, &refusal),
        }
    }

    /// Receives a message of a batch.
    fn element(&mut self, element: Raw<'_>) -> Result<(), Error> {
        let text = element.as_str().as_bytes();
        match jsonrpc::decode_from_server(text, self.session.shared.limits) {
            Ok(Frame::Single(message)) => self.message(message),
            Ok(Frame::Batch(_)) => self.invalid(text, "a batch in a batch"),
            Err(refusal) => self.refused(text, &refusal),
        }
    }

    /// Receives what is no message.
    ///
    /// # Errors
    /// [`Error::Protocol`] if it may be the response.
    fn refused(&mut self, text: &[u8], refusal: &Refusal<'_>) -> Result<(), Error> {
        let reason = &refusal.error.message;
        match &refusal.answers {
            Some(id) if own_id(id) == Some(self.id) => Err(unreadable_response(id, reason)),
            Some(id) if self.session.shared.pending.unreadable(id, reason) => Ok(()),
            _ if self.is_probe && !refusal.expects_answer => Err(no_message(text, reason)),
            _ => self.invalid(text, reason),
        }
    }

    /// Skips what is no message on a stream, on which the response may follow.
    fn invalid(&mut self, text: &[u8], reason: &str) -> Result<(), Error> {
        let error = no_message(text, reason);
        if !self.is_stream() {
            return Err(error);
        }
        self.session.shared.pending.invalid(text, reason);
        self.instead.get_or_insert(Instead::Other(error));
        Ok(())
    }

    fn message(&mut self, message: Message<'_>) -> Result<(), Error> {
        match message {
            Message::Response(response) => return self.response(response),
            Message::Notification(received)
                if request_id(&received).is_none_or(|id| id == self.id) =>
            {
                self.ready.push_back(Reply::Notification(Notification::of(&received)));
            }
            message => self.session.shared.message(message),
        }
        Ok(())
    }

    fn response(&mut self, response: jsonrpc::Response<'_>) -> Result<(), Error> {
        let id = response.id.map(|id| id.to_owned());
        let own = id.as_ref().and_then(own_id);
        if own.is_some_and(|id| id != self.id && self.session.shared.pending.contains(id)) {
            self.session.shared.message(Message::Response(response));
            return Ok(());
        }
        let outcome = parse_response(response.outcome)?;
        let is_ours = own == Some(self.id) || id.is_none();
        match outcome {
            outcome if is_ours => self.ready.push_back(Reply::Response(outcome)),
            // A server that could not read the request answers under an id of its own.
            Err(error) if own.is_none() || self.is_probe || !self.is_stream() => {
                self.ready.push_back(Reply::Response(Err(error)));
            }
            Err(error) => self.instead = Some(Instead::Refusal(error)),
            Ok(_) => {
                let error = wrong_id(self.id, id.as_ref());
                // Only a stream may still contain the right one.
                if self.is_probe || !self.is_stream() {
                    return Err(error);
                }
                tracing::warn!(target: "mcp_runtime::client", "{error}");
                self.instead.get_or_insert(Instead::Other(error));
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
        let last = HeaderValue::from_str(&last).map_err(|_| {
            Error::protocol(format!("the event id `{}` cannot be sent back", shorten(&last)))
        })?;
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
            if !response.status().is_success() {
                if self.session.is_lost(response).await {
                    // The server may have carried out the request before the session ended.
                    reason = Error::closed("the session ended before the answer came");
                }
                return Err(reason);
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

/// Posts a request, and reads its response unless that is a stream of events.
async fn post(session: Arc<Session>, request: OutgoingRequest) -> Result<Body, Error> {
    match session.post(request).await? {
        PostResponse::Refusal(body) => Ok(Body::Json(body)),
        PostResponse::Success(response) => Body::of(response, session.endpoint.max_message).await,
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
