//! Capabilities of clients and servers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::TASKS_EXTENSION;
use crate::lenient::{capabilities, capability, decoration};
use crate::method::ServerCapability;

/// Settings of a capability; often empty, because its presence is enough.
pub type Settings = Map<String, Value>;

/// Capabilities of a client.
///
/// Specification: [ClientCapabilities](https://modelcontextprotocol.io/specification/2026-07-28/schema#clientcapabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ClientCapabilities {
    /// Capabilities outside the specification.
    #[serde(default, with = "capabilities", skip_serializing_if = "Option::is_none")]
    pub experimental: Option<BTreeMap<String, Settings>>,
    /// The client has roots.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub roots: Option<RootsCapability>,
    /// Servers may send requests to the client's model.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub sampling: Option<SamplingCapability>,
    /// Servers may send questions to the user.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub elicitation: Option<ElicitationCapability>,
    /// Requests can run as tasks. Revision 2025-11-25 only.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub tasks: Option<TasksCapability>,
    /// Supported extensions, by identifier. Since 2026-07-28.
    #[serde(default, with = "capabilities", skip_serializing_if = "Option::is_none")]
    pub extensions: Option<BTreeMap<String, Settings>>,
}

/// Capability of a client that has roots.
///
/// Specification: [Roots capabilities](https://modelcontextprotocol.io/specification/2025-11-25/client/roots#capabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RootsCapability {
    /// The client sends a notification when they change. Revisions up to 2025-11-25 only.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub list_changed: Option<bool>,
}

/// Capability of a client whose model servers may use.
///
/// Specification: [Sampling capabilities](https://modelcontextprotocol.io/specification/2026-07-28/client/sampling#capabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SamplingCapability {
    /// Servers may include context by `includeContext`.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub context: Option<Settings>,
    /// Servers may give the model tools.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub tools: Option<Settings>,
}

/// Capability of a client whose user servers may ask.
///
/// Specification: [Elicitation capabilities](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#capabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ElicitationCapability {
    /// Servers may send forms.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub form: Option<Settings>,
    /// Servers may send the user to a URL.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub url: Option<Settings>,
}

/// Capabilities of a server.
///
/// Specification: [ServerCapabilities](https://modelcontextprotocol.io/specification/2026-07-28/schema#servercapabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ServerCapabilities {
    /// Capabilities outside the specification.
    #[serde(default, with = "capabilities", skip_serializing_if = "Option::is_none")]
    pub experimental: Option<BTreeMap<String, Settings>>,
    /// The server sends log messages.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub logging: Option<Settings>,
    /// The server completes arguments.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub completions: Option<Settings>,
    /// The server has prompts.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub prompts: Option<PromptsCapability>,
    /// The server has resources.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub resources: Option<ResourcesCapability>,
    /// The server has tools.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub tools: Option<ToolsCapability>,
    /// Requests can run as tasks. Revision 2025-11-25 only.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub tasks: Option<TasksCapability>,
    /// Supported extensions, by identifier. Since 2026-07-28.
    #[serde(default, with = "capabilities", skip_serializing_if = "Option::is_none")]
    pub extensions: Option<BTreeMap<String, Settings>>,
}

/// Capability of a server that has prompts.
///
/// Specification: [Prompts capabilities](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#capabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PromptsCapability {
    /// The server sends a notification when their list changes.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub list_changed: Option<bool>,
}

/// Capability of a server that has resources.
///
/// Specification: [Resources capabilities](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#capabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourcesCapability {
    /// Clients can subscribe to changes of a resource.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub subscribe: Option<bool>,
    /// The server sends a notification when their list changes.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub list_changed: Option<bool>,
}

/// Capability of a server that has tools.
///
/// Specification: [Tools capabilities](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#capabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolsCapability {
    /// The server sends a notification when their list changes.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub list_changed: Option<bool>,
}

/// Capability of a client or server that runs requests as tasks. Revision 2025-11-25 only.
///
/// Specification: [Tasks capabilities](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#capabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TasksCapability {
    /// Tasks can be listed.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub list: Option<Settings>,
    /// Tasks can be cancelled.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub cancel: Option<Settings>,
    /// Requests that can become tasks.
    #[serde(default, with = "capability", skip_serializing_if = "Option::is_none")]
    pub requests: Option<TaskRequests>,
}

/// Requests that can become tasks. Revision 2025-11-25 only.
///
/// Specification: [Tasks capabilities](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#capabilities).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TaskRequests {
    /// Requests to a server: `call`.
    #[serde(default, with = "capabilities", skip_serializing_if = "Option::is_none")]
    pub tools: Option<BTreeMap<String, Settings>>,
    /// Requests to a client: `createMessage`.
    #[serde(default, with = "capabilities", skip_serializing_if = "Option::is_none")]
    pub sampling: Option<BTreeMap<String, Settings>>,
    /// Requests to a client: `create`.
    #[serde(default, with = "capabilities", skip_serializing_if = "Option::is_none")]
    pub elicitation: Option<BTreeMap<String, Settings>>,
}

impl ElicitationCapability {
    /// `true` if forms are supported. An empty capability is that of earlier revisions, which had only
    /// forms.
    pub fn has_form(&self) -> bool {
        self.form.is_some() || self.url.is_none()
    }

    /// `true` if the user can be sent to a URL.
    pub fn has_url(&self) -> bool {
        self.url.is_some()
    }
}

impl ClientCapabilities {
    /// `true` if an extension is supported.
    pub fn has_extension(&self, identifier: &str) -> bool {
        self.extensions.as_ref().is_some_and(|all| all.contains_key(identifier))
    }
}

impl ServerCapabilities {
    /// `true` if a capability is declared.
    pub fn has(&self, capability: ServerCapability) -> bool {
        match capability {
            ServerCapability::Tools => self.tools.is_some(),
            ServerCapability::Resources => self.resources.is_some(),
            ServerCapability::Prompts => self.prompts.is_some(),
            ServerCapability::Completions => self.completions.is_some(),
            ServerCapability::Logging => self.logging.is_some(),
            ServerCapability::Tasks => self.tasks.is_some() || self.has_extension(TASKS_EXTENSION),
        }
    }

    /// `true` if an extension is supported.
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
        rewrites::<ServerCapabilities>(
            r#"{"tools":true,"prompts":[]}"#,
            r#"{"tools":{},"prompts":{}}"#,
        );
        rewrites::<ServerCapabilities>(
            r#"{"tools":{"listChanged":"yes"},"prompts":null,"resources":false,"logging":7}"#,
            r#"{"tools":{}}"#,
        );
        refuses::<ServerCapabilities>("7");
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
