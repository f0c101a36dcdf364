//! Questions of handlers to their clients: the channels that send them, and the journal that keeps
//! their answers from one run of a handler to the next.
//!
//! A handler awaits an answer, independently of the revision. There are three channels:
//! [`back_channel`] sends a request to the client, within a session. [`suspend`] ends the request with
//! the question as its result; the client repeats the request with the answer, and the handler runs
//! again. [`mailbox`] parks the handler until the answer is put in.
//!
//! Specification: [Multi round-trip requests](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr),
//! [Elicitation](https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation).

pub(crate) mod back_channel;
pub(crate) mod binding;
pub(crate) mod elicitation;
pub(crate) mod error;
pub mod form;
#[cfg(feature = "client")]
pub(crate) mod forward;
pub(crate) mod journal;
pub(crate) mod mailbox;
#[cfg(all(test, shuttle))]
mod models;
pub(crate) mod once;
pub(crate) mod question;
pub(crate) mod question_future;
mod response;
pub(crate) mod retry;
pub(crate) mod roots;
pub(crate) mod rounds;
pub(crate) mod sampling;
pub(crate) mod seal;
pub(crate) mod settings;
mod shared_key;
mod stored_rounds;
pub(crate) mod suspend;
pub(crate) mod task;
#[cfg(test)]
mod tests;
pub(crate) mod url;

use std::any::Any;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::revision::Asks;
use serde_json::value::RawValue;

pub(crate) use error::{AskError, AskErrorKind};
#[cfg(feature = "client")]
pub(crate) use forward::{answer_timeout, forward, forwardable, is_suspended};
pub(crate) use mailbox::Mailbox;
pub(crate) use response::{check_object, check_response};
pub(crate) use retry::{Retry, admit};

use self::back_channel::BackChannel;
use self::binding::Binding;
use self::journal::Journal;
use self::question::Question;
use self::suspend::Suspend;
use crate::context::exchange::{Exchange, Sender};
use crate::context::handle::Context;
use crate::context::host::{Host, Prepared};
use crate::context::members::Members;
use crate::context::questions::Questions;

/// Future of an answer, as JSON text.
type AnswerFuture = Pin<Box<dyn Future<Output = Result<Box<RawValue>, AskError>> + Send>>;

/// Sends questions to the client and returns the answers.
trait Channel: Send + Sync {
    /// Sends a question. Dropping the future withdraws it.
    fn ask(&self, cx: &Context, question: Question) -> AnswerFuture;

    /// Result that ends the request before its handler, if answers require another request. This
    /// returns it once.
    fn suspension(&self) -> Option<Result<Members, ProtocolError>> {
        None
    }

    /// Restores the state of a repeated request, if that had to wait for the key of the state.
    fn unseal<'a>(&'a self, _exchange: &'a Exchange) -> Option<Prepared<'a>> {
        None
    }
}

/// Questions of one request, shared by its handler and the task that polls it.
pub(crate) struct Asking {
    channel: Box<dyn Channel>,
    journal: Arc<Journal>,
    /// Result or error that ends the request without the handler.
    outcome: Mutex<Option<Result<Members, ProtocolError>>>,
    /// Makes a task of the call when its arguments and answers are there.
    become_task: Mutex<Option<task::BecomeTask>>,
    ended: AtomicBool,
}

impl Asking {
    /// Returns the questions of a request, and creates them with the first call.
    fn get_or_init(exchange: &Exchange, make: impl FnOnce() -> Self) -> &Self {
        let questions = exchange.question_slot().get_or_init(|| Box::new(make()));
        let questions: &dyn Any = &**questions;
        match questions.downcast_ref() {
            Some(asking) => asking,
            // The slot holds a trait object only because it is in a lower layer.
            None => unreachable!("`Asking` is the one implementation of `Questions`"),
        }
    }

    /// Returns the questions of a request, if there are any yet.
    fn existing(exchange: &Exchange) -> Option<&Self> {
        let questions: &dyn Any = &**exchange.question_slot().get()?;
        questions.downcast_ref()
    }

    /// Selects the channel by the revision and restores the state of a repeated request.
    fn of(host: Arc<dyn Host>, exchange: &Exchange) -> Self {
        let journal = Arc::<Journal>::default();
        if let (Sender::Session(session), Asks::ServerRequests) =
            (&exchange.sender, exchange.facts().asks)
        {
            let timeout = host.asking().answer_timeout;
            let channel = BackChannel::new(Arc::clone(session), timeout, Arc::clone(&journal));
            return Self::over_channel(channel, journal);
        }
        let binding = Binding::of(&*host, exchange);
        let suspend = Suspend::new(host, binding, Arc::clone(&journal));
        let restored = suspend.restore(Retry::of(exchange));
        let asking = Self::over_channel(suspend, journal);
        restored.unwrap_or_else(|error| asking.fail(error));
        asking
    }

    fn over_channel(channel: impl Channel + 'static, journal: Arc<Journal>) -> Self {
        Self {
            channel: Box::new(channel),
            journal,
            outcome: Mutex::default(),
            become_task: Mutex::default(),
            ended: AtomicBool::new(false),
        }
    }

    /// Restores the state of a repeated request, if that had to wait for the key of the state.
    ///
    /// # Errors
    /// `-32602` if the state does not belong to the call, `-32603` if the key cannot be read.
    pub(crate) async fn unseal(exchange: &Exchange) -> Result<(), ProtocolError> {
        match Self::existing(exchange).and_then(|asking| asking.channel.unseal(exchange)) {
            Some(unsealed) => unsealed.await,
            None => Ok(()),
        }
    }

    /// Error for a question after the end of the request.
    fn over(&self) -> AskError {
        if self.has_ended() { AskError::detached() } else { AskError::over() }
    }

    /// Ends the request with an error, without returning to the handler.
    fn fail(&self, error: ProtocolError) {
        self.end_with(Err(error));
    }

    /// Ends the request with a result or an error, without returning to the handler.
    fn end_with(&self, outcome: Result<Members, ProtocolError>) {
        let mut ending = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        ending.get_or_insert(outcome);
    }

    fn take_outcome(&self) -> Option<Result<Members, ProtocolError>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Questions for Asking {
    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    fn ending(&self) -> Option<Result<Members, ProtocolError>> {
        // A running effect must not be interrupted.
        let outcome = if self.journal.is_busy() { None } else { self.take_outcome() };
        let ending = outcome.or_else(|| self.channel.suspension());
        if ending.is_some() {
            self.ended.store(true, Ordering::Release);
        }
        ending
    }
}

/// Sends a question to the client of a request.
async fn ask(cx: Context, question: Question) -> Result<Box<RawValue>, AskError> {
    if let Some(lacking) = question.lacking(&cx) {
        return Err(lacking);
    }
    if once::is_within_body() {
        return Err(AskError::within_once());
    }
    let asking = cx.asking();
    // Checked after the questions are created: the end of the request closes the channel first and
    // then looks for questions.
    if cx.exchange().channel.is_closed() {
        return Err(asking.over());
    }
    asking.channel.ask(&cx, question).await
}

/// Gives a part of a request a journal of its own, without questions.
pub(crate) fn set_apart(exchange: &mut Exchange) {
    exchange.separate_questions();
    Asking::get_or_init(exchange, || Asking::over_channel(NoChannel, Arc::default()));
}

/// Refuses all questions.
struct NoChannel;

impl Channel for NoChannel {
    fn ask(&self, _: &Context, _: Question) -> AnswerFuture {
        Box::pin(std::future::ready(Err(AskError::within_once())))
    }
}

/// Parks the handler of a request at its questions, whose answers come through the mailbox.
#[cfg(feature = "testing")]
pub(crate) fn park(exchange: &Exchange) -> Mailbox {
    park_with(exchange, Arc::default())
}

/// Parks the handler of a request at its questions, whose answers come from a journal or through the
/// mailbox.
pub(crate) fn park_with(exchange: &Exchange, journal: Arc<Journal>) -> Mailbox {
    let mailbox = Mailbox::new(Arc::clone(&journal));
    Asking::get_or_init(exchange, || Asking::over_channel(mailbox.clone(), journal));
    mailbox
}

impl Context {
    /// The questions of the request.
    fn asking(&self) -> &Asking {
        let exchange = self.exchange();
        Asking::get_or_init(exchange, || Asking::of(Arc::clone(self.host()), exchange))
    }
}
