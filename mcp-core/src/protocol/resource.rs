//! What servers let clients read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::builders::setters;
use super::{Annotations, CacheScope, Cursor, Icon, InputResponses, Meta};

/// Something that can be read.
///
/// Specification: [Resource](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Resource {
    /// Where it is.
    pub uri: String,
    /// Name for programs.
    pub name: String,
    /// Name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Its size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Whom it is for and how much it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// Icons to show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Things that can be read, their URIs given by a template.
///
/// Specification: [Resource templates](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource-templates).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceTemplate {
    /// The template, by RFC 6570.
    pub uri_template: String,
    /// Name for programs.
    pub name: String,
    /// Name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Their media type, if all have the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Whom they are for and how much they matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// Icons to show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// What was read.
///
/// Specification: [Resource contents](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource-contents).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceContents {
    /// Where it was.
    pub uri: String,
    /// Its media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// The contents themselves.
    #[serde(flatten)]
    pub body: ResourceBody,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// The contents of a resource: text, or bytes in base64.
///
/// Specification: [Resource contents](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource-contents).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ResourceBody {
    /// Text.
    Text(String),
    /// Bytes in base64.
    Blob(String),
}

/// One page of the resources.
///
/// Specification: [Listing resources](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#listing-resources).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListResourcesResult {
    /// The page.
    pub resources: Vec<Resource>,
    /// Where the next page starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
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

/// One page of the templates.
///
/// Specification: [Resource templates](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource-templates).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListResourceTemplatesResult {
    /// The page.
    pub resource_templates: Vec<ResourceTemplate>,
    /// Where the next page starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
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

/// Asks for the contents of a resource.
///
/// Specification: [Reading resources](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#reading-resources).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadResourceParams {
    /// Which resource.
    pub uri: String,
    /// Answers to what an earlier attempt asked. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_responses: Option<InputResponses>,
    /// What the server gave with its questions, returned as it was. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_state: Option<String>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// The contents of a resource.
///
/// Specification: [Reading resources](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#reading-resources).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadResourceResult {
    /// Its parts.
    pub contents: Vec<ResourceContents>,
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

/// Begins or ends a subscription to a resource. Revisions up to 2025-11-25 only.
///
/// Specification: [Subscriptions](https://modelcontextprotocol.io/specification/2025-11-25/server/resources#subscriptions).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscribeParams {
    /// Which resource.
    pub uri: String,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Says that a resource has changed.
///
/// Specification: [Subscriptions](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#subscriptions).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceUpdatedParams {
    /// Which resource.
    pub uri: String,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

impl Resource {
    /// A resource with a URI and a name.
    pub fn new(uri: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            name: name.into(),
            title: None,
            description: None,
            mime_type: None,
            size: None,
            annotations: None,
            icons: Vec::new(),
            meta: None,
        }
    }

    /// Adds an icon.
    #[must_use]
    pub fn with_icon(mut self, icon: Icon) -> Self {
        self.icons.push(icon);
        self
    }
}

setters!(Resource {
    /// Gives it a name for people.
    with_title => title: String,
    /// Says what it is.
    with_description => description: String,
    /// States its media type.
    with_mime_type => mime_type: String,
    /// States its size in bytes.
    with_size => size: u64,
    /// Says whom it is for and how much it matters.
    with_annotations => annotations: Annotations,
    /// Attaches metadata.
    with_meta => meta: Meta,
});

impl ResourceTemplate {
    /// Resources with URIs of a template, and a name.
    pub fn new(uri_template: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            uri_template: uri_template.into(),
            name: name.into(),
            title: None,
            description: None,
            mime_type: None,
            annotations: None,
            icons: Vec::new(),
            meta: None,
        }
    }

    /// Adds an icon.
    #[must_use]
    pub fn with_icon(mut self, icon: Icon) -> Self {
        self.icons.push(icon);
        self
    }
}

setters!(ResourceTemplate {
    /// Gives them a name for people.
    with_title => title: String,
    /// Says what they are.
    with_description => description: String,
    /// States the media type that all of them have.
    with_mime_type => mime_type: String,
    /// Says whom they are for and how much they matter.
    with_annotations => annotations: Annotations,
    /// Attaches metadata.
    with_meta => meta: Meta,
});

impl ResourceContents {
    /// Text read from a URI.
    pub fn text(uri: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(uri, ResourceBody::Text(text.into()))
    }

    /// Bytes read from a URI.
    pub fn blob(uri: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        Self::new(uri, ResourceBody::Blob(STANDARD.encode(bytes)))
    }

    /// The text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.body {
            ResourceBody::Text(text) => Some(text),
            ResourceBody::Blob(_) => None,
        }
    }

    fn new(uri: impl Into<String>, body: ResourceBody) -> Self {
        Self { uri: uri.into(), mime_type: None, body, meta: None }
    }
}

setters!(ResourceContents {
    /// States the media type.
    with_mime_type => mime_type: String,
    /// Attaches metadata.
    with_meta => meta: Meta,
});

#[cfg(test)]
mod tests {
    use super::{
        ListResourceTemplatesResult, ListResourcesResult, ReadResourceParams, ReadResourceResult,
        ResourceContents,
    };
    use crate::protocol::samples::{keeps, refuses, rewrites};

    #[test]
    fn samples_round_trip() {
        keeps::<ListResourcesResult>(
            r#"{"resources":[{"uri":"a:b","name":"n","title":"N","description":"d","mimeType":"text/plain","size":3,"annotations":{"audience":["user"],"priority":0.5},"icons":[{"src":"x:y"}],"_meta":{"a":1}}],"nextCursor":"c","ttlMs":5,"cacheScope":"private"}"#,
        );
        keeps::<ListResourceTemplatesResult>(
            r#"{"resourceTemplates":[{"uriTemplate":"a:{b}","name":"n"}]}"#,
        );
        keeps::<ReadResourceParams>(
            r#"{"uri":"a:b","inputResponses":{"q":{"action":"decline"}},"requestState":"s"}"#,
        );
        keeps::<ReadResourceResult>(
            r#"{"contents":[{"uri":"a:b","text":"t","_meta":{"a":1}},{"uri":"a:c","mimeType":"x/y","blob":"AAE="}]}"#,
        );
        rewrites::<ResourceContents>(
            r#"{"new":[],"uri":"a:b","text":"t"}"#,
            r#"{"uri":"a:b","text":"t"}"#,
        );
        refuses::<ResourceContents>(r#"{"uri":"a:b"}"#);
    }

    #[test]
    fn bytes_are_sent_in_base64() {
        let contents = ResourceContents::blob("a:b", [0, 1]).with_mime_type("x/y");
        let written = serde_json::to_string(&contents).unwrap();
        assert_eq!(written, r#"{"uri":"a:b","mimeType":"x/y","blob":"AAE="}"#);
    }
}
