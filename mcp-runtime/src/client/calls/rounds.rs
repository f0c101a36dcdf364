//! Results that ask for input, and the answers to them.
//!
//! Specification: [Multi round-trip requests](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr).

use std::sync::Arc;

use mcp_core::json;
use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::method::Method;
use mcp_core::protocol::{InputRequest, InputRequests, InputResponses, TASKS_EXTENSION};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::client::connection::envelope::with_member;
use crate::client::core::{Core, RequestOptions};
use crate::client::error::Error;
use crate::client::handlers::Handlers;
use crate::client::inbound::MAX_QUESTIONS;
use crate::client::message::{JsonText, excerpt, to_json};
use crate::read_json::read_json;

/// The outcome of a request whose caller answers the questions of the server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CallOutcome<T> {
    /// The result.
    Complete(T),
    /// The server asks for input. Answer it with [`Client::resume`](crate::client::Client::resume).
    InputRequired(Continuation),
}

impl<T> CallOutcome<T> {
    /// Returns the result of a request that cannot ask for input.
    ///
    /// # Errors
    /// [`Error::Protocol`] if the server asks for input.
    pub(crate) fn complete(self) -> Result<T, Error> {
        match self {
            Self::Complete(result) => Ok(result),
            Self::InputRequired(waiting) => Err(Error::protocol(format!(
                "expected the result of `{}`, which asks for no input, got questions",
                waiting.method
            ))),
        }
    }

    pub(crate) fn try_map<U>(
        self,
        map: impl FnOnce(T) -> Result<U, Error>,
    ) -> Result<CallOutcome<U>, Error> {
        Ok(match self {
            Self::Complete(result) => CallOutcome::Complete(map(result)?),
            Self::InputRequired(waiting) => CallOutcome::InputRequired(waiting),
        })
    }
}

/// A request that waits for input. It can be serialised and finished in another process.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Continuation {
    /// Questions of the server, by the keys for their answers.
    #[serde(default)]
    pub input_requests: InputRequests,
    /// Method of the request.
    pub(crate) method: String,
    /// Parameters of the request.
    pub(crate) params: Box<RawValue>,
    /// State that the server wants returned unchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request_state: Option<String>,
    /// The questions as they came; absent once the continuation was serialised.
    #[serde(skip)]
    pub(crate) requests_text: Option<JsonText>,
}

impl Continuation {
    pub(crate) fn new(method: &str, params: &str, input: InputRequired) -> Result<Self, Error> {
        let params = RawValue::from_string(params.to_owned())
            .map_err(|error| Error::argument(error.to_string()))?;
        let InputRequired { input_requests, request_state, requests_text } = input;
        let input_requests = input_requests.unwrap_or_default();
        let method = method.to_owned();
        Ok(Self { input_requests, method, params, request_state, requests_text })
    }

    /// Returns the method.
    ///
    /// # Errors
    /// [`Error::Argument`] for a method whose results cannot ask for input.
    pub(crate) fn method(&self) -> Result<Method, Error> {
        let method = Method::parse(&self.method).filter(|method| method.may_ask());
        method.ok_or_else(|| {
            Error::argument(format!("`{}` is no request that can be continued", self.method))
        })
    }

    /// Writes the parameters of the next attempt.
    pub(crate) fn answered(&self, answers: &InputResponses) -> String {
        let answers = (!self.input_requests.is_empty()).then_some(answers);
        with_answers(self.params.get(), answers, self.request_state.as_deref())
    }
}

/// The type of a result, with the questions of one that asks for input.
pub(crate) enum ResultType {
    Complete,
    InputRequired(InputRequired),
}

/// The members of a result that asks for input.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InputRequired {
    #[serde(default)]
    pub(crate) input_requests: Option<InputRequests>,
    #[serde(default)]
    pub(crate) request_state: Option<String>,
    /// The questions as they came.
    #[serde(skip)]
    pub(crate) requests_text: Option<JsonText>,
}

impl ResultType {
    /// Reads the type of a result.
    ///
    /// # Errors
    /// [`Error::Protocol`] for another type, for a result that asks for input without questions and
    /// without a state, and for a task unless `accepts_tasks` is set.
    pub(super) fn of(result: &JsonText, accepts_tasks: bool) -> Result<Self, Error> {
        let Some(given) = result.raw().member("resultType") else { return Ok(Self::Complete) };
        match given.string().as_deref() {
            Some("complete") => Ok(Self::Complete),
            // Its caller reads it as a task.
            Some("task") if accepts_tasks => Ok(Self::Complete),
            Some("task") => Err(Error::protocol(format!(
                "expected a result, because this request did not declare the extension \
                 `{TASKS_EXTENSION}`, got a task; use `Client::call(…).as_task()` for tools that run \
                 as tasks"
            ))),
            Some("input_required") => {
                let mut input: InputRequired = read_json(result.as_str()).map_err(|error| {
                    Error::protocol(format!(
                        "expected questions that can be read, got others: {error}"
                    ))
                })?;
                if input.input_requests.is_none() && input.request_state.is_none() {
                    return Err(Error::protocol(
                        "expected `inputRequests` or `requestState` with `input_required`, got neither",
                    ));
                }
                input.requests_text = result.raw().member("inputRequests").map(JsonText::of);
                Ok(Self::InputRequired(input))
            }
            _ => Err(Error::protocol(format!(
                "expected a result that is complete or asks for input, got one of type {}",
                excerpt(given.as_str())
            ))),
        }
    }
}

impl InputRequired {
    /// Has handlers of the client answer, and writes the parameters of the next attempt. The time
    /// that this takes does not count for the request.
    pub(super) async fn answer(
        self,
        core: &Core,
        params: &str,
        options: &mut RequestOptions,
    ) -> Result<String, Error> {
        let questions = self.input_requests.filter(|questions| !questions.is_empty());
        let answers = match questions {
            Some(questions) => {
                let started = Instant::now();
                let answers = answer_all(&core.inbound.handlers, questions).await?;
                if let Some(clock) = &mut options.clock {
                    clock.paused += started.elapsed();
                }
                Some(answers)
            }
            None => None,
        };
        Ok(with_answers(params, answers.as_ref(), self.request_state.as_deref()))
    }
}

/// Adds answers and state to parameters. Both belong to one attempt only.
pub(crate) fn with_answers(
    params: &str,
    answers: Option<&InputResponses>,
    state: Option<&str>,
) -> String {
    let mut next = params.to_owned();
    if let Some(answers) = answers {
        next = with_member(&next, "inputResponses", |out| json::value(out, answers));
    }
    if let Some(state) = state {
        next = with_member(&next, "requestState", |out| json::value(out, state));
    }
    next
}

/// Has handlers answer the questions of one result, several at the same time.
///
/// # Cancel safety
/// Dropping the future ends the handlers.
pub(super) async fn answer_all(
    handlers: &Arc<Handlers>,
    questions: InputRequests,
) -> Result<InputResponses, Error> {
    let mut running = JoinSet::new();
    let mut questions = questions.into_iter();
    let mut answers = InputResponses::new();
    loop {
        for (key, question) in questions.by_ref().take(MAX_QUESTIONS - running.len()) {
            let handlers = Arc::clone(handlers);
            running.spawn(async move { (key, answer(&handlers, question).await) });
        }
        let Some(answered) = running.join_next().await else { return Ok(answers) };
        let (key, answer) = answered.map_err(|error| {
            Error::Handler(ProtocolError::internal(format!("the handler ended: {error}")))
        })?;
        answers.insert(key, answer?);
    }
}

async fn answer(handlers: &Handlers, question: InputRequest) -> Result<Value, Error> {
    let (method, params) = match &question {
        InputRequest::Elicit(params) => (Method::Elicit, to_json(params)),
        InputRequest::CreateMessage(params) => (Method::CreateMessage, to_json(params)),
        InputRequest::ListRoots(params) => (Method::RootsList, to_json(params)),
        other => {
            return Err(Error::protocol(format!(
                "expected questions to the user, the model or for roots, got {}",
                excerpt(&to_json(other))
            )));
        }
    };
    let answer = handlers.answer(method, Raw::from_accepted(&params)).await;
    let answer = answer.map_err(Error::Handler)?;
    serde_json::from_str(&answer).map_err(|error| {
        Error::Handler(ProtocolError::internal(format!("the answer cannot be written: {error}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_carries_the_answers_and_the_state() {
        let answers = InputResponses::from([("a".to_owned(), Value::from(1))]);
        let params = r#"{"name":"t"}"#;
        assert_eq!(
            with_answers(params, Some(&answers), Some("st\"ate")),
            r#"{"name":"t","inputResponses":{"a":1},"requestState":"st\"ate"}"#
        );
        assert_eq!(with_answers(params, None, Some("")), r#"{"name":"t","requestState":""}"#);
        assert_eq!(
            with_answers(params, Some(&answers), None),
            r#"{"name":"t","inputResponses":{"a":1}}"#
        );
    }

    #[test]
    fn results_have_a_type() {
        let check = |text: &str| ResultType::of(&JsonText::of(Raw::from_accepted(text)), false);
        assert!(matches!(check("{}"), Ok(ResultType::Complete)));
        assert!(matches!(check(r#"{"resultType":"complete"}"#), Ok(ResultType::Complete)));
        let asking = r#"{"resultType":"input_required","requestState":"s"}"#;
        assert!(matches!(check(asking), Ok(ResultType::InputRequired(_))));
        assert!(check(r#"{"resultType":"input_required"}"#).is_err());
        for invalid in [r#""task""#, "null", r#""""#, "1", "[]"] {
            assert!(check(&format!(r#"{{"resultType":{invalid}}}"#)).is_err(), "{invalid}");
        }
        let task = JsonText::of(Raw::from_accepted(r#"{"resultType":"task"}"#));
        assert!(matches!(ResultType::of(&task, true), Ok(ResultType::Complete)));
    }
}
