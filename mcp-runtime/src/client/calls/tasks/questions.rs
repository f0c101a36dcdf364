//! The questions of tasks: each is answered once, by the handlers of the client.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash as _, Hasher as _, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::protocol::{InputRequests, InputResponses};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::driver::{MAX_FAILURES, pause_after};
use super::remote::RemoteTask;
use crate::client::calls::rounds::answer_all;
use crate::client::error::Error;
use crate::client::message::JsonText;
use crate::read_json::read_json;
use crate::shorten::shorten;

/// Largest number of questions that a task may have open at the same time.
const MAX_OPEN: usize = 1000;

/// The questions that a handle of a task has seen.
#[derive(Default)]
pub(super) struct SeenQuestions {
    hasher: RandomState,
    /// By the hashes of their keys, so that their size is known.
    seen: Mutex<HashMap<u64, Seen>>,
}

struct Seen {
    /// Hash of the question.
    question: u64,
    progress: Progress,
}

/// Progress of answering a question.
enum Progress {
    /// A handler answers, or the answer is being sent.
    Claimed,
    /// The answer was not sent, because its request was given up.
    Answered(Value),
    Sent,
}

impl SeenQuestions {
    fn seen(&self) -> MutexGuard<'_, HashMap<u64, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Claims the questions of a report that nothing answers yet.
    ///
    /// # Errors
    /// [`Error::Protocol`] for too many questions, for one that cannot be read, and for a key that stood
    /// for another question before.
    fn claim(self: &Arc<Self>, requests: &JsonText) -> Result<Claims, Error> {
        let mut claims = Claims::new(self);
        for (index, (key, request)) in requests.raw().members().enumerate() {
            if index == MAX_OPEN {
                return Err(Error::protocol(format!(
                    "expected at most {MAX_OPEN} open questions of a task, got more"
                )));
            }
            let question = self.hash_of(request)?;
            let hash = self.hasher.hash_one(&*key);
            let mut seen = self.seen();
            match seen.get_mut(&hash) {
                Some(known) if known.question != question => {
                    return Err(Error::protocol(format!(
                        "expected a new key for another question of a task, got `{}` again",
                        shorten(&key)
                    )));
                }
                Some(known) => match std::mem::replace(&mut known.progress, Progress::Claimed) {
                    Progress::Answered(answer) => {
                        claims.answers.insert(key.clone().into_owned(), answer);
                        claims.hashes.insert(key.into_owned(), hash);
                    }
                    progress => known.progress = progress,
                },
                None => {
                    let request = read_json(request.as_str()).map_err(|error| {
                        Error::protocol(format!(
                            "expected a question that can be read, got another: {error}"
                        ))
                    })?;
                    seen.insert(hash, Seen { question, progress: Progress::Claimed });
                    claims.questions.insert(key.clone().into_owned(), request);
                    claims.hashes.insert(key.into_owned(), hash);
                }
            }
        }
        Ok(claims)
    }

    /// Hashes a question without its `_meta`, whatever the order of its members.
    fn hash_of(&self, request: Raw<'_>) -> Result<u64, Error> {
        let mut value: Value =
            request.parse().map_err(|error| Error::protocol(error.to_string()))?;
        if let Some(Value::Object(params)) = value.get_mut("params") {
            params.remove("_meta");
        }
        let mut hasher = self.hasher.build_hasher();
        hash(&value, &mut hasher);
        Ok(hasher.finish())
    }
}

fn hash(value: &Value, hasher: &mut impl std::hash::Hasher) {
    match value {
        Value::Array(elements) => {
            (0u8, elements.len()).hash(hasher);
            elements.iter().for_each(|element| hash(element, hasher));
        }
        Value::Object(members) => {
            (1u8, members.len()).hash(hasher);
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            for (name, value) in members {
                name.hash(hasher);
                hash(value, hasher);
            }
        }
        scalar => (2u8, scalar.to_string()).hash(hasher),
    }
}

/// Questions that one request answers. What it did not send when it is dropped is left to others.
struct Claims {
    all: Arc<SeenQuestions>,
    questions: InputRequests,
    answers: InputResponses,
    hashes: HashMap<String, u64>,
}

impl Claims {
    fn new(all: &Arc<SeenQuestions>) -> Self {
        Self {
            all: Arc::clone(all),
            questions: InputRequests::new(),
            answers: InputResponses::new(),
            hashes: HashMap::new(),
        }
    }

    /// Has the handlers answer, and sends the answers.
    async fn answer(mut self, task: RemoteTask) -> Result<(), Error> {
        let questions = std::mem::take(&mut self.questions);
        let handlers = &task.client.core.inbound.handlers;
        self.answers.extend(answer_all(handlers, questions).await?);
        let mut failures = 0;
        while let Err(error) = task.update(&self.answers).await {
            failures += 1;
            if failures > MAX_FAILURES || !task.is_transient(&error) {
                return Err(error);
            }
            tokio::time::sleep(pause_after(failures)).await;
        }
        self.answers.clear();
        let mut seen = self.all.seen();
        for (_, hash) in self.hashes.drain() {
            if let Some(seen) = seen.get_mut(&hash) {
                seen.progress = Progress::Sent;
            }
        }
        Ok(())
    }
}

impl Drop for Claims {
    fn drop(&mut self) {
        let mut seen = self.all.seen();
        for (key, hash) in self.hashes.drain() {
            match self.answers.remove(&key) {
                Some(answer) => {
                    if let Some(seen) = seen.get_mut(&hash) {
                        seen.progress = Progress::Answered(answer);
                    }
                }
                None => {
                    seen.remove(&hash);
                }
            }
        }
    }
}

/// The questions of a task that are being answered. Dropping it ends their handlers.
#[derive(Default)]
pub(super) struct Answering {
    running: JoinSet<Result<(), Error>>,
    /// Number of reports with new questions.
    rounds: u32,
    since: Option<Instant>,
}

impl Answering {
    /// Starts to answer the new questions of a report.
    ///
    /// # Errors
    /// [`Error::Protocol`] for questions that are not as the protocol demands,
    /// [`Error::TooManyRounds`] for too many.
    pub(super) fn start(
        &mut self,
        task: &RemoteTask,
        seen: &Arc<SeenQuestions>,
        requests: &JsonText,
    ) -> Result<(), Error> {
        let claims = seen.claim(requests)?;
        if claims.hashes.is_empty() {
            return Ok(());
        }
        if self.rounds == task.client.core.max_rounds {
            return Err(Error::TooManyRounds { answered: self.rounds });
        }
        self.rounds += 1;
        self.since.get_or_insert_with(Instant::now);
        self.running.spawn(claims.answer(task.clone()));
        Ok(())
    }

    /// Returns `true` while a handler of this client answers.
    pub(super) fn is_running(&self) -> bool {
        self.since.is_some()
    }

    /// Waits until questions are answered. Returns the time for which the server has waited, once none
    /// is being answered.
    pub(super) async fn next(&mut self) -> Result<Duration, Error> {
        let Some(answered) = self.running.join_next().await else {
            return std::future::pending().await;
        };
        let since = self.since.filter(|_| self.running.is_empty());
        if since.is_some() {
            self.since = None;
        }
        answered.map_err(|error| {
            Error::Handler(ProtocolError::internal(format!("the handler ended: {error}")))
        })??;
        Ok(since.map(|since| since.elapsed()).unwrap_or_default())
    }
}
