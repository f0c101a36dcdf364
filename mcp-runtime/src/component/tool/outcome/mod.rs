//! Results of tools: from the value of a handler to the members of a result.

pub(crate) mod content;
pub(crate) mod extended;
mod json_text;
pub(crate) mod media;
pub(crate) mod returned;
pub(crate) mod structured;
#[cfg(test)]
mod tests;

use mcp_core::json::{self, Object};
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::{CallToolResult, Content, Meta, ResourceBody};
use mcp_core::revision::{Facts, StructuredContent};
use serde_json::value::RawValue;

use self::json_text::JsonText;
pub(crate) use media::{Audio, Image};
pub(crate) use structured::{ResultSchema, Shape, ToolResult, ViaContent};

use crate::component::rendered::{Rendered, meta_members};

/// A link to a resource, as the result of a tool.
pub type ResourceLink = mcp_core::protocol::Resource;

/// Result of a handler: a result for the model, or an error of the protocol.
pub type ToolReply = Result<ToolOutcome, ProtocolError>;

/// The result of a call, before a revision decides on its form.
#[derive(Debug)]
pub struct ToolOutcome {
    body: Body,
    is_error: bool,
    /// `true` if the text is that of another error, which was not written for the model.
    is_foreign: bool,
}

#[derive(Debug)]
enum Body {
    /// A value as JSON text.
    Json { json: JsonText, shape: Shape },
    /// Text and nothing else.
    Text(String),
    /// Content that the handler has composed.
    Composed(Box<Composed>),
    /// A result of a kind that an extension adds.
    Extended(Box<Rendered>),
    /// The result of an upstream server.
    #[cfg(feature = "client")]
    Upstream(Box<UpstreamResult>),
}

/// The result of an upstream server, in the form of the client's revision.
#[cfg(feature = "client")]
#[derive(Debug)]
struct UpstreamResult {
    /// Members but for `isError`.
    members: Vec<u8>,
    /// Members of `_meta`, without the braces.
    meta: String,
    /// The first text of its content.
    text: String,
}

#[derive(Debug, Default)]
struct Composed {
    content: Vec<Content>,
    structured: Option<Box<RawValue>>,
    /// The output schema is not that of an object.
    wrapped: bool,
    meta: Option<Meta>,
}

impl ToolOutcome {
    /// Creates a failure with a text.
    pub(crate) fn failed(text: String) -> Self {
        Self { body: Body::Text(text), is_error: true, is_foreign: false }
    }

    /// Creates a failure with a text and further content.
    pub(crate) fn failed_with(
        text: String,
        contents: Vec<Content>,
        structured: Option<Box<RawValue>>,
    ) -> Self {
        if contents.is_empty() && structured.is_none() {
            return Self::failed(text);
        }
        let content = [Content::text(text)].into_iter().chain(contents).collect();
        let composed = Composed { content, structured, ..Composed::default() };
        Self { body: Body::Composed(Box::new(composed)), is_error: true, is_foreign: false }
    }

    /// Marks the text as that of another error.
    pub(crate) fn foreign(mut self) -> Self {
        self.is_foreign = true;
        self
    }

    /// Returns `true` if the text is that of another error.
    pub(crate) fn is_foreign(&self) -> bool {
        self.is_foreign
    }

    /// A result of a kind that an extension adds.
    pub(crate) fn extended(rendered: Rendered) -> Self {
        Self { body: Body::Extended(Box::new(rendered)), is_error: false, is_foreign: false }
    }

    /// Creates an outcome from the result of an upstream server: its members but for `isError`, those
    /// of its `_meta`, and the text of its content.
    #[cfg(feature = "client")]
    pub(crate) fn upstream(members: Vec<u8>, meta: String, text: String, is_error: bool) -> Self {
        Self {
            body: Body::Upstream(Box::new(UpstreamResult { members, meta, text })),
            is_error,
            is_foreign: false,
        }
    }

    pub(crate) fn json(json: JsonText, shape: Shape) -> Self {
        Self { body: Body::Json { json, shape }, is_error: false, is_foreign: false }
    }

    pub(crate) fn content(content: Vec<Content>) -> Self {
        let composed = Composed { content, ..Composed::default() };
        Self { body: Body::Composed(Box::new(composed)), is_error: false, is_foreign: false }
    }

    /// Creates an outcome from a whole result. `wrapped` is `true` if its output schema is not that of
    /// an object.
    pub(crate) fn composed(result: CallToolResult, wrapped: bool) -> Self {
        let composed = Composed {
            content: result.content,
            structured: result.structured_content,
            wrapped,
            meta: result.meta,
        };
        Self {
            body: Body::Composed(Box::new(composed)),
            is_error: result.is_error,
            is_foreign: false,
        }
    }

    /// The text of a failure, where it becomes an error of the protocol.
    pub(crate) fn into_message(self) -> String {
        match self.body {
            Body::Text(text) => text,
            Body::Json { json, .. } => json::into_string(json.into_vec()),
            Body::Extended(_) => String::new(),
            #[cfg(feature = "client")]
            Body::Upstream(result) => result.text,
            Body::Composed(composed) => {
                let texts: Vec<_> = composed.content.iter().filter_map(Content::as_text).collect();
                texts.join("\n")
            }
        }
    }

    /// Returns `true` if the result is a failure.
    pub fn is_error(&self) -> bool {
        self.is_error
    }

    /// The text of the result; empty if there is none.
    pub(crate) fn text(&self) -> &str {
        match &self.body {
            Body::Text(text) => text,
            Body::Json { .. } | Body::Extended(_) => "",
            #[cfg(feature = "client")]
            Body::Upstream(result) => &result.text,
            Body::Composed(composed) => {
                composed.content.iter().find_map(Content::as_text).unwrap_or_default()
            }
        }
    }

    /// Kind of result, unless it is the usual one.
    pub(crate) fn result_type(&self) -> Option<&str> {
        match &self.body {
            Body::Extended(rendered) => rendered.result_type.as_deref(),
            _ => None,
        }
    }

    /// The members of the result's `_meta`, as JSON without the braces; empty for none.
    pub(crate) fn meta_members(&self) -> String {
        let composed = match &self.body {
            Body::Composed(composed) => composed,
            Body::Extended(rendered) => return rendered.meta.clone(),
            #[cfg(feature = "client")]
            Body::Upstream(result) => return result.meta.clone(),
            _ => return String::new(),
        };
        meta_members(composed.meta.as_ref())
    }

    /// Estimated length of the members, in bytes, so that a large result is written into one
    /// allocation.
    pub(crate) fn size_hint(&self) -> usize {
        match &self.body {
            // The text escapes the quotes of the value that follows it.
            Body::Json { json, shape: Shape::Structured { .. } } => 2 * json.len() + json.len() / 4,
            Body::Json { json, .. } => json.len(),
            Body::Text(text) => text.len() + text.len() / 16,
            Body::Composed(composed) => {
                let structured = composed.structured.as_ref().map_or(0, |json| json.get().len());
                structured + composed.content.iter().map(content_size).sum::<usize>()
            }
            Body::Extended(rendered) => rendered.members.len(),
            #[cfg(feature = "client")]
            Body::Upstream(result) => result.members.len(),
        }
    }

    /// Appends the members of the result, without a comma at either end, in the form that a
    /// revision gives to them.
    pub fn write_members(&self, out: &mut Vec<u8>, facts: &Facts) {
        json::members(out, |result| {
            match &self.body {
                Body::Json { json, shape } => {
                    write_value(result, json, *shape, facts.structured_content);
                }
                Body::Text(text) => write_text(result, |out| json::value(out, text)),
                Body::Composed(composed) => write_composed(result, composed, facts),
                Body::Extended(rendered) => {
                    result.members(|out| out.extend_from_slice(&rendered.members));
                }
                #[cfg(feature = "client")]
                Body::Upstream(upstream) => {
                    result.members(|out| out.extend_from_slice(&upstream.members));
                }
            }
            if self.is_error {
                result.raw("isError", "true");
            }
        });
    }
}

/// Estimated length of content as JSON.
fn content_size(content: &Content) -> usize {
    const MEMBERS: usize = 128;
    let data = match content {
        Content::Text(text) => text.text.len() + text.text.len() / 16,
        Content::Image(image) => image.data.len(),
        Content::Audio(audio) => audio.data.len(),
        Content::Resource(embedded) => match &embedded.resource.body {
            ResourceBody::Text(text) => text.len() + text.len() / 16,
            ResourceBody::Blob(data) => data.len(),
            _ => 0,
        },
        _ => 0,
    };
    MEMBERS + data
}

/// Writes content of one block of text, whose JSON `text` writes.
fn write_text(result: &mut Object<'_>, text: impl FnOnce(&mut Vec<u8>)) {
    let content = result.member("content");
    content.extend_from_slice(br#"[{"type":"text","text":"#);
    text(content);
    content.extend_from_slice(b"}]");
}

fn write_value(result: &mut Object<'_>, json: &[u8], shape: Shape, form: StructuredContent) {
    match shape {
        Shape::Empty => result.raw("content", "[]"),
        Shape::Text if json == b"null" => result.raw("content", "[]"),
        // The JSON of a string is the text as it is.
        Shape::Text if json.starts_with(b"\"") => {
            write_text(result, |out| out.extend_from_slice(json));
        }
        Shape::Text => write_text(result, |out| json::escaped(out, json)),
        Shape::Structured { wrapped } => {
            write_text(result, |out| json::escaped(out, json));
            write_structured(result, json, wrapped, form);
        }
    }
}

fn write_composed(result: &mut Object<'_>, composed: &Composed, facts: &Facts) {
    let content: Vec<_> = composed.content.iter().map(|one| facts.fit_content(one)).collect();
    result.value("content", &content);
    if let Some(structured) = &composed.structured {
        let json = json::one_line(structured.get());
        let json = json.trim_start().as_bytes();
        write_structured(result, json, composed.wrapped, facts.structured_content);
    }
}

/// Appends a value as `structuredContent`. With `wrapped`, the schema describes it as the
/// member `result` where an object is required.
pub(crate) fn write_structured(
    result: &mut Object<'_>,
    json: &[u8],
    wrapped: bool,
    form: StructuredContent,
) {
    match form {
        StructuredContent::Absent => {}
        StructuredContent::Object if wrapped || !json.starts_with(b"{") => {
            result.object("structuredContent", |wrapper| {
                wrapper.member("result").extend_from_slice(json);
            });
        }
        StructuredContent::Object | StructuredContent::Any => {
            result.member("structuredContent").extend_from_slice(json);
        }
    }
}
