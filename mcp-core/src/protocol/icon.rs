//! Icons of servers, tools, resources and prompts.

use serde::{Deserialize, Serialize};

use super::builders::setters;
use crate::lenient::{decoration, decorations};

/// Icon to show beside a name.
///
/// Specification: [Icons](https://modelcontextprotocol.io/specification/2026-07-28/basic#icons).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Icon {
    /// Address of the image: an `https:` or `data:` URI.
    pub src: String,
    /// Media type, if that of the source is absent or wrong.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Sizes, such as `48x48`, or `any`.
    #[serde(default, with = "decorations", skip_serializing_if = "Vec::is_empty")]
    pub sizes: Vec<String>,
    /// Background that the icon is designed for.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub theme: Option<IconTheme>,
}

/// Background that an icon is designed for.
///
/// Specification: [Icons](https://modelcontextprotocol.io/specification/2026-07-28/basic#icons).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum IconTheme {
    /// Light background.
    Light,
    /// Dark background.
    Dark,
    /// Value that this crate does not define.
    #[serde(untagged)]
    Other(String),
}

impl Icon {
    /// Creates an icon from its URI.
    pub fn new(src: impl Into<String>) -> Self {
        Self { src: src.into(), mime_type: None, sizes: Vec::new(), theme: None }
    }

    /// Adds a size.
    #[must_use]
    pub fn size(mut self, size: impl Into<String>) -> Self {
        self.sizes.push(size.into());
        self
    }
}

setters!(Icon {
    /// Sets the media type.
    mime_type => mime_type: String,
    /// Sets the background that the icon is designed for.
    theme => theme: IconTheme,
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
