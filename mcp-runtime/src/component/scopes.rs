//! Scopes that components require of their callers.
//!
//! Specification: [Scope Challenge Handling](https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#scope-challenge-handling).

use std::fmt;
use std::sync::Arc;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::method::Method;
use serde_json::json;

use super::app::App;
use super::registry::{Listed, Registry};
use super::resource;
use crate::context::exchange::{Exchange, Origin};
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

/// Returns `true` for a `scope-token` of [RFC 6749](https://www.rfc-editor.org/rfc/rfc6749#section-3.3).
fn is_scope(text: &str) -> bool {
    let is_part = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    !text.is_empty() && text.bytes().all(is_part)
}

impl Registry {
    /// Returns `true` if a component requires scopes.
    pub(crate) fn requires_scopes(&self) -> bool {
        fn any<T: Listed>(registry: &Registry) -> bool {
            T::list(registry).items().iter().any(|item| !item.scopes().is_empty())
        }
        any::<crate::component::ToolSpec>(self)
            || any::<resource::ResourceSpec>(self)
            || any::<resource::TemplateSpec>(self)
            || any::<crate::component::prompt::PromptSpec>(self)
    }
}

impl App {
    /// The scopes that a request requires, if its sender lacks one of them. A component that is hidden
    /// from the sender requires none: to the sender it does not exist.
    pub(crate) fn lacking_scopes(self: &Arc<Self>, exchange: &Exchange) -> Option<RequiredScopes> {
        if !self.live.requires_scopes() {
            return None;
        }
        let registry = self.unscoped_registry(exchange);
        let required = required(&registry, exchange)?;
        (!required.are_granted_to(&exchange.origin)).then(|| required.clone())
    }
}

/// The scopes of the component that a request is for.
fn required<'r>(registry: &'r Registry, exchange: &Exchange) -> Option<&'r RequiredScopes> {
    let text = |key: &str| exchange.params()?.member(key).and_then(Raw::string);
    let of_uri = |uri: &str| match registry.resources.get(uri) {
        Some(resource) => Some(resource.scopes()),
        None => resource::find::template(registry, uri).map(|(template, _)| template.scopes()),
    };
    let of_prompt = |name: &str| registry.prompts.get(name).map(|prompt| prompt.scopes());
    match exchange.method.protocol()? {
        Method::ToolsCall => registry.tools.get(&text("name")?).map(|tool| tool.scopes()),
        Method::PromptsGet => of_prompt(&text("name")?),
        Method::ResourcesRead | Method::ResourcesSubscribe => of_uri(&text("uri")?),
        Method::Complete => {
            let reference = exchange.params()?.member("ref")?;
            let text = |key: &str| reference.member(key).and_then(Raw::string);
            match (text("name"), text("uri")) {
                (Some(name), _) => of_prompt(&name),
                (None, Some(uri)) => match registry.templates.get(&uri) {
                    Some(template) => Some(template.scopes()),
                    None => of_uri(&uri),
                },
                (None, None) => None,
            }
        }
        _ => None,
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
