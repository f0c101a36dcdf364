//! One request as its handler sees it, whatever kind of component answers it.

use std::sync::{Arc, OnceLock};

use super::cancellation::Cancellation;
use super::exchange::Exchange;
use super::host::Host;
use super::state::State;
use crate::context::handle::Context;
use crate::context::principal::Principal;

/// What every handler may be given beside its arguments.
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

    /// The handle a handler uses to reach its client.
    pub(crate) fn context(&self) -> &Context {
        self.context.get_or_init(|| {
            Context::new(Arc::clone(&self.host), self.exchange.clone(), self.cancellation.clone())
        })
    }

    /// A value of the server's state.
    pub(crate) fn state<T: Send + Sync + 'static>(&self) -> Option<&State<T>> {
        self.exchange.state(&*self.host)
    }

    /// Who sent the request.
    pub(crate) fn principal(&self) -> &Principal {
        self.context().principal()
    }
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scope").field("id", &self.exchange.id).finish_non_exhaustive()
    }
}
