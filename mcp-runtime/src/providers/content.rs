//! Content of users and of results: texts, and the media that a provider takes.

use mcp_core::protocol::{CallToolResult, Content, ResourceBody, ResourceContents};
use serde_json::{Value, json};

use super::provider::Provider;

/// Place of content in a conversation. Providers take more media from users than from tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    User,
    Result,
}

/// Piece of content.
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

/// Splits the content of a user into pieces.
pub(super) fn user_pieces(content: &[Content], provider: Provider) -> Vec<Piece> {
    content.iter().map(|content| piece(content, provider, Place::User)).collect()
}

/// Splits a result into pieces. Structured content is text if there is no other.
pub(super) fn pieces(result: &CallToolResult, provider: Provider) -> Vec<Piece> {
    let pieces = result.content.iter().map(|content| piece(content, provider, Place::Result));
    let mut pieces: Vec<_> = pieces.collect();
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

fn piece(content: &Content, provider: Provider, place: Place) -> Piece {
    let media = |kind, mime: &str, data: &str| media(kind, mime, data, None, provider, place);
    match content {
        Content::Text(text) => Piece::Text(text.text.clone()),
        Content::Image(image) => media("image", &image.mime_type, &image.data),
        Content::Audio(audio) => media("audio", &audio.mime_type, &audio.data),
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
        Content::Resource(embedded) => resource(&embedded.resource, provider, place),
        other => Piece::Text(match serde_json::to_string(other) {
            Ok(json) => format!("[content of an unknown type: {json}]"),
            Err(_) => "[content of an unknown type]".to_owned(),
        }),
    }
}

fn resource(contents: &ResourceContents, provider: Provider, place: Place) -> Piece {
    match &contents.body {
        ResourceBody::Text(text) => Piece::Text(format!("[resource: {}]\n{text}", contents.uri)),
        ResourceBody::Blob(data) => {
            let mime = contents.mime_type.as_deref().unwrap_or("application/octet-stream");
            media("resource", mime, data, Some(&contents.uri), provider, place)
        }
        _ => Piece::Text(format!("[resource: {}]", contents.uri)),
    }
}

fn media(
    kind: &str,
    mime: &str,
    data: &str,
    uri: Option<&str>,
    provider: Provider,
    place: Place,
) -> Piece {
    // Parameters of the media type are no part of what providers know.
    let mime = mime.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if takes(provider, place, &mime) && !data.is_empty() {
        let name = uri.and_then(|uri| uri.rsplit('/').next()).filter(|name| !name.is_empty());
        return Piece::Media { mime, data: data.to_owned(), name: name.map(str::to_owned) };
    }
    let size = data.trim_end_matches('=').len() * 3 / 4;
    let uri = uri.map(|uri| format!(" {uri}")).unwrap_or_default();
    Piece::Text(format!("[{kind}:{uri} {mime}, {size} bytes, not shown]"))
}

const PDF: &str = "application/pdf";

/// `true` if a provider takes media of a type in a place.
fn takes(provider: Provider, place: Place, mime: &str) -> bool {
    let is_image = matches!(mime, "image/png" | "image/jpeg" | "image/gif" | "image/webp");
    match (provider, place) {
        (Provider::OpenAiChat, Place::Result) => false,
        (Provider::OpenAiChat, Place::User) => {
            is_image || mime == PDF || audio_format(mime).is_some()
        }
        (Provider::OpenAiResponses | Provider::Anthropic, _) => is_image || mime == PDF,
        (Provider::Gemini, place) => {
            is_image && mime != "image/gif"
                || matches!(mime, "image/heic" | "image/heif" | PDF)
                || place == Place::User && is_gemini_recording(mime)
        }
    }
}

/// Format of audio in Chat Completions.
fn audio_format(mime: &str) -> Option<&'static str> {
    match mime {
        "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => Some("wav"),
        "audio/mp3" | "audio/mpeg" => Some("mp3"),
        _ => None,
    }
}

fn is_gemini_recording(mime: &str) -> bool {
    let (kind, format) = mime.split_once('/').unwrap_or_default();
    match kind {
        "audio" => matches!(
            format,
            "wav" | "x-wav" | "mp3" | "mpeg" | "aiff" | "aac" | "ogg" | "flac" | "m4a" | "webm"
        ),
        "video" => matches!(
            format,
            "mp4"
                | "mpeg"
                | "mov"
                | "quicktime"
                | "avi"
                | "x-flv"
                | "mpg"
                | "webm"
                | "wmv"
                | "3gpp"
        ),
        _ => false,
    }
}

impl Piece {
    /// `true` for text without a visible character, which Anthropic rejects.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }

    /// Returns the form that the provider has for it.
    pub(super) fn render(self, provider: Provider) -> Value {
        match self {
            Self::Text(text) => match provider {
                Provider::OpenAiResponses => json!({ "type": "input_text", "text": text }),
                Provider::OpenAiChat | Provider::Anthropic => {
                    json!({ "type": "text", "text": text })
                }
                Provider::Gemini => json!({ "text": text }),
            },
            Self::Media { mime, data, name } => match provider {
                Provider::OpenAiResponses => response_media(&mime, &data, name),
                Provider::OpenAiChat => chat_media(&mime, &data, name),
                Provider::Anthropic => {
                    let kind = if mime == PDF { "document" } else { "image" };
                    let source = json!({ "type": "base64", "media_type": mime, "data": data });
                    json!({ "type": kind, "source": source })
                }
                Provider::Gemini => json!({ "inlineData": { "mimeType": mime, "data": data } }),
            },
        }
    }
}

fn response_media(mime: &str, data: &str, name: Option<String>) -> Value {
    let url = format!("data:{mime};base64,{data}");
    if mime != PDF {
        return json!({ "type": "input_image", "image_url": url });
    }
    let name = name.unwrap_or_else(|| "file.pdf".to_owned());
    json!({ "type": "input_file", "filename": name, "file_data": url })
}

fn chat_media(mime: &str, data: &str, name: Option<String>) -> Value {
    if let Some(format) = audio_format(mime) {
        return json!({ "type": "input_audio", "input_audio": { "data": data, "format": format } });
    }
    let url = format!("data:{mime};base64,{data}");
    if mime != PDF {
        return json!({ "type": "image_url", "image_url": { "url": url } });
    }
    let name = name.unwrap_or_else(|| "file.pdf".to_owned());
    json!({ "type": "file", "file": { "filename": name, "file_data": url } })
}
