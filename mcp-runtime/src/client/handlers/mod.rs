//! What this client does when a server asks it something or tells it something.
//!
//! One set serves both eras: a question that comes as a request of a session and one that comes in
//! a result that asks for input go through the same [`Handlers::question`].

mod defaults;
mod errands;
mod handler;

use std::fmt;
use std::sync::Arc;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::method::{ClientCapability, Method};
use mcp_core::protocol::{
    ClientCapabilities, CreateMessageParams, CreateMessageResult, ElicitAction, ElicitFormParams,
    ElicitParams, ElicitResult, ElicitUrlParams, ElicitationCapability, ElicitationCompleteParams,
    ListRootsResult, LoggingMessageParams, Root, RootsCapability, SamplingCapability, Settings,
};
use mcp_core::revision::Revision;
use serde::Serialize;

use super::relay::Relay;
use super::subscription::Event;
use super::transport::Boxed;

pub(crate) use errands::Errands;
pub use handler::Handler;

/// What a handler of a question may return: the answer, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no answer to this question of a server",
    note = "return `{T}` or `Result<{T}, ProtocolError>`"
)]
pub trait IntoAnswer<T> {
    /// The answer, or the error that the server gets instead.
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

type Question<P, R> = Box<dyn Fn(P) -> Boxed<'static, Result<R, ProtocolError>> + Send + Sync>;
/// Hears a method and the JSON of its parameters.
type RawListener = Box<dyn Fn(&str, &str) + Send + Sync>;
type Listener<P> = Box<dyn Fn(P) + Send + Sync>;

/// Every handler that is installed.
#[derive(Default)]
pub(crate) struct Handlers {
    pub(crate) form: Option<Question<ElicitFormParams, ElicitResult>>,
    pub(crate) url: Option<Question<ElicitUrlParams, ElicitResult>>,
    pub(crate) sample: Option<Question<CreateMessageParams, CreateMessageResult>>,
    /// Whether the model may be given tools.
    pub(crate) samples_with_tools: bool,
    pub(crate) roots: Option<Question<(), Vec<Root>>>,
    pub(crate) log: Option<Listener<LoggingMessageParams>>,
    pub(crate) changed: Vec<Listener<Event>>,
    pub(crate) elicitation_complete: Option<Listener<ElicitationCompleteParams>>,
    /// What users are to do at URLs.
    pub(crate) errands: Errands,
    pub(crate) other: Option<RawListener>,
    /// What answers questions instead of the handlers: whoever made the call.
    pub(crate) relay: Option<Arc<Relay>>,
    /// What is declared beside what the handlers imply.
    pub(crate) extensions: Vec<(String, Settings)>,
    pub(crate) experimental: Vec<(String, Settings)>,
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
pub(crate) fn question<P, R, A, F>(
    handler: impl Fn(P) -> F + Send + Sync + 'static,
) -> Question<P, R>
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
    /// What this client is able to do, in a revision: it follows from the handlers.
    pub(crate) fn capabilities(&self, revision: Revision) -> ClientCapabilities {
        let facts = revision.facts();
        let mut found = ClientCapabilities::default();
        let given = |given: bool| given.then(Settings::new);
        let passes_on = self.relay.is_some();
        if self.form.is_some() || self.url.is_some() || passes_on {
            let mut elicitation = ElicitationCapability::default();
            elicitation.form = given(self.form.is_some() || passes_on);
            elicitation.url = given(self.url.is_some() || passes_on);
            found.elicitation = Some(elicitation);
        }
        if self.sample.is_some() || passes_on {
            let mut sampling = SamplingCapability::default();
            sampling.tools = given(self.samples_with_tools || passes_on);
            found.sampling = Some(sampling);
        }
        if passes_on {
            // Whose roots they are changes with every call, which no notification tells.
            found.roots = Some(RootsCapability::default());
        }
        if self.roots.is_some() && !passes_on {
            let mut roots = RootsCapability::default();
            roots.list_changed = facts.has(Method::RootsListChanged).then_some(true);
            found.roots = Some(roots);
        }
        // Sessions have no word for them of their own, and servers look for them here all the same.
        if !self.extensions.is_empty() {
            found.extensions = Some(self.extensions.iter().cloned().collect());
        }
        if !self.experimental.is_empty() {
            found.experimental = Some(self.experimental.iter().cloned().collect());
        }
        found
    }

    /// Answers a question of a server with the JSON of the result.
    pub(crate) async fn question(
        &self,
        method: Method,
        params: Raw<'_>,
    ) -> Result<String, ProtocolError> {
        if let Some(relay) = self.relay.as_ref().filter(|_| method != Method::Ping) {
            return relay.question(method, params.as_str()).await;
        }
        if method == Method::Ping {
            return Ok("{}".to_owned());
        }
        match method.client_capability() {
            Some(ClientCapability::Elicitation) => {
                written(self.elicit(read(method, params)?).await?)
            }
            Some(ClientCapability::Sampling) => {
                let sample = self.sample.as_ref().ok_or_else(|| not_offered(method))?;
                let request: CreateMessageParams = read(method, params)?;
                if !self.samples_with_tools
                    && (request.tools.is_some() || request.tool_choice.is_some())
                {
                    return Err(ProtocolError::invalid_params(
                        "this client has not declared that its model may be given tools",
                    ));
                }
                written(sample(request).await?)
            }
            Some(ClientCapability::Roots) => {
                let list = self.roots.as_ref().ok_or_else(|| not_offered(method))?;
                written(ListRootsResult::new(list(()).await?))
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
                match result.action {
                    ElicitAction::Accept => defaults::apply(&schema, &mut result),
                    // Only a form that was accepted has contents.
                    _ => result.content = None,
                }
                Ok(result)
            }
            ElicitParams::Url(url) => {
                let open = self.url.as_ref().ok_or_else(|| self.not_declared("url"))?;
                if !is_of_the_web(&url.url) {
                    return Err(ProtocolError::invalid_params(
                        "this client sends its user to URLs of http and https only",
                    ));
                }
                self.errands.begin(url.elicitation_id.as_deref());
                let mut result = open(url).await?;
                result.content = None;
                Ok(result)
            }
            _ => {
                Err(ProtocolError::invalid_params("this client does not know this mode of asking"))
            }
        }
    }

    /// Why a user cannot be asked in a mode: because of the mode, if there is another.
    fn not_declared(&self, mode: &str) -> ProtocolError {
        if self.form.is_none() && self.url.is_none() {
            return not_offered(Method::Elicit);
        }
        ProtocolError::invalid_params(format!("this client has not declared the mode `{mode}`"))
    }

    pub(crate) fn log(&self, params: Raw<'_>) {
        tell(self.log.as_ref(), params);
    }

    /// An errand is done. One that is unknown, or was done before, is nobody's.
    pub(crate) fn elicitation_complete(&self, params: Raw<'_>) {
        let id = params.member("elicitationId").and_then(Raw::string);
        // What is passed on is known to whoever was asked.
        if self.relay.is_some() || id.is_some_and(|id| self.errands.end(&id)) {
            tell(self.elicitation_complete.as_ref(), params);
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

/// Whether a URL is one that may be opened for a user: no script, no file, nothing for a program.
fn is_of_the_web(url: &str) -> bool {
    let scheme = fluent_uri::Uri::parse(url).map(|url| url.scheme().as_str().to_ascii_lowercase());
    scheme.is_ok_and(|scheme| matches!(&*scheme, "http" | "https"))
}

fn tell<P: serde::de::DeserializeOwned>(listener: Option<&Listener<P>>, params: Raw<'_>) {
    let Some(listener) = listener else { return };
    match serde_json::from_str(params.as_str()) {
        Ok(params) => listener(params),
        Err(error) => {
            tracing::warn!(target: "mcp_runtime::client", "the server sent a malformed notification: {error}");
        }
    }
}

fn read<P: serde::de::DeserializeOwned>(
    method: Method,
    params: Raw<'_>,
) -> Result<P, ProtocolError> {
    serde_json::from_str(params.as_str())
        .map_err(|error| ProtocolError::invalid_params(format!("{method}: {error}")))
}

fn written(result: impl Serialize) -> Result<String, ProtocolError> {
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
        handlers.form = Some(question(|_| async { ElicitResult::new(ElicitAction::Decline) }));
        handlers.roots = Some(question(|()| async { Vec::new() }));
        assert_eq!(
            shown(&handlers, Revision::V2025_11_25),
            r#"{"roots":{"listChanged":true},"elicitation":{"form":{}}}"#
        );
        assert_eq!(
            shown(&handlers, Revision::V2026_07_28),
            r#"{"roots":{},"elicitation":{"form":{}}}"#
        );
        let asked = Raw::from_accepted(r#"{"mode":"url","message":"m","url":"https://a"}"#);
        let refused = handlers.question(Method::Elicit, asked).await.unwrap_err();
        assert_eq!(refused.code, mcp_core::jsonrpc::ErrorCode::INVALID_PARAMS);
    }
}
