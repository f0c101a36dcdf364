//! One request as its handler sees it, whatever kind of component answers it.

use std::sync::{Arc, OnceLock};

use super::app::App;
use super::cancellation::Cancellation;
use super::context::{Context, Principal};
use super::exchange::Exchange;
use super::state::State;

/// What every handler may be given beside its arguments.
pub struct Scope {
    app: Arc<App>,
    pub(super) exchange: Exchange,
    pub(super) cancellation: Option<Cancellation>,
    context: OnceLock<Context>,
}

impl Scope {
    pub(super) fn new(
        app: Arc<App>,
        exchange: Exchange,
        cancellation: Option<Cancellation>,
    ) -> Self {
        Self { app, exchange, cancellation, context: OnceLock::new() }
    }

    /// The handle a handler uses to reach its client.
    pub(crate) fn context(&self) -> &Context {
        self.context.get_or_init(|| {
            Context::new(self.app.clone(), self.exchange.clone(), self.cancellation.clone())
        })
    }

    /// A value of the server's state.
    pub(crate) fn state<T: Send + Sync + 'static>(&self) -> Option<&State<T>> {
        self.app.state.get()
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
