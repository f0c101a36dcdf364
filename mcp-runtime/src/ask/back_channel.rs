//! Asking by a request of our own, within a session.
//!
//! The question goes the way that leads to the client for the request it belongs to. Its answer is
//! told from others by an id that nobody can guess, and is taken from the same session only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mcp_core::jsonrpc::{ProtocolError, Raw, Response};
use mcp_core::method::Method;
use mcp_core::revision::{append_json, write_notification};
use serde_json::value::RawValue;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::error::AskError;
use super::question::Question;
use super::{AnswerFuture, Channel};
use crate::context::handle::Context;
use crate::context::outlet::{SharedOutlet, Voice};
use crate::context::session::Session;

/// How long a client may be away from the stream on which it was asked.
const AWAY: Duration = Duration::from_secs(60);

/// The most questions that wait for their answers in one session.
const MOST: usize = 1024;

type Outcome = Result<Box<RawValue>, ProtocolError>;

/// The questions of a session that wait for their answers.
#[derive(Default)]
pub(crate) struct Questions(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    by_id: HashMap<Box<str>, oneshot::Sender<Outcome>>,
    /// Whether no answer can come any more.
    closed: bool,
}

impl Questions {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a response of the client, and says whether it answers a question.
    pub(crate) fn answer(&self, response: &Response<'_>) -> bool {
        let id = response.id.map(|id| id.to_owned());
        let Some(mcp_core::jsonrpc::RequestId::Text(id)) = id else { return false };
        let Some(asker) = self.waiting().by_id.remove(&id) else { return false };
        // Nobody waits any more if the question was taken back just now.
        let _ = asker.send(outcome(&response.outcome));
        true
    }

    /// Has everybody who waits go on without an answer, because none can come any more.
    pub(crate) fn close(&self) {
        let mut waiting = self.waiting();
        waiting.closed = true;
        waiting.by_id.clear();
    }

    fn put(&self, id: &str) -> Result<oneshot::Receiver<Outcome>, AskError> {
        let mut waiting = self.waiting();
        if waiting.closed {
            return Err(AskError::gone());
        }
        if waiting.by_id.len() >= MOST {
            return Err(AskError::too_many(MOST));
        }
        let (asker, answer) = oneshot::channel();
        waiting.by_id.insert(id.into(), asker);
        Ok(answer)
    }

    /// Takes a question back, and says whether it was still waiting.
    fn remove(&self, id: &str) -> bool {
        self.waiting().by_id.remove(id).is_some()
    }
}

impl std::fmt::Debug for Questions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Questions").field("waiting", &self.waiting().by_id.len()).finish()
    }
}

fn outcome(outcome: &Result<Raw<'_>, Raw<'_>>) -> Outcome {
    let malformed = || ProtocolError::invalid_request("the response is malformed");
    match outcome {
        Ok(result) => RawValue::from_string(result.as_str().to_owned()).map_err(|_| malformed()),
        Err(error) => Err(error.parse().unwrap_or_else(|_| malformed())),
    }
}

/// Asks within a session.
pub(crate) struct BackChannel {
    session: Arc<Session>,
    patience: Duration,
}

impl BackChannel {
    pub(crate) fn new(session: Arc<Session>, patience: Duration) -> Self {
        Self { session, patience }
    }
}

impl Channel for BackChannel {
    fn ask(&self, cx: &Context, question: Question) -> AnswerFuture {
        let session = Arc::clone(&self.session);
        let voice = cx.exchange().voice.clone();
        let patience = self.patience;
        Box::pin(async move {
            let asked = Asked::new(&session, &voice, &question)?;
            let answer = tokio::select! {
                biased;
                answer = asked.wait(patience) => answer?,
                () = voice.gone() => return Err(AskError::over()),
            };
            (question.check)(&answer).map_err(|because| AskError::invalid(&because))?;
            Ok(answer)
        })
    }
}

/// A question that was sent. It is taken back when this is dropped before its answer has come.
struct Asked<'a> {
    session: &'a Session,
    outlet: SharedOutlet,
    id: String,
    answer: Option<oneshot::Receiver<Outcome>>,
}

impl<'a> Asked<'a> {
    fn new(session: &'a Session, voice: &Voice, question: &Question) -> Result<Self, AskError> {
        let id = random_id().ok_or_else(AskError::gone)?;
        let answer = session.questions.put(&id)?;
        if !voice.ask(request(&id, question)) {
            // Nobody has seen it, so there is nothing to take back.
            session.questions.remove(&id);
            return Err(if voice.is_silenced() { AskError::over() } else { AskError::gone() });
        }
        Ok(Self { session, outlet: Arc::clone(voice.outlet()), id, answer: Some(answer) })
    }

    async fn wait(mut self, patience: Duration) -> Result<Box<RawValue>, AskError> {
        let Some(mut answer) = self.answer.take() else { return Err(AskError::gone()) };
        let asked = Instant::now();
        let deadline = asked.checked_add(patience);
        loop {
            let unread = self.outlet.unread_since();
            if unread.is_some_and(|since| since.elapsed() >= AWAY) {
                return Err(AskError::gone());
            }
            // When it has to be looked at again whether the client is still there.
            let look = unread.unwrap_or_else(Instant::now) + AWAY;
            let until = deadline.map_or(look, |deadline| deadline.min(look));
            tokio::select! {
                biased;
                answer = &mut answer => return match answer {
                    Ok(Ok(answer)) => Ok(answer),
                    Ok(Err(error)) => Err(AskError::refused(&error)),
                    Err(_) => Err(AskError::gone()),
                },
                () = sleep_until(until) => {}
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Err(AskError::timed_out(patience));
            }
        }
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if self.session.questions.remove(&self.id) {
            let mut params = br#"{"requestId":"#.to_vec();
            append_json(&mut params, &self.id);
            params.push(b'}');
            let params = String::from_utf8(params).unwrap_or_default();
            let mut message = Vec::new();
            write_notification(&mut message, Method::Cancelled.as_str(), &params);
            self.outlet.ask(message);
        }
    }
}

fn random_id() -> Option<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(format!("ask-{:032x}", u128::from_be_bytes(bytes)))
}

fn request(id: &str, question: &Question) -> Vec<u8> {
    let mut message = br#"{"jsonrpc":"2.0","id":"#.to_vec();
    append_json(&mut message, id);
    message.push(b',');
    question.append(&mut message);
    message
}
