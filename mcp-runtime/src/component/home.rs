//! What a server brings along for its components when it becomes a part of another.

use std::any::TypeId;
use std::sync::Arc;

use super::visibility::Filter;
use crate::context::state::{State, StateMap};
use crate::server::hook::SharedHook;

/// The server that mounted components come from.
pub(crate) struct Home {
    pub(crate) state: StateMap,
    pub(crate) hooks: Vec<SharedHook>,
    pub(crate) filters: Vec<Filter>,
    /// Of the server it is mounted on, unless that is the one that serves.
    pub(crate) outer: Option<Arc<Home>>,
}

impl Home {
    /// A value of the state, the innermost first.
    pub(crate) fn state<T: Send + Sync + 'static>(&self) -> Option<&State<T>> {
        self.state.get().or_else(|| self.outer.as_ref()?.state())
    }

    /// Whether there is a value of a type.
    pub(crate) fn contains(&self, id: TypeId) -> bool {
        self.state.contains(id) || self.outer.as_ref().is_some_and(|outer| outer.contains(id))
    }

    /// Visits a server and those around it, beginning with the outermost.
    pub(crate) fn outermost_first(home: Option<&Arc<Self>>, visit: &mut dyn FnMut(&Self)) {
        if let Some(home) = home {
            Self::outermost_first(home.outer.as_ref(), visit);
            visit(home);
        }
    }
}
