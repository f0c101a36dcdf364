//! Pictures and sound as results.

use mcp_core::protocol::{AudioContent, Content, ImageContent};

/// A picture, from the bytes of its file.
///
/// ```
/// use mcp_runtime::tool::Image;
///
/// fn pixel() -> Image {
///     Image::png(b"\x89PNG")
/// }
/// # pixel();
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Image(ImageContent);

/// Sound, from the bytes of its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio(AudioContent);

impl Image {
    /// A picture of any media type.
    pub fn new(bytes: impl AsRef<[u8]>, mime_type: impl Into<String>) -> Self {
        Self(ImageContent::new(bytes, mime_type))
    }
}

impl Audio {
    /// Sound of any media type.
    pub fn new(bytes: impl AsRef<[u8]>, mime_type: impl Into<String>) -> Self {
        Self(AudioContent::new(bytes, mime_type))
    }
}

macro_rules! formats {
    ($owner:ident: $($(#[$doc:meta])* $method:ident $mime_type:literal;)*) => {
        impl $owner {
            $(
                $(#[$doc])*
                pub fn $method(bytes: impl AsRef<[u8]>) -> Self {
                    Self::new(bytes, $mime_type)
                }
            )*
        }
    };
}

formats! { Image:
    /// A PNG picture.
    png "image/png";
    /// A JPEG picture.
    jpeg "image/jpeg";
    /// A GIF picture.
    gif "image/gif";
    /// A WebP picture.
    webp "image/webp";
    /// An SVG picture.
    svg "image/svg+xml";
}

formats! { Audio:
    /// WAV sound.
    wav "audio/wav";
    /// MP3 sound.
    mp3 "audio/mpeg";
    /// Ogg sound.
    ogg "audio/ogg";
    /// FLAC sound.
    flac "audio/flac";
}

impl From<Image> for Content {
    fn from(image: Image) -> Self {
        Self::Image(image.0)
    }
}

impl From<Audio> for Content {
    fn from(audio: Audio) -> Self {
        Self::Audio(audio.0)
    }
}
