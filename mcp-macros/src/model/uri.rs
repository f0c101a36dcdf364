//! The URI or the URI template of a resource.

use proc_macro2::TokenStream;
use syn::LitStr;

use super::template::{self, Variable};
use crate::errors::Errors;
use crate::syntax::function::Function;
use crate::syntax::keys::{self, Key};

/// Keys that users may write for the URI, which has no key.
pub(crate) const MISTAKEN_KEYS: [&str; 3] = ["uri", "uri_template", "template"];

/// A URI or a template. `text` is `None` if the attribute has none.
pub(crate) struct Uri {
    pub(crate) text: Option<LitStr>,
    /// The variables in the order of the template.
    pub(crate) variables: Vec<Variable>,
    /// The syntax is valid, so `variables` is complete.
    pub(crate) is_valid: bool,
}

impl Uri {
    /// Finds a variable by its name.
    pub(crate) fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().find(|variable| variable.name == name)
    }

    /// Returns `true` if the URI has variables.
    pub(crate) fn is_template(&self) -> bool {
        !self.variables.is_empty()
    }
}

/// Splits an attribute into the URI and the tokens of its keys.
pub(crate) fn leading(
    tokens: TokenStream,
    function: &Function,
    errors: &mut Errors,
) -> (Uri, TokenStream) {
    let (text, keys) = keys::leading_text(tokens);
    let Some(text) = text else {
        if !has_uri_as_key(&keys) {
            errors.at(
                &function.signature.ident,
                "has no URI; write it first, such as `#[resource(\"notes://today\")]`",
            );
        }
        return (Uri { text: None, variables: Vec::new(), is_valid: false }, keys);
    };
    let value = text.value();
    let variables = match template::variables(&value) {
        Ok(variables) => Some(variables),
        Err(message) => {
            errors.at(&text, format!("{value:?} is not a URI template: {message}"));
            None
        }
    };
    if let (Some(_), Some(message)) = (&variables, scheme_error(&value)) {
        errors.at(&text, message);
    }
    if variables.is_some() && has_dot_segment(&value) {
        errors.at(
            &text,
            format!(
                "the path of {value:?} has a segment `.` or `..`, and no URI with one is read; write \
                 the path without it"
            ),
        );
    }
    let is_valid = variables.is_some();
    (Uri { text: Some(text), variables: variables.unwrap_or_default(), is_valid }, keys)
}

/// Reports a key such as `uri = "…"`.
pub(crate) fn given_as_key(key: &Key, errors: &mut Errors) {
    let name = key.text_of_name();
    errors.at(
        &key.name,
        format!(
            "`{name}` is not a key; write the URI first, as in `#[resource(\"notes://today\")]`"
        ),
    );
}

fn has_uri_as_key(keys: &TokenStream) -> bool {
    let mut ignored = Errors::about("");
    !keys::parse(keys.clone(), &MISTAKEN_KEYS, &mut ignored).is_empty()
}

/// Returns `true` if the path of a URI or template has a segment `.` or `..`, also if it is encoded.
fn has_dot_segment(uri: &str) -> bool {
    let after_scheme = uri.split_once(':').map_or(uri, |(_, rest)| rest);
    let path = match after_scheme.strip_prefix("//") {
        Some(rest) => rest.find('/').map_or("", |at| &rest[at..]),
        None => after_scheme,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.split('/').any(|segment| {
        let segment = segment.replace("%2e", ".").replace("%2E", ".");
        matches!(segment.as_str(), "." | "..")
    })
}

/// Error message for a URI or template without a scheme.
fn scheme_error(uri: &str) -> Option<String> {
    let scheme = uri.split_once(':').map(|(scheme, _)| scheme).unwrap_or_default();
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    (!is_scheme)
        .then(|| format!("{uri:?} has no scheme; write one before it, as in \"notes://today\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes() {
        for uri in ["a:", "notes://today", "file:///{+path}", "git+ssh://x"] {
            assert_eq!(scheme_error(uri), None, "{uri}");
        }
        for uri in [
            "",
            "notes",
            "/notes/{id}",
            "1a://b",
            ":b",
            "a b://c",
            "users/{id:3}",
            "{+uri}",
            "s{x}://y",
        ] {
            assert!(scheme_error(uri).is_some(), "{uri}");
        }
    }
}
