//! Pictures of servers, tools, resources and prompts.

use serde::{Deserialize, Serialize};

use super::builders::setters;

/// A picture to show beside a name.
///
/// Specification: [Icons](https://modelcontextprotocol.io/specification/2026-07-28/basic#icons).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Icon {
    /// Where the picture is: an `https:` or `data:` URI.
    pub src: String,
    /// Its media type, where the source does not say or says wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// The sizes it can be shown at, such as `48x48`, or `any`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<String>,
    /// The background it was drawn for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<IconTheme>,
}

/// The background that an icon was drawn for.
///
/// Specification: [Icons](https://modelcontextprotocol.io/specification/2026-07-28/basic#icons).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum IconTheme {
    /// A light background.
    Light,
    /// A dark background.
    Dark,
    /// A value that this crate does not know.
    #[serde(untagged)]
    Other(String),
}

impl Icon {
    /// An icon at a URI.
    pub fn new(src: impl Into<String>) -> Self {
        Self { src: src.into(), mime_type: None, sizes: Vec::new(), theme: None }
    }

    /// Adds a size it can be shown at.
    #[must_use]
    pub fn with_size(mut self, size: impl Into<String>) -> Self {
        self.sizes.push(size.into());
        self
    }
}

setters!(Icon {
    /// States its media type.
    with_mime_type => mime_type: String,
    /// States the background it was drawn for.
    with_theme => theme: IconTheme,
});

#[cfg(test)]
mod tests {
    use super::Icon;
    use crate::protocol::samples::{keeps, refuses, rewrites};

    #[test]
    fn samples_round_trip() {
        keeps::<Icon>(r#"{"src":"https://example.com/a.png"}"#);
        keeps::<Icon>(r#"{"src":"a:b","mimeType":"image/png","sizes":["48x48"],"theme":"dark"}"#);
        keeps::<Icon>(r#"{"src":"a:b","theme":"sepia"}"#);
        rewrites::<Icon>(r#"{"src":"a:b","new":1}"#, r#"{"src":"a:b"}"#);
        refuses::<Icon>("{}");
    }
}
