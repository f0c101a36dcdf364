//! Text of a string while a request is read.

use std::ops::Deref;
use std::sync::OnceLock;

use mcp_core::jsonrpc::Quoted;

/// A string of a request, borrowed from it where it has no escapes.
///
/// Escapes are resolved when the text is read. A type that owns its text then gets it without a
/// further copy.
#[derive(Debug)]
pub struct Text<'c>(Source<'c>);

#[derive(Debug)]
enum Source<'c> {
    Plain(&'c str),
    Escaped { quoted: Quoted<'c>, decoded: OnceLock<String> },
    Owned(String),
}

impl<'c> Text<'c> {
    /// Wraps a string of a message.
    pub(crate) fn of(quoted: Quoted<'c>) -> Self {
        Self(match quoted.plain() {
            Some(plain) => Source::Plain(plain),
            None => Source::Escaped { quoted, decoded: OnceLock::new() },
        })
    }

    /// Resolves the escapes into a text of its own; `None` if that is not needed.
    pub(crate) fn decoded(&self) -> Option<String> {
        match &self.0 {
            Source::Escaped { quoted, decoded } if decoded.get().is_none() => {
                Some(quoted.decoded().into_owned())
            }
            _ => None,
        }
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Source::Owned(text))
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Source::Plain(text) => text,
            Source::Escaped { quoted, decoded } => {
                decoded.get_or_init(|| quoted.decoded().into_owned())
            }
            Source::Owned(text) => text,
        }
    }
}
