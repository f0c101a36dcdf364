//! Handlers of a client: they answer the questions of a server and receive its notifications.
//!
//! One set serves both eras. A question that arrives as a request of a session and one that arrives
//! in a result of type `input_required` both go through [`Handlers::answer`].

mod conversation;
mod form_answer;
mod handler;
mod listed_roots;
mod router;
mod url_elicitations;

use std::fmt;
use std::sync::Arc;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::method::{ClientCapability, Method};
use mcp_core::protocol::{
    ClientCapabilities, CreateMessageParams, CreateMessageResult, ElicitAction, ElicitFormParams,
    ElicitParams, ElicitResult, ElicitUrlParams, ElicitationCapability, ElicitationCompleteParams,
    ListRootsResult, LoggingMessageParams, Root, RootsCapability, SamplingCapability, Settings,
    TASKS_EXTENSION,
};
use mcp_core::revision::Revision;
use serde::Serialize;

use super::event::Event;
use super::message::BoxFuture;
use crate::client::wire::OnMessage;
use crate::read_json::read_json;
use crate::shorten::{reason, shorten};
use conversation::Offer;

pub use handler::Handler;
pub(crate) use router::{Caller, Question, QuestionRouter};
use url_elicitations::PendingUrlElicitations;

/// The return type of a handler that answers a question: the answer, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no answer to this question of a server",
    note = "return `{T}` or `Result<{T}, ProtocolError>`"
)]
pub trait IntoAnswer<T> {
    /// Converts into the answer, or into the error that the server gets instead.
    fn into_answer(self) -> Result<T, ProtocolError>;
}

impl<T> IntoAnswer<T> for T {
    fn into_answer(self) -> Result<T, ProtocolError> {
        Ok(self)
    }
}

impl<T> IntoAnswer<T> for Result<T, ProtocolError> {
    fn into_answer(self) -> Self {
        self
    }
}

/// Answers a question with parameters `P`.
type AnswerHandler<P, R> =
    Box<dyn Fn(P) -> BoxFuture<'static, Result<R, ProtocolError>> + Send + Sync>;

/// Receives a method and the JSON of its parameters.
type RawListener = Box<dyn Fn(&str, &str) + Send + Sync>;

/// Receives the parameters of a notification.
type Listener<P> = Box<dyn Fn(P) + Send + Sync>;

/// The handlers that are installed.
#[derive(Default)]
pub(crate) struct Handlers {
    pub(crate) form: Option<AnswerHandler<ElicitFormParams, ElicitResult>>,
    pub(crate) url: Option<AnswerHandler<ElicitUrlParams, ElicitResult>>,
    pub(crate) sample: Option<AnswerHandler<CreateMessageParams, CreateMessageResult>>,
    /// `true` if the model may be given tools.
    pub(crate) samples_with_tools: bool,
    pub(crate) roots: Option<AnswerHandler<(), Vec<Root>>>,
    pub(crate) log: Option<Listener<LoggingMessageParams>>,
    pub(crate) changed: Vec<Listener<Event>>,
    pub(crate) elicitation_complete: Option<Listener<ElicitationCompleteParams>>,
    pub(crate) url_elicitations: PendingUrlElicitations,
    pub(crate) other: Option<RawListener>,
    pub(crate) message: Option<OnMessage>,
    /// Routes questions to the callers of requests instead of the handlers.
    pub(crate) router: Option<Arc<QuestionRouter>>,
    /// Extensions that are declared beside the capabilities that follow from the handlers.
    pub(crate) extensions: Vec<(String, Settings)>,
    pub(crate) experimental: Vec<(String, Settings)>,
    /// `true` if answers are sent even if they do not fit their questions.
    #[cfg(feature = "testing")]
    pub(crate) is_unchecked: bool,
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handlers")
            .field("form", &self.form.is_some())
            .field("url", &self.url.is_some())
            .field("sample", &self.sample.is_some())
            .field("roots", &self.roots.is_some())
            .finish_non_exhaustive()
    }
}

/// Makes a handler of a closure.
pub(crate) fn answer_with<P, R, A, F>(
    handler: impl Fn(P) -> F + Send + Sync + 'static,
) -> AnswerHandler<P, R>
where
    F: Future<Output = A> + Send + 'static,
    A: IntoAnswer<R>,
{
    let handler = Arc::new(handler);
    Box::new(move |params| {
        let answer = handler(params);
        Box::pin(async move { answer.await.into_answer() })
    })
}

impl Handlers {
    /// Returns the capabilities of this client in a revision. They follow from the handlers.
    pub(crate) fn capabilities(&self, revision: Revision) -> ClientCapabilities {
        let facts = revision.facts();
        let mut found = ClientCapabilities::default();
        let given = |given: bool| given.then(Settings::new);
        let routes = self.router.is_some();
        if self.form.is_some() || self.url.is_some() || routes {
            let mut elicitation = ElicitationCapability::default();
            elicitation.form = given(self.form.is_some() || routes);
            elicitation.url = given(self.url.is_some() || routes);
            found.elicitation = Some(elicitation);
        }
        if self.sample.is_some() || routes {
            let mut sampling = SamplingCapability::default();
            sampling.tools = given(self.samples_with_tools || routes);
            found.sampling = Some(sampling);
        }
        if routes {
            // The roots are those of the caller, so no notification can announce their change.
            found.roots = Some(RootsCapability::default());
        }
        if self.roots.is_some() && !routes {
            let mut roots = RootsCapability::default();
            roots.list_changed = facts.has(Method::RootsListChanged).then_some(true);
            found.roots = Some(roots);
        }
        // Sessions have no member for extensions, and servers look for them here all the same.
        if !self.extensions.is_empty() {
            found.extensions = Some(self.extensions.iter().cloned().collect());
        }
        if !self.experimental.is_empty() {
            found.experimental = Some(self.experimental.iter().cloned().collect());
        }
        found
    }

    /// Returns `true` if all requests declare the extension of tasks.
    pub(crate) fn has_tasks(&self) -> bool {
        self.extensions.iter().any(|(identifier, _)| identifier == TASKS_EXTENSION)
    }

    /// Answers a question of a server with the JSON of the result.
    pub(crate) async fn answer(
        &self,
        method: Method,
        params: Raw<'_>,
    ) -> Result<String, ProtocolError> {
        if let Some(router) = self.router.as_ref().filter(|_| method != Method::Ping) {
            return router.route(method, params.as_str()).await;
        }
        if method == Method::Ping {
            return Ok("{}".to_owned());
        }
        match method.client_capability() {
            Some(ClientCapability::Elicitation) => {
                to_text(self.elicit(parse(method, params)?).await?)
            }
            Some(ClientCapability::Sampling) => {
                let sample = self.sample.as_ref().ok_or_else(|| not_offered(method))?;
                let request: CreateMessageParams = parse(method, params)?;
                if !self.samples_with_tools
                    && (request.tools.is_some() || request.tool_choice.is_some())
                {
                    return Err(ProtocolError::invalid_params(
                        "this client has not declared that its model may be given tools",
                    ));
                }
                conversation::check_messages(&request.messages)
                    .map_err(|fault| ProtocolError::invalid_params(format!("{method}: {fault}")))?;
                let offer = Offer::of(&request);
                let answer = sample(request).await?;
                self.check(method, || offer.check(&answer))?;
                to_text(answer)
            }
            Some(ClientCapability::Roots) => {
                let list = self.roots.as_ref().ok_or_else(|| not_offered(method))?;
                let roots = list(()).await?;
                self.check(method, || listed_roots::check(&roots))?;
                to_text(ListRootsResult::new(roots))
            }
            None => Err(ProtocolError::method_not_found(method.as_str())),
        }
    }

    async fn elicit(&self, params: ElicitParams) -> Result<ElicitResult, ProtocolError> {
        match params {
            ElicitParams::Form(form) => {
                let fill = self.form.as_ref().ok_or_else(|| self.not_declared("form"))?;
                let schema = form.requested_schema.clone();
                let mut result = fill(form).await?;
                self.check(Method::Elicit, || check_action(&result))?;
                if result.action == ElicitAction::Accept {
                    let content = form_answer::complete(&schema, result.content.take());
                    self.check(Method::Elicit, || form_answer::check(&schema, &content))?;
                    result.content = Some(content);
                } else {
                    // Only a form that was accepted has contents.
                    result.content = None;
                }
                Ok(result)
            }
            ElicitParams::Url(url) => {
                let open = self.url.as_ref().ok_or_else(|| self.not_declared("url"))?;
                if !is_web_url(&url.url) {
                    return Err(ProtocolError::invalid_params(
                        "this client sends its user to URLs of http and https only",
                    ));
                }
                self.url_elicitations.begin(url.elicitation_id.as_deref());
                let mut result = open(url).await?;
                self.check(Method::Elicit, || check_action(&result))?;
                result.content = None;
                Ok(result)
            }
            _ => {
                Err(ProtocolError::invalid_params("this client does not know this mode of asking"))
            }
        }
    }

    /// Checks the answer of a handler to a request before it is sent.
    ///
    /// # Errors
    /// `-32603` with the fault. It is also logged, because the error goes to the server.
    fn check(
        &self,
        method: Method,
        check: impl FnOnce() -> Result<(), String>,
    ) -> Result<(), ProtocolError> {
        #[cfg(feature = "testing")]
        if self.is_unchecked {
            return Ok(());
        }
        check().map_err(|fault| {
            tracing::warn!(target: "mcp_runtime::client", "the answer of a handler to `{method}` does not fit: {fault}");
            ProtocolError::internal(format!("the answer of the client to `{method}` does not fit: {fault}"))
        })
    }

    /// Error for an elicitation in a mode that has no handler. It names the mode if the other mode
    /// has one.
    fn not_declared(&self, mode: &str) -> ProtocolError {
        if self.form.is_none() && self.url.is_none() {
            return not_offered(Method::Elicit);
        }
        ProtocolError::invalid_params(format!(
            "this client has not declared the mode `{}`",
            shorten(mode)
        ))
    }

    pub(crate) fn log(&self, params: Raw<'_>) {
        notify(self.log.as_ref(), params);
    }

    /// Reports a completed URL elicitation, unless it is unknown or was completed before.
    pub(crate) fn elicitation_complete(&self, params: Raw<'_>) {
        let id = params.member("elicitationId").and_then(Raw::string);
        // A routed question is known to the caller that answered it, not here.
        if self.router.is_some() || id.is_some_and(|id| self.url_elicitations.complete(&id)) {
            notify(self.elicitation_complete.as_ref(), params);
        }
    }

    pub(crate) fn changed(&self, event: &Event) {
        for listener in &self.changed {
            listener(event.clone());
        }
    }

    pub(crate) fn other(&self, method: &str, params: Raw<'_>) {
        if let Some(listener) = &self.other {
            listener(method, params.as_str());
        }
    }
}

/// Checks the action of an answer.
///
/// # Errors
/// A description of the fault.
fn check_action(answer: &ElicitResult) -> Result<(), String> {
    match &answer.action {
        ElicitAction::Other(other) => {
            let got = shorten(other);
            Err(format!("`action`: expected accept, decline or cancel, got {got:?}"))
        }
        _ => Ok(()),
    }
}

/// Returns `true` for a URL that may be opened for a user: no script, no file, no custom scheme.
fn is_web_url(url: &str) -> bool {
    let scheme = fluent_uri::Uri::parse(url).map(|url| url.scheme().as_str().to_ascii_lowercase());
    scheme.is_ok_and(|scheme| matches!(&*scheme, "http" | "https"))
}

fn notify<P: serde::de::DeserializeOwned>(listener: Option<&Listener<P>>, params: Raw<'_>) {
    let Some(listener) = listener else { return };
    match read_json(params.as_str()) {
        Ok(params) => listener(params),
        Err(error) => {
            let error = reason(&error);
            tracing::warn!(target: "mcp_runtime::client", error, "the server sent a malformed notification");
        }
    }
}

fn parse<P: serde::de::DeserializeOwned>(
    method: Method,
    params: Raw<'_>,
) -> Result<P, ProtocolError> {
    read_json(params.as_str())
        .map_err(|error| ProtocolError::invalid_params(format!("{method}: {error}")))
}

fn to_text(result: impl Serialize) -> Result<String, ProtocolError> {
    serde_json::to_string(&result)
        .map_err(|error| ProtocolError::internal(format!("the answer cannot be written: {error}")))
}

fn not_offered(method: Method) -> ProtocolError {
    ProtocolError::method_not_found(method.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn capabilities_follow_from_handlers() {
        let mut handlers = Handlers::default();
        let shown = |handlers: &Handlers, revision| {
            serde_json::to_string(&handlers.capabilities(revision)).unwrap()
        };
        assert_eq!(shown(&handlers, Revision::V2025_11_25), "{}");
        handlers.form = Some(answer_with(|_| async { ElicitResult::new(ElicitAction::Decline) }));
        handlers.roots = Some(answer_with(|()| async { Vec::new() }));
        assert_eq!(
            shown(&handlers, Revision::V2025_11_25),
            r#"{"roots":{"listChanged":true},"elicitation":{"form":{}}}"#
        );
        assert_eq!(
            shown(&handlers, Revision::V2026_07_28),
            r#"{"roots":{},"elicitation":{"form":{}}}"#
        );
        let asked = Raw::from_accepted(r#"{"mode":"url","message":"m","url":"https://a"}"#);
        let refused = handlers.answer(Method::Elicit, asked).await.unwrap_err();
        assert_eq!(refused.code, mcp_core::jsonrpc::ErrorCode::INVALID_PARAMS);
    }
}
