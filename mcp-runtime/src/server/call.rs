//! One call of a tool: the bytes of its request and everything a handler may ask for.

use std::sync::OnceLock;

use bytes::Bytes;

use super::component::ToolSpec;
use super::context::{Context, Principal};
use super::state::{State, StateMap};

/// One call of a tool, handed to its handler.
pub struct Call {
    arguments: Bytes,
    spec: std::sync::Arc<ToolSpec>,
    state: std::sync::Arc<StateMap>,
    context: OnceLock<Context>,
    principal: Principal,
}

impl Call {
    /// The arguments as the text of a JSON object.
    pub(crate) fn arguments(&self) -> &str {
        std::str::from_utf8(&self.arguments).unwrap_or("{}")
    }

    /// The tool that is called.
    pub(crate) fn spec(&self) -> &ToolSpec {
        &self.spec
    }

    /// The handle a handler uses to reach its client.
    pub(crate) fn context(&self) -> &Context {
        self.context.get_or_init(|| Context {})
    }

    /// A value of the server's state.
    pub(crate) fn state<T: Send + Sync + 'static>(&self) -> Option<&State<T>> {
        self.state.get()
    }

    /// Who sent the request.
    pub(crate) fn principal(&self) -> &Principal {
        &self.principal
    }
}
