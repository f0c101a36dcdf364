//! One call of a tool: the bytes of its request and everything a handler may ask for.

use std::sync::{Arc, OnceLock};

use super::app::App;
use super::cancellation::Cancellation;
use super::component::ToolSpec;
use super::context::{Context, Principal};
use super::exchange::{Exchange, Span};
use super::state::State;

/// One call of a tool, handed to its handler.
pub struct Call {
    pub(super) app: Arc<App>,
    pub(super) spec: Arc<ToolSpec>,
    pub(super) exchange: Exchange,
    pub(super) arguments: Span,
    pub(super) cancellation: Option<Cancellation>,
    context: OnceLock<Context>,
}

impl Call {
    pub(super) fn new(
        app: Arc<App>,
        spec: Arc<ToolSpec>,
        exchange: Exchange,
        arguments: Span,
    ) -> Self {
        let cancellation = spec.cooperative.then(Cancellation::default);
        Self { app, spec, exchange, arguments, cancellation, context: OnceLock::new() }
    }

    /// The arguments as the text of a JSON object.
    pub(crate) fn arguments(&self) -> &str {
        match self.arguments.text(&self.exchange.frame) {
            "" => "{}",
            text => text,
        }
    }

    /// The tool that is called.
    pub(crate) fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    /// The handle a handler uses to reach its client.
    pub(crate) fn context(&self) -> &Context {
        self.context.get_or_init(|| {
            Context::new(self.app.clone(), self.exchange.clone(), self.cancellation.clone())
        })
    }

    /// A value of the server's state.
    pub(crate) fn state<T: Send + Sync + 'static>(&self) -> Option<&State<T>> {
        self.exchange.state(&self.app)
    }

    /// Who sent the request.
    pub(crate) fn principal(&self) -> &Principal {
        self.context().principal()
    }
}
