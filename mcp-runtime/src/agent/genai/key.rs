//! Keys of providers: read from the environment, and kept out of every message.

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::HeaderValue;

use super::super::error::ModelError;

/// Key of a provider.
#[derive(Clone)]
pub(super) struct Key {
    value: String,
    /// Environment variable that contains it.
    variable: String,
}

/// Text that takes the place of a key.
const REDACTED: &str = "[redacted]";

/// Length below which a value is a placeholder of local servers, and no secret.
const MIN_SECRET: usize = 4;

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.variable).finish()
    }
}

impl Key {
    /// Reads the key from an environment variable.
    ///
    /// # Errors
    /// [`ModelError::request`] if the variable is not set, or cannot be sent in a header.
    pub(super) fn read(variable: &str) -> Result<Self, ModelError> {
        let value = std::env::var(variable).unwrap_or_default().trim().to_owned();
        if value.is_empty() {
            return Err(ModelError::request(format_args!(
                "the environment variable `{variable}` is not set; it must contain the key of the \
                 provider. `GenaiModel::api_key_variable` names another one"
            )));
        }
        if HeaderValue::from_str(&value).is_err() {
            return Err(ModelError::request(format_args!(
                "the value of the environment variable `{variable}` cannot be sent in a header; \
                 expected a key of printable characters"
            )));
        }
        Ok(Self { value, variable: variable.to_owned() })
    }

    /// Returns the environment variable that contains the key.
    pub(super) fn variable(&self) -> &str {
        &self.variable
    }

    /// Returns the key itself.
    pub(super) fn value(&self) -> &str {
        &self.value
    }

    /// Returns the value of a header, behind a prefix.
    pub(super) fn header(&self, prefix: &str) -> HeaderValue {
        let text = format!("{prefix}{}", self.value);
        let mut value =
            HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }

    /// Removes the key from a text, in the forms in which servers repeat it.
    pub(super) fn redact(&self, text: &str) -> String {
        if self.value.len() < MIN_SECRET {
            return text.to_owned();
        }
        let mut text = text.replace(&self.value, REDACTED);
        let quoted = serde_json::Value::from(&*self.value).to_string();
        let quoted = quoted.trim_matches('"');
        let escaped = quoted.replace('/', "\\/");
        let encoded = utf8_percent_encode(&self.value, NON_ALPHANUMERIC).to_string();
        for form in [quoted, &*escaped, &*encoded] {
            text = text.replace(form, REDACTED);
        }
        self.redact_cut(text)
    }

    /// Removes the beginning of the key where a text was cut in the middle of it.
    fn redact_cut(&self, mut text: String) -> String {
        let cuts: Vec<_> = text.match_indices('…').map(|(at, _)| at).collect();
        for at in cuts.into_iter().rev() {
            let longest = (MIN_SECRET..self.value.len())
                .rev()
                .filter(|length| self.value.is_char_boundary(*length))
                .find(|length| text[..at].ends_with(&self.value[..*length]));
            if let Some(length) = longest {
                text.replace_range(at - length..at, REDACTED);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn a_key_is_removed_in_every_form() {
        let key = Key { value: "sk-a/b+c".into(), variable: "SOME_KEY".into() };
        for text in ["`sk-a/b+c`", r#"{"k":"sk-a\/b+c"}"#, "?key=sk%2Da%2Fb%2Bc&"] {
            let redacted = key.redact(text);
            assert!(redacted.contains("[redacted]") && !redacted.contains("sk"), "{redacted}");
        }
        assert_eq!(key.redact("`… sk-a/…` `sk-…`"), "`… [redacted]…` `sk-…`");
        assert_eq!(format!("{key:?}"), r#"Key("SOME_KEY")"#);
        assert!(format!("{:?}", key.header("Bearer ")).contains("Sensitive"));
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let error = Key::read("MCP_TEST_KEY_THAT_IS_NOT_SET").unwrap_err().to_string();
        assert!(error.contains("`MCP_TEST_KEY_THAT_IS_NOT_SET` is not set"), "{error}");
    }
}
