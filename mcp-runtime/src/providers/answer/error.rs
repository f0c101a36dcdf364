//! Errors of answers.

use std::fmt;

use serde_json::value::RawValue;

use super::quoted;
use super::read::Fields;

/// Error for a text that is not an answer of the provider, or is an error of the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerError {
    path: String,
    reason: String,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Malformed,
    /// Error that the provider sent.
    Provider(Option<u16>),
    /// End of the text before that of the answer.
    Incomplete,
}

impl AnswerError {
    pub(in crate::providers) fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into(), kind: Kind::Malformed }
    }

    pub(in crate::providers) fn expected(
        path: &str,
        expected: &str,
        found: Option<&RawValue>,
    ) -> Self {
        let found = found.map_or("nothing".to_owned(), |found| quoted(found.get()));
        Self::new(path, format!("expected {expected}, got {found}"))
    }

    pub(in crate::providers) fn incomplete(missing: &str) -> Self {
        let reason = format!("the stream ended before {missing}; send the request again");
        Self { kind: Kind::Incomplete, ..Self::new("", reason) }
    }

    /// Creates the error for one of the provider: an object, mostly.
    pub(in crate::providers) fn of_provider(error: &RawValue) -> Self {
        let reason = format!("the provider failed: {}", quoted(error.get()));
        Self { kind: Kind::Provider(status(error)), ..Self::new("error", reason) }
    }

    /// Returns the HTTP status that the provider has for its error, if this is one: errors also come
    /// in the middle of a stream, behind the status 200.
    pub fn status(&self) -> Option<u16> {
        match self.kind {
            Kind::Provider(status) => status,
            _ => None,
        }
    }

    /// `true` if the provider sent an error in place of an answer.
    pub fn is_of_provider(&self) -> bool {
        matches!(self.kind, Kind::Provider(_))
    }

    /// `true` if a stream ended before the answer did.
    pub fn is_incomplete(&self) -> bool {
        self.kind == Kind::Incomplete
    }
}

/// Status of an error, by its number or its name.
fn status(error: &RawValue) -> Option<u16> {
    let fields = Fields::of(error, "").ok()?;
    for name in ["code", "status", "type"] {
        let Some(raw) = fields.get(name) else { continue };
        let number = serde_json::from_str::<u16>(raw.get()).ok();
        let number = number.or_else(|| by_name(&serde_json::from_str::<String>(raw.get()).ok()?));
        if let Some(number) = number.filter(|number| (400..600).contains(number)) {
            return Some(number);
        }
    }
    None
}

fn by_name(name: &str) -> Option<u16> {
    Some(match &*name.to_ascii_lowercase() {
        "invalid_request_error" | "invalid_prompt" | "invalid_argument" => 400,
        "authentication_error" | "invalid_api_key" | "unauthenticated" => 401,
        "billing_error" => 402,
        "permission_error" | "permission_denied" => 403,
        "not_found_error" | "not_found" | "model_not_found" => 404,
        "request_too_large" => 413,
        "rate_limit_error"
        | "rate_limit_exceeded"
        | "insufficient_quota"
        | "resource_exhausted" => 429,
        "api_error" | "server_error" | "internal" | "internal_server_error" => 500,
        "unavailable" | "service_unavailable" => 503,
        "timeout_error" | "deadline_exceeded" => 504,
        "overloaded_error" => 529,
        other => return other.parse().ok(),
    })
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.path {
            "" => write!(f, "answer of the model: {}", self.reason),
            path => write!(f, "answer of the model: {path}: {}", self.reason),
        }
    }
}

impl std::error::Error for AnswerError {}
