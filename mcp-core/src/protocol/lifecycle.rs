//! How two sides meet.

use serde::{Deserialize, Serialize};

use super::builders::setters;
use super::{CacheScope, ClientCapabilities, Icon, Meta, ServerCapabilities};

/// Name and version of a client or server.
///
/// Specification: [Implementation](https://modelcontextprotocol.io/specification/2026-07-28/schema#implementation).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Implementation {
    /// Name for programs.
    pub name: String,
    /// Name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its version.
    pub version: String,
    /// What it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where people read more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website_url: Option<String>,
    /// Icons to show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
}

impl Implementation {
    /// A name and a version.
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
    pub fn with_icon(mut self, icon: Icon) -> Self {
        self.icons.push(icon);
        self
    }
}

setters!(Implementation {
    /// Gives it a name for people.
    with_title => title: String,
    /// Says what it does.
    with_description => description: String,
    /// Says where people read more.
    with_website_url => website_url: String,
});

/// A client opens a session. Revisions up to 2025-11-25 only.
///
/// Specification: [Initialization](https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#initialization).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InitializeParams {
    /// The newest revision the client speaks.
    pub protocol_version: String,
    /// What it is able to do.
    pub capabilities: ClientCapabilities,
    /// Its name and version.
    pub client_info: Implementation,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// A server accepts a session. Revisions up to 2025-11-25 only.
///
/// Specification: [Initialization](https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#initialization).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InitializeResult {
    /// The revision of the session.
    pub protocol_version: String,
    /// What the server is able to do.
    pub capabilities: ServerCapabilities,
    /// Its name and version.
    pub server_info: Implementation,
    /// How a model should use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// What a server is. Its name and version are in `_meta`. Since 2026-07-28.
///
/// Specification: [Discovery](https://modelcontextprotocol.io/specification/2026-07-28/server/discover).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DiscoverResult {
    /// The revisions it speaks.
    pub supported_versions: Vec<String>,
    /// What it is able to do.
    pub capabilities: ServerCapabilities,
    /// How a model should use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// For how many milliseconds the result may be cached. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
    /// Who may share the cached result. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_scope: Option<CacheScope>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

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
