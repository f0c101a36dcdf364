//! Content of results: texts, images, audio and resources.

use mcp_runtime::protocol::{Content, Resource, ResourceContents};

use super::picture::PictureArguments;
use super::{one_line, plain};
use crate::exit::Failure;

/// A piece of content as it is shown and saved.
#[derive(Debug, PartialEq)]
pub(crate) enum Piece {
    /// A text of a server.
    Text(String),
    /// A line about content that is no text.
    Line(String),
    /// Bytes that can be saved.
    File(FilePiece),
}

/// Bytes that can be saved.
#[derive(Debug, PartialEq)]
pub(crate) struct FilePiece {
    /// Start of the name: `image`, `audio` or `resource`.
    pub(crate) kind: &'static str,
    pub(crate) mime_type: String,
    /// `None` if the server sent no base64.
    pub(crate) bytes: Option<Vec<u8>>,
}

impl FilePiece {
    fn new(kind: &'static str, mime_type: &str, bytes: Option<Vec<u8>>) -> Self {
        Self { kind, mime_type: mime_type.to_owned(), bytes }
    }

    /// A line about it, such as `[image/png, 72 bytes]`.
    pub(crate) fn line(&self) -> String {
        let mime_type = match &*self.mime_type {
            "" => self.kind,
            mime_type => mime_type,
        };
        match &self.bytes {
            Some(bytes) => format!("[{}, {} bytes]", one_line(mime_type), bytes.len()),
            None => format!("[{}, not in base64]", one_line(mime_type)),
        }
    }

    /// Shows an image, if the terminal can.
    pub(crate) fn show(&self, pictures: PictureArguments) -> Result<(), Failure> {
        match &self.bytes {
            Some(bytes) => pictures.show(bytes).map(drop),
            None => Ok(()),
        }
    }

    /// Ending of a file name for the type.
    pub(crate) fn extension(&self) -> &'static str {
        let mime_type = self.mime_type.split(';').next().unwrap_or_default();
        match mime_type.trim().to_ascii_lowercase().as_str() {
            "image/png" => "png",
            "image/jpeg" | "image/jpg" => "jpg",
            "image/gif" => "gif",
            "image/webp" => "webp",
            "image/svg+xml" => "svg",
            "image/avif" => "avif",
            "image/bmp" => "bmp",
            "audio/wav" | "audio/x-wav" | "audio/wave" => "wav",
            "audio/mpeg" | "audio/mp3" => "mp3",
            "audio/ogg" => "ogg",
            "audio/flac" => "flac",
            "audio/aac" => "aac",
            "audio/mp4" => "m4a",
            "audio/webm" => "webm",
            "application/pdf" => "pdf",
            "application/json" => "json",
            "application/zip" => "zip",
            "text/plain" => "txt",
            _ => "bin",
        }
    }
}

/// The pieces of content.
pub(crate) fn pieces(content: &[Content]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for content in content {
        match content {
            Content::Text(text) => pieces.push(Piece::Text(text.text.clone())),
            Content::Image(image) => {
                pieces.push(Piece::File(FilePiece::new("image", &image.mime_type, image.bytes())));
            }
            Content::Audio(audio) => {
                pieces.push(Piece::File(FilePiece::new("audio", &audio.mime_type, audio.bytes())));
            }
            Content::ResourceLink(resource) => pieces.push(Piece::Line(link(resource))),
            Content::Resource(embedded) => embed(&embedded.resource, &mut pieces),
            other => {
                let other = serde_json::to_string(other).unwrap_or_default();
                pieces.push(Piece::Line(format!("[{}]", plain(&other))));
            }
        }
    }
    pieces
}

/// A line about a link to a resource.
fn link(resource: &Resource) -> String {
    let title = one_line(resource.title.as_deref().unwrap_or(&resource.name));
    let mime_type = resource.mime_type.as_deref().map(one_line).unwrap_or_default();
    let parts = [one_line(&resource.uri), mime_type, title];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("[resource {}]", parts.join(", "))
}

fn embed(resource: &ResourceContents, pieces: &mut Vec<Piece>) {
    let mime_type = resource.mime_type.as_deref().unwrap_or_default();
    let parts = [one_line(&resource.uri), one_line(mime_type)];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    pieces.push(Piece::Line(format!("[resource {}]", parts.join(", "))));
    pieces.push(match resource.as_text() {
        Some(text) => Piece::Text(text.to_owned()),
        None => Piece::File(FilePiece::new("resource", mime_type, resource.bytes())),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_that_is_no_text_is_a_line() {
        let link = Resource::new("docs://a", "a").mime_type("text/plain");
        let content = [
            Content::text("hi"),
            Content::image([1, 2, 3], "image/png"),
            Content::audio([1], "\u{1b}[31m"),
            Content::resource_link(link),
            Content::resource(ResourceContents::text("docs://b", "text")),
            Content::resource(ResourceContents::blob("docs://c", [7])),
        ];
        let pieces = pieces(&content);
        let shown: Vec<String> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) | Piece::Line(text) => text.clone(),
                Piece::File(file) => format!("{} {}", file.line(), file.extension()),
            })
            .collect();
        assert_eq!(
            shown,
            [
                "hi",
                "[image/png, 3 bytes] png",
                "[\u{fffd}[31m, 1 bytes] bin",
                "[resource docs://a, text/plain, a]",
                "[resource docs://b]",
                "text",
                "[resource docs://c]",
                "[resource, 1 bytes] bin",
            ]
        );
    }
}
