//! Questions of the server, until the page answers them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_runtime::ProtocolError;
use mcp_runtime::protocol::{CreateMessageResult, ElicitResult};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::Era;
use super::hub::Hub;
use crate::questions::REJECTED;

/// Maximum number of questions that are open at the same time.
const MAX_OPEN: usize = 100;

/// The open questions.
#[derive(Default)]
pub(super) struct Questions {
    next: AtomicU64,
    open: Mutex<BTreeMap<u64, Open>>,
}

struct Open {
    asked: Asked,
    answer: oneshot::Sender<Result<Value, ProtocolError>>,
}

/// A question, as the page gets it.
#[derive(Clone, Serialize)]
pub(super) struct Asked {
    id: u64,
    era: Era,
    kind: Kind,
    params: Box<RawValue>,
}

/// Kind of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Form,
    Url,
    Sampling,
}

/// Events about questions.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Event<'a> {
    Question { question: &'a Asked },
    QuestionClosed { id: u64 },
}

/// A question that is asked. It is withdrawn when this is dropped.
struct Asking {
    questions: Arc<Questions>,
    hub: Arc<Hub>,
    id: u64,
}

impl Questions {
    /// Shows a question in the page, and waits for the answer.
    pub(super) async fn ask<T: DeserializeOwned>(
        self: Arc<Self>,
        hub: Arc<Hub>,
        (era, kind): (Era, Kind),
        params: impl Serialize,
    ) -> Result<T, ProtocolError> {
        let internal = |error: serde_json::Error| ProtocolError::internal(error.to_string());
        let params = serde_json::value::to_raw_value(&params).map_err(internal)?;
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let asked = Asked { id, era, kind, params };
        let (sender, answer) = oneshot::channel();
        {
            let mut open = self.open();
            if open.len() >= MAX_OPEN {
                return Err(ProtocolError::internal("too many questions are open"));
            }
            open.insert(id, Open { asked: asked.clone(), answer: sender });
        }
        hub.send(&Event::Question { question: &asked });
        let _asking = Asking { questions: self, hub, id };
        let answer = answer.await;
        let answer = answer.map_err(|_| ProtocolError::internal("the inspector has ended"))??;
        serde_json::from_value(answer).map_err(internal)
    }

    /// Answers a question.
    ///
    /// # Errors
    /// The fault of the answer; `None` if there is no such question, or no longer.
    pub(super) fn answer(&self, id: u64, answer: Value) -> Result<(), Option<String>> {
        let mut open = self.open();
        let kind = open.get(&id).ok_or(None)?.asked.kind;
        let answer = if answer["decline"] == true && kind == Kind::Sampling {
            Err(ProtocolError::new(REJECTED, "the user declined the request"))
        } else {
            let fault = match kind {
                Kind::Form | Kind::Url => fault_in::<ElicitResult>(&answer),
                Kind::Sampling => fault_in::<CreateMessageResult>(&answer),
            };
            match fault {
                Some(fault) => return Err(Some(fault)),
                None => Ok(answer),
            }
        };
        if let Some(open) = open.remove(&id) {
            // The question was withdrawn if it is not received.
            let _ = open.answer.send(answer);
        }
        Ok(())
    }

    /// The open questions.
    pub(super) fn all(&self) -> Vec<Asked> {
        self.open().values().map(|open| open.asked.clone()).collect()
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.questions.open().remove(&self.id);
        self.hub.send(&Event::QuestionClosed { id: self.id });
    }
}

fn fault_in<T: DeserializeOwned>(answer: &Value) -> Option<String> {
    T::deserialize(answer).err().map(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn questions_are_answered_declined_and_withdrawn() {
        let (questions, hub) = (Arc::<Questions>::default(), Arc::<Hub>::default());
        let ask = |kind| {
            let asking = Arc::clone(&questions).ask::<Value>(
                Arc::clone(&hub),
                (Era::Modern, kind),
                json!({ "message": "?" }),
            );
            tokio::spawn(asking)
        };
        let opened = async |count: usize| {
            let opening = async {
                while questions.all().len() != count {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(std::time::Duration::from_secs(10), opening).await.unwrap();
        };
        let form = ask(Kind::Form);
        opened(1).await;
        let fault = questions.answer(0, json!({ "action": 7 })).unwrap_err();
        assert!(fault.is_some(), "the question stays open");
        questions.answer(0, json!({ "action": "decline" })).unwrap();
        assert_eq!(form.await.unwrap().unwrap(), json!({ "action": "decline" }));
        assert_eq!(questions.answer(0, json!({})), Err(None));

        let sampling = ask(Kind::Sampling);
        opened(1).await;
        questions.answer(1, json!({ "decline": true })).unwrap();
        assert_eq!(sampling.await.unwrap().unwrap_err().code, REJECTED);

        let withdrawn = ask(Kind::Url);
        opened(1).await;
        withdrawn.abort();
        opened(0).await;
    }
}
