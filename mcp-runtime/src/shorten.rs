//! Texts of peers in messages of ours: as much of them as helps to find them, on one line and without
//! control characters. Every message that repeats a peer uses this module.

pub(crate) use mcp_core::excerpt::{line, shorten_to};

/// The beginning of a value.
pub(crate) fn shorten(text: &str) -> String {
    shorten_to(text, 80)
}

/// An error that may repeat the words of a peer, as one line.
pub(crate) fn reason(error: &dyn std::fmt::Display) -> String {
    line(&error.to_string())
}

/// A URL without its query and credentials, which may be secret.
#[cfg(feature = "client-http")]
pub(crate) fn plain_url(url: &reqwest::Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}
