//! Shared values of a server, by type.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use mcp_core::jsonrpc::ProtocolError;

use crate::context::handle::Context;

/// A value given to [`Server::state`](crate::Server::state) or by a [`Server::lifespan`](crate::Server::lifespan),
/// shared by all handlers.
///
/// A parameter of this type is injected and is not an argument of the tool. `State(db): State<Db>` is
/// the same as `db: State<Db>`.
#[derive(Debug)]
pub struct State<T>(Arc<T>);

impl<T> State<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

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
    /// Returns a value given to [`Server::state`](crate::Server::state), or an error for the client.
    ///
    /// It is meant for functions without injected parameters: listers, completers and methods of
    /// extensions.
    ///
    /// # Errors
    /// `-32603` if the server has no value of this type.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::ProtocolError;
    ///
    /// struct Cities(Vec<String>);
    ///
    /// async fn cities(_: &str, cx: &Context) -> Result<Vec<String>, ProtocolError> {
    ///     Ok(cx.require_state::<Cities>()?.0.clone())
    /// }
    ///
    /// /// Forecast of a city.
    /// #[resource("weather://{city}")]
    /// async fn forecast(#[arg(complete = cities)] city: String) -> String {
    ///     format!("Sunny in {city}")
    /// }
    ///
    /// # let server =
    /// Server::new("weather", "1.0.0").with::<forecast>().state(Cities(vec!["Rome".into()]))
    /// # ; drop(server);
    /// ```
    pub fn require_state<T: Send + Sync + 'static>(&self) -> Result<&State<T>, ProtocolError> {
        self.state().ok_or_else(|| {
            tracing::error!(value = std::any::type_name::<T>(), "the state of the server lacks it");
            ProtocolError::internal("the server lacks a value that this needs")
        })
    }
}

/// Place of a value that a lifespan provides.
pub(crate) type Slot<T> = Arc<OnceLock<State<T>>>;

/// The values of one server, by type.
#[derive(Clone, Default)]
pub(crate) struct StateMap {
    values: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    /// Values that lifespans provide.
    slots: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
}

impl StateMap {
    /// Stores a value; the last one of a type wins.
    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        self.values.insert(TypeId::of::<T>(), Arc::new(State::new(value)));
    }

    /// Makes a place for a value that a lifespan provides. The last one of a type wins.
    pub(crate) fn reserve<T: Send + Sync + 'static>(&mut self) -> Slot<T> {
        let slot = Slot::<T>::default();
        self.slots.insert(TypeId::of::<T>(), Arc::new(Arc::clone(&slot)));
        slot
    }

    /// The value of a type.
    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Option<&State<T>> {
        let id = TypeId::of::<T>();
        if !self.slots.is_empty()
            && let Some(slot) = self.slots.get(&id).and_then(|slot| slot.downcast_ref::<Slot<T>>())
            && let Some(value) = slot.get()
        {
            return Some(value);
        }
        self.values.get(&id)?.downcast_ref()
    }

    /// Returns `true` if there is a value of a type.
    pub(crate) fn contains(&self, id: TypeId) -> bool {
        self.values.contains_key(&id) || self.slots.contains_key(&id)
    }
}

/// Shared values of a mounted server and of the servers around it.
#[derive(Default)]
pub(crate) struct MountedState {
    pub(crate) values: StateMap,
    /// Values of the server that it is mounted on, unless that is the outermost one.
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
