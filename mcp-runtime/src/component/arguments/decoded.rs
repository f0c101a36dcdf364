//! Parts of a request that differ from its text, for types that borrow them.
//!
//! `serde_json` lends a string without escapes to a type such as `&str`, and refuses to lend one
//! with escapes, because its value is not in the text.

use std::collections::HashSet;

use mcp_core::jsonrpc::Raw;

/// Strings with escapes and lists of bytes in a JSON text, decoded.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    texts: HashSet<Box<str>>,
    bytes: HashSet<Box<[u8]>>,
}

impl Decoded {
    /// Decodes the strings and lists of a value.
    pub(crate) fn of(value: Raw<'_>) -> Self {
        let mut decoded = Self::default();
        decoded.add(value);
        decoded
    }

    /// Returns `true` if nothing differs from the text.
    pub(crate) fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.bytes.is_empty()
    }

    fn add(&mut self, value: Raw<'_>) {
        if value.as_str().starts_with('"') {
            return self.add_text(value);
        }
        for (name, member) in value.entries() {
            self.add_text(name);
            self.add(member);
        }
        if let Some(bytes) = bytes(value) {
            self.bytes.insert(bytes);
            return;
        }
        for element in value.elements() {
            self.add(element);
        }
    }

    fn add_text(&mut self, text: Raw<'_>) {
        if let Some(std::borrow::Cow::Owned(text)) = text.string() {
            self.texts.insert(text.into());
        }
    }

    /// A decoded string that equals a text.
    pub(crate) fn text(&self, text: &str) -> Option<&str> {
        self.texts.get(text).map(|text| &**text)
    }

    /// A decoded list of bytes that equals others.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Option<&[u8]> {
        self.bytes.get(bytes).map(|bytes| &**bytes)
    }
}

/// Elements of a list of numbers up to 255.
fn bytes(value: Raw<'_>) -> Option<Box<[u8]>> {
    let is_list = value.as_str().starts_with('[');
    is_list.then(|| value.elements().map(|element| element.as_str().parse().ok()).collect())?
}

#[cfg(test)]
mod tests {
    use mcp_core::jsonrpc::Raw;

    use super::Decoded;

    #[test]
    fn what_differs_from_the_text_is_decoded() {
        let json = r#"{"k\n":["a\"b","plain",{"x":"\u0041"}],"b":[1,255],"c":[[256]],"d":[]}"#;
        let decoded = Decoded::of(Raw::from_accepted(json));
        for text in ["k\n", "a\"b", "A"] {
            assert_eq!(decoded.text(text), Some(text));
        }
        assert_eq!(decoded.text("plain"), None);
        assert_eq!(decoded.bytes(&[1, 255]), Some(&[1, 255][..]));
        assert_eq!(decoded.bytes(&[]), Some(&[][..]));
        assert_eq!(decoded.bytes(&[0]), None);
        assert_eq!(Decoded::of(Raw::from_accepted(r#""a\tb""#)).text("a\tb"), Some("a\tb"));
        assert!(Decoded::of(Raw::from_accepted(r#"{"a":["b",256]}"#)).is_empty());
    }
}
