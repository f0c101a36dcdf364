//! Results that ask for input: answered and tried again, or handed to the caller.
//!
//! Specification: [Multi round-trip requests](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr).

use std::sync::Arc;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::method::Method;
use mcp_core::protocol::{InputRequest, InputRequests, InputResponses};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::connect::json;
use super::core::{Core, Options};
use super::error::Error;
use super::exchange::with_member;
use super::handlers::Handlers;
use super::inbound::MOST_QUESTIONS;
use super::transport::Json;

/// What a request came to, where the caller answers what the server asks.
#[derive(Clone, Debug)]
pub enum Answered<T> {
    /// The result.
    Complete(T),
    /// The server asks for input. Answer it with [`Client::resume`](super::Client::resume).
    InputRequired(Continuation),
}

/// A request that waits for input: what is needed to finish it, in this process or another.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Continuation {
    /// What the server asks, by the keys under which it wants the answers.
    #[serde(default)]
    pub input_requests: InputRequests,
    /// What was asked of the server.
    pub(crate) method: String,
    pub(crate) params: Box<RawValue>,
    /// What the server gave to be returned as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request_state: Option<String>,
}

impl Continuation {
    /// A request that was answered with questions and with what to return.
    pub(crate) fn new(
        method: Method,
        params: &str,
        input_requests: InputRequests,
        request_state: Option<String>,
    ) -> Result<Self, Error> {
        let params = RawValue::from_string(params.to_owned())
            .map_err(|error| Error::Argument(error.to_string()))?;
        Ok(Self { input_requests, method: method.as_str().to_owned(), params, request_state })
    }

    pub(crate) fn method(&self) -> Result<Method, Error> {
        let method = Method::parse(&self.method).filter(|method| method.may_ask());
        method.ok_or_else(|| {
            Error::Argument(format!("`{}` is no request that can be continued", self.method))
        })
    }

    /// The parameters of the next attempt.
    pub(crate) fn with_answers(&self, answers: &InputResponses) -> String {
        let state = self.request_state.as_deref();
        next_attempt(self.params.get(), (!self.input_requests.is_empty()).then_some(answers), state)
    }
}

/// Parameters with what the server asked for and what it wants back, which concern this one
/// request and no other.
fn next_attempt(params: &str, answers: Option<&InputResponses>, state: Option<&str>) -> String {
    let mut next = params.to_owned();
    if let Some(answers) = answers {
        next = with_member(&next, &format!(r#""inputResponses":{}"#, json(answers)));
    }
    if let Some(state) = state {
        next = with_member(&next, &format!(r#""requestState":{}"#, json(state)));
    }
    next
}

/// What a result says about itself.
enum Outcome {
    Complete,
    InputRequired(InputRequests, Option<String>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asking {
    #[serde(default)]
    input_requests: Option<InputRequests>,
    #[serde(default)]
    request_state: Option<String>,
}

fn outcome(result: &Json) -> Result<Outcome, Error> {
    let kind = result.raw().member("resultType").and_then(Raw::string);
    match kind.as_deref() {
        None | Some("complete") => Ok(Outcome::Complete),
        Some("input_required") => {
            let asking: Asking = serde_json::from_str(result.as_str()).map_err(|error| {
                Error::protocol(format!("expected questions that can be read, got others: {error}"))
            })?;
            if asking.input_requests.is_none() && asking.request_state.is_none() {
                return Err(Error::protocol(
                    "expected `inputRequests` or `requestState` with `input_required`, got neither",
                ));
            }
            Ok(Outcome::InputRequired(
                asking.input_requests.unwrap_or_default(),
                asking.request_state,
            ))
        }
        Some(other) => Err(Error::protocol(format!(
            "expected a result that is complete or asks for input, got one of type `{other}`"
        ))),
    }
}

/// The result of a request for which nothing can be asked back.
///
/// # Errors
/// [`Error::Protocol`] for a result of another type, which must not be taken for one.
pub(crate) fn completed(method: Method, result: Json) -> Result<Json, Error> {
    match outcome(&result)? {
        Outcome::Complete => Ok(result),
        Outcome::InputRequired(..) => Err(Error::protocol(format!(
            "expected the result of `{method}`, which asks for no input, got questions"
        ))),
    }
}

impl Core {
    /// Asks and answers until there is a result. The second part says whether nothing was asked
    /// back, so that the result depends on the parameters alone.
    pub(crate) async fn complete(
        self: &Arc<Self>,
        method: Method,
        params: &str,
        options: &mut Options,
    ) -> Result<(Json, bool), Error> {
        let mut attempt = params.to_owned();
        for round in 0..=self.max_rounds {
            let result = self.request_mirrored(method, &attempt, options).await?;
            let (questions, state) = match outcome(&result)? {
                Outcome::Complete => return Ok((result, round == 0)),
                Outcome::InputRequired(questions, state) => (questions, state),
            };
            let answers = if questions.is_empty() {
                None
            } else {
                let asked = Instant::now();
                let answers = answer_all(&self.inbound.handlers, questions).await?;
                if let Some(clock) = &mut options.clock {
                    clock.paused += asked.elapsed();
                }
                Some(answers)
            };
            attempt = next_attempt(params, answers.as_ref(), state.as_deref());
        }
        Err(Error::Rounds { answered: self.max_rounds })
    }

    /// Asks once and leaves answering to the caller.
    pub(crate) async fn by_hand(
        self: &Arc<Self>,
        method: Method,
        original: &str,
        attempt: &str,
        options: &mut Options,
    ) -> Result<Answered<Json>, Error> {
        let result = self.request_mirrored(method, attempt, options).await?;
        match outcome(&result)? {
            Outcome::Complete => Ok(Answered::Complete(result)),
            Outcome::InputRequired(input_requests, request_state) => {
                Continuation::new(method, original, input_requests, request_state)
                    .map(Answered::InputRequired)
            }
        }
    }
}

/// Answers the questions of one result, many at the same time. Dropping the future ends the
/// handlers.
async fn answer_all(
    handlers: &Arc<Handlers>,
    questions: InputRequests,
) -> Result<InputResponses, Error> {
    let mut running = JoinSet::new();
    let mut questions = questions.into_iter();
    let mut answers = InputResponses::new();
    loop {
        for (key, question) in questions.by_ref().take(MOST_QUESTIONS - running.len()) {
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
        InputRequest::Elicit(params) => (Method::Elicit, json(params)),
        InputRequest::CreateMessage(params) => (Method::CreateMessage, json(params)),
        InputRequest::ListRoots(params) => (Method::RootsList, json(params)),
        other => {
            return Err(Error::protocol(format!(
                "expected questions to the user, the model or for roots, got {}",
                super::transport::excerpt(&json(other))
            )));
        }
    };
    let answer = handlers.question(method, Raw::from_accepted(&params)).await;
    let answer = answer.map_err(Error::Handler)?;
    serde_json::from_str(&answer).map_err(|error| {
        Error::Handler(ProtocolError::internal(format!("the answer cannot be written: {error}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_carries_what_was_asked_for_and_nothing_else() {
        let answers = InputResponses::from([("a".to_owned(), Value::from(1))]);
        let params = r#"{"name":"t"}"#;
        assert_eq!(
            next_attempt(params, Some(&answers), Some("st\"ate")),
            r#"{"name":"t","inputResponses":{"a":1},"requestState":"st\"ate"}"#
        );
        assert_eq!(next_attempt(params, None, Some("")), r#"{"name":"t","requestState":""}"#);
        assert_eq!(
            next_attempt(params, Some(&answers), None),
            r#"{"name":"t","inputResponses":{"a":1}}"#
        );
    }

    #[test]
    fn results_say_what_they_are() {
        let check = |text: &str| outcome(&Json::of(Raw::from_accepted(text)));
        assert!(matches!(check("{}"), Ok(Outcome::Complete)));
        assert!(matches!(check(r#"{"resultType":"complete"}"#), Ok(Outcome::Complete)));
        let asking = r#"{"resultType":"input_required","requestState":"s"}"#;
        assert!(matches!(check(asking), Ok(Outcome::InputRequired(_, Some(_)))));
        assert!(check(r#"{"resultType":"input_required"}"#).is_err());
        assert!(check(r#"{"resultType":"task"}"#).is_err());
    }
}
