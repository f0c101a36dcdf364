//! The mount scope of a component: what stays with it when its server is mounted on another.

use std::any::TypeId;
use std::sync::Arc;

use super::hook::SharedHook;
use super::visibility::Filter;
use crate::context::exchange::Exchange;
use crate::context::state::MountedState;

/// The server that mounted components come from.
pub(crate) struct MountScope {
    pub(crate) state: Arc<MountedState>,
    pub(crate) hooks: Vec<SharedHook>,
    pub(crate) filters: Vec<Filter>,
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
