//! Content of results: texts, and the media that a provider takes.

use mcp_core::protocol::{CallToolResult, Content, ResourceBody, ResourceContents};

use crate::providers::provider::Provider;

/// Piece of a result.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    Text(String),
    /// Media in base64.
    Media {
        mime: String,
        data: String,
        name: Option<String>,
    },
}

/// Splits a result into pieces. Structured content is text if there is no other.
pub(super) fn pieces(result: &CallToolResult, provider: Provider) -> Vec<Piece> {
    let mut pieces: Vec<_> =
        result.content.iter().map(|content| piece(content, provider)).collect();
    let has_text = result.content.iter().any(|content| matches!(content, Content::Text(_)));
    if let Some(structured) = result.structured_content.as_deref().filter(|_| !has_text) {
        pieces.insert(0, Piece::Text(structured.get().to_owned()));
    }
    pieces
}

/// Joins the texts of pieces, one a line.
pub(super) fn text_of(pieces: &[Piece]) -> String {
    let texts = pieces.iter().filter_map(|piece| match piece {
        Piece::Text(text) => Some(&**text),
        Piece::Media { .. } => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn piece(content: &Content, provider: Provider) -> Piece {
    match content {
        Content::Text(text) => Piece::Text(text.text.clone()),
        Content::Image(image) => media("image", &image.mime_type, &image.data, None, provider),
        Content::Audio(audio) => media("audio", &audio.mime_type, &audio.data, None, provider),
        Content::ResourceLink(link) => {
            let mut text = format!("[resource link: {} {}", link.name, link.uri);
            if let Some(mime) = &link.mime_type {
                text.push_str(&format!(" ({mime})"));
            }
            text.push(']');
            if let Some(description) = &link.description {
                text.push_str(&format!(" {description}"));
            }
            Piece::Text(text)
        }
        Content::Resource(embedded) => resource(&embedded.resource, provider),
        other => Piece::Text(match serde_json::to_string(other) {
            Ok(json) => format!("[content of an unknown type: {json}]"),
            Err(_) => "[content of an unknown type]".to_owned(),
        }),
    }
}

fn resource(contents: &ResourceContents, provider: Provider) -> Piece {
    match &contents.body {
        ResourceBody::Text(text) => Piece::Text(format!("[resource: {}]\n{text}", contents.uri)),
        ResourceBody::Blob(data) => {
            let mime = contents.mime_type.as_deref().unwrap_or("application/octet-stream");
            media("resource", mime, data, Some(&contents.uri), provider)
        }
        _ => Piece::Text(format!("[resource: {}]", contents.uri)),
    }
}

fn media(kind: &str, mime: &str, data: &str, uri: Option<&str>, provider: Provider) -> Piece {
    // Parameters of the media type are no part of what providers know.
    let mime = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if takes(provider, &mime) && !data.is_empty() {
        let name = uri.and_then(|uri| uri.rsplit('/').next()).filter(|name| !name.is_empty());
        return Piece::Media { mime, data: data.to_owned(), name: name.map(str::to_owned) };
    }
    let size = data.trim_end_matches('=').len() * 3 / 4;
    let uri = uri.map(|uri| format!(" {uri}")).unwrap_or_default();
    Piece::Text(format!("[{kind}:{uri} {mime}, {size} bytes, not shown]"))
}

/// `true` if a provider takes media of a type in the results of tools.
fn takes(provider: Provider, mime: &str) -> bool {
    let is_image = matches!(mime, "image/png" | "image/jpeg" | "image/gif" | "image/webp");
    match provider {
        Provider::OpenAiChat => false,
        Provider::OpenAiResponses | Provider::Anthropic => is_image || mime == "application/pdf",
        Provider::Gemini => {
            is_image && mime != "image/gif"
                || matches!(mime, "image/heic" | "image/heif" | "application/pdf")
        }
    }
}
