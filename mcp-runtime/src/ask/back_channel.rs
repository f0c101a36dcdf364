//! Questions as requests of the server to the client, within a session.
//!
//! A question is sent through the channel of the request that it belongs to. Its answer is identified
//! by an unguessable id and accepted from the same session only.

use std::sync::Arc;
use std::time::Duration;

use mcp_core::method::Method;
use mcp_core::revision::{notification, write_request};
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::error::AskError;
use super::journal::Journal;
use super::question::Question;
use super::{AnswerFuture, Channel};
use crate::clock::{Instant, sleep_until};
use crate::context::budget::Reservation;
use crate::context::handle::Context;
use crate::context::pending_questions::{Answer, MAX_PENDING, NoAnswer, NotAsked, QUESTION};
use crate::context::request_channel::RequestChannel;
use crate::context::session::Session;
use crate::random_id::random_id;

/// Time for which a client may be disconnected from the stream of a question.
const AWAY_TIMEOUT: Duration = Duration::from_secs(60);

/// Sends questions within a session.
pub(crate) struct BackChannel {
    session: Arc<Session>,
    answer_timeout: Duration,
    journal: Arc<Journal>,
}

impl BackChannel {
    pub(crate) fn new(
        session: Arc<Session>,
        answer_timeout: Duration,
        journal: Arc<Journal>,
    ) -> Self {
        Self { session, answer_timeout, journal }
    }
}

impl Channel for BackChannel {
    fn ask(&self, cx: &Context, question: Question) -> AnswerFuture {
        let (session, journal) = (Arc::clone(&self.session), Arc::clone(&self.journal));
        let channel = cx.exchange().channel.clone();
        let answer_timeout = self.answer_timeout;
        Box::pin(async move {
            let identity = journal.identify(question.digest);
            let mut asked = question.clone();
            loop {
                let (method, params) = (asked.method.as_str(), &*asked.params);
                let sent = SentQuestion::new(&session, &channel, method, params)?;
                let answer = tokio::select! {
                    biased;
                    answer = sent.answer(answer_timeout) => answer?,
                    () = channel.handler().ended() => return Err(AskError::over()),
                };
                let reason = match answer.and_then(|answer| checked(&question, answer)) {
                    Ok((answer, memory)) => {
                        journal.hold(memory);
                        // If the call becomes a task, its run has the answers that there are.
                        journal.record(identity, answer.clone());
                        return Ok(answer);
                    }
                    Err(reason) => reason,
                };
                let misfits = journal.misfit(identity, &reason);
                // Other answers than those of a user would be the same again.
                if !question.is_form() || !misfits.may_repeat() {
                    return Err(AskError::invalid(&misfits.reason));
                }
                asked = question.again(&misfits.reason);
            }
        })
    }
}

/// Asks the client of a session a question of another call, such as a task, once. Its answer is not checked.
pub(crate) async fn ask_once(
    session: &Session,
    channel: &RequestChannel,
    (method, params): (&str, &str),
    answer_timeout: Duration,
) -> Result<Box<RawValue>, AskError> {
    let sent = SentQuestion::new(session, channel, method, params)?;
    let answer = sent.answer(answer_timeout).await?;
    answer.map(|(answer, _)| answer).map_err(|reason| AskError::invalid(&reason))
}

/// Returns an answer that fits its question, or else its fault.
fn checked(
    question: &Question,
    (answer, memory): (Box<RawValue>, Reservation),
) -> Result<(Box<RawValue>, Reservation), String> {
    (question.check)(&answer).map(|()| (answer, memory))
}

/// A question that was sent. Dropping it before the answer arrives cancels the question.
struct SentQuestion<'a> {
    session: &'a Session,
    channel: RequestChannel,
    id: String,
    answer: Option<oneshot::Receiver<Answer>>,
}

impl<'a> SentQuestion<'a> {
    fn new(
        session: &'a Session,
        channel: &RequestChannel,
        method: &str,
        params: &str,
    ) -> Result<Self, AskError> {
        let id = random_id().map_err(|_| AskError::disconnected())?;
        let id = format!("{QUESTION}{id}");
        let answer = session.questions.insert(&id).map_err(|reason| match reason {
            NotAsked::Closed => AskError::disconnected(),
            NotAsked::TooMany => AskError::too_many(MAX_PENDING),
        })?;
        if !channel.deliver(request(&id, method, params)) {
            // It was not sent, so there is nothing to cancel.
            session.questions.remove(&id);
            return Err(if channel.is_closed() {
                AskError::over()
            } else {
                AskError::disconnected()
            });
        }
        channel.question_sent();
        Ok(Self { session, channel: channel.clone(), id, answer: Some(answer) })
    }

    /// Waits for the answer. Returns its fault if it cannot be read.
    async fn answer(
        mut self,
        answer_timeout: Duration,
    ) -> Result<Result<(Box<RawValue>, Reservation), String>, AskError> {
        let Some(mut answer) = self.answer.take() else { return Err(AskError::disconnected()) };
        let deadline = Instant::now().checked_add(answer_timeout);
        loop {
            let unread = self.channel.sink().unread_since();
            if unread.is_some_and(|since| since.elapsed() >= AWAY_TIMEOUT) {
                return Err(AskError::disconnected());
            }
            // Time of the next check of the connection.
            let check_at = unread.unwrap_or_else(Instant::now) + AWAY_TIMEOUT;
            let until = deadline.map_or(check_at, |deadline| deadline.min(check_at));
            tokio::select! {
                biased;
                answer = &mut answer => return match answer {
                    Ok(Ok(answer)) => Ok(Ok(answer)),
                    Ok(Err(NoAnswer::Refused(error))) => Err(AskError::refused(&error)),
                    Ok(Err(NoAnswer::Unreadable(reason))) => Ok(Err(reason)),
                    Err(_) => Err(AskError::disconnected()),
                },
                () = sleep_until(until) => {}
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Err(AskError::timed_out(answer_timeout));
            }
        }
    }
}

impl Drop for SentQuestion<'_> {
    fn drop(&mut self) {
        self.channel.question_ended();
        if self.session.questions.remove(&self.id) {
            self.channel.sink().deliver(notification(Method::Cancelled.as_str(), |params| {
                params.value("requestId", &self.id);
            }));
        }
    }
}

fn request(id: &str, method: &str, params: &str) -> Vec<u8> {
    let mut message = Vec::with_capacity(params.len() + 128);
    write_request(&mut message, id, method, |out| out.extend_from_slice(params.as_bytes()));
    message
}
