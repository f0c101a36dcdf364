//! Models of all providers that the crate `genai` has: by the name of the model.

mod body;
mod exchange;
mod key;
mod retry;
mod target;
mod typed;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use genai::ServiceTarget;
use genai::adapter::AdapterKind;
use reqwest::Url;
use serde_json::Value;

use self::body::{Body, Settings};
use self::exchange::Prepared;
use self::key::Key;
use self::retry::{Failure, Retries, jitter};
use self::target::Target;
use super::error::{ModelError, ModelErrorKind};
use super::model::{Model, ModelRequest};
use crate::providers::{Answer, Delta, Provider};

/// Model of a provider, over HTTP: OpenAI, Anthropic, Gemini, and all others that the crate
/// [`genai`](https://docs.rs/genai) has.
///
/// The name leads to the provider: `gpt-5.2`, `claude-sonnet-4-6`, `gemini-3-flash`. A prefix names
/// the provider where the name of the model does not: `groq::llama-3.3-70b`, `ollama::qwen3`,
/// `openai::gpt-5.2` (Chat Completions), `openai_resp::gpt-5.2` (Responses). Names of no
/// known provider are those of models of Ollama on this machine.
///
/// Keys are read from the environment when a request is sent, and from nowhere else:
/// `OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, `GEMINI_API_KEY` and so on. They appear in no error, log or
/// debug output.
///
/// Requests and answers are written and read by [`providers`](crate::providers), so that nothing is
/// lost on the way. The interfaces of Bedrock and of Gemini's Interactions (`gemini_ix::…`) are
/// those of `genai`: a request that they cannot express is refused.
///
/// # Example
/// ```no_run
/// use mcp_runtime::agent::{GenaiModel, Message, Model, ModelRequest};
/// use mcp_runtime::providers::ToolSet;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let model = GenaiModel::new("claude-sonnet-4-6");
/// // A server on this machine that is compatible with OpenAI, without a key.
/// let local = GenaiModel::new("openai::qwen3").base_url("http://localhost:8080/v1");
///
/// let definitions = ToolSet::default().definitions(model.provider());
/// let messages = [Message::user("Hello.")];
/// let answer = model.answer(ModelRequest::new(&messages, &definitions), &mut |_| {}).await?;
/// println!("{}", answer.text);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct GenaiModel {
    name: String,
    target: Result<Target, String>,
    base_url: Option<String>,
    key_variable: Option<String>,
    settings: Settings,
    timeout: Duration,
    idle_timeout: Duration,
    retries: Retries,
    streams: bool,
    clients: Arc<OnceLock<Clients>>,
}

/// Clients of a model, made for its first request.
#[derive(Clone)]
struct Clients {
    http: reqwest::Client,
    genai: genai::Client,
}

/// Request that is ready to be sent any number of times.
enum Request {
    Own(Prepared),
    Genai(typed::Prepared),
}

impl Request {
    fn key(&self) -> Option<&Key> {
        match self {
            Self::Own(prepared) => prepared.key.as_ref(),
            Self::Genai(prepared) => prepared.key.as_ref(),
        }
    }

    async fn exchange(
        &self,
        clients: &Clients,
        on_delta: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Answer, Failure> {
        match self {
            Self::Own(prepared) => prepared.exchange(&clients.http, on_delta).await,
            Self::Genai(prepared) => prepared.exchange(&clients.genai, on_delta).await,
        }
    }
}

/// Longest time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest time of one attempt.
const TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// Longest silence of a stream. Models that think may be silent for minutes.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5 * 60);

impl fmt::Debug for GenaiModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GenaiModel")
            .field("name", &self.name)
            .field("provider", &self.provider())
            .field("key_variable", &self.key_variable)
            .field("timeout", &self.timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("retries", &self.retries.count)
            .field("streaming", &self.streams)
            .finish_non_exhaustive()
    }
}

impl GenaiModel {
    /// Creates a model by its name. A name without a provider is an error of the first request.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            target: Target::of(&name),
            name,
            base_url: None,
            key_variable: None,
            settings: Settings::default(),
            timeout: TIMEOUT,
            idle_timeout: IDLE_TIMEOUT,
            retries: Retries::default(),
            streams: true,
            clients: Arc::default(),
        }
    }

    /// Sets the base URL: that of a gateway, or of a local server with the same interface, such as
    /// `http://localhost:8080/v1`.
    ///
    /// The key of the provider is not sent there. [`api_key_variable`](Self::api_key_variable) names
    /// one that is.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        if let Ok(target) = &mut self.target {
            target.is_elsewhere = true;
        }
        self
    }

    /// Sets the environment variable that contains the key. The default is that of the provider.
    #[must_use]
    pub fn api_key_variable(mut self, name: impl Into<String>) -> Self {
        self.key_variable = Some(name.into());
        self
    }

    /// Sets the maximum number of tokens of answers to requests that set none.
    #[must_use]
    pub fn max_tokens(mut self, tokens: u64) -> Self {
        self.settings.max_tokens = Some(tokens);
        self
    }

    /// Sets the temperature of requests that set none.
    #[must_use]
    pub fn temperature(mut self, temperature: f64) -> Self {
        self.settings.temperature = Some(temperature);
        self
    }

    /// Sets the longest time of one attempt, from the connection to the end of the answer. 10 minutes
    /// by default.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the longest silence of a stream, before its first part and between parts. 5 minutes by
    /// default. An answer in one piece has only [`timeout`](Self::timeout).
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Sets the number of further attempts at a request. 2 by default.
    ///
    /// A request is sent again after the statuses 408, 409, 425, 429 and 5xx, after connections that
    /// fail or break, and after such errors within a stream. If parts of the answer were handed on
    /// already, [`Delta::Restart`] comes before the next attempt. Timeouts are final.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries.count = retries;
        self
    }

    /// Sets the longest pause before an attempt that a provider may ask for with `Retry-After`. One
    /// minute by default. A longer one is an error that names it.
    #[must_use]
    pub fn max_retry_wait(mut self, wait: Duration) -> Self {
        self.retries.max_wait = wait;
        self
    }

    /// Sets whether answers are streamed. On by default.
    #[must_use]
    pub fn streaming(mut self, streaming: bool) -> Self {
        self.streams = streaming;
        self
    }

    /// Sets members of the bodies of requests: settings of the provider.
    ///
    /// They are merged into what is written otherwise: objects member by member, and a `null` removes
    /// a member. An example is `json!({ "reasoning": { "effort": "low" } })`.
    #[must_use]
    pub fn extra_body(mut self, members: Value) -> Self {
        self.settings.extra = Some(members);
        self
    }

    /// Returns the environment variable that has to contain the key, or `None` if requests have no key.
    /// Nothing is sent, and the variable is not read.
    ///
    /// # Errors
    /// [`ModelErrorKind::Request`] if the name of the model or the base URL cannot be used.
    pub async fn key_variable(&self) -> Result<Option<String>, ModelError> {
        let (_, _, variable) = self.endpoint(self.target()?, &self.clients()?).await?;
        Ok(variable)
    }

    fn target(&self) -> Result<&Target, ModelError> {
        let fault = |fault| ModelError::request(format_args!("name of the model: {fault}"));
        self.target.as_ref().map_err(fault)
    }

    fn clients(&self) -> Result<Clients, ModelError> {
        if let Some(clients) = self.clients.get() {
            return Ok(clients.clone());
        }
        let fault =
            |error: &dyn fmt::Display| ModelError::request(format_args!("client of HTTP: {error}"));
        // Redirects would take the key along.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("mcp-runtime/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| fault(&error))?;
        let genai = genai::Client::builder().with_reqwest(http.clone()).build();
        let genai = genai.map_err(|error| fault(&error))?;
        Ok(self.clients.get_or_init(|| Clients { http, genai }).clone())
    }

    /// Resolves the endpoint and the key.
    async fn resolve(
        &self,
        target: &Target,
        clients: &Clients,
    ) -> Result<(ServiceTarget, Url, Option<Key>), ModelError> {
        let (service, base, variable) = self.endpoint(target, clients).await?;
        let key = variable.as_deref().map(Key::read).transpose()?;
        Ok((service, base, key))
    }

    /// Resolves the endpoint, and the environment variable with the key.
    async fn endpoint(
        &self,
        target: &Target,
        clients: &Clients,
    ) -> Result<(ServiceTarget, Url, Option<String>), ModelError> {
        let service = clients.genai.resolve_service_target(target.iden()).await;
        let service = service.map_err(|error| typed::error(&error))?;
        let variable = match (&self.key_variable, &self.base_url) {
            (Some(variable), _) => Some(variable.clone()),
            // The key of a provider goes to that provider only.
            (None, Some(_)) => None,
            (None, None) => target.default_variable(&service),
        };
        let base = match &self.base_url {
            Some(url) => target.base(url)?,
            None => target::url(&target.default_base(&service))?,
        };
        Ok((service, base, variable))
    }

    async fn prepare(
        &self,
        target: &Target,
        clients: &Clients,
        request: &ModelRequest<'_>,
    ) -> Result<Prepared, ModelError> {
        let body = Body::new(target, &self.settings, request, self.streams)?;
        let (_, base, key) = self.resolve(target, clients).await?;
        let hint = match (target.kind, &self.base_url) {
            (AdapterKind::Ollama, None) => {
                "; the name of the model leads to Ollama on this machine. A prefix such as \
                 `openai::` names another provider"
            }
            _ => "",
        };
        Ok(Prepared {
            provider: target.provider(),
            url: target.url(base, self.streams),
            headers: target.headers(key.as_ref(), self.streams),
            body: body.to_bytes().into(),
            key,
            streams: self.streams,
            idle_timeout: self.idle_timeout,
            hint,
        })
    }

    /// Bounds the time of one attempt.
    async fn in_time(
        &self,
        attempt: impl Future<Output = Result<Answer, Failure>>,
    ) -> Result<Answer, Failure> {
        tokio::time::timeout(self.timeout, attempt).await.unwrap_or_else(|_| {
            Err(Failure::permanent(
                ModelErrorKind::Timeout,
                format!(
                    "there was no whole answer in {} s; `GenaiModel::timeout` sets the limit",
                    self.timeout.as_secs_f64()
                ),
            ))
        })
    }
}

impl Model for GenaiModel {
    fn name(&self) -> &str {
        self.target.as_ref().map_or(&self.name, |target| &target.model)
    }

    fn provider(&self) -> Provider {
        self.target.as_ref().map_or(Provider::OpenAiChat, Target::provider)
    }

    async fn answer(
        &self,
        request: ModelRequest<'_>,
        on_delta: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Answer, ModelError> {
        let target = self.target()?;
        let clients = self.clients()?;
        let prepared = match target.is_genai() {
            true => Request::Genai(typed::prepare(self, target, &clients, &request).await?),
            false => Request::Own(self.prepare(target, &clients, &request).await?),
        };
        let mut has_begun = false;
        let mut made = 0;
        loop {
            let mut hand_on = |delta| {
                has_begun = true;
                on_delta(delta);
            };
            let attempt = self.in_time(prepared.exchange(&clients, &mut hand_on)).await;
            let mut failure = match attempt {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if let Some(key) = prepared.key() {
                failure.error = failure.error.map_message(|message| key.redact(&message));
            }
            made += 1;
            let pause = self.retries.pause(made, failure, jitter())?;
            tracing::debug!(target: "mcp_runtime::agent", model = self.name(), made, ?pause, "request to the model is sent again");
            tokio::time::sleep(pause).await;
            if std::mem::take(&mut has_begun) {
                on_delta(Delta::Restart);
            }
        }
    }
}
