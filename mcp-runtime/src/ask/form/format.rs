//! String formats of the fields of a form.

use crate::constraint::format;

/// Format of a string in a form.
///
/// Specification: [Requested schema](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#requested-schema),
/// whose formats are those of [JSON Schema](https://json-schema.org/draft/2020-12/json-schema-validation#name-defined-formats).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An email address (RFC 5321).
    Email,
    /// A URI (RFC 3986).
    Uri,
    /// A date (RFC 3339).
    Date,
    /// A date and a time with its offset (RFC 3339).
    DateTime,
}

impl Format {
    /// Name in a schema.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Uri => "uri",
            Self::Date => "date",
            Self::DateTime => "date-time",
        }
    }

    /// Returns `true` if a text has the format.
    pub(crate) fn matches(self, text: &str) -> bool {
        format::Format::named(self.name()).is_some_and(|format| format.matches(text))
    }
}
