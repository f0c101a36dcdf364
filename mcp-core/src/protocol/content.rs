//! What people and models get to see: text, images, sound, resources.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::builders::setters;
use super::{Meta, Resource, ResourceContents};

/// One piece of content, which the schema calls `ContentBlock`.
///
/// Specification: [Tool result](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-result).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Content {
    /// Text.
    Text(TextContent),
    /// A picture.
    Image(ImageContent),
    /// Sound.
    Audio(AudioContent),
    /// A resource to be read elsewhere.
    ResourceLink(Resource),
    /// A resource with its contents.
    Resource(EmbeddedResource),
    /// Content of a type that this crate does not know, as it came.
    #[serde(untagged)]
    Unknown(Value),
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let content = match kind(&value).map_err(D::Error::custom)? {
            "text" => TextContent::deserialize(value).map(Self::Text),
            "image" => ImageContent::deserialize(value).map(Self::Image),
            "audio" => AudioContent::deserialize(value).map(Self::Audio),
            "resource_link" => Resource::deserialize(value).map(Self::ResourceLink),
            "resource" => EmbeddedResource::deserialize(value).map(Self::Resource),
            _ => Ok(Self::Unknown(value)),
        };
        content.map_err(D::Error::custom)
    }
}

/// The `type` of a block of content.
pub(super) fn kind(value: &Value) -> Result<&str, &'static str> {
    value.get("type").and_then(Value::as_str).ok_or("content: expected an object with a `type`")
}

impl Content {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextContent::new(text))
    }

    /// A picture from the bytes of its file.
    pub fn image(bytes: impl AsRef<[u8]>, mime_type: impl Into<String>) -> Self {
        Self::Image(ImageContent::new(bytes, mime_type))
    }

    /// Sound from the bytes of its file.
    pub fn audio(bytes: impl AsRef<[u8]>, mime_type: impl Into<String>) -> Self {
        Self::Audio(AudioContent::new(bytes, mime_type))
    }

    /// A resource to be read elsewhere.
    pub fn resource_link(resource: Resource) -> Self {
        Self::ResourceLink(resource)
    }

    /// A resource with its contents.
    pub fn resource(contents: ResourceContents) -> Self {
        Self::Resource(EmbeddedResource::new(contents))
    }

    /// The text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(content) => Some(&content.text),
            _ => None,
        }
    }

    /// Says whom it is for and how much it matters.
    #[must_use]
    pub fn with_annotations(mut self, annotations: Annotations) -> Self {
        match &mut self {
            Self::Text(content) => content.annotations = Some(annotations),
            Self::Image(content) => content.annotations = Some(annotations),
            Self::Audio(content) => content.annotations = Some(annotations),
            Self::ResourceLink(resource) => resource.annotations = Some(annotations),
            Self::Resource(content) => content.annotations = Some(annotations),
            Self::Unknown(_) => {}
        }
        self
    }

    /// Attaches metadata.
    #[must_use]
    pub fn with_meta(mut self, meta: Meta) -> Self {
        match &mut self {
            Self::Text(content) => content.meta = Some(meta),
            Self::Image(content) => content.meta = Some(meta),
            Self::Audio(content) => content.meta = Some(meta),
            Self::ResourceLink(resource) => resource.meta = Some(meta),
            Self::Resource(content) => content.meta = Some(meta),
            Self::Unknown(_) => {}
        }
        self
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<TextContent> for Content {
    fn from(content: TextContent) -> Self {
        Self::Text(content)
    }
}

impl From<ImageContent> for Content {
    fn from(content: ImageContent) -> Self {
        Self::Image(content)
    }
}

impl From<AudioContent> for Content {
    fn from(content: AudioContent) -> Self {
        Self::Audio(content)
    }
}

impl From<EmbeddedResource> for Content {
    fn from(content: EmbeddedResource) -> Self {
        Self::Resource(content)
    }
}

/// Text.
///
/// Specification: [Text content](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#text-content).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TextContent {
    /// The text.
    pub text: String,
    /// Whom it is for and how much it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// A picture.
///
/// Specification: [Image content](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#image-content).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ImageContent {
    /// The bytes of its file, in base64.
    pub data: String,
    /// Its media type.
    pub mime_type: String,
    /// Whom it is for and how much it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Sound.
///
/// Specification: [Audio content](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#audio-content).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AudioContent {
    /// The bytes of its file, in base64.
    pub data: String,
    /// Its media type.
    pub mime_type: String,
    /// Whom it is for and how much it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// A resource with its contents.
///
/// Specification: [Embedded resources](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#embedded-resources).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EmbeddedResource {
    /// The contents.
    pub resource: ResourceContents,
    /// Whom it is for and how much it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Whom something is for and how much it matters.
///
/// Specification: [Annotations](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#annotations).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Annotations {
    /// Whom it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<Vec<Role>>,
    /// How much it matters, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<f64>,
    /// When it last changed, by ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// Who says something.
///
/// Specification: [Prompt message](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#promptmessage).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Role {
    /// The user.
    User,
    /// The model.
    Assistant,
    /// A value that this crate does not know.
    #[serde(untagged)]
    Other(String),
}

impl TextContent {
    /// Text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), annotations: None, meta: None }
    }
}

impl ImageContent {
    /// A picture from the bytes of its file.
    pub fn new(bytes: impl AsRef<[u8]>, mime_type: impl Into<String>) -> Self {
        let data = STANDARD.encode(bytes);
        Self { data, mime_type: mime_type.into(), annotations: None, meta: None }
    }

    /// The bytes of its file; none if what came is not base64.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.data).ok()
    }
}

impl EmbeddedResource {
    /// A resource with its contents.
    pub fn new(contents: ResourceContents) -> Self {
        Self { resource: contents, annotations: None, meta: None }
    }
}

impl AudioContent {
    /// Sound from the bytes of its file.
    pub fn new(bytes: impl AsRef<[u8]>, mime_type: impl Into<String>) -> Self {
        let data = STANDARD.encode(bytes);
        Self { data, mime_type: mime_type.into(), annotations: None, meta: None }
    }

    /// The bytes of its file; none if what came is not base64.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.data).ok()
    }
}

impl Annotations {
    /// Nothing said yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds somebody it is for.
    #[must_use]
    pub fn with_audience(mut self, role: Role) -> Self {
        self.audience.get_or_insert_default().push(role);
        self
    }
}

setters!(Annotations {
    /// Says how much it matters, from 0 to 1.
    with_priority => priority: f64,
    /// Says when it last changed, by ISO 8601.
    with_last_modified => last_modified: String,
});

#[cfg(test)]
mod tests {
    use super::{Annotations, Content, ImageContent, Role};
    use crate::protocol::samples::{keeps, refuses, rewrites};

    #[test]
    fn samples_round_trip() {
        assert_eq!(keeps::<Content>(r#"{"type":"text","text":"a"}"#).as_text(), Some("a"));
        keeps::<Content>(
            r#"{"type":"text","text":"a","annotations":{"audience":["user","auditor"],"priority":1.0,"lastModified":"2025-01-12T15:00:58Z"},"_meta":{"x":1}}"#,
        );
        keeps::<Content>(r#"{"type":"image","data":"AAE=","mimeType":"image/png"}"#);
        keeps::<Content>(r#"{"type":"audio","data":"","mimeType":"audio/wav","_meta":{}}"#);
        keeps::<Content>(r#"{"type":"resource_link","uri":"a:b","name":"n","size":7}"#);
        keeps::<Content>(r#"{"type":"resource","resource":{"uri":"a:b","text":"t"}}"#);
        keeps::<Content>(r#"{"type":"resource","resource":{"uri":"a:b","blob":""},"_meta":{}}"#);
        let unknown = keeps::<Content>(r#"{"type":"hologram","depth":3}"#);
        assert!(matches!(unknown, Content::Unknown(_)));
        rewrites::<Content>(
            r#"{"new":1,"text":"a","type":"text"}"#,
            r#"{"type":"text","text":"a"}"#,
        );
        refuses::<Content>(r#"{"type":"text"}"#);
        refuses::<Content>(r#"{"text":"a"}"#);
        refuses::<Content>(r#""a""#);
    }

    #[test]
    fn constructed_content_has_its_type_first() {
        let check = |content: Content, expected: &str| {
            assert_eq!(serde_json::to_string(&content).unwrap(), expected);
        };
        check("a".into(), r#"{"type":"text","text":"a"}"#);
        check(
            Content::image([0, 1], "image/png"),
            r#"{"type":"image","data":"AAE=","mimeType":"image/png"}"#,
        );
        check(
            Content::text("a").with_annotations(Annotations::new().with_audience(Role::User)),
            r#"{"type":"text","text":"a","annotations":{"audience":["user"]}}"#,
        );
    }

    #[test]
    fn bytes_come_back() {
        assert_eq!(ImageContent::new([1, 2, 3], "a/b").bytes(), Some(vec![1, 2, 3]));
        let broken = ImageContent { data: "%".into(), ..ImageContent::new([], "a/b") };
        assert_eq!(broken.bytes(), None);
    }
}
