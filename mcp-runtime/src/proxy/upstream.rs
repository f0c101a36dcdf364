//! Requests to an upstream server, in either way in which it may ask questions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use mcp_core::json::one_line;
use mcp_core::jsonrpc::{ErrorCode, ProtocolError, Raw};
use mcp_core::method::Method;
use mcp_core::protocol::InputResponses;
use mcp_core::protocol::meta::{BAGGAGE, TRACEPARENT, TRACESTATE};
use mcp_core::revision::Asks;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::logs;
use super::naming::Naming;
use super::upstream_call::{self, UpstreamCalls};
use crate::ask;
use crate::client::{
    CallOutcome, Client, Continuation, Error, JsonText, RequestOptions, with_answers,
};
use crate::component::resource::upstream_watch::UpstreamWatch;
use crate::component::tool::failure::ToolError;
use crate::context::handle::Context;
use crate::context::request_meta::forwarded_members;

/// An upstream server, with the naming of its components.
pub(crate) struct Upstream {
    pub(crate) client: Client,
    pub(crate) naming: Naming,
    pub(crate) calls: Arc<UpstreamCalls>,
    /// `true` if the session of the upstream server refuses to change its log level.
    pub(crate) is_log_level_fixed: AtomicBool,
    /// Number of subscription changes of this server that the upstream subscription includes.
    pub(crate) watch: Arc<UpstreamWatch>,
}

/// A result that asks for input, as the journal keeps it.
#[derive(Serialize, Deserialize)]
struct InputRound {
    questions: BTreeMap<String, InputQuestion>,
    state: Option<String>,
}

/// A question of an upstream server.
#[derive(Serialize, Deserialize)]
struct InputQuestion {
    method: String,
    /// Parameters as JSON.
    params: String,
}

/// End of a request, which the journal does not keep.
enum RequestEnd {
    Complete(JsonText),
    Failed(Error),
}

impl Upstream {
    pub(crate) fn new(client: Client, naming: Naming, watch: Arc<UpstreamWatch>) -> Self {
        let is_log_level_fixed = AtomicBool::new(false);
        Self { client, naming, calls: Arc::default(), is_log_level_fixed, watch }
    }

    /// Name of the server in messages.
    pub(crate) fn name(&self) -> &str {
        self.naming.0.as_deref().unwrap_or("the server behind this one")
    }

    /// Waits for the end of a connection that the client does not make again.
    pub(crate) async fn ended(&self) {
        let core = &self.client.core;
        if core.connector.restarts() {
            return std::future::pending().await;
        }
        core.current_connection().transport.ended().await;
    }

    /// Sends a request to the upstream server on behalf of a request to this one, and forwards the
    /// questions of the upstream server.
    ///
    /// # Errors
    /// The error of the upstream server; that it cannot be reached; or that a question has no answer.
    pub(crate) async fn request(
        self: &Arc<Self>,
        cx: &Context,
        method: Method,
        params: String,
    ) -> Result<JsonText, ToolError> {
        self.lower_log_level(cx).await;
        let asks = self.client.revision().facts().asks;
        match self.client.core.router() {
            _ if asks == Asks::RetryWithInput => self.in_rounds(cx, method, &params).await,
            Some(router) => upstream_call::run(self, router, cx, method, params).await,
            // Questions are answered by the handlers of the client.
            None => match self.attempt(cx, method, &params, &params).await {
                Ok(CallOutcome::Complete(result)) => Ok(result),
                Ok(CallOutcome::InputRequired(_)) => Err(unanswerable().into()),
                Err(error) => Err(self.failed(&error).into()),
            },
        }
    }

    /// Sends a request to a server that asks by its results. Each round is journaled, so that none is
    /// repeated when the handler runs again.
    async fn in_rounds(
        &self,
        cx: &Context,
        method: Method,
        params: &str,
    ) -> Result<JsonText, ToolError> {
        let max_rounds = self.client.core.max_rounds;
        let mut attempt = params.to_owned();
        for round in 0..=max_rounds {
            let input = cx.try_once(format!("proxy-{round}"), async || {
                match self.attempt(cx, method, params, &attempt).await {
                    Ok(CallOutcome::Complete(result)) => Err(RequestEnd::Complete(result)),
                    Ok(CallOutcome::InputRequired(it)) => {
                        Ok(InputRound { questions: questions(&it), state: it.request_state })
                    }
                    Err(error) => Err(RequestEnd::Failed(error)),
                }
            });
            let input = match input.await {
                Ok(input) => input,
                Err(RequestEnd::Complete(result)) => return Ok(result),
                Err(RequestEnd::Failed(error)) => return Err(self.failed(&error).into()),
            };
            let answers = answers(cx, &input.questions, round.into()).await?;
            attempt = next_attempt(params, &input, &answers);
        }
        Err(self.failed(&Error::TooManyRounds { answered: max_rounds }).into())
    }

    async fn attempt(
        &self,
        cx: &Context,
        method: Method,
        original: &str,
        attempt: &str,
    ) -> Result<CallOutcome<JsonText>, Error> {
        let mut options = self.options(cx, method, original);
        let progress_cx = cx.clone();
        options.on_progress = Some(Box::new(move |progress| {
            let message = progress.message.unwrap_or_default();
            progress_cx.progress(progress.progress, progress.total.unwrap_or_default(), message);
        }));
        let log_cx = cx.clone();
        options.on_log = logs::handler(cx, move |message| logs::forward(&log_cx, message));
        self.client.core.request_by_hand(method, original, attempt, &mut options).await
    }

    /// Options of an upstream request that derive from the request to this server.
    pub(crate) fn options(&self, cx: &Context, method: Method, params: &str) -> RequestOptions {
        let mut options = self.client.core.mirrored_options(method, params);
        if self.client.revision().facts().asks == Asks::RetryWithInput {
            options.capabilities = Some(ask::forwardable(cx));
        }
        self.request_logs(cx, &mut options);
        let trace = cx.trace_context();
        let members = [
            (TRACEPARENT, trace.traceparent()),
            (TRACESTATE, trace.tracestate()),
            (BAGGAGE, trace.baggage()),
        ];
        for (key, value) in members {
            if let Some(value) = value {
                options.meta.0.insert(key.to_owned(), Value::from(value));
            }
        }
        if let Some(meta) = cx.exchange().meta() {
            options.forwarded_meta = forwarded_members(meta, &members.map(|(key, _)| key));
        }
        options
    }

    /// Converts a failure into the error for the caller: the error of the upstream server, or a
    /// general one, whose cause is traced for the operator. Errors about headers and revisions are not
    /// forwarded: a client would relate them to its own connection.
    pub(crate) fn failed(&self, error: &Error) -> ProtocolError {
        const CONNECTION_ERRORS: [ErrorCode; 2] =
            [ErrorCode::HEADER_MISMATCH, ErrorCode::UNSUPPORTED_PROTOCOL_VERSION];
        let remote = error.remote().filter(|error| !CONNECTION_ERRORS.contains(&error.code));
        if let Some(error) = remote {
            return error.clone();
        }
        let name = self.name();
        tracing::error!(target: "mcp_runtime::proxy", upstream = name, error = %error.report(), "no result");
        ProtocolError::internal(match error {
            Error::Timeout { .. } => format!("{name} did not answer in time"),
            Error::TooManyRounds { .. } => format!("{name} went on asking"),
            Error::Protocol { .. } | Error::InvalidOutput { .. } => {
                format!("{name} gave no valid answer")
            }
            Error::Remote(_) => format!("{name} refuses how it is asked"),
            _ => format!("{name} cannot be reached"),
        })
    }

    /// Converts a result for our client.
    ///
    /// # Errors
    /// `-32603` if it is not a result of the method.
    pub(crate) fn forward<T>(
        &self,
        result: &JsonText,
        convert: impl FnOnce(Raw<'_>) -> Result<T, String>,
    ) -> Result<T, ProtocolError> {
        let text = one_line(result.as_str());
        convert(Raw::from_accepted(&text)).map_err(|message| self.failed(&Error::protocol(message)))
    }
}

/// Returns the questions of a result as they came.
fn questions(waiting: &Continuation) -> BTreeMap<String, InputQuestion> {
    let text = waiting.requests_text.as_ref();
    let members = text.into_iter().flat_map(|text| text.raw().members());
    let questions = members.map(|(key, question)| {
        let method = question.member("method").and_then(Raw::string).unwrap_or_default();
        let params = question.member("params").filter(|params| params.is_object());
        let params = params.map_or_else(|| "{}".into(), |params| one_line(params.as_str()));
        let (method, params) = (method.into_owned(), params.into_owned());
        (key.into_owned(), InputQuestion { method, params })
    });
    questions.collect()
}

/// Forwards all questions of one result to our client, concurrently.
async fn answers(
    cx: &Context,
    questions: &BTreeMap<String, InputQuestion>,
    round: u64,
) -> Result<InputResponses, ToolError> {
    let mut asked = Vec::with_capacity(questions.len());
    for (key, InputQuestion { method, params }) in questions {
        let method = Method::parse(method).ok_or_else(unanswerable)?;
        let key = key.clone();
        asked.push(Box::pin(async move {
            let answer = ask::forward(cx, method, params, Some(key.clone()), round).await?;
            let answer: Value = serde_json::from_str(&answer).map_err(|_| unanswerable())?;
            Ok::<_, ToolError>((key, answer))
        }));
    }
    all(asked).await
}

/// Polls several futures concurrently until all are ready or one fails.
async fn all<F>(mut running: Vec<std::pin::Pin<Box<F>>>) -> Result<InputResponses, ToolError>
where
    F: Future<Output = Result<(String, Value), ToolError>>,
{
    let mut answers = BTreeMap::new();
    std::future::poll_fn(|cx| {
        let mut failed = None;
        running.retain_mut(|one| match one.as_mut().poll(cx) {
            std::task::Poll::Pending => true,
            std::task::Poll::Ready(Ok((key, answer))) => {
                answers.insert(key, answer);
                false
            }
            std::task::Poll::Ready(Err(error)) => {
                failed = Some(error);
                false
            }
        });
        match failed {
            Some(error) => std::task::Poll::Ready(Err(error)),
            None if running.is_empty() => std::task::Poll::Ready(Ok(std::mem::take(&mut answers))),
            None => std::task::Poll::Pending,
        }
    })
    .await
}

fn next_attempt(params: &str, input: &InputRound, answers: &InputResponses) -> String {
    let answers = (!input.questions.is_empty()).then_some(answers);
    with_answers(params, answers, input.state.as_deref())
}

fn unanswerable() -> ProtocolError {
    ProtocolError::internal("the server behind this one asks a question that cannot be forwarded")
}

/// Returns `true` if an error means that there is no resource with this URI. Legacy revisions have an
/// error code for it; in the modern era the error contains the URI.
pub(crate) fn is_not_found(error: &ProtocolError, uri: &str) -> bool {
    let named = || error.data.as_ref()?.get("uri")?.as_str();
    error.code == ErrorCode::RESOURCE_NOT_FOUND
        || error.code == ErrorCode::INVALID_PARAMS && named() == Some(uri)
}

/// A member of the parameters of a request, without line breaks.
pub(crate) fn member(cx: &Context, name: &str) -> Option<String> {
    let value: Raw<'_> = cx.params()?.member(name)?;
    Some(one_line(value.as_str()).into_owned())
}
