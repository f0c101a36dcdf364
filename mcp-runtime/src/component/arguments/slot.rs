//! Value of one parameter while a request is read.

use std::borrow::Cow;

use mcp_core::json;
use mcp_core::jsonrpc::Raw;

use super::text::Text;

use crate::constraint::schema::Found;

/// Value that a request has for one parameter.
///
/// An injected parameter also has a slot, which stays [`Missing`](Slot::Missing), so that slots
/// and parameters have the same indices.
#[derive(Debug, Default)]
pub enum Slot<'c> {
    /// No value.
    #[default]
    Missing,
    /// JSON text of a value other than a string.
    Json(&'c str),
    /// A string, borrowed from the request where it has no escapes.
    String(Text<'c>),
}

impl<'c> Slot<'c> {
    pub(crate) fn of(value: Raw<'c>) -> Self {
        match value.quoted() {
            Some(quoted) => Self::String(Text::of(quoted)),
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

    /// The value, to be compared with a schema or quoted.
    pub(crate) fn found(&self) -> Found<'_> {
        match self {
            Self::Missing => Found::Json(Raw::from_accepted("null")),
            Self::Json(text) => Found::Json(Raw::from_accepted(text)),
            Self::String(text) => Found::Text(text),
        }
    }

    /// Returns the value as JSON, `null` for a missing one.
    pub(crate) fn to_json(&self) -> Cow<'c, str> {
        match self {
            Self::Missing => Cow::Borrowed("null"),
            Self::Json(text) => Cow::Borrowed(text),
            Self::String(text) => Cow::Owned(json::to_string(&**text)),
        }
    }
}
