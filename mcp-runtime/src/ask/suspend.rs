//! Asking by a result: the request ends with its questions, and the client sends it again with
//! their answers.
//!
//! Nothing is kept here in between. What is known of the call travels to the client and back,
//! sealed, and the handler runs again from its beginning.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use mcp_core::json;
use mcp_core::jsonrpc::{ProtocolError, Raw};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::binding::Binding;
use super::error::AskError;
use super::journal::{Journal, Pages};
use super::question::{Digest, Identity, Question};
use super::retry::Retry;
use super::{AnswerFuture, Channel};
use crate::context::handle::Context;
use crate::context::host::{AskSettings, Host};
use crate::context::members::Members;

/// One run of a handler whose questions end it.
pub(crate) struct Suspend(Arc<Run>);

struct Run {
    host: Arc<dyn Host>,
    binding: Binding,
    journal: Arc<Journal>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The answers that came with the request, by key.
    responses: HashMap<String, Box<RawValue>>,
    /// Which question was asked under which key, if the request says so.
    asked: Option<HashMap<String, Identity>>,
    keys: HashSet<String>,
    waiting: Vec<Waiting>,
    is_over: bool,
}

/// A question without an answer.
struct Waiting {
    key: String,
    identity: Identity,
    question: Question,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Sealed {
    /// When it is no longer accepted, in milliseconds since 1970.
    #[serde(rename = "e")]
    expires: u64,
    /// Key, digest and occurrence of each question that waits.
    #[serde(rename = "q")]
    questions: Vec<(String, [u8; 16], u32)>,
    #[serde(rename = "j")]
    pages: Pages,
}

/// The one answer to every state that is not accepted, so that nobody learns why.
fn not_accepted() -> ProtocolError {
    ProtocolError::invalid_params(
        "`requestState` is not accepted: it has expired or belongs to another request; send the \
         request again without `requestState` and `inputResponses`",
    )
}

impl Suspend {
    /// A run that knows nothing of earlier ones.
    pub(crate) fn new(host: Arc<dyn Host>, binding: Binding, journal: Arc<Journal>) -> Self {
        let state = Mutex::default();
        Self(Arc::new(Run { host, binding, journal, state }))
    }

    /// Takes up what was known when the request was answered with questions.
    ///
    /// # Errors
    /// `-32602` if the state was not made for this call, or is too old.
    pub(crate) fn reopen(&self, retry: Retry<'_>) -> Result<(), ProtocolError> {
        let Run { host, binding, journal, .. } = &*self.0;
        let mut state = self.0.state();
        // Anything but an object holds no answers, and what is missing is asked again.
        for (key, response) in retry.responses.into_iter().flat_map(Raw::members) {
            if let Ok(response) = RawValue::from_string(response.as_str().to_owned()) {
                state.responses.insert(key.into_owned(), response);
            }
        }
        let sealed = retry.state.filter(|state| state.as_str() != "null");
        let Some(sealed) = sealed else { return Ok(()) };
        let sealed = sealed.string().ok_or_else(not_accepted)?;
        let opened = host.asking().open(&sealed, binding.as_bytes()).ok_or_else(not_accepted)?;
        let opened: Sealed = serde_json::from_slice(&opened).map_err(|_| not_accepted())?;
        if opened.expires <= now() {
            return Err(not_accepted());
        }
        journal.reopen(opened.pages);
        let asked = opened.questions.into_iter().map(|(key, digest, occurrence)| {
            (key, Identity { digest: Digest(digest), occurrence })
        });
        // Answers are kept although the handler may not come to their question in this run.
        let asked: HashMap<_, _> = asked.collect();
        for (key, identity) in &asked {
            if let Some(response) = state.responses.remove(key) {
                journal.record(*identity, response);
            }
        }
        state.asked = Some(asked);
        Ok(())
    }
}

impl AskSettings {
    fn open(&self, sealed: &str, bound_to: &[u8]) -> Option<Vec<u8>> {
        // No longer than what base64 makes of the longest, and the seal around it.
        let longest = self.max_state.saturating_mul(2).saturating_add(256);
        self.sealer.open(Some(sealed).filter(|sealed| sealed.len() <= longest)?, bound_to)
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, milliseconds)
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Run {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why there is no answer once the handler is gone.
    fn over(&self) -> AskError {
        if self.state().is_over { AskError::detached() } else { AskError::over() }
    }

    /// The answer to a question, if there is one that fits it.
    fn answer(&self, identity: Identity, key: &str, question: &Question) -> Option<Box<RawValue>> {
        let known = self.journal.answer(identity);
        let answer = known.or_else(|| {
            let mut state = self.state();
            // Without a state nothing says what was asked but the key itself.
            state.asked.is_none().then(|| state.responses.remove(key)).flatten()
        })?;
        match (question.check)(&answer) {
            Ok(()) => {
                self.journal.record(identity, answer.clone());
                Some(answer)
            }
            Err(because) => {
                tracing::debug!(key, because, "an answer does not fit and is asked for again");
                self.journal.strike(identity);
                None
            }
        }
    }

    fn claim_key(&self, wanted: String) -> String {
        let mut state = self.state();
        let mut key = wanted.clone();
        let mut count = 1;
        while !state.keys.insert(key.clone()) {
            count += 1;
            key = format!("{wanted}-{count}");
        }
        key
    }

    fn sealed_state(&self, questions: &[Waiting]) -> Result<String, ProtocolError> {
        let lifetime = milliseconds(self.host.asking().answer_timeout);
        let named = questions.iter().map(|waiting| {
            (waiting.key.clone(), waiting.identity.digest.0, waiting.identity.occurrence)
        });
        let sealed = Sealed {
            expires: now().saturating_add(lifetime),
            questions: named.collect(),
            pages: self.journal.pages(),
        };
        let mut text = Vec::new();
        json::value(&mut text, &sealed);
        let limit = self.host.asking().max_state;
        if text.len() > limit {
            return Err(too_large(text.len(), limit, &sealed.pages));
        }
        let sealed = self.host.asking().sealer.seal(&text, self.binding.as_bytes());
        sealed.ok_or_else(|| ProtocolError::internal("the state of the call cannot be sealed"))
    }

    fn members(&self, questions: &[Waiting]) -> Result<Members, ProtocolError> {
        let state = self.sealed_state(questions)?;
        let mut members = Vec::with_capacity(state.len() + 256);
        json::members(&mut members, |result| {
            result.object("inputRequests", |requests| {
                for Waiting { key, question, .. } in questions {
                    json::object(requests.entry(key), |request| question.write(request));
                }
            });
            result.value("requestState", &state);
        });
        let result_type = Some("input_required".into());
        Ok(Members { members: Bytes::from(members), result_type, ..Members::default() })
    }
}

fn too_large(size: usize, limit: usize, pages: &Pages) -> ProtocolError {
    let (what, entry) = pages.largest().unwrap_or_else(|| ("a question".into(), 0));
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
            let key = run.claim_key(question.wanted_key());
            if let Some(answer) = run.answer(identity, &key, &question) {
                return Ok(answer);
            }
            let _withdraw = Withdraw { run: &run, identity };
            run.state().waiting.push(Waiting { key, identity, question });
            channel.handler().wake();
            // The handler is dropped here. Only a task that it has spawned sees more than that.
            channel.handler().ended().await;
            Err(run.over())
        })
    }

    fn suspension(&self) -> Option<Result<Members, ProtocolError>> {
        let mut state = self.0.state();
        if state.is_over || state.waiting.is_empty() || !self.0.journal.close_if_idle() {
            return None;
        }
        state.is_over = true;
        let questions = std::mem::take(&mut state.waiting);
        drop(state);
        Some(self.0.members(&questions))
    }
}

/// Takes a question back that nobody waits for any more.
struct Withdraw<'a> {
    run: &'a Run,
    identity: Identity,
}

impl Drop for Withdraw<'_> {
    fn drop(&mut self) {
        self.run.state().waiting.retain(|waiting| waiting.identity != self.identity);
    }
}
