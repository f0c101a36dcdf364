//! The request of a handler, with the values that can be injected.

use std::sync::{Arc, OnceLock};

use super::cancellation::Cancellation;
use super::exchange::Exchange;
use super::host::Host;
use super::state::State;
use crate::context::handle::Context;
use crate::context::principal::Principal;

/// Source of the injected parameters of a handler.
pub struct Scope {
    host: Arc<dyn Host>,
    pub(crate) exchange: Exchange,
    pub(crate) cancellation: Option<Cancellation>,
    context: OnceLock<Context>,
}

impl Scope {
    pub(crate) fn new(
        host: Arc<dyn Host>,
        exchange: Exchange,
        cancellation: Option<Cancellation>,
    ) -> Self {
        Self { host, exchange, cancellation, context: OnceLock::new() }
    }

    /// The context that is injected into the handler.
    pub(crate) fn context(&self) -> &Context {
        self.context.get_or_init(|| {
            Context::new(Arc::clone(&self.host), self.exchange.clone(), self.cancellation.clone())
        })
    }

    /// A value of the server's state.
    pub(crate) fn state<T: Send + Sync + 'static>(&self) -> Option<&State<T>> {
        self.exchange.state(&*self.host)
    }

    /// The sender of the request.
    pub(crate) fn principal(&self) -> &Principal {
        self.context().principal()
    }
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scope").field("id", &self.exchange.id).finish_non_exhaustive()
    }
}
