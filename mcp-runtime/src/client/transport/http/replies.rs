//! What comes back for one request over HTTP.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::{self, Frame, Message, ProtocolError, RequestId};
use mcp_core::revision::{Opens, Revision};
use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use tokio::sync::oneshot;

use super::CANCEL_PATIENCE;
use super::headers::LAST_EVENT_ID;
use super::session::{Outcome, Received, Session};
use super::site::{Events, Inflow, Outbound};
use super::sse::SseEvent;
use crate::client::error::Error;
use crate::client::transport::pipe::cancelled;
use crate::client::transport::waiters::outcome;
use crate::client::transport::{Boxed, Json, Note, Outgoing, Replies, Reply, excerpt, limits};

/// How often in a row a stream is resumed without anything new on it.
const MOST_ATTEMPTS: u32 = 5;

/// How long to wait before a stream is resumed, where the server does not say.
const RETRY: Duration = Duration::from_secs(1);

/// How long to wait at least, whatever the server says. Attempts are few anyway.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);

pub(super) struct HttpReplies {
    own: Own,
    unanswered: Unanswered,
}

/// What comes on the request's own stream.
struct Own {
    session: Arc<Session>,
    id: i64,
    revision: Revision,
    ready: VecDeque<Reply>,
    source: Source,
    last_event_id: Option<String>,
    retry: Option<Duration>,
    attempts: u32,
}

/// Where further messages come from.
enum Source {
    Events(Box<Events>),
    /// A stream that ended before the response, and why; it may be resumed.
    Broken(Error),
    /// Everything has been said.
    Dry,
}

impl HttpReplies {
    /// Reads the answer to a request as far as it is one message.
    pub(super) async fn of(
        session: Arc<Session>,
        request: &Outgoing,
        received: Received,
        mut unanswered: Unanswered,
    ) -> Result<Self, Error> {
        let mut own = Own {
            session,
            id: request.id,
            revision: request.revision,
            ready: VecDeque::new(),
            source: Source::Dry,
            last_event_id: None,
            retry: None,
            attempts: 0,
        };
        let inflow = match received {
            Received::Refused(body) => Inflow::Json(body),
            Received::Answer(response) => {
                let site = Arc::clone(&own.session.site);
                site.read(response).await?
            }
        };
        match inflow {
            Inflow::Events(events) => own.source = Source::Events(events),
            Inflow::Json(body) => {
                unanswered.settle();
                own.take(&body)?;
            }
            Inflow::Nothing => {
                unanswered.settle();
                return Err(Error::protocol(
                    "expected an answer to the request, got a status that says there is none",
                ));
            }
        }
        Ok(Self { own, unanswered })
    }
}

impl Own {
    /// Takes in the text of a message, or of a batch of them.
    fn take(&mut self, text: &[u8]) -> Result<(), Error> {
        let broken = |error: &jsonrpc::ProtocolError| {
            let shown = String::from_utf8_lossy(&text[..text.len().min(400)]).into_owned();
            Error::protocol(format!(
                "expected a message, got {}: {}",
                excerpt(&shown),
                error.message
            ))
        };
        let limits = limits(self.session.site.longest);
        match jsonrpc::decode(text, limits).map_err(|refusal| broken(&refusal.error))? {
            Frame::Single(message) => self.message(message),
            Frame::Batch(batch) => {
                for element in batch.elements() {
                    let element = jsonrpc::decode(element.as_str().as_bytes(), limits);
                    match element.map_err(|refusal| broken(&refusal.error))? {
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
                    // Without a stream, nothing else can come.
                    let got = id.map(|id| id.to_string()).unwrap_or_default();
                    let text =
                        format!("expected the answer to request {}, got one to {got}", self.id);
                    return if matches!(self.source, Source::Dry) {
                        Err(Error::protocol(text))
                    } else {
                        tracing::warn!(target: "mcp_runtime::client", "{text}");
                        Ok(())
                    };
                }
                self.ready.push_back(Reply::Answer(outcome(response.outcome)?));
            }
            Message::Notification(note) => self.ready.push_back(Reply::Note(Note::new(&note))),
            Message::Request(request) => {
                self.session.inbound.request(&request, &self.session.answering());
            }
        }
        Ok(())
    }

    fn event(&mut self, event: SseEvent) -> Result<(), Error> {
        // A server that still says something may end its connections as often as it likes: how long
        // that may go on is for the time-outs to say.
        self.attempts = 0;
        if let Some(id) = event.id {
            self.last_event_id = Some(id).filter(|id| !id.is_empty());
        }
        self.retry = event.retry.or(self.retry);
        let is_message = event.kind.as_deref().is_none_or(|kind| kind == "message");
        match event.data.filter(|data| is_message && !data.is_empty()) {
            Some(data) => self.take(data.as_bytes()),
            None => Ok(()),
        }
    }

    /// The stream ended before the response: resumes it where that is possible. If the future is
    /// dropped, it can be tried again.
    async fn resume(&mut self, mut why: Error) -> Result<(), Error> {
        let in_session = self.revision.facts().opens == Opens::Handshake;
        let Some(last) = self.last_event_id.clone().filter(|_| in_session) else { return Err(why) };
        let last = HeaderValue::from_str(&last)
            .map_err(|_| Error::protocol(format!("the event id `{last}` cannot be sent back")))?;
        while self.attempts < MOST_ATTEMPTS {
            self.attempts += 1;
            tokio::time::sleep(pause(self.retry)).await;
            let mut headers = self.session.headers();
            headers.insert(LAST_EVENT_ID, last.clone());
            let site = Arc::clone(&self.session.site);
            let response = match site.send(&site.url, &Outbound::Get, &headers).await {
                Ok(response) => response,
                Err(error) => {
                    why = error;
                    continue;
                }
            };
            if response.status() == StatusCode::NOT_FOUND {
                self.session.lost();
                // It is not known whether the request was carried out before the session ended.
                return Err(Error::closed("the session ended before the answer came"));
            }
            // A server that does not resume the stream says nothing of the request by that.
            let Ok(Inflow::Events(events)) = site.read(response).await else { return Err(why) };
            self.source = Source::Events(events);
            return Ok(());
        }
        Err(why)
    }

    /// The next message.
    async fn next(&mut self) -> Result<Reply, Error> {
        loop {
            if let Some(reply) = self.ready.pop_front() {
                return Ok(reply);
            }
            match &mut self.source {
                Source::Events(events) => match events.next().await {
                    Ok(Some(event)) => self.event(event)?,
                    Ok(None) => {
                        let why = Error::closed("the server ended the stream before the answer");
                        self.source = Source::Broken(why);
                    }
                    Err(error @ Error::Transport { .. }) => self.source = Source::Broken(error),
                    Err(error) => return Err(error),
                },
                Source::Broken(why) => {
                    let why = why.clone();
                    self.resume(why).await?;
                }
                Source::Dry => {
                    return Err(Error::protocol(
                        "expected an answer to the request, got other messages",
                    ));
                }
            }
        }
    }
}

/// How long to wait before a stream is resumed.
fn pause(wanted: Option<Duration>) -> Duration {
    wanted.unwrap_or(RETRY).max(SHORTEST_PAUSE)
}

impl Replies for HttpReplies {
    fn next(&mut self) -> Boxed<'_, Result<Reply, Error>> {
        Box::pin(async move {
            // Who waits may drop this future and ask again, so nothing is taken out of its place.
            let Self { own, unanswered } = self;
            let reply = tokio::select! {
                biased;
                reply = own.next() => reply,
                answer = heard_elsewhere(&mut unanswered.elsewhere) => answer.map(Reply::Answer),
            };
            if matches!(reply, Ok(Reply::Answer(_))) || matches!(own.source, Source::Dry) {
                unanswered.settle();
            }
            reply
        })
    }
}

/// The answer, if a server says it on the session's own stream instead.
async fn heard_elsewhere(
    elsewhere: &mut Option<oneshot::Receiver<Outcome>>,
) -> Result<Result<Json, ProtocolError>, Error> {
    if let Some(receiver) = elsewhere {
        let outcome = receiver.await;
        *elsewhere = None;
        if let Ok(outcome) = outcome {
            return outcome;
        }
    }
    std::future::pending().await
}

/// A request that the server may be at work on. Dropping it while that is so cancels the request.
pub(super) struct Unanswered {
    session: Arc<Session>,
    id: i64,
    must_be_told: bool,
    /// Servers are not meant to answer on the session's own stream, and some do.
    elsewhere: Option<oneshot::Receiver<Outcome>>,
}

impl Unanswered {
    /// A request that is about to be sent. Without a session, the end of the connection cancels
    /// it; in one, that has to be said.
    pub(super) fn new(session: &Arc<Session>, request: &Outgoing) -> Self {
        let in_session = request.revision.facts().opens == Opens::Handshake;
        let must_be_told = in_session && request.cancellable;
        let elsewhere = in_session.then(|| session.expect_elsewhere(request.id));
        Self { session: Arc::clone(session), id: request.id, must_be_told, elsewhere }
    }

    /// There is nothing to be cancelled any more.
    pub(super) fn settle(&mut self) {
        self.must_be_told = false;
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        self.session.forget_elsewhere(self.id);
        if !self.must_be_told || self.session.end().is_some() {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (session, id) = (Arc::clone(&self.session), self.id);
            runtime.spawn(async move {
                let telling = session.tell(cancelled(id));
                // A server that cannot be told finds out by itself.
                let _ = tokio::time::timeout(CANCEL_PATIENCE, telling).await;
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{RETRY, SHORTEST_PAUSE, pause};

    #[test]
    fn no_server_has_its_stream_resumed_without_a_pause() {
        assert_eq!(pause(None), RETRY);
        assert_eq!(pause(Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(pause(Some(Duration::ZERO)), SHORTEST_PAUSE);
    }
}
