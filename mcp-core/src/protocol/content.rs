//! Content for people and models: text, images, audio, resources.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::builders::{from_text, setters};
use super::{Meta, Resource, ResourceContents};
use crate::lenient::{decoration, optional_decorations};

/// Block of content: `ContentBlock` of the schema.
///
/// Specification: [Tool result](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#tool-result).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Content {
    /// Text.
    Text(TextContent),
    /// Image.
    Image(ImageContent),
    /// Audio.
    Audio(AudioContent),
    /// Link to a resource.
    ResourceLink(Resource),
    /// Resource with its contents.
    Resource(EmbeddedResource),
    /// Content of a type that this crate does not define, unchanged.
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

/// Returns the `type` of a block of content.
pub(super) fn kind(value: &Value) -> Result<&str, &'static str> {
    value.get("type").and_then(Value::as_str).ok_or("content: expected an object with a `type`")
}

impl Content {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(TextContent::new(text))
    }

    /// Creates an image from the bytes of its file.
    pub fn image(bytes: impl AsRef<[u8]>, mime_type: impl Into<String>) -> Self {
        Self::Image(ImageContent::new(bytes, mime_type))
    }

    /// Creates audio from the bytes of its file.
    pub fn audio(bytes: impl AsRef<[u8]>, mime_type: impl Into<String>) -> Self {
        Self::Audio(AudioContent::new(bytes, mime_type))
    }

    /// Link to a resource.
    pub fn resource_link(resource: Resource) -> Self {
        Self::ResourceLink(resource)
    }

    /// Resource with its contents.
    pub fn resource(contents: ResourceContents) -> Self {
        Self::Resource(EmbeddedResource::new(contents))
    }

    /// Returns the text of a text block.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(content) => Some(&content.text),
            _ => None,
        }
    }

    /// Sets the annotations.
    #[must_use]
    pub fn annotations(mut self, annotations: Annotations) -> Self {
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

    /// Sets the metadata.
    #[must_use]
    pub fn meta(mut self, meta: Meta) -> Self {
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

from_text! { Content: &str, &String, String, Cow<'_, str>, Box<str> }

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
    /// Text.
    pub text: String,
    /// Annotations.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Image.
///
/// Specification: [Image content](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#image-content).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ImageContent {
    /// Bytes of its file, in base64.
    pub data: String,
    /// Media type.
    pub mime_type: String,
    /// Annotations.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Audio.
///
/// Specification: [Audio content](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#audio-content).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AudioContent {
    /// Bytes of its file, in base64.
    pub data: String,
    /// Media type.
    pub mime_type: String,
    /// Annotations.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Resource with its contents.
///
/// Specification: [Embedded resources](https://modelcontextprotocol.io/specification/2026-07-28/server/tools#embedded-resources).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EmbeddedResource {
    /// Contents.
    pub resource: ResourceContents,
    /// Annotations.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Annotations: audience, priority and time of the last change.
///
/// Specification: [Annotations](https://modelcontextprotocol.io/specification/2026-07-28/server/resources#annotations).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Annotations {
    /// Audience.
    #[serde(default, with = "optional_decorations", skip_serializing_if = "Option::is_none")]
    pub audience: Option<Vec<Role>>,
    /// Priority, from 0 to 1.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub priority: Option<f64>,
    /// Time of the last change, by ISO 8601.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// Role of the author of a message.
///
/// Specification: [Prompt message](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts#promptmessage).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Role {
    /// User.
    User,
    /// Model.
    Assistant,
    /// Value that this crate does not define.
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
    /// Creates an image from the bytes of its file.
    pub fn new(bytes: impl AsRef<[u8]>, mime_type: impl Into<String>) -> Self {
        let data = STANDARD.encode(bytes);
        Self { data, mime_type: mime_type.into(), annotations: None, meta: None }
    }

    /// Decodes the bytes of its file; `None` if they are not base64.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.data).ok()
    }
}

impl EmbeddedResource {
    /// Resource with its contents.
    pub fn new(contents: ResourceContents) -> Self {
        Self { resource: contents, annotations: None, meta: None }
    }
}

impl AudioContent {
    /// Creates audio from the bytes of its file.
    pub fn new(bytes: impl AsRef<[u8]>, mime_type: impl Into<String>) -> Self {
        let data = STANDARD.encode(bytes);
        Self { data, mime_type: mime_type.into(), annotations: None, meta: None }
    }

    /// Decodes the bytes of its file; `None` if they are not base64.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.data).ok()
    }
}

impl Annotations {
    /// Creates empty annotations.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a role to the audience.
    #[must_use]
    pub fn audience(mut self, role: Role) -> Self {
        self.audience.get_or_insert_default().push(role);
        self
    }
}

setters!(Annotations {
    /// Sets the priority, from 0 to 1.
    priority => priority: f64,
    /// Sets the time of the last change, by ISO 8601.
    last_modified => last_modified: String,
});

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{Annotations, Content, ImageContent, Role};
    use crate::protocol::SamplingContent;
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
    fn text_of_any_kind_becomes_content() {
        let text = String::from("a");
        for content in [
            Content::from("a"),
            (&text).into(),
            text.clone().into(),
            Cow::Borrowed("a").into(),
            text.clone().into_boxed_str().into(),
        ] {
            assert_eq!(content.as_text(), Some("a"));
        }
        assert_eq!(SamplingContent::from(&text).as_text(), Some("a"));
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
            Content::text("a").annotations(Annotations::new().audience(Role::User)),
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
