//! What clients and servers say they are able to do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The settings of a capability; often none, because its presence says it all.
pub type Settings = Map<String, Value>;

/// What a client is able to do.
///
/// Specification: [ClientCapabilities](https://modelcontextprotocol.io/specification/2026-07-28/schema#clientcapabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ClientCapabilities {
    /// What is outside the specification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub experimental: Option<BTreeMap<String, Settings>>,
    /// It has roots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roots: Option<RootsCapability>,
    /// It lets servers ask its model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampling: Option<SamplingCapability>,
    /// It lets servers ask its user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elicitation: Option<ElicitationCapability>,
    /// It runs requests as tasks. Revision 2025-11-25 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks: Option<TasksCapability>,
    /// The extensions it knows, by identifier. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<BTreeMap<String, Settings>>,
}

/// A client has roots.
///
/// Specification: [Roots capabilities](https://modelcontextprotocol.io/specification/2025-11-25/client/roots#capabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RootsCapability {
    /// It says when they change. Revisions up to 2025-11-25 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_changed: Option<bool>,
}

/// A client lets servers ask its model.
///
/// Specification: [Sampling capabilities](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#capabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SamplingCapability {
    /// Servers may include context by `includeContext`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Settings>,
    /// Servers may give the model tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<Settings>,
}

/// A client lets servers ask its user.
///
/// Specification: [Elicitation capabilities](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#capabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ElicitationCapability {
    /// By forms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<Settings>,
    /// By sending the user to a URL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Settings>,
}

/// What a server is able to do.
///
/// Specification: [ServerCapabilities](https://modelcontextprotocol.io/specification/2026-07-28/schema#servercapabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ServerCapabilities {
    /// What is outside the specification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub experimental: Option<BTreeMap<String, Settings>>,
    /// It sends log messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging: Option<Settings>,
    /// It completes arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completions: Option<Settings>,
    /// It has prompts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompts: Option<PromptsCapability>,
    /// It has resources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<ResourcesCapability>,
    /// It has tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<ToolsCapability>,
    /// It runs requests as tasks. Revision 2025-11-25 only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks: Option<TasksCapability>,
    /// The extensions it knows, by identifier. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<BTreeMap<String, Settings>>,
}

/// A server has prompts.
///
/// Specification: [Prompts capabilities](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#capabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PromptsCapability {
    /// It says when their list changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_changed: Option<bool>,
}

/// A server has resources.
///
/// Specification: [Resources capabilities](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#capabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourcesCapability {
    /// It says when one of them changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscribe: Option<bool>,
    /// It says when their list changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_changed: Option<bool>,
}

/// A server has tools.
///
/// Specification: [Tools capabilities](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#capabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolsCapability {
    /// It says when their list changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_changed: Option<bool>,
}

/// A client or server runs requests as tasks. Revision 2025-11-25 only.
///
/// Specification: [Tasks capabilities](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#capabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TasksCapability {
    /// It lists its tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<Settings>,
    /// It cancels tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel: Option<Settings>,
    /// The requests that may become tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<TaskRequests>,
}

/// The requests that may become tasks. Revision 2025-11-25 only.
///
/// Specification: [Tasks capabilities](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#capabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TaskRequests {
    /// Of a server: `call`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<BTreeMap<String, Settings>>,
    /// Of a client: `createMessage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampling: Option<BTreeMap<String, Settings>>,
    /// Of a client: `create`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elicitation: Option<BTreeMap<String, Settings>>,
}

impl ElicitationCapability {
    /// Whether forms are understood: an empty capability is the one of earlier revisions, which
    /// knew nothing else.
    pub fn has_form(&self) -> bool {
        self.form.is_some() || self.url.is_none()
    }

    /// Whether the user can be sent to a URL.
    pub fn has_url(&self) -> bool {
        self.url.is_some()
    }
}

impl ClientCapabilities {
    /// Whether an extension is among them.
    pub fn has_extension(&self, identifier: &str) -> bool {
        self.extensions.as_ref().is_some_and(|all| all.contains_key(identifier))
    }
}

impl ServerCapabilities {
    /// Whether an extension is among them.
    pub fn has_extension(&self, identifier: &str) -> bool {
        self.extensions.as_ref().is_some_and(|all| all.contains_key(identifier))
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientCapabilities, ElicitationCapability, ServerCapabilities};
    use crate::protocol::samples::{keeps, refuses, rewrites};

    #[test]
    fn samples_round_trip() {
        keeps::<ClientCapabilities>("{}");
        let client = keeps::<ClientCapabilities>(
            r#"{"roots":{},"sampling":{"tools":{}},"elicitation":{"url":{}},"extensions":{"io.modelcontextprotocol/tasks":{}},"experimental":{"x":{"y":1}}}"#,
        );
        assert!(client.has_extension("io.modelcontextprotocol/tasks"));
        assert!(!client.has_extension("io.modelcontextprotocol/ui"));
        keeps::<ClientCapabilities>(
            r#"{"roots":{"listChanged":true},"tasks":{"list":{},"requests":{"elicitation":{"create":{}}}}}"#,
        );
        rewrites::<ClientCapabilities>(r#"{"roots":{"new":1},"newer":{}}"#, r#"{"roots":{}}"#);
        keeps::<ServerCapabilities>(
            r#"{"logging":{},"completions":{},"prompts":{"listChanged":false},"resources":{"subscribe":true,"listChanged":true},"tools":{}}"#,
        );
        refuses::<ServerCapabilities>(r#"{"tools":true}"#);
    }

    #[test]
    fn an_empty_elicitation_capability_means_forms() {
        let check = |sample: &str, form: bool, url: bool| {
            let capability = keeps::<ElicitationCapability>(sample);
            assert_eq!((capability.has_form(), capability.has_url()), (form, url), "{sample}");
        };
        check("{}", true, false);
        check(r#"{"form":{}}"#, true, false);
        check(r#"{"url":{}}"#, false, true);
        check(r#"{"form":{},"url":{}}"#, true, true);
    }
}
