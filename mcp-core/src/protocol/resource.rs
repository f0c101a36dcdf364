//! Resources of servers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::builders::{constructor, setters};
use super::{Annotations, CacheScope, Cursor, Icon, InputResponses, Meta};
use crate::lenient::{decoration, decorations, or_default};

/// Resource in a list.
///
/// Specification: [Resource](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Resource {
    /// URI.
    pub uri: String,
    /// Name for programs.
    pub name: String,
    /// Title for people.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Description.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Media type.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Size in bytes.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Annotations.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// Icons.
    #[serde(default, with = "decorations", skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Resource template in a list: resources whose URIs have a common form.
///
/// Specification: [Resource templates](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource-templates).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceTemplate {
    /// URI template, by RFC 6570.
    pub uri_template: String,
    /// Name for programs.
    pub name: String,
    /// Title for people.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Description.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Media type, if all resources have the same.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Annotations.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// Icons.
    #[serde(default, with = "decorations", skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Contents of a resource, or of a part of it.
///
/// Specification: [Resource contents](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource-contents).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "ReceivedContents")]
#[non_exhaustive]
pub struct ResourceContents {
    /// URI.
    pub uri: String,
    /// Media type.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Text or bytes.
    #[serde(flatten)]
    pub body: ResourceBody,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Contents as they are received: either of the two members may be absent or `null`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReceivedContents {
    uri: String,
    #[serde(default, with = "decoration")]
    mime_type: Option<String>,
    text: Option<String>,
    blob: Option<String>,
    #[serde(rename = "_meta", default, with = "decoration")]
    meta: Option<Meta>,
}

impl TryFrom<ReceivedContents> for ResourceContents {
    type Error = &'static str;

    fn try_from(received: ReceivedContents) -> Result<Self, Self::Error> {
        let ReceivedContents { uri, mime_type, text, blob, meta } = received;
        let body = text.map(ResourceBody::Text).or(blob.map(ResourceBody::Blob));
        Ok(Self { uri, mime_type, body: body.ok_or("missing `text` or `blob`")?, meta })
    }
}

/// Data of a resource: text, or bytes in base64.
///
/// Specification: [Resource contents](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource-contents).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ResourceBody {
    /// Text.
    Text(String),
    /// Bytes in base64.
    Blob(String),
}

/// Result of `resources/list`.
///
/// Specification: [Listing resources](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#listing-resources).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListResourcesResult {
    /// Items of the page.
    #[serde(deserialize_with = "or_default")]
    pub resources: Vec<Resource>,
    /// Start of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
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

/// Result of `resources/templates/list`.
///
/// Specification: [Resource templates](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#resource-templates).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListResourceTemplatesResult {
    /// Items of the page.
    #[serde(deserialize_with = "or_default")]
    pub resource_templates: Vec<ResourceTemplate>,
    /// Start of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
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

/// Parameters of `resources/read`.
///
/// Specification: [Reading resources](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#reading-resources).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReadResourceParams {
    /// URI of the resource.
    pub uri: String,
    /// Answers to the questions of an earlier attempt. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_responses: Option<InputResponses>,
    /// State of the server from its questions, unchanged. Since 2026-07-28.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_state: Option<String>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Result of `resources/read`.
///
/// Specification: [Reading resources](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#reading-resources).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReadResourceResult {
    /// Contents of the resource and of its parts.
    #[serde(deserialize_with = "or_default")]
    pub contents: Vec<ResourceContents>,
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

/// Parameters of `resources/subscribe` and `resources/unsubscribe`. Revisions up to 2025-11-25 only.
///
/// Specification: [Subscriptions](https://modelcontextprotocol.io/specification/2025-11-25/server/resources#subscriptions).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SubscribeParams {
    /// URI of the resource.
    pub uri: String,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Parameters of `notifications/resources/updated`.
///
/// Specification: [Subscriptions](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#subscriptions).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceUpdatedParams {
    /// URI of the resource.
    pub uri: String,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

impl Resource {
    /// Creates a resource from a URI and a name.
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
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icons.push(icon);
        self
    }
}

setters!(Resource {
    /// Sets the title for people.
    title => title: String,
    /// Sets the description.
    description => description: String,
    /// Sets the media type.
    mime_type => mime_type: String,
    /// Sets the size in bytes.
    size => size: u64,
    /// Sets the annotations.
    annotations => annotations: Annotations,
    /// Sets the metadata.
    meta => meta: Meta,
});

impl ResourceTemplate {
    /// Creates a resource template from a URI template and a name.
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
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icons.push(icon);
        self
    }
}

setters!(ResourceTemplate {
    /// Sets the title for people.
    title => title: String,
    /// Sets the description.
    description => description: String,
    /// Sets the media type of all resources.
    mime_type => mime_type: String,
    /// Sets the annotations.
    annotations => annotations: Annotations,
    /// Sets the metadata.
    meta => meta: Meta,
});

impl ResourceContents {
    /// Creates contents from a URI and text.
    pub fn text(uri: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(uri, ResourceBody::Text(text.into()))
    }

    /// Creates contents from a URI and bytes.
    pub fn blob(uri: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        Self::new(uri, ResourceBody::Blob(STANDARD.encode(bytes)))
    }

    /// Returns the text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.body {
            ResourceBody::Text(text) => Some(text),
            ResourceBody::Blob(_) => None,
        }
    }

    /// Returns the bytes: those of a text in UTF-8, others decoded; `None` if they are not base64.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match &self.body {
            ResourceBody::Text(text) => Some(text.clone().into_bytes()),
            ResourceBody::Blob(data) => STANDARD.decode(data).ok(),
        }
    }

    fn new(uri: impl Into<String>, body: ResourceBody) -> Self {
        Self { uri: uri.into(), mime_type: None, body, meta: None }
    }
}

setters!(ResourceContents {
    /// Sets the media type.
    mime_type => mime_type: String,
    /// Sets the metadata.
    meta => meta: Meta,
});

constructor!(
    /// Creates a page of resources.
    ListResourcesResult(resources: Vec<Resource>) next_cursor ttl_ms cache_scope meta
);

setters!(ListResourcesResult {
    /// Sets the start of the next page.
    next_cursor => next_cursor: Cursor,
    /// Sets the metadata.
    meta => meta: Meta,
});

constructor!(
    /// Creates a page of resource templates.
    ListResourceTemplatesResult(resource_templates: Vec<ResourceTemplate>) next_cursor ttl_ms cache_scope meta
);

setters!(ListResourceTemplatesResult {
    /// Sets the start of the next page.
    next_cursor => next_cursor: Cursor,
    /// Sets the metadata.
    meta => meta: Meta,
});

constructor!(
    /// Creates a request to read a resource.
    ReadResourceParams(uri: String) input_responses request_state meta
);

setters!(ReadResourceParams {
    /// Sets the metadata.
    meta => meta: Meta,
});

constructor!(
    /// Creates a result from contents.
    ReadResourceResult(contents: Vec<ResourceContents>) ttl_ms cache_scope meta
);

setters!(ReadResourceResult {
    /// Sets the metadata.
    meta => meta: Meta,
});

constructor!(
    /// Creates a request to begin or end a subscription.
    SubscribeParams(uri: String) meta
);

constructor!(
    /// Creates the notification for a resource.
    ResourceUpdatedParams(uri: String) meta
);

#[cfg(test)]
mod tests {
    use super::{
        ListResourceTemplatesResult, ListResourcesResult, ReadResourceParams, ReadResourceResult,
        ResourceBody, ResourceContents,
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
        let contents = ResourceContents::blob("a:b", [0, 1]).mime_type("x/y");
        let written = serde_json::to_string(&contents).unwrap();
        assert_eq!(written, r#"{"uri":"a:b","mimeType":"x/y","blob":"AAE="}"#);
        assert_eq!(contents.bytes(), Some(vec![0, 1]));
        assert_eq!(ResourceContents::text("a:b", "ä").bytes(), Some("ä".into()));
        let body = ResourceBody::Blob("%".into());
        assert_eq!(ResourceContents { body, ..contents }.bytes(), None);
    }
}
