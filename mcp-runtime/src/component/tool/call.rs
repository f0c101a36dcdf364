//! One call of a tool, with the bytes of its request.

use std::sync::Arc;

use mcp_core::jsonrpc::{MembersPast, Raw};

use crate::component::arguments::KeptTexts;
use crate::component::tool::spec::ToolSpec;
use crate::context::cancellation::Cancellation;
use crate::context::exchange::{Exchange, Span};
use crate::context::handle::Context;
use crate::context::host::Host;
use crate::context::scope::Scope;

/// One call of a tool, as its handler receives it.
pub struct Call {
    spec: Arc<ToolSpec>,
    arguments: Span,
    scope: Scope,
    kept: KeptTexts,
}

impl Call {
    pub(crate) fn new(
        host: Arc<dyn Host>,
        spec: Arc<ToolSpec>,
        exchange: Exchange,
        arguments: Span,
    ) -> Self {
        let cancellation = spec.cooperative.then(Cancellation::default);
        Self {
            spec,
            arguments,
            scope: Scope::new(host, exchange, cancellation),
            kept: KeptTexts::default(),
        }
    }

    /// The arguments as the text of a JSON object.
    pub(crate) fn arguments(&self) -> &str {
        match self.arguments.text(&self.scope.exchange.frame) {
            "" => "{}",
            text => text,
        }
    }

    /// Iterates over the arguments.
    pub(crate) fn argument_members(&self) -> MembersPast<'_, '_> {
        self.scope.exchange.members_of(Raw::from_accepted(self.arguments()))
    }

    /// Texts that live as long as the call, for arguments that borrow from them.
    pub(crate) fn kept(&self) -> &KeptTexts {
        &self.kept
    }

    /// The tool that is called.
    pub(crate) fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    /// The handle a handler uses to reach its client.
    pub(crate) fn context(&self) -> &Context {
        self.scope.context()
    }

    /// Goes on to the body of the handler, unless the call becomes a task. Then it never returns.
    #[doc(hidden)]
    pub async fn begin_body(&self) {
        self.context().begin_body().await;
    }

    /// Source of injected parameters.
    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Cancellation signal of a cooperative handler.
    pub(crate) fn cancellation(&self) -> Option<Cancellation> {
        self.scope.cancellation.clone()
    }
}
