//! Handshake and discovery.

use serde::{Deserialize, Serialize};

use super::builders::{constructor, setters};
use super::{CacheScope, ClientCapabilities, Icon, Meta, ServerCapabilities};
use crate::lenient::{decoration, decorations, object};

/// Description of a client or server.
///
/// Specification: [Implementation](https://modelcontextprotocol.io/specification/2026-07-28/schema#implementation).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Implementation {
    /// Name for programs.
    pub name: String,
    /// Title for people.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Version.
    pub version: String,
    /// Description.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Website.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub website_url: Option<String>,
    /// Icons.
    #[serde(default, with = "decorations", skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
}

impl Implementation {
    /// Creates a description from a name and a version.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            title: None,
            version: version.into(),
            description: None,
            website_url: None,
            icons: Vec::new(),
        }
    }

    /// Adds an icon.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icons.push(icon);
        self
    }
}

setters!(Implementation {
    /// Sets the title for people.
    title => title: String,
    /// Sets the description.
    description => description: String,
    /// Sets the website.
    website_url => website_url: String,
});

/// Parameters of `initialize`. Revisions up to 2025-11-25 only.
///
/// Specification: [Initialization](https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#initialization).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InitializeParams {
    /// Newest revision of the client.
    pub protocol_version: String,
    /// Capabilities.
    #[serde(deserialize_with = "object")]
    pub capabilities: ClientCapabilities,
    /// Name and version.
    pub client_info: Implementation,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Result of `initialize`. Revisions up to 2025-11-25 only.
///
/// Specification: [Initialization](https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#initialization).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InitializeResult {
    /// Revision of the session.
    pub protocol_version: String,
    /// Capabilities of the server.
    #[serde(deserialize_with = "object")]
    pub capabilities: ServerCapabilities,
    /// Name and version.
    pub server_info: Implementation,
    /// Instructions for models.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Result of `server/discover`. Name and version of the server are in `_meta`. Since 2026-07-28.
///
/// Specification: [Discovery](https://modelcontextprotocol.io/specification/2026-07-28/server/discover).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DiscoverResult {
    /// Supported revisions.
    pub supported_versions: Vec<String>,
    /// Capabilities.
    #[serde(deserialize_with = "object")]
    pub capabilities: ServerCapabilities,
    /// Instructions for models.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// Milliseconds for which the result may be cached. Since 2026-07-28.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
    /// Scope of the cached result. Since 2026-07-28.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub cache_scope: Option<CacheScope>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

constructor!(
    /// Creates a handshake from revision, capabilities and description of the client.
    InitializeParams(protocol_version: String, capabilities: ClientCapabilities, client_info: Implementation) meta
);

setters!(InitializeParams {
    /// Sets the metadata.
    meta => meta: Meta,
});

constructor!(
    /// Creates a result from revision, capabilities and description of the server.
    InitializeResult(protocol_version: String, capabilities: ServerCapabilities, server_info: Implementation) instructions meta
);

setters!(InitializeResult {
    /// Sets the instructions for models.
    instructions => instructions: String,
    /// Sets the metadata.
    meta => meta: Meta,
});

constructor!(
    /// Creates a result from revisions and capabilities.
    DiscoverResult(supported_versions: Vec<String>, capabilities: ServerCapabilities) instructions ttl_ms cache_scope meta
);

setters!(DiscoverResult {
    /// Sets the instructions for models.
    instructions => instructions: String,
    /// Sets the metadata.
    meta => meta: Meta,
});

#[cfg(test)]
mod tests {
    use super::{DiscoverResult, Implementation, InitializeParams, InitializeResult};
    use crate::protocol::samples::{keeps, refuses, rewrites};

    #[test]
    fn samples_round_trip() {
        keeps::<Implementation>(r#"{"name":"a","version":"1"}"#);
        keeps::<Implementation>(
            r#"{"name":"a","title":"A","version":"1","description":"d","websiteUrl":"https://example.com","icons":[{"src":"a:b"}]}"#,
        );
        keeps::<InitializeParams>(
            r#"{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"},"_meta":{"a":1}}"#,
        );
        refuses::<InitializeParams>(r#"{"protocolVersion":"2025-11-25"}"#);
        keeps::<InitializeResult>(
            r#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"},"instructions":"Be kind."}"#,
        );
        rewrites::<DiscoverResult>(
            r#"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{},"ttlMs":0,"cacheScope":"public"}"#,
            r#"{"supportedVersions":["2026-07-28"],"capabilities":{},"ttlMs":0,"cacheScope":"public"}"#,
        );
    }
}
