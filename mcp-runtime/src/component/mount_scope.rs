//! The mount scope of a component: what stays with it when its server is mounted on another.

use std::any::TypeId;
use std::borrow::Cow;
use std::sync::Arc;

use super::hook::SharedHook;
use super::policy::Policy;
use super::visibility::Filter;
use crate::context::exchange::Exchange;
use crate::context::state::MountedState;

/// The server that mounted components come from.
pub(crate) struct MountScope {
    pub(crate) state: Arc<MountedState>,
    pub(crate) hooks: Vec<SharedHook>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) policies: Vec<Policy>,
    /// Prefix that the components have on the server that it is mounted on.
    pub(crate) prefix: Option<String>,
    /// The scope of the server that it is mounted on, unless that is the one that serves.
    pub(crate) outer: Option<Arc<MountScope>>,
}

/// Serves a request within the scope of the component that it asks for.
pub(crate) fn enter(scope: Option<&Arc<MountScope>>, exchange: &mut Exchange) {
    exchange.mounted_state = scope.map(|scope| Arc::clone(&scope.state));
}

impl MountScope {
    /// Returns `true` if the state has a value of a type.
    pub(crate) fn contains(&self, id: TypeId) -> bool {
        self.state.contains(id)
    }

    /// A name or URI of a component of this server, as it is without the prefixes of mounting.
    pub(crate) fn own_key<'a>(&self, key: &'a str) -> Cow<'a, str> {
        let key = match &self.outer {
            Some(outer) => outer.own_key(key),
            None => Cow::Borrowed(key),
        };
        let Some(prefix) = &self.prefix else { return key };
        if let Some((scheme, rest)) = key.split_once("://") {
            let own = rest.strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_prefix('/'));
            return own.map(|own| format!("{scheme}://{own}").into()).unwrap_or(key);
        }
        let own = key.strip_prefix(prefix.as_str()).and_then(|rest| rest.strip_prefix('_'));
        own.map(|own| own.to_owned().into()).unwrap_or(key)
    }

    /// Returns `true` if a scope is another one or lies within it.
    #[cfg(feature = "policy")]
    pub(crate) fn is_within(scope: Option<&Arc<Self>>, other: &Self) -> bool {
        scope.is_some_and(|scope| {
            std::ptr::eq(&**scope, other) || Self::is_within(scope.outer.as_ref(), other)
        })
    }

    /// Visits a server and those around it, beginning with the outermost.
    pub(crate) fn outermost_first(scope: Option<&Arc<Self>>, visit: &mut dyn FnMut(&Self)) {
        if let Some(scope) = scope {
            Self::outermost_first(scope.outer.as_ref(), visit);
            visit(scope);
        }
    }
}

/// Returns a URI or URI template under a prefix. The prefix is inserted after
/// the `://`.
///
/// # Errors
/// The reason why the URI cannot have a prefix.
pub(crate) fn mounted_uri(prefix: &str, uri: &str) -> Result<String, String> {
    let (scheme, rest) = uri.split_once("://").ok_or("it has no `://` to put the prefix behind")?;
    if scheme.is_empty() || scheme.contains('{') {
        return Err("its scheme is a variable".into());
    }
    Ok(format!("{scheme}://{prefix}/{rest}"))
}
