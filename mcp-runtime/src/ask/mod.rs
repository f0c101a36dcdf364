//! What a handler asks its client: questions, the ways in which they reach it, and how they are
//! remembered from one try of a request to the next.
//!
//! A handler awaits an answer and knows nothing of revisions. One of three channels brings it:
//! [`back_channel`] sends a request of our own within a session and waits; [`suspend`] ends the
//! request with the question as its result, upon which the client sends it again with the answer,
//! and the handler runs again; [`mailbox`] leaves the handler parked until somebody puts the answer
//! in.
//!
//! Specification: [Multi round-trip requests](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr),
//! [Elicitation](https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation).

pub(crate) mod back_channel;
pub(crate) mod binding;
pub(crate) mod elicitation;
pub(crate) mod error;
pub mod form;
pub(crate) mod journal;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod mailbox;
pub(crate) mod once;
#[cfg(feature = "client")]
pub(crate) mod passed;
pub(crate) mod question;
pub(crate) mod retry;
pub(crate) mod roots;
pub(crate) mod sampling;
pub(crate) mod seal;
pub(crate) mod settings;
pub(crate) mod suspend;
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
#[cfg(feature = "testing")]
pub(crate) use mailbox::Mailbox;
#[cfg(feature = "client")]
pub(crate) use passed::{askable, is_suspended, pass_on, patience};
pub(crate) use retry::{Retry, admit};

use self::back_channel::BackChannel;
use self::binding::Binding;
use self::journal::Journal;
use self::question::Question;
use self::suspend::Suspend;
use crate::context::exchange::{Exchange, Sender};
use crate::context::handle::Context;
use crate::context::host::Host;
use crate::context::members::Members;
use crate::context::questions::Questions;

/// An answer on its way, as JSON text.
type AnswerFuture = Pin<Box<dyn Future<Output = Result<Box<RawValue>, AskError>> + Send>>;

/// A way to bring a question to the client and its answer back.
trait Channel: Send + Sync {
    /// Asks. Dropping the future takes the question back.
    fn ask(&self, cx: &Context, question: Question) -> AnswerFuture;

    /// The result that the request ends with although its handler has not, if it waits for answers
    /// that only another request can bring. There is one at most.
    fn suspension(&self) -> Option<Result<Members, ProtocolError>> {
        None
    }
}

/// What one request asks, shared by its handler and by what drives it.
pub(crate) struct Asking {
    channel: Box<dyn Channel>,
    journal: Arc<Journal>,
    /// Why the handler cannot go on, where that is nothing it could be told.
    failure: Mutex<Option<ProtocolError>>,
    ended: AtomicBool,
}

impl Asking {
    /// The questions of a request, made now if there are none yet.
    fn get_or_init(exchange: &Exchange, make: impl FnOnce() -> Self) -> &Self {
        let questions = exchange.question_slot().get_or_init(|| Box::new(make()));
        let questions: &dyn Any = &**questions;
        match questions.downcast_ref() {
            Some(asking) => asking,
            // The slot is a trait object only because the folder below does not know this type.
            None => unreachable!("`Asking` is the one implementation of `Questions`"),
        }
    }

    /// The way in which the revision of a request asks, with what the request brings along.
    fn of(host: Arc<dyn Host>, exchange: &Exchange) -> Self {
        let journal = Arc::<Journal>::default();
        if let (Sender::Session(session), Asks::ServerRequests) =
            (&exchange.sender, exchange.facts().asks)
        {
            let channel = BackChannel::new(Arc::clone(session), host.asking().answer_timeout);
            return Self::over_channel(channel, journal);
        }
        let binding = Binding::of(&*host, exchange);
        let suspend = Suspend::new(host, binding, Arc::clone(&journal));
        let reopened = suspend.reopen(Retry::of(exchange.params()));
        let asking = Self::over_channel(suspend, journal);
        reopened.unwrap_or_else(|error| asking.fail(error));
        asking
    }

    fn over_channel(channel: impl Channel + 'static, journal: Arc<Journal>) -> Self {
        Self {
            channel: Box::new(channel),
            journal,
            failure: Mutex::default(),
            ended: AtomicBool::new(false),
        }
    }

    /// Why there is no answer once the request is over.
    fn over(&self) -> AskError {
        if self.has_ended() { AskError::detached() } else { AskError::over() }
    }

    /// Ends the request with an error, without the handler hearing of it.
    fn fail(&self, error: ProtocolError) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert(error);
    }

    fn take_failure(&self) -> Option<ProtocolError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Questions for Asking {
    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    fn ending(&self) -> Option<Result<Members, ProtocolError>> {
        // Something else may be going on that must not be broken off.
        let failure = if self.journal.is_busy() { None } else { self.take_failure() };
        let ending = failure.map(Err).or_else(|| self.channel.suspension());
        if ending.is_some() {
            self.ended.store(true, Ordering::Release);
        }
        ending
    }
}

/// Asks the client of a request.
async fn ask(cx: Context, question: Question) -> Result<Box<RawValue>, AskError> {
    if let Some(lacking) = question.lacking(&cx) {
        return Err(lacking);
    }
    if once::is_within_body() {
        return Err(AskError::within_once());
    }
    let asking = cx.asking();
    // Only now: who ends the request looks for questions after it has silenced it.
    if cx.exchange().channel.is_closed() {
        return Err(asking.over());
    }
    asking.channel.ask(&cx, question).await
}

/// Has a part of a request remember by itself what it does once. It cannot ask anything.
pub(crate) fn set_apart(exchange: &mut Exchange) {
    exchange.separate_questions();
    Asking::get_or_init(exchange, || Asking::over_channel(Mute, Arc::default()));
}

/// A way to nobody.
struct Mute;

impl Channel for Mute {
    fn ask(&self, _: &Context, _: Question) -> AnswerFuture {
        Box::pin(std::future::ready(Err(AskError::within_once())))
    }
}

/// Has the handler of a request stay parked while it waits for answers, which come by the mailbox.
#[cfg(feature = "testing")]
pub(crate) fn park(exchange: &Exchange) -> Mailbox {
    let journal = Arc::<Journal>::default();
    let mailbox = Mailbox::new(Arc::clone(&journal));
    Asking::get_or_init(exchange, || Asking::over_channel(mailbox.clone(), journal));
    mailbox
}

impl Context {
    /// What the request asks.
    fn asking(&self) -> &Asking {
        let exchange = self.exchange();
        Asking::get_or_init(exchange, || Asking::of(Arc::clone(self.host()), exchange))
    }
}
