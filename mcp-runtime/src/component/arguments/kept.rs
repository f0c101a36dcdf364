//! What a call keeps for arguments that borrow from it.

use std::sync::OnceLock;

use mcp_core::jsonrpc::Raw;

use super::decoded::Decoded;

/// A JSON text, and what differs from it when it is decoded.
#[derive(Debug)]
pub(crate) struct Kept {
    /// The text, empty if it is part of the request.
    pub(crate) text: String,
    pub(crate) decoded: Decoded,
}

impl Kept {
    /// Decodes a text that is one JSON value.
    pub(crate) fn new(text: String) -> Self {
        let decoded = Decoded::of(Raw::from_accepted(&text));
        Self { text, decoded }
    }

    /// Decodes a part of the request.
    pub(crate) fn decoded(json: &str) -> Self {
        Self { text: String::new(), decoded: Decoded::of(Raw::from_accepted(json)) }
    }
}

/// List of texts that only grows, so that its elements can be borrowed while others are added.
#[derive(Debug, Default)]
pub(crate) struct KeptTexts(OnceLock<Box<(Kept, KeptTexts)>>);

impl KeptTexts {
    /// Adds a text.
    pub(crate) fn keep(&self, kept: Kept) -> &Kept {
        let mut last = self;
        while let Some(link) = last.0.get() {
            last = &link.1;
        }
        &last.0.get_or_init(|| Box::new((kept, Self::default()))).0
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, KeptTexts};

    #[test]
    fn every_text_is_kept() {
        let texts = KeptTexts::default();
        let first = texts.keep(Kept::new(r#""a\n""#.to_owned()));
        let second = texts.keep(Kept::new("[1]".to_owned()));
        assert_eq!((first.text.as_str(), second.text.as_str()), (r#""a\n""#, "[1]"));
        assert_eq!(first.decoded.text("a\n"), Some("a\n"));
        assert_eq!(second.decoded.bytes(&[1]), Some(&[1][..]));
    }
}
