//! What a tool answers, on its way from a handler's value to the members of a result.

pub(crate) mod content;
pub(crate) mod escape;
pub(crate) mod extended;
pub(crate) mod finite;
pub(crate) mod media;
pub(crate) mod returned;
pub(crate) mod structured;
#[cfg(test)]
mod tests;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::{CallToolResult, Content, Meta};
use mcp_core::revision::{Facts, StructuredContent, append_json};
use serde_json::value::RawValue;

pub(crate) use media::{Audio, Image};
pub(crate) use structured::{ResultSchema, Shape, ToolResult, ViaContent};

use crate::component::rendered::Rendered;
use escape::append_escaped;

/// A resource to be read elsewhere, as the result of a tool.
pub type ResourceLink = mcp_core::protocol::Resource;

/// What a handler ends with: a result for the model, or an error of the protocol.
pub type ToolReply = Result<ToolOutcome, ProtocolError>;

/// The result of a call, before a revision decides on its form.
#[derive(Debug)]
pub struct ToolOutcome {
    body: Body,
    is_error: bool,
}

#[derive(Debug)]
enum Body {
    /// A value as JSON text.
    Json { json: Vec<u8>, shape: Shape },
    /// Text and nothing else.
    Text(String),
    /// Content that the handler has composed.
    Composed(Box<Composed>),
    /// A result of a kind that an extension adds.
    Extended(Box<Rendered>),
}

#[derive(Debug, Default)]
struct Composed {
    content: Vec<Content>,
    structured: Option<Box<RawValue>>,
    meta: Option<Meta>,
}

impl ToolOutcome {
    /// A failure that is told in one text.
    pub(crate) fn failed(text: String) -> Self {
        Self { body: Body::Text(text), is_error: true }
    }

    /// A failure that is told in a text and more.
    pub(crate) fn failed_with(
        text: String,
        contents: Vec<Content>,
        structured: Option<Box<RawValue>>,
    ) -> Self {
        if contents.is_empty() && structured.is_none() {
            return Self::failed(text);
        }
        let content = [Content::text(text)].into_iter().chain(contents).collect();
        let composed = Composed { content, structured, meta: None };
        Self { body: Body::Composed(Box::new(composed)), is_error: true }
    }

    /// A result of a kind that an extension adds.
    pub(crate) fn extended(rendered: Rendered) -> Self {
        Self { body: Body::Extended(Box::new(rendered)), is_error: false }
    }

    pub(crate) fn json(json: Vec<u8>, shape: Shape) -> Self {
        Self { body: Body::Json { json, shape }, is_error: false }
    }

    pub(crate) fn content(content: Vec<Content>) -> Self {
        let composed = Composed { content, ..Composed::default() };
        Self { body: Body::Composed(Box::new(composed)), is_error: false }
    }

    pub(crate) fn composed(result: CallToolResult) -> Self {
        let composed = Composed {
            content: result.content,
            structured: result.structured_content,
            meta: result.meta,
        };
        Self { body: Body::Composed(Box::new(composed)), is_error: result.is_error }
    }

    /// The text of a failure, where it becomes an error of the protocol.
    pub(crate) fn into_message(self) -> String {
        match self.body {
            Body::Text(text) => text,
            Body::Json { json, .. } => String::from_utf8(json).unwrap_or_default(),
            Body::Extended(_) => String::new(),
            Body::Composed(composed) => {
                let texts: Vec<_> = composed.content.iter().filter_map(Content::as_text).collect();
                texts.join("\n")
            }
        }
    }

    /// Whether the result tells of a failure.
    pub fn is_error(&self) -> bool {
        self.is_error
    }

    /// The text of the result; empty if there is none.
    pub(crate) fn text(&self) -> &str {
        match &self.body {
            Body::Text(text) => text,
            Body::Json { .. } | Body::Extended(_) => "",
            Body::Composed(composed) => {
                composed.content.iter().find_map(Content::as_text).unwrap_or_default()
            }
        }
    }

    /// What kind of result it is, where that is not the usual one.
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
            _ => return String::new(),
        };
        let Some(meta) = &composed.meta else { return String::new() };
        let mut json = Vec::new();
        append_json(&mut json, meta);
        let json = String::from_utf8(json).unwrap_or_default();
        let inner = json.strip_prefix('{').and_then(|json| json.strip_suffix('}'));
        inner.unwrap_or_default().to_owned()
    }

    /// Appends the members of the result, without a comma at either end, in the form that a
    /// revision gives to them.
    pub fn write_members(&self, out: &mut Vec<u8>, facts: &Facts) {
        let form = facts.structured_content;
        match &self.body {
            Body::Json { json, shape } => write_value(out, json, *shape, form),
            Body::Text(text) => {
                out.extend_from_slice(br#""content":[{"type":"text","text":"#);
                append_json(out, text);
                out.extend_from_slice(b"}]");
            }
            Body::Composed(composed) => write_composed(out, composed, facts),
            Body::Extended(rendered) => out.extend_from_slice(&rendered.members),
        }
        if self.is_error {
            out.extend_from_slice(br#","isError":true"#);
        }
    }
}

fn write_value(out: &mut Vec<u8>, json: &[u8], shape: Shape, form: StructuredContent) {
    match shape {
        Shape::Empty => out.extend_from_slice(br#""content":[]"#),
        Shape::Text if json == b"null" => out.extend_from_slice(br#""content":[]"#),
        Shape::Text => {
            out.extend_from_slice(br#""content":[{"type":"text","text":"#);
            if json.starts_with(b"\"") {
                // The JSON of a string is just what belongs here.
                out.extend_from_slice(json);
            } else {
                append_escaped(out, json);
            }
            out.extend_from_slice(b"}]");
        }
        Shape::Structured { wrapped } => {
            out.extend_from_slice(br#""content":[{"type":"text","text":"#);
            append_escaped(out, json);
            out.extend_from_slice(b"}]");
            write_structured(out, json, wrapped, form);
        }
    }
}

fn write_composed(out: &mut Vec<u8>, composed: &Composed, facts: &Facts) {
    let content: Vec<_> = composed.content.iter().map(|one| facts.fit_content(one)).collect();
    out.extend_from_slice(br#""content":"#);
    append_json(out, &content);
    if let Some(structured) = &composed.structured {
        // A line break would end the message on stdio; in JSON it stands between tokens only.
        let json = structured.get().replace(['\n', '\r'], " ");
        write_structured(out, json.trim_start().as_bytes(), false, facts.structured_content);
    }
}

/// Appends a value as `structuredContent`; `wrapped` says that the schema describes it under the
/// member `result` wherever an object is wanted.
fn write_structured(out: &mut Vec<u8>, json: &[u8], wrapped: bool, form: StructuredContent) {
    match form {
        StructuredContent::Absent => {}
        StructuredContent::Object if wrapped || !json.starts_with(b"{") => {
            out.extend_from_slice(br#","structuredContent":{"result":"#);
            out.extend_from_slice(json);
            out.push(b'}');
        }
        StructuredContent::Object | StructuredContent::Any => {
            out.extend_from_slice(br#","structuredContent":"#);
            out.extend_from_slice(json);
        }
    }
}
