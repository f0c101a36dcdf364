//! Differences between a lock and a server.

use serde::Serialize;

/// Severity of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// Texts changed only.
    Cosmetic,
    /// Everything that worked still works.
    Compatible,
    /// Something that worked may fail.
    Breaking,
}

impl Severity {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Cosmetic => "cosmetic",
            Self::Compatible => "compatible",
            Self::Breaking => "breaking",
        }
    }
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Change {
    pub(crate) severity: Severity,
    /// Stable name of the kind of change.
    pub(crate) code: String,
    /// Path of the argument or of the member of the output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    pub(crate) message: String,
    /// `true` if it only counts as breaking, because it cannot be decided.
    #[serde(rename = "undecided", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_undecided: bool,
}

impl Change {
    pub(crate) fn new(severity: Severity, code: &str, message: impl Into<String>) -> Self {
        let (code, message) = (code.to_owned(), message.into());
        Self { severity, code, path: None, message, is_undecided: false }
    }
}
