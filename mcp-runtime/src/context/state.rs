//! Values that every handler of a server may ask for by their type.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use mcp_core::jsonrpc::ProtocolError;

use crate::context::handle::Context;

/// A value given to [`Server::state`](crate::Server::state), shared by all handlers.
///
/// A parameter of this type is injected and is not an argument of the tool.
#[derive(Debug)]
pub struct State<T>(Arc<T>);

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl Context {
    /// A value given to [`Server::state`](crate::Server::state) that the function cannot do without:
    /// one that lists, completes, or answers the method of an extension, which has no parameters
    /// of its own for it.
    ///
    /// # Errors
    /// `-32603` if the server lacks it, which is for the server to mend.
    pub fn require_state<T: Send + Sync + 'static>(&self) -> Result<&State<T>, ProtocolError> {
        self.state().ok_or_else(|| {
            tracing::error!(value = std::any::type_name::<T>(), "the state of the server lacks it");
            ProtocolError::internal("the server lacks a value that this needs")
        })
    }
}

/// The values of one server, by type.
#[derive(Default)]
pub(crate) struct StateMap(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl StateMap {
    /// Stores a value; the last one of a type wins.
    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        self.0.insert(TypeId::of::<T>(), Box::new(State(Arc::new(value))));
    }

    /// The value of a type.
    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Option<&State<T>> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// Whether there is a value of a type.
    pub(crate) fn contains(&self, id: TypeId) -> bool {
        self.0.contains_key(&id)
    }
}

/// Values of a mounted server and of those that it is mounted on, up to the one that serves.
#[derive(Default)]
pub(crate) struct MountedState {
    pub(crate) values: StateMap,
    /// The state of the server that it is mounted on, unless that is the one that serves.
    pub(crate) outer: Option<Arc<MountedState>>,
}

impl MountedState {
    /// The value of a type, from the innermost server that has one.
    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Option<&State<T>> {
        self.values.get().or_else(|| self.outer.as_ref()?.get())
    }

    /// Returns `true` if there is a value of a type.
    pub(crate) fn contains(&self, id: TypeId) -> bool {
        self.values.contains(id) || self.outer.as_ref().is_some_and(|outer| outer.contains(id))
    }
}
