//! One question to the client, and its identity.

use std::sync::Arc;

use mcp_core::json::{self, Object};
use mcp_core::jsonrpc::Raw;
use mcp_core::method::Method;
use mcp_core::protocol::ClientCapabilities;
use mcp_core::revision::Asks;
use serde_json::value::RawValue;
use serde_json::{Value, json as value};
use sha2::{Digest as _, Sha256};

use super::error::AskError;
use crate::context::handle::Context;

/// Validates an answer; the error describes what is wrong with it.
pub(crate) type Check = Arc<dyn Fn(&RawValue) -> Result<(), String> + Send + Sync>;

/// One question to the client.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) method: Method,
    /// Parameters, an object as JSON text.
    pub(crate) params: String,
    /// Key given by the handler.
    pub(crate) key: Option<String>,
    /// Hash of what identifies the question.
    pub(crate) digest: Digest,
    pub(crate) needs: Needs,
    pub(crate) check: Check,
}

/// Identity of a question: 128 bits of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Digest(pub(crate) [u8; 16]);

impl Digest {
    /// Hashes what identifies a question.
    pub(crate) fn of(method: Method, key: Option<&str>, rendering: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [method.as_str(), key.unwrap_or_default(), rendering] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        Self::of_hash(hash)
    }

    /// The first half of a hash.
    pub(crate) fn of_hash(hash: Sha256) -> Self {
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.finalize()[..16]);
        Self(digest)
    }

    /// The first digits, which are enough within one call.
    pub(crate) fn short(self) -> String {
        self.hex()[..12].to_owned()
    }

    /// All hexadecimal digits.
    pub(crate) fn hex(self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }
}

/// Identity of a question within a call: its digest and the number of equal questions before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Identity {
    pub(crate) digest: Digest,
    pub(crate) occurrence: u32,
}

impl Question {
    /// Creates a question. It is identified by its method, its key and `identity`, or else its
    /// parameters.
    pub(crate) fn new(
        method: Method,
        needs: Needs,
        params: String,
        key: Option<String>,
        identity: Option<&str>,
        check: Check,
    ) -> Self {
        let digest = Digest::of(method, key.as_deref(), identity.unwrap_or(&params));
        Self { method, params, key, digest, needs, check }
    }

    /// The key in `inputRequests`, unless another question has it already.
    pub(crate) fn preferred_key(&self) -> String {
        match &self.key {
            Some(key) => key.clone(),
            None => format!("{}-{}", self.needs.noun(), self.digest.short()),
        }
    }

    /// Writes the members `method` and `params`.
    pub(crate) fn write(&self, object: &mut Object<'_>) {
        object.value("method", self.method.as_str());
        object.raw("params", &self.params);
    }

    /// `true` if the user of the client can be shown what was wrong with an answer.
    pub(crate) fn is_form(&self) -> bool {
        self.needs == Needs::Forms
    }

    /// The question with the fault of its last answer in its message, if it is a form. It is identified
    /// as before.
    pub(crate) fn again(&self, reason: &str) -> Self {
        if !self.is_form() {
            return self.clone();
        }
        let params = json::object_string(|params| {
            for (key, value) in Raw::from_accepted(&self.params).members() {
                let member = params.entry(&key);
                match value.string().filter(|_| key == "message") {
                    Some(message) => {
                        let text = format!("{message}\n\nThe last answer does not fit: {reason}");
                        json::value(member, &text);
                    }
                    None => member.extend_from_slice(value.as_str().as_bytes()),
                }
            }
        });
        Self { params, ..self.clone() }
    }

    /// Error if the client does not support the question.
    pub(crate) fn lacking(&self, cx: &Context) -> Option<AskError> {
        self.needs.lacking(cx)
    }
}

/// Capability that a question requires of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    Forms,
    Urls,
    Sampling,
    SamplingWithTools,
    Roots,
}

impl Needs {
    fn are_met(self, client: &ClientCapabilities) -> bool {
        match self {
            Self::Forms => client.elicitation.as_ref().is_some_and(|it| it.has_form()),
            Self::Urls => client.elicitation.as_ref().is_some_and(|it| it.has_url()),
            Self::Sampling => client.sampling.is_some(),
            Self::SamplingWithTools => {
                client.sampling.as_ref().is_some_and(|sampling| sampling.tools.is_some())
            }
            Self::Roots => client.roots.is_some(),
        }
    }

    /// Returns `true` if the client declares the capability and the revision has it.
    pub(crate) fn are_met_by(self, cx: &Context) -> bool {
        let exchange = cx.exchange();
        let facts = exchange.facts();
        let exists = match self {
            Self::Forms => facts.elicitation,
            Self::Urls => facts.url_elicitation,
            Self::SamplingWithTools => facts.sampling_tools,
            Self::Sampling | Self::Roots => true,
        };
        exists && self.are_met(&exchange.client_capabilities())
    }

    pub(crate) fn lacking(self, cx: &Context) -> Option<AskError> {
        let exchange = cx.exchange();
        if self.are_met_by(cx) {
            return None;
        }
        let has_error = exchange.facts().asks == Asks::RetryWithInput;
        Some(AskError::unsupported(self.name(), self.required(), has_error))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Forms => "elicitation",
            Self::Urls => "elicitation.url",
            Self::Sampling => "sampling",
            Self::SamplingWithTools => "sampling.tools",
            Self::Roots => "roots",
        }
    }

    fn required(self) -> Value {
        match self {
            Self::Forms => value!({ "elicitation": { "form": {} } }),
            Self::Urls => value!({ "elicitation": { "url": {} } }),
            Self::Sampling => value!({ "sampling": {} }),
            Self::SamplingWithTools => value!({ "sampling": { "tools": {} } }),
            Self::Roots => value!({ "roots": {} }),
        }
    }

    /// Noun in generated keys.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Forms => "form",
            Self::Urls => "url",
            Self::Sampling | Self::SamplingWithTools => "sample",
            Self::Roots => "roots",
        }
    }
}
