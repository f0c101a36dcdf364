//! Questions as the result of a request: the client sends the request again with the answers.
//!
//! The server stores nothing in between. The journal of the call is sealed and stored by the client,
//! and the handler runs again from its beginning.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use mcp_core::json;
use mcp_core::jsonrpc::{ProtocolError, Raw};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::binding::Binding;
use super::error::AskError;
use super::journal::{Journal, JournalSnapshot};
use super::question::{Digest, Identity, Question};
use super::response;
use super::retry::{Retry, is_given};
use super::{AnswerFuture, Channel};
use crate::clock;
use crate::context::exchange::Exchange;
use crate::context::handle::Context;
use crate::context::host::{AskSettings, Host, Prepared};
use crate::context::members::Members;

/// The channel of a request whose questions suspend its handler.
pub(crate) struct Suspend(Arc<SuspendableRun>);

/// One run of a handler.
struct SuspendableRun {
    host: Arc<dyn Host>,
    binding: Binding,
    journal: Arc<Journal>,
    questions: Mutex<RunQuestions>,
}

/// Questions of one run.
#[derive(Default)]
struct RunQuestions {
    /// Answers in the request, by key.
    responses: HashMap<String, Box<RawValue>>,
    /// Identity of the question of each key; `None` for a request without state.
    identities: Option<HashMap<String, Identity>>,
    keys: HashSet<String>,
    open: Vec<OpenQuestion>,
    /// Error with which the request ends in place of the questions.
    failure: Option<ProtocolError>,
    is_suspended: bool,
    /// `true` if the state of the previous run waits for the key that opens it.
    is_sealed: bool,
}

/// A question without an answer.
struct OpenQuestion {
    key: String,
    identity: Identity,
    question: Question,
}

/// State of a question in one run.
enum Answered {
    With(Box<RawValue>),
    /// The question has to be asked, in this form.
    NotYet(Question),
}

/// State of a call, before it is sealed.
#[derive(Serialize, Deserialize)]
struct CallState {
    /// Time after which it is refused, in milliseconds since 1970.
    #[serde(rename = "e")]
    expires: u64,
    /// Key, digest and occurrence of each open question.
    #[serde(rename = "q")]
    questions: Vec<(String, [u8; 16], u32)>,
    #[serde(rename = "j")]
    journal: JournalSnapshot,
}

/// The error for every invalid state. It is always the same and does not disclose the reason.
fn not_accepted() -> ProtocolError {
    ProtocolError::invalid_params(
        "`requestState` is not accepted: it has expired or belongs to another request; send the \
         request again without `requestState` and `inputResponses`",
    )
}

impl Suspend {
    /// Creates the first run of a call.
    pub(crate) fn new(host: Arc<dyn Host>, binding: Binding, journal: Arc<Journal>) -> Self {
        let questions = Mutex::default();
        Self(Arc::new(SuspendableRun { host, binding, journal, questions }))
    }

    /// Restores the state of the previous run, unless that has to wait for the key of the state.
    ///
    /// # Errors
    /// `-32602` if the state does not belong to this call or has expired.
    pub(crate) fn restore(&self, retry: Retry<'_>) -> Result<(), ProtocolError> {
        let SuspendableRun { host, binding, journal, .. } = &*self.0;
        let mut questions = self.0.questions();
        let (responses, state) = (retry.responses.filter(is_given), retry.state.filter(is_given));
        // Missing answers are requested again.
        for (key, response) in responses.into_iter().flat_map(Raw::members) {
            if let Ok(response) = RawValue::from_string(response.as_str().to_owned()) {
                questions.responses.insert(key.into_owned(), response);
            }
        }
        responses.map_or(Ok(()), response::check_object)?;
        let Some(sealed) = state else { return Ok(()) };
        let sealed = sealed.string().ok_or_else(not_accepted)?;
        questions.is_sealed = !host.asking().sealer.is_ready();
        if questions.is_sealed {
            return Ok(());
        }
        let opened = host.asking().open(&sealed, binding.as_bytes()).ok_or_else(not_accepted)?;
        let opened: CallState = serde_json::from_slice(&opened).map_err(|_| not_accepted())?;
        if opened.expires <= now() {
            return Err(not_accepted());
        }
        journal.restore(opened.journal);
        let identities = opened.questions.into_iter().map(|(key, digest, occurrence)| {
            (key, Identity { digest: Digest(digest), occurrence })
        });
        // Answers are stored even if this run does not reach their questions.
        let identities: HashMap<_, _> = identities.collect();
        for (key, identity) in &identities {
            if let Some(response) = questions.responses.remove(key) {
                response::check(key, &response)?;
                journal.record(*identity, response);
            }
        }
        questions.identities = Some(identities);
        Ok(())
    }
}

impl AskSettings {
    fn open(&self, sealed: &str, bound_to: &[u8]) -> Option<Vec<u8>> {
        // An upper bound for the base64 of the longest state and its seal.
        let max_length = self.max_state.saturating_mul(2).saturating_add(256);
        self.sealer.open(Some(sealed).filter(|sealed| sealed.len() <= max_length)?, bound_to)
    }
}

fn now() -> u64 {
    clock::system_time().duration_since(UNIX_EPOCH).map_or(0, milliseconds)
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl SuspendableRun {
    fn questions(&self) -> MutexGuard<'_, RunQuestions> {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Error for a question whose handler has ended.
    fn ended(&self) -> AskError {
        if self.questions().is_suspended { AskError::detached() } else { AskError::over() }
    }

    /// The answer to a question, if there is a valid one; else the question to ask.
    ///
    /// # Errors
    /// The fault of the last answer, if the question was asked again too often. A later run gets the
    /// same error.
    fn answer(
        &self,
        identity: Identity,
        key: &str,
        question: Question,
    ) -> Result<Answered, AskError> {
        let given = self.journal.answer(identity).or_else(|| {
            let mut questions = self.questions();
            // Without a state, answers are identified by their keys alone.
            let by_key = questions.identities.is_none().then(|| questions.responses.remove(key));
            let by_key = by_key.flatten()?;
            match response::check(key, &by_key) {
                Ok(()) => Some(by_key),
                Err(error) => {
                    questions.failure = Some(error);
                    None
                }
            }
        });
        if let Some(answer) = given {
            match (question.check)(&answer) {
                Ok(()) => {
                    self.journal.record(identity, answer.clone());
                    return Ok(Answered::With(answer));
                }
                Err(reason) => {
                    tracing::debug!(key, reason, "an answer is invalid and is requested again");
                    self.journal.misfit(identity, &reason);
                }
            }
        }
        match self.journal.misfits(identity) {
            None => Ok(Answered::NotYet(question)),
            Some(misfits) if misfits.may_repeat() => {
                Ok(Answered::NotYet(question.again(&misfits.reason)))
            }
            Some(misfits) => Err(AskError::invalid(&misfits.reason)),
        }
    }

    fn claim_key(&self, preferred: String) -> String {
        let mut questions = self.questions();
        let mut key = preferred.clone();
        let mut count = 1;
        while !questions.keys.insert(key.clone()) {
            count += 1;
            key = format!("{preferred}-{count}");
        }
        key
    }

    fn sealed_state(&self, questions: &[OpenQuestion]) -> Result<String, ProtocolError> {
        let lifetime = milliseconds(self.host.asking().answer_timeout);
        let keys = questions.iter().map(|OpenQuestion { key, identity, .. }| {
            (key.clone(), identity.digest.0, identity.occurrence)
        });
        let state = CallState {
            expires: now().saturating_add(lifetime),
            questions: keys.collect(),
            journal: self.journal.snapshot(),
        };
        let mut text = Vec::new();
        json::value(&mut text, &state);
        let limit = self.host.asking().max_state;
        if text.len() > limit {
            return Err(too_large(text.len(), limit, &state.journal));
        }
        let sealed = self.host.asking().sealer.seal(&text, self.binding.as_bytes());
        sealed.ok_or_else(|| ProtocolError::internal("the state of the call cannot be sealed"))
    }

    fn members(&self, questions: &[OpenQuestion]) -> Result<Members, ProtocolError> {
        let state = self.sealed_state(questions)?;
        let mut members = Vec::with_capacity(state.len() + 256);
        json::members(&mut members, |result| {
            result.object("inputRequests", |requests| {
                for OpenQuestion { key, question, .. } in questions {
                    json::object(requests.entry(key), |request| question.write(request));
                }
            });
            result.value("requestState", &state);
        });
        let result_type = Some("input_required".into());
        Ok(Members { members: Bytes::from(members), result_type, ..Members::default() })
    }
}

fn too_large(size: usize, limit: usize, journal: &JournalSnapshot) -> ProtocolError {
    let (what, entry) = journal.largest().unwrap_or_else(|| ("a question".into(), 0));
    ProtocolError::internal(format!(
        "the state of this call has {size} bytes and may have {limit}; the largest entry is {what}, \
         of {entry} bytes; keep less in it, or raise `Server::max_request_state`"
    ))
}

impl Channel for Suspend {
    fn ask(&self, cx: &Context, question: Question) -> AnswerFuture {
        let run = Arc::clone(&self.0);
        let channel = cx.exchange().channel.clone();
        Box::pin(async move {
            if let Err(method) = &run.binding.method {
                return Err(AskError::method(method.as_str()));
            }
            let identity = run.journal.identify(question.digest);
            let key = run.claim_key(question.preferred_key());
            let question = match run.answer(identity, &key, question)? {
                Answered::With(answer) => return Ok(answer),
                Answered::NotYet(question) => question,
            };
            let _guard = OpenQuestionGuard { run: &run, identity };
            run.questions().open.push(OpenQuestion { key, identity, question });
            let sealer = &run.host.asking().sealer;
            if !sealer.is_ready()
                && let Err(error) = sealer.prepare().await
            {
                run.questions().failure.get_or_insert(error);
            }
            channel.handler().wake();
            // The handler is dropped here; only a task that it has spawned continues.
            channel.handler().ended().await;
            Err(run.ended())
        })
    }

    fn suspension(&self) -> Option<Result<Members, ProtocolError>> {
        let mut questions = self.0.questions();
        let waits = questions.failure.is_none() && !self.0.host.asking().sealer.is_ready();
        if questions.is_suspended || questions.open.is_empty() || waits {
            return None;
        }
        if !self.0.journal.close_if_idle() {
            return None;
        }
        questions.is_suspended = true;
        let open = std::mem::take(&mut questions.open);
        let failure = questions.failure.take();
        drop(questions);
        Some(failure.map_or_else(|| self.0.members(&open), Err))
    }

    fn unseal<'a>(&'a self, exchange: &'a Exchange) -> Option<Prepared<'a>> {
        self.0.questions().is_sealed.then(|| -> Prepared<'a> {
            Box::pin(async {
                self.0.host.asking().sealer.prepare().await?;
                self.restore(Retry::of(exchange))
            })
        })
    }
}

/// Withdraws a question when its future is dropped.
struct OpenQuestionGuard<'a> {
    run: &'a SuspendableRun,
    identity: Identity,
}

impl Drop for OpenQuestionGuard<'_> {
    fn drop(&mut self) {
        self.run.questions().open.retain(|open| open.identity != self.identity);
    }
}
