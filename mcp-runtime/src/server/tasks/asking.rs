//! Questions of tasks of 2025-11-25, as requests to a session of their client.
//!
//! They are sent with `tasks/result`. Some clients only look at a task with `tasks/get` until it ends; they
//! are asked through the messages of their session, if they read these.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use mcp_core::json::{self, Object};
use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::protocol::TaskStatus;
use serde_json::value::RawValue;
use tokio::task::{AbortHandle, JoinSet};

use super::access::store_failed;
use super::keys::Keys;
use super::methods::{load, record_answers};
use super::record::{Answer, OpenQuestion, TaskState};
use super::sink::RELATED_TASK;
use crate::ask::back_channel::ask_once;
use crate::ask::{AskError, AskErrorKind};
use crate::clock::Instant;
use crate::component::app::App;
use crate::context::request_channel::RequestChannel;
use crate::context::session::Session;
use crate::context::sink::NotificationSink;
use crate::store::batch::Batch;

/// Asks the questions of one task. Dropping it cancels those without an answer.
pub(super) struct TaskQuestions {
    session: Arc<Session>,
    channel: RequestChannel,
    timeout: Duration,
    /// Questions that were sent and are still open. The claims are kept beyond their answers.
    sent: HashMap<String, (AbortHandle, Claim)>,
    answers: JoinSet<Option<Answer>>,
}

impl TaskQuestions {
    /// Questions that are sent through the channel of a request.
    pub(super) fn with(app: &App, session: &Arc<Session>, channel: &RequestChannel) -> Self {
        Self {
            session: Arc::clone(session),
            channel: channel.clone(),
            timeout: app.asking.answer_timeout,
            sent: HashMap::new(),
            answers: JoinSet::new(),
        }
    }

    /// Questions that are sent as messages of the session.
    pub(super) fn posted(app: &App, session: &Arc<Session>) -> Self {
        let sink = PostSink { session: Arc::clone(session), away: Mutex::default() };
        Self::with(app, session, &RequestChannel::new(Arc::new(sink)))
    }

    /// Sends the questions that were not sent yet, and cancels those that are no longer open.
    pub(super) fn ask(&mut self, state: &TaskState) {
        self.sent.retain(|key, (asking, _)| {
            let is_open = state.questions.iter().any(|question| question.key == *key);
            if !is_open {
                asking.abort();
            }
            is_open
        });
        for question in &state.questions {
            if self.sent.contains_key(&question.key) {
                continue;
            }
            let Some(claim) = Claim::of(&self.session, &state.id, &question.key) else { continue };
            let (key, params) = (question.key.clone(), with_task(question, &state.id));
            let (session, channel) = (Arc::clone(&self.session), self.channel.clone());
            let (method, timeout) = (question.method.clone(), self.timeout);
            let asking = self.answers.spawn(async move {
                let asked = ask_once(&session, &channel, (&method, &params), timeout).await;
                answer(key, asked)
            });
            self.sent.insert(question.key.clone(), (asking, claim));
        }
    }

    /// Waits for a reply of the client. Returns `None` within if there is none, and `None` if no question
    /// was sent.
    pub(super) async fn next(&mut self) -> Option<Option<Answer>> {
        Some(self.answers.join_next().await?.unwrap_or_default())
    }
}

/// Asks the open questions of a task in a session whose client has looked at it. It then has the id of
/// the task, so it can relate the questions.
pub(super) fn ask_in_session(app: &Arc<App>, session: &Arc<Session>, state: TaskState) {
    if state.status != TaskStatus::InputRequired || !session.is_listening() {
        return;
    }
    if let Some(elsewhere) = session.elsewhere() {
        elsewhere.ask_for_task(&state.id);
        return;
    }
    let Some(claim) = Claim::of(session, &state.id, "") else { return };
    let app = Arc::clone(app);
    tokio::spawn(async move {
        if let Err(error) = ask_while_open(&app, &claim.session, state).await {
            tracing::warn!(%error, "the questions of a task cannot be asked");
        }
    });
}

/// Asks the open questions of a task in a session whose client has looked at it through another instance
/// of the server.
#[cfg(feature = "http")]
pub(crate) async fn ask_for(app: &Arc<App>, session: &Arc<Session>, id: &str) {
    match load(app, id).await {
        Ok(Some(found)) if found.state.is_core && session.is_listening_here() => {
            ask_in_session(app, session, found.state);
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the questions of a task cannot be asked"),
    }
}

async fn ask_while_open(
    app: &Arc<App>,
    session: &Arc<Session>,
    mut state: TaskState,
) -> Result<(), ProtocolError> {
    let topic = app.store.subscribe(&Keys(&state.id).topic()).await;
    let mut changes = topic.map_err(|error| store_failed(&error))?;
    let mut questions = TaskQuestions::posted(app, session);
    loop {
        match load(app, &state.id).await? {
            Some(found) if found.state.status == TaskStatus::InputRequired => state = found.state,
            _ => return Ok(()),
        }
        questions.ask(&state);
        tokio::select! {
            message = changes.next() => if message.is_none() { return Ok(()) },
            Some(answered) = questions.next() => match answered {
                Some(answer) => record_answers(app, &state, &[answer]).await?,
                None => {
                    drop(questions);
                    look_again(app, &state.id).await;
                    return Ok(());
                }
            },
            () = app.closing.cancelled() => return Ok(()),
        }
    }
}

/// The answer to a question, unless it may still come in another way.
fn answer(key: String, asked: Result<Box<RawValue>, AskError>) -> Option<Answer> {
    match asked {
        Ok(answer) => Some(Answer { key, answer: Some(answer), refusal: None }),
        Err(error) if error.kind() == AskErrorKind::Refused => {
            Some(Answer { key, answer: None, refusal: Some(error.to_string()) })
        }
        // It fits no question, so the question is asked again.
        Err(error) if error.kind() == AskErrorKind::Invalid => {
            Some(Answer { key, answer: Some(RawValue::NULL.to_owned()), refusal: None })
        }
        Err(error) => {
            tracing::debug!(%error, key, "no answer");
            None
        }
    }
}

/// Lets those who wait for a task look again.
pub(super) async fn look_again(app: &App, id: &str) {
    let batch = Batch::new().publish(Keys(id).topic(), Vec::new());
    if let Err(error) = app.store.commit(batch).await {
        tracing::warn!(task = id, error = %error.report(), "a change of a task cannot be published");
    }
}

/// The right to ask a question in a session. A user is not asked twice at the same time.
struct Claim {
    session: Arc<Session>,
    name: String,
}

impl Claim {
    fn of(session: &Arc<Session>, id: &str, key: &str) -> Option<Self> {
        let name = format!("{id}/{key}");
        let is_new = session.claim_question(&name);
        is_new.then(|| Self { session: Arc::clone(session), name })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.session.release_question(&self.name);
    }
}

/// Sends messages that belong to no request.
struct PostSink {
    session: Arc<Session>,
    /// Time since which the client does not read them.
    away: Mutex<Option<Instant>>,
}

impl NotificationSink for PostSink {
    fn notify(&self, message: Vec<u8>) -> bool {
        self.session.post(message)
    }

    fn deliver(&self, message: Vec<u8>) -> bool {
        self.session.post(message)
    }

    fn poll_ready(&self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    fn unread_since(&self) -> Option<Instant> {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        if self.session.is_listening() {
            *away = None;
            return None;
        }
        Some(*away.get_or_insert_with(Instant::now))
    }
}

/// The parameters of a question, with the task in their `_meta`.
fn with_task(question: &OpenQuestion, id: &str) -> String {
    let params = Raw::from_accepted(question.params.get());
    json::object_string(|out| {
        let mut given = None;
        for (key, value) in params.members() {
            match &*key {
                "_meta" => given = Some(value),
                key => copy(out, key, value),
            }
        }
        out.object("_meta", |meta| {
            for (key, value) in given.into_iter().flat_map(Raw::members) {
                copy(meta, &key, value);
            }
            meta.object(RELATED_TASK, |task| task.value("taskId", id));
        });
    })
}

/// Copies a member into an object.
pub(super) fn copy(object: &mut Object<'_>, key: &str, value: Raw<'_>) {
    object.entry(key).extend_from_slice(value.as_str().as_bytes());
}
