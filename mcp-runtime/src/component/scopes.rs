//! Scopes that components require of their callers.
//!
//! Specification: [Scope Challenge Handling](https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#scope-challenge-handling).

use std::fmt;
use std::sync::Arc;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::name::is_scope;
use serde_json::json;

use crate::context::exchange::Origin;
use crate::context::principal::Principal;
use crate::shorten::shorten;

/// Scopes that a caller has to have, all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequiredScopes(Option<Arc<[String]>>);

impl RequiredScopes {
    /// Adds scopes.
    ///
    /// # Errors
    /// The description of the first one that is not a scope of OAuth.
    pub(crate) fn add(
        &mut self,
        scopes: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<(), String> {
        let mut all: Vec<String> = self.iter().map(ToOwned::to_owned).collect();
        for scope in scopes.into_iter().map(Into::into) {
            if !is_scope(&scope) {
                let scope = shorten(&scope);
                return Err(format!(
                    "its scope `{scope}` is none: expected ASCII letters, digits and punctuation \
                     without spaces, quotes and backslashes, such as `files:read`"
                ));
            }
            if !all.contains(&scope) {
                all.push(scope);
            }
        }
        self.0 = (!all.is_empty()).then(|| all.into());
        Ok(())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|scopes| scopes.iter()).map(String::as_str)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns `true` if the sender of a request has all of them, or is the user of this machine: a
    /// pipe has no tokens, and whoever started the server owns it.
    pub(crate) fn are_granted_to(&self, origin: &Origin) -> bool {
        let principal = origin.principal.as_deref();
        let is_anonymous = principal.is_none_or(|principal| *principal == Principal::ANONYMOUS);
        if is_anonymous && !origin.is_remote() {
            return true;
        }
        let granted = principal.map(Principal::scopes).unwrap_or_default();
        self.iter().all(|scope| granted.iter().any(|granted| granted == scope))
    }

    /// Error for a caller that lacks one of them.
    pub(crate) fn error(&self) -> ProtocolError {
        let scopes: Vec<_> = self.iter().collect();
        let message = format!(
            "the access token lacks a scope: this request requires {}; log in again with these scopes",
            scopes.join(" ")
        );
        ProtocolError::invalid_request(message).data(json!({ "requiredScopes": scopes }))
    }
}

/// Scopes separated by spaces.
impl fmt::Display for RequiredScopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{scope}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_those_of_oauth() {
        for scope in ["files:read", "a", "https://example.com/scope", "!#[]~"] {
            assert!(RequiredScopes::default().add([scope]).is_ok(), "{scope}");
        }
        for scope in ["", "a b", "a\"b", "a\\b", "\u{e4}", "a\n"] {
            let error = RequiredScopes::default().add([scope]).unwrap_err();
            assert!(error.contains("files:read"), "{scope}: {error}");
        }
        let mut scopes = RequiredScopes::default();
        scopes.add(["a", "b"]).unwrap();
        scopes.add(["a", "c"]).unwrap();
        assert_eq!(scopes.to_string(), "a b c");
    }
}
