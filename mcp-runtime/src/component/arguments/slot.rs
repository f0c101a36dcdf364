//! The place of one parameter while a call is read.

use std::borrow::Cow;

use mcp_core::jsonrpc::Raw;

/// What the arguments object holds for one parameter.
///
/// An injected parameter has a slot too and leaves it [`Missing`](Slot::Missing), so that slots
/// and parameters are numbered alike.
#[derive(Debug, Default)]
pub enum Slot<'c> {
    /// Nothing.
    #[default]
    Missing,
    /// The JSON of a value other than a string.
    Json(&'c str),
    /// A string, borrowed from the request where it has no escapes.
    String(Cow<'c, str>),
}

impl<'c> Slot<'c> {
    pub(crate) fn of(value: Raw<'c>) -> Self {
        match value.string() {
            Some(text) => Self::String(text),
            None => Self::Json(value.as_str()),
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Json("null"))
    }

    /// Returns `true` for a string without characters.
    pub(crate) fn is_empty_string(&self) -> bool {
        matches!(self, Self::String(text) if text.is_empty())
    }

    /// The JSON of the value; `null` if there is none.
    pub(crate) fn to_json(&self) -> Cow<'c, str> {
        match self {
            Self::Missing => Cow::Borrowed("null"),
            Self::Json(text) => Cow::Borrowed(text),
            Self::String(text) => Cow::Owned(serde_json::Value::from(text.as_ref()).to_string()),
        }
    }
}
