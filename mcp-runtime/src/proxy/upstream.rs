//! One request to the other server, in whichever way it asks back.

use std::collections::BTreeMap;
use std::sync::Arc;

use mcp_core::jsonrpc::{ErrorCode, ProtocolError, Raw};
use mcp_core::method::Method;
use mcp_core::protocol::{InputRequest, InputRequests, InputResponses, Meta};
use mcp_core::revision::Asks;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::flight::{Flights, fly};
use super::logs::{self, KeepsItsLevel};
use super::naming::Naming;
use crate::ask;
use crate::client::{CallOutcome, Client, Error, JsonText, RequestOptions, with_answers};
use crate::component::resource::upstream_watch::UpstreamWatch;
use crate::component::tool::failure::ToolError;
use crate::context::handle::Context;

/// The other server, and what its components are called here.
pub(crate) struct Upstream {
    pub(crate) client: Client,
    pub(crate) naming: Naming,
    pub(crate) flights: Arc<Flights>,
    pub(crate) keeps_its_level: KeepsItsLevel,
    /// Up to where it follows what is watched here.
    pub(crate) watch: Arc<UpstreamWatch>,
}

/// What a request came to before it was over.
#[derive(Serialize, Deserialize)]
struct Waiting {
    questions: InputRequests,
    state: Option<String>,
}

/// How a request ended.
enum End {
    Done(JsonText),
    Failed(Error),
}

impl Upstream {
    /// Asks the other server on behalf of a request to this one, and passes on what it asks back.
    ///
    /// # Errors
    /// The error of the other server as it is; that it cannot be reached; or that what it asks has
    /// no answer.
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
            Some(router) => fly(self, router, cx, method, params).await,
            // What is asked is answered by the handlers of the client.
            None => match self.attempt(cx, method, &params, &params).await {
                Ok(CallOutcome::Complete(result)) => Ok(result),
                Ok(CallOutcome::InputRequired(_)) => Err(unanswerable().into()),
                Err(error) => Err(self.failed(&error).into()),
            },
        }
    }

    /// The other server asks by results. What it was told already is remembered with the call, so
    /// that it is asked nothing twice when the handler runs again.
    async fn in_rounds(
        &self,
        cx: &Context,
        method: Method,
        params: &str,
    ) -> Result<JsonText, ToolError> {
        let most = self.client.core.max_rounds;
        let mut attempt = params.to_owned();
        for round in 0..=most {
            let waiting = cx.try_once(format!("proxy-{round}"), async || {
                match self.attempt(cx, method, params, &attempt).await {
                    Ok(CallOutcome::Complete(result)) => Err(End::Done(result)),
                    Ok(CallOutcome::InputRequired(it)) => {
                        Ok(Waiting { questions: it.input_requests, state: it.request_state })
                    }
                    Err(error) => Err(End::Failed(error)),
                }
            });
            let waiting = match waiting.await {
                Ok(waiting) => waiting,
                Err(End::Done(result)) => return Ok(result),
                Err(End::Failed(error)) => return Err(self.failed(&error).into()),
            };
            let answers = answers(cx, &waiting.questions, round.into()).await?;
            attempt = next_attempt(params, &waiting, &answers);
        }
        Err(self.failed(&Error::TooManyRounds { answered: most }).into())
    }

    async fn attempt(
        &self,
        cx: &Context,
        method: Method,
        original: &str,
        attempt: &str,
    ) -> Result<CallOutcome<JsonText>, Error> {
        let mut options = self.options(cx, method, original);
        let told = cx.clone();
        options.on_progress = Some(Box::new(move |progress| {
            let message = progress.message.unwrap_or_default();
            told.progress(progress.progress, progress.total.unwrap_or_default(), message);
        }));
        let told = cx.clone();
        options.on_log = logs::hearing(cx, move |message| logs::tell(&told, message));
        self.client.core.request_by_hand(method, original, attempt, &mut options).await
    }

    /// What a request to the other server takes over from the request to this one.
    pub(crate) fn options(&self, cx: &Context, method: Method, params: &str) -> RequestOptions {
        let mut options = self.client.core.mirrored_options(method, params);
        if self.client.revision().facts().asks == Asks::RetryWithInput {
            options.capabilities = Some(ask::askable(cx));
        }
        self.want_logs(cx, &mut options);
        let trace = cx.trace_context();
        let members = [
            ("traceparent", trace.traceparent()),
            ("tracestate", trace.tracestate()),
            ("baggage", trace.baggage()),
        ];
        for (key, value) in members {
            if let Some(value) = value {
                options.meta.0.insert(key.to_owned(), Value::from(value));
            }
        }
        options
    }

    /// What the caller is told of a failure: the error of the other server, or that there was no
    /// answer. The rest is for whoever runs this server, and so is what the other server finds
    /// wrong with how it was asked: a client would take it for a word on its own connection.
    pub(crate) fn failed(&self, error: &Error) -> ProtocolError {
        const OF_THE_CONNECTION: [ErrorCode; 2] =
            [ErrorCode::HEADER_MISMATCH, ErrorCode::UNSUPPORTED_PROTOCOL_VERSION];
        let remote = error.remote().filter(|error| !OF_THE_CONNECTION.contains(&error.code));
        if let Some(error) = remote {
            return error.clone();
        }
        let name = self.naming.0.as_deref().unwrap_or("the server behind this one");
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

    /// Reads a result.
    ///
    /// # Errors
    /// `-32603` if it is none of the method.
    pub(crate) fn read<T: DeserializeOwned>(&self, result: &JsonText) -> Result<T, ProtocolError> {
        serde_json::from_str(result.as_str())
            .map_err(|error| self.failed(&Error::protocol(error.to_string())))
    }
}

/// Asks our client everything that one result asks, at once.
async fn answers(
    cx: &Context,
    questions: &InputRequests,
    round: u64,
) -> Result<InputResponses, ToolError> {
    let mut asked = Vec::with_capacity(questions.len());
    for (key, question) in questions {
        let (method, params) = match question {
            InputRequest::Elicit(params) => (Method::Elicit, serde_json::to_string(params)),
            InputRequest::CreateMessage(params) => {
                (Method::CreateMessage, serde_json::to_string(params))
            }
            InputRequest::ListRoots(params) => (Method::RootsList, serde_json::to_string(params)),
            _ => return Err(unanswerable().into()),
        };
        let params = params.map_err(|_| unanswerable())?;
        let key = key.clone();
        asked.push(Box::pin(async move {
            let answer = ask::pass_on(cx, method, &params, Some(key.clone()), round).await?;
            let answer: Value = serde_json::from_str(&answer).map_err(|_| unanswerable())?;
            Ok::<_, ToolError>((key, answer))
        }));
    }
    all(asked).await
}

/// Waits for all of several futures, which are begun together.
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

fn next_attempt(params: &str, waiting: &Waiting, answers: &InputResponses) -> String {
    let answers = (!waiting.questions.is_empty()).then_some(answers);
    with_answers(params, answers, waiting.state.as_deref())
}

fn unanswerable() -> ProtocolError {
    ProtocolError::internal("the server behind this one asks what cannot be passed on")
}

/// JSON text in one line: it may have come over HTTP and go on to a pipe.
pub(crate) fn one_line(json: &str) -> String {
    // Within a string of JSON there is no line break.
    json.replace(['\n', '\r'], " ")
}

/// Leaves out of metadata what the other server says of itself.
pub(crate) fn without_server_info(meta: Option<Meta>) -> Option<Meta> {
    let mut meta = meta?;
    meta.0.remove(mcp_core::protocol::meta::SERVER_INFO);
    Some(meta).filter(|meta| !meta.0.is_empty())
}

/// Whether the other server says that there is nothing at a URI: revisions up to 2025-11-25 have a
/// code for it, the modern one names the URI.
pub(crate) fn says_not_found(error: &ProtocolError, uri: &str) -> bool {
    let named = || error.data.as_ref()?.get("uri")?.as_str();
    error.code == ErrorCode::RESOURCE_NOT_FOUND
        || error.code == ErrorCode::INVALID_PARAMS && named() == Some(uri)
}

/// A member of the parameters of a request, in one line.
pub(crate) fn member(cx: &Context, name: &str) -> Option<String> {
    let value: Raw<'_> = cx.params()?.member(name)?;
    Some(one_line(value.as_str()))
}
