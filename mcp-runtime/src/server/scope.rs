//! What a server brings along for its own components when it becomes a part of another.

use std::any::TypeId;
use std::sync::Arc;

use super::hook::SharedHook;
use super::state::{State, StateMap};
use super::visibility::Filter;

/// The surroundings of the components of a mounted server.
pub(crate) struct Scope {
    pub(super) state: StateMap,
    pub(super) hooks: Vec<SharedHook>,
    pub(super) filters: Vec<Filter>,
    /// The scope of the server it is mounted on, unless that is the one that serves.
    pub(super) outer: Option<Arc<Scope>>,
}

impl Scope {
    /// A value of the state, the innermost first.
    pub(super) fn state<T: Send + Sync + 'static>(&self) -> Option<&State<T>> {
        self.state.get().or_else(|| self.outer.as_ref()?.state())
    }

    /// Whether there is a value of a type.
    pub(super) fn contains(&self, id: TypeId) -> bool {
        self.state.contains(id) || self.outer.as_ref().is_some_and(|outer| outer.contains(id))
    }

    /// Visits a scope and those around it, beginning with the outermost.
    pub(super) fn outermost_first(scope: Option<&Arc<Self>>, visit: &mut dyn FnMut(&Self)) {
        if let Some(scope) = scope {
            Self::outermost_first(scope.outer.as_ref(), visit);
            visit(scope);
        }
    }
}
