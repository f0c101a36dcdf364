//! Names of models: which provider has a model, and where its interface is.

use genai::adapter::AdapterKind;
use genai::resolver::AuthData;
use genai::{ModelIden, ServiceTarget};
use reqwest::Url;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::super::error::ModelError;
use super::key::Key;
use crate::providers::Provider;

/// Model of a provider.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) kind: AdapterKind,
    /// Name at the provider.
    pub(super) model: String,
    wire: Wire,
    /// Namespaces that `genai` reads apart from the kind.
    namespace: Option<Namespace>,
    /// `true` if the endpoint is not that of the provider.
    pub(super) is_elsewhere: bool,
}

/// Interface of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wire {
    /// Interface that this crate writes and reads.
    Own(Provider),
    /// Interface that `genai` writes and reads.
    Genai,
}

/// Environment variable of keys of Bedrock.
const AWS_KEY: &str = "AWS_BEARER_TOKEN_BEDROCK";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Namespace {
    ZaiCoding,
    BaiduCodingOpenAi,
    BaiduCodingAnthropic,
}

impl Namespace {
    fn of(name: &str) -> Option<Self> {
        match name {
            "zai_coding" => Some(Self::ZaiCoding),
            "baidu-coding-openai" => Some(Self::BaiduCodingOpenAi),
            "baidu-coding-anthropic" => Some(Self::BaiduCodingAnthropic),
            _ => None,
        }
    }

    fn base(self) -> &'static str {
        match self {
            Self::ZaiCoding => "https://api.z.ai/api/coding/paas/v4/",
            Self::BaiduCodingOpenAi => "https://qianfan.baidubce.com/v2/coding/",
            Self::BaiduCodingAnthropic => "https://qianfan.baidubce.com/anthropic/coding/",
        }
    }
}

impl Target {
    /// Finds the provider of a model by its name.
    ///
    /// # Errors
    /// A text if there is no such provider, or no name.
    pub(super) fn of(name: &str) -> Result<Self, String> {
        let (namespace, model) = match name.split_once("::") {
            Some((namespace, model)) => (Some(namespace), model),
            None => (None, name),
        };
        if model.trim().is_empty() {
            return Err(format!("expected the name of a model, got `{name}`"));
        }
        let special = namespace.and_then(Namespace::of);
        if let Some(namespace) = namespace
            && special.is_none()
            && AdapterKind::from_lower_str(namespace).is_none()
        {
            let known: Vec<_> = AdapterKind::all().iter().map(AdapterKind::as_lower_str).collect();
            return Err(format!(
                "there is no provider `{namespace}`; expected one of {}, or `genai_1` to `genai_255`",
                known.join(", ")
            ));
        }
        let kind = AdapterKind::from_model(name).map_err(|error| error.to_string())?;
        let wire = wire(kind, model, special)?;
        let mut model = model.to_owned();
        if kind == AdapterKind::Fireworks && !model.contains('/') {
            model = format!("accounts/fireworks/models/{model}");
        }
        Ok(Self { kind, model, wire, namespace: special, is_elsewhere: false })
    }

    /// Returns the interface. Models that `genai` speaks to have the definitions of Chat Completions.
    pub(super) fn provider(&self) -> Provider {
        match self.wire {
            Wire::Own(provider) => provider,
            Wire::Genai => Provider::OpenAiChat,
        }
    }

    /// `true` if `genai` writes and reads the interface.
    pub(super) fn is_genai(&self) -> bool {
        self.wire == Wire::Genai
    }

    /// Returns the identity of the model in `genai`.
    pub(super) fn iden(&self) -> ModelIden {
        ModelIden::new(self.kind, self.model.clone())
    }

    /// Returns the base URL of the provider, from what `genai` has for it.
    pub(super) fn default_base(&self, target: &ServiceTarget) -> String {
        let base = target.endpoint.base_url();
        match (self.kind, self.namespace) {
            (_, Some(namespace)) => namespace.base().to_owned(),
            // Their own interfaces have no tools, or results without identifiers.
            (AdapterKind::Cohere, _) => "https://api.cohere.ai/compatibility/v1/".to_owned(),
            (AdapterKind::Ollama | AdapterKind::OllamaCloud, _) => format!("{base}v1/"),
            _ => base.to_owned(),
        }
    }

    /// Returns the environment variable that contains the key, unless the provider has none.
    pub(super) fn default_variable(&self, target: &ServiceTarget) -> Option<String> {
        let AuthData::FromEnv(variable) = &target.auth else { return None };
        let is_set = |variable: &str| std::env::var_os(variable).is_some();
        Some(match self.kind {
            // The name that AWS has for it.
            AdapterKind::BedrockApi if !is_set(variable) && is_set(AWS_KEY) => AWS_KEY.to_owned(),
            // There, a profile is named, and no key.
            kind if kind.as_lower_str() == "bedrock_sigv4" => return None,
            _ => variable.clone(),
        })
    }

    /// Returns the URL of requests below a base URL.
    pub(super) fn url(&self, mut base: Url, streams: bool) -> Url {
        let is_vertex = self.kind == AdapterKind::Vertex;
        let (path, method): (Vec<&str>, _) = match (self.provider(), is_vertex) {
            (Provider::OpenAiResponses, _) => (vec!["responses"], None),
            (Provider::OpenAiChat, _) => (vec!["chat", "completions"], None),
            (Provider::Anthropic, false) => (vec!["messages"], None),
            (Provider::Anthropic, true) => {
                let method = if streams { "streamRawPredict" } else { "rawPredict" };
                (vec!["publishers", "anthropic", "models"], Some(method))
            }
            (Provider::Gemini, is_vertex) => {
                let method = if streams { "streamGenerateContent" } else { "generateContent" };
                let path = match is_vertex {
                    true => vec!["publishers", "google", "models"],
                    // Tuned models have a folder of their own in their names.
                    false if self.model.contains('/') => Vec::new(),
                    false => vec!["models"],
                };
                (path, Some(method))
            }
        };
        if let Ok(mut segments) = base.path_segments_mut() {
            segments.pop_if_empty().extend(path);
            if let Some(method) = method {
                let (folders, name) = self.model.rsplit_once('/').unwrap_or(("", &self.model));
                segments.extend(folders.split('/').filter(|folder| !folder.is_empty()));
                segments.push(&format!("{name}:{method}"));
            }
        }
        if self.provider() == Provider::Gemini && streams {
            base.query_pairs_mut().append_pair("alt", "sse");
        }
        base
    }

    /// Returns the headers of the interface, with the key if there is one.
    pub(super) fn headers(&self, key: Option<&Key>, streams: bool) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let accept = match (self.kind, streams) {
            (AdapterKind::GithubCopilot, _) => "application/vnd.github+json",
            (_, true) => "text/event-stream, application/json",
            (_, false) => "application/json",
        };
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        if self.provider() == Provider::Anthropic && self.kind != AdapterKind::Vertex {
            let name = HeaderName::from_static("anthropic-version");
            headers.insert(name, HeaderValue::from_static("2023-06-01"));
        }
        if let Some(key) = key {
            let (name, prefix) = match (self.provider(), self.kind) {
                (Provider::Anthropic, kind) if kind != AdapterKind::Vertex => {
                    (HeaderName::from_static("x-api-key"), "")
                }
                (Provider::Gemini, kind) if kind != AdapterKind::Vertex => {
                    (HeaderName::from_static("x-goog-api-key"), "")
                }
                _ => (AUTHORIZATION, "Bearer "),
            };
            headers.insert(name, key.header(prefix));
        }
        headers
    }

    /// `true` if the body names the model. Elsewhere the URL does.
    pub(super) fn has_model_in_body(&self) -> bool {
        self.provider() != Provider::Gemini && self.kind != AdapterKind::Vertex
    }

    /// Returns the version of the interface where it stands in the body.
    pub(super) fn version_in_body(&self) -> Option<&'static str> {
        (self.kind == AdapterKind::Vertex).then_some("vertex-2023-10-16")
    }

    /// Returns the member of Chat Completions that limits the tokens of the answer.
    pub(super) fn max_tokens_member(&self) -> &'static str {
        // The old name is refused by models of OpenAI that reason, the new one by other servers.
        let is_openai = self.kind == AdapterKind::OpenAI && !self.is_elsewhere;
        if is_openai || self.reasons() { "max_completion_tokens" } else { "max_tokens" }
    }

    /// Returns the limit of tokens that a request must have, where the provider has no useful one.
    pub(super) fn default_max_tokens(&self) -> Option<u64> {
        let name = &*self.model;
        match (self.provider(), self.kind) {
            (Provider::Anthropic, _) if name.starts_with("claude") => Some(claude_max_tokens(name)),
            (Provider::Anthropic, AdapterKind::MiniMax) => Some(64_000),
            (Provider::Anthropic, _) => Some(8_192),
            // The default is 2,048; more than the model has is cut to what it has.
            (_, AdapterKind::Fireworks) if !self.is_elsewhere => Some(131_072),
            _ => None,
        }
    }

    /// `true` for models of OpenAI that reason before they answer, by their names.
    pub(super) fn reasons(&self) -> bool {
        let name = &*self.model;
        let digit = |rest: &str| rest.chars().next().and_then(|digit| digit.to_digit(10));
        let is_o = name.strip_prefix('o').and_then(digit).is_some();
        let is_gpt = name.strip_prefix("gpt-").and_then(digit).is_some_and(|digit| digit >= 5);
        is_o || name.starts_with("codex") || is_gpt && !name.contains("-chat")
    }

    /// Reads a base URL that the user gives. It ends with a slash.
    ///
    /// # Errors
    /// [`ModelError::request`] if it is not the URL of an HTTP server.
    pub(super) fn base(&self, text: &str) -> Result<Url, ModelError> {
        let mut url = url(text)?;
        url.set_fragment(None);
        let path = url.path().trim_end_matches('/');
        let (ends, version): (&[&str], _) = match self.provider() {
            Provider::OpenAiResponses => (&["/responses"], "/v1"),
            Provider::OpenAiChat => (&["/chat/completions"], "/v1"),
            Provider::Anthropic => (&["/messages"], "/v1"),
            Provider::Gemini => (&[], "/v1beta"),
        };
        let path = ends.iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path);
        let last = path.rsplit('/').next().unwrap_or_default();
        let is_version = last
            .strip_prefix('v')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        // Base URLs of compatible servers are often given without the version.
        let needs_version = match self.wire {
            Wire::Own(Provider::Anthropic) => !is_version,
            Wire::Own(_) => path.is_empty(),
            Wire::Genai => false,
        } && self.kind != AdapterKind::Vertex;
        let path = format!("{path}{}/", if needs_version { version } else { "" });
        url.set_path(&path);
        Ok(url)
    }
}

/// Parses the URL of an HTTP server.
///
/// # Errors
/// [`ModelError::request`] if it is none.
pub(super) fn url(text: &str) -> Result<Url, ModelError> {
    let fault = |fault: &str| ModelError::request(format_args!("base URL of the model: {fault}"));
    let url = Url::parse(text).map_err(|error| {
        fault(&format!("expected a URL such as `http://localhost:8080/v1`: {error}"))
    })?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(fault("expected `http://` or `https://` and a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(fault(
            "expected no user and no password; `GenaiModel::api_key_variable` names the \
             environment variable of a key",
        ));
    }
    Ok(url)
}

fn wire(kind: AdapterKind, model: &str, namespace: Option<Namespace>) -> Result<Wire, String> {
    let own = match kind {
        AdapterKind::OpenAIResp => Provider::OpenAiResponses,
        AdapterKind::Anthropic | AdapterKind::MiniMax => Provider::Anthropic,
        AdapterKind::Baidu if namespace == Some(Namespace::BaiduCodingAnthropic) => {
            Provider::Anthropic
        }
        AdapterKind::OpenCodeGo if model.to_ascii_lowercase().starts_with("minimax-") => {
            Provider::Anthropic
        }
        AdapterKind::Gemini => Provider::Gemini,
        AdapterKind::Vertex if model.starts_with("gemini") => Provider::Gemini,
        AdapterKind::Vertex if model.starts_with("claude") => Provider::Anthropic,
        AdapterKind::Vertex => {
            return Err(format!(
                "expected a model of Vertex AI whose name begins with `gemini` or `claude`, got \
                 `{model}`"
            ));
        }
        AdapterKind::GeminiIx => return Ok(Wire::Genai),
        // There is a second kind of it behind a feature of `genai`.
        kind if kind.as_lower_str().starts_with("bedrock") => return Ok(Wire::Genai),
        _ => Provider::OpenAiChat,
    };
    Ok(Wire::Own(own))
}

/// Largest answer of a model of Anthropic.
fn claude_max_tokens(name: &str) -> u64 {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    match () {
        () if begins(&["claude-3-opus", "claude-3-haiku", "claude-3-sonnet", "claude-2"]) => 4_096,
        () if begins(&["claude-3-5"]) => 8_192,
        () if begins(&["claude-opus-4-0", "claude-opus-4-1", "claude-opus-4-2"]) => 32_000,
        () if name == "claude-opus-4" => 32_000,
        () => 64_000,
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[tokio::test]
    async fn models_are_where_their_providers_are() {
        let cases = [
            ("gpt-5.2", "https://api.openai.com/v1/responses", Some("OPENAI_API_KEY")),
            ("gpt-4o", "https://api.openai.com/v1/chat/completions", Some("OPENAI_API_KEY")),
            (
                "claude-sonnet-4-6",
                "https://api.anthropic.com/v1/messages",
                Some("ANTHROPIC_API_KEY"),
            ),
            (
                "gemini-3-flash",
                "https://generativelanguage.googleapis.com/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse",
                Some("GEMINI_API_KEY"),
            ),
            ("groq::x", "https://api.groq.com/openai/v1/chat/completions", Some("GROQ_API_KEY")),
            ("glm-5", "https://api.z.ai/api/paas/v4/chat/completions", Some("ZAI_API_KEY")),
            (
                "zai_coding::glm-5",
                "https://api.z.ai/api/coding/paas/v4/chat/completions",
                Some("ZAI_API_KEY"),
            ),
            ("MiniMax-M2", "https://api.minimax.io/anthropic/v1/messages", Some("MINIMAX_API_KEY")),
            (
                "baidu-coding-anthropic::x",
                "https://qianfan.baidubce.com/anthropic/coding/messages",
                Some("BAIDU_API_KEY"),
            ),
            (
                "command-a",
                "https://api.cohere.ai/compatibility/v1/chat/completions",
                Some("COHERE_API_KEY"),
            ),
            ("qwen3", "http://localhost:11434/v1/chat/completions", None),
        ];
        let client = genai::Client::new().unwrap();
        for (name, url, variable) in cases {
            let target = Target::of(name).unwrap();
            let service = client.resolve_service_target(target.iden()).await.unwrap();
            let base = super::url(&target.default_base(&service)).unwrap();
            assert_eq!(target.url(base, true).as_str(), url, "{name}");
            assert_eq!(target.default_variable(&service).as_deref(), variable, "{name}");
        }
    }
}
