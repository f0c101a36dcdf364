//! Bodies of requests: the conversation and the tools, with the settings of each interface.

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::super::error::ModelError;
use super::super::model::ModelRequest;
use super::target::Target;
use crate::providers::raw::RawObject;
use crate::providers::{Provider, RequestFields};

/// Body of a request. Values stay the text that they are: what a provider has signed is sent back
/// byte for byte.
#[derive(Debug, Default)]
pub(super) struct Body(RawObject);

/// Settings of a model that its requests do not set.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) max_tokens: Option<u64>,
    pub(super) temperature: Option<f64>,
    pub(super) extra: Option<Value>,
}

impl Body {
    /// Writes the body of a request.
    ///
    /// # Errors
    /// [`ModelError::request`] if the interface cannot express the request.
    pub(super) fn new(
        target: &Target,
        settings: &Settings,
        request: &ModelRequest<'_>,
        streams: bool,
    ) -> Result<Self, ModelError> {
        let provider = target.provider();
        if request.definitions.provider() != provider {
            return Err(ModelError::request(format_args!(
                "the definitions are those of {:?}, but the interface of `{}` is {provider:?}; make \
                 them with `tools.definitions(model.provider())`",
                request.definitions.provider(),
                target.model
            )));
        }
        let mut body = Self::default();
        if target.has_model_in_body() {
            body.set("model", &target.model);
        }
        body.extend(&request.definitions.conversation(request.system, request.messages)?);
        body.extend(&request.definitions.request(request.choice, request.parallel)?);
        let numbers = Numbers {
            max_tokens: request.max_tokens.or(settings.max_tokens),
            temperature: temperature(request.temperature.or(settings.temperature))?,
            stop: request.stop_sequences,
        };
        match provider {
            Provider::OpenAiResponses => body.responses(target, numbers)?,
            Provider::OpenAiChat => body.chat(target, numbers, streams),
            Provider::Anthropic => body.anthropic(target, numbers),
            Provider::Gemini => body.gemini(numbers, request)?,
        }
        if streams && provider != Provider::Gemini {
            body.set("stream", &true);
        }
        if let Some(extra) = &settings.extra {
            body.merge(extra)?;
        }
        Ok(body)
    }

    /// Returns the text of the body.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // Texts with names that are strings always serialise.
        serde_json::to_vec(&self.0).unwrap_or_default()
    }

    fn responses(&mut self, target: &Target, numbers: Numbers<'_>) -> Result<(), ModelError> {
        if !numbers.stop.is_empty() {
            return Err(ModelError::request(
                "Responses of OpenAI has no stop sequences; leave them out, or use the model as \
                 `openai::…`, which is Chat Completions",
            ));
        }
        self.set_if("max_output_tokens", numbers.max_tokens);
        self.set_if("temperature", numbers.temperature);
        // The conversation is sent whole each time, so the provider need not keep it. Thoughts come
        // back encrypted, because without that they would be lost between the turns.
        self.set("store", &false);
        if target.reasons() {
            self.set("include", &["reasoning.encrypted_content"]);
        }
        Ok(())
    }

    fn chat(&mut self, target: &Target, numbers: Numbers<'_>, streams: bool) {
        let max_tokens = numbers.max_tokens.or(target.default_max_tokens());
        self.set_if(target.max_tokens_member(), max_tokens);
        self.set_if("temperature", numbers.temperature);
        self.set_stop("stop", numbers.stop);
        if streams {
            self.set("stream_options", &json!({ "include_usage": true }));
        }
    }

    fn anthropic(&mut self, target: &Target, numbers: Numbers<'_>) {
        let max_tokens = numbers.max_tokens.or(target.default_max_tokens());
        self.set_if("max_tokens", max_tokens);
        self.set_if("temperature", numbers.temperature);
        self.set_stop("stop_sequences", numbers.stop);
        if let Some(version) = target.version_in_body() {
            self.set("anthropic_version", version);
        }
    }

    fn gemini(
        &mut self,
        numbers: Numbers<'_>,
        request: &ModelRequest<'_>,
    ) -> Result<(), ModelError> {
        if request.parallel == Some(false) {
            return Err(ModelError::request(
                "Gemini cannot be kept from making several calls in one turn; leave the setting out",
            ));
        }
        let mut config = Map::new();
        if let Some(max_tokens) = numbers.max_tokens {
            config.insert("maxOutputTokens".into(), json!(max_tokens));
        }
        if let Some(temperature) = numbers.temperature {
            config.insert("temperature".into(), json!(temperature));
        }
        if !numbers.stop.is_empty() {
            config.insert("stopSequences".into(), json!(numbers.stop));
        }
        if !config.is_empty() {
            self.set("generationConfig", &config);
        }
        if mixes_tools(request.definitions.tools()) {
            // Gemini takes its own tools beside functions only with this setting.
            self.merge(&json!({ "toolConfig": { "includeServerSideToolInvocations": true } }))?;
        }
        Ok(())
    }

    fn extend(&mut self, fields: &RequestFields) {
        for (name, value) in fields.iter() {
            self.set(name, value);
        }
    }

    fn set<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        self.0.set(name, value);
    }

    fn set_if<T: Serialize>(&mut self, name: &str, value: Option<T>) {
        if let Some(value) = value {
            self.set(name, &value);
        }
    }

    fn set_stop(&mut self, name: &str, sequences: &[String]) {
        if !sequences.is_empty() {
            self.set(name, sequences);
        }
    }

    /// Merges an object into the body: a `null` removes a member, and objects are merged.
    ///
    /// Specification: [JSON Merge Patch](https://www.rfc-editor.org/rfc/rfc7396).
    fn merge(&mut self, patch: &Value) -> Result<(), ModelError> {
        let Value::Object(patch) = patch else {
            return Err(ModelError::request(format_args!(
                "`GenaiModel::extra_body` expects a JSON object, got {}",
                crate::shorten::shorten(&patch.to_string())
            )));
        };
        for (name, value) in patch {
            if value.is_null() {
                self.0.remove(name);
                continue;
            }
            let old = self.0.get(name).map(RawValue::get);
            let mut merged = match old.filter(|_| value.is_object()) {
                Some(old) => serde_json::from_str(old).unwrap_or_default(),
                None => Value::Null,
            };
            patched(&mut merged, value);
            self.set(name, &merged);
        }
        Ok(())
    }
}

/// Settings that each interface names otherwise.
struct Numbers<'a> {
    max_tokens: Option<u64>,
    temperature: Option<f64>,
    stop: &'a [String],
}

fn temperature(value: Option<f64>) -> Result<Option<f64>, ModelError> {
    match value {
        Some(value) if !value.is_finite() => {
            Err(ModelError::request(format_args!("expected a number as temperature, got {value}")))
        }
        value => Ok(value),
    }
}

fn patched(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            target.retain(|known, _| known != name);
        } else {
            patched(target.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

/// `true` if functions stand beside tools that Gemini runs itself.
fn mixes_tools(tools: &RawValue) -> bool {
    const OWN: [&str; 7] = [
        "googleSearch",
        "googleSearchRetrieval",
        "codeExecution",
        "urlContext",
        "fileSearch",
        "googleMaps",
        "computerUse",
    ];
    let tools: Vec<Map<String, Value>> = serde_json::from_str(tools.get()).unwrap_or_default();
    let has =
        |names: &[&str]| tools.iter().any(|tool| names.iter().any(|name| tool.contains_key(*name)));
    has(&["functionDeclarations"]) && has(&OWN)
}
