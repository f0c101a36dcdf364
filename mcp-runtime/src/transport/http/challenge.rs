//! The header `WWW-Authenticate`.

use http::HeaderValue;

/// A challenge: a scheme and its parameters.
pub(super) struct Challenge(String);

impl Challenge {
    pub(super) fn new(scheme: &str) -> Self {
        Self(scheme.to_owned())
    }

    /// Adds a parameter, unless its value is empty.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        if value.is_empty() {
            return self;
        }
        self.0.push_str(if self.0.contains('=') { ", " } else { " " });
        self.0.push_str(name);
        self.0.push_str("=\"");
        // RFC 6750 allows neither quotes nor backslashes nor control characters, escaped or not.
        let is_allowed =
            |letter: char| matches!(letter, ' '..='~') && letter != '"' && letter != '\\';
        self.0.extend(value.chars().map(|letter| if is_allowed(letter) { letter } else { '?' }));
        self.0.push('"');
        self
    }

    pub(super) fn into_value(self) -> HeaderValue {
        // All characters are visible ASCII.
        HeaderValue::try_from(self.0).unwrap_or_else(|_| HeaderValue::from_static("Bearer"))
    }
}
