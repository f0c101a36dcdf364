//! One question, and what tells it from others.

use std::sync::Arc;

use mcp_core::json::Object;
use mcp_core::method::Method;
use mcp_core::protocol::ClientCapabilities;
use mcp_core::revision::Asks;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::error::AskError;
use crate::context::handle::Context;

/// Says why an answer is none to its question.
pub(crate) type Check = Arc<dyn Fn(&RawValue) -> Result<(), String> + Send + Sync>;

/// One question to the client.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) method: Method,
    /// The parameters, an object as JSON text.
    pub(crate) params: String,
    /// The name that the handler gives it.
    pub(crate) key: Option<String>,
    /// What has to be the same for it to be the same question.
    pub(crate) digest: Digest,
    pub(crate) needs: Needs,
    pub(crate) check: Check,
}

/// What a question is told apart by: 128 bits of a hash of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Digest(pub(crate) [u8; 16]);

impl Digest {
    /// Of what stays the same about a question.
    pub(crate) fn of(method: Method, key: Option<&str>, rendering: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [method.as_str(), key.unwrap_or_default(), rendering] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.finalize()[..16]);
        Self(digest)
    }

    /// As much of it as tells the questions of one call apart.
    pub(crate) fn short(self) -> String {
        self.hex()[..12].to_owned()
    }

    /// All of it, as text.
    pub(crate) fn hex(self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }
}

/// A question by its digest and by how many equal ones were asked before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Identity {
    pub(crate) digest: Digest,
    pub(crate) occurrence: u32,
}

impl Question {
    /// The key under which it is asked, unless that is taken.
    pub(crate) fn wanted_key(&self) -> String {
        match &self.key {
            Some(key) => key.clone(),
            None => format!("{}-{}", self.needs.noun(), self.digest.short()),
        }
    }

    /// Writes the members of the request.
    pub(crate) fn write(&self, request: &mut Object<'_>) {
        request.value("method", self.method.as_str());
        request.raw("params", &self.params);
    }

    /// Why the client of a request cannot be asked this.
    pub(crate) fn lacking(&self, cx: &Context) -> Option<AskError> {
        self.needs.lacking(cx)
    }
}

/// What a client has to be able to do.
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

    /// Whether the client of a request can do it, in the revision that is spoken.
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
            Self::Forms => json!({ "elicitation": { "form": {} } }),
            Self::Urls => json!({ "elicitation": { "url": {} } }),
            Self::Sampling => json!({ "sampling": {} }),
            Self::SamplingWithTools => json!({ "sampling": { "tools": {} } }),
            Self::Roots => json!({ "roots": {} }),
        }
    }

    /// What it is called in the keys that the framework gives.
    fn noun(self) -> &'static str {
        match self {
            Self::Forms => "form",
            Self::Urls => "url",
            Self::Sampling | Self::SamplingWithTools => "sample",
            Self::Roots => "roots",
        }
    }
}
