//! Requests as a policy sees them.

use std::fmt;
use std::sync::Arc;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use serde_json::{Map, Value};

use crate::component::visibility::ComponentRef;
use crate::context::handle::Context;
use crate::context::principal::Principal;
use crate::shorten::shorten;

/// A request for a component, before it is served: who asks for what, with which arguments.
#[derive(Clone)]
pub struct AccessRequest {
    asked: Arc<Asked>,
    /// Name or URI in the server whose policy decides.
    name: Arc<str>,
}

struct Asked {
    context: Context,
    component: Box<dyn RequestedComponent>,
    arguments: Map<String, Value>,
}

/// The component that is asked for.
pub(crate) trait RequestedComponent: Send + Sync {
    fn component_ref(&self) -> ComponentRef<'_>;
}

impl AccessRequest {
    /// A request for a component under a name or URI, in the form in which they are compared.
    pub(crate) fn new(
        context: Context,
        component: Box<dyn RequestedComponent>,
        name: &str,
        arguments: Map<String, Value>,
    ) -> Self {
        Self { asked: Arc::new(Asked { context, component, arguments }), name: name.into() }
    }

    /// The same request, with the name that the component has in a mounted server.
    pub(crate) fn named(&self, name: &str) -> Self {
        Self { asked: Arc::clone(&self.asked), name: name.into() }
    }

    /// The authenticated sender; anonymous without authentication.
    pub fn principal(&self) -> &Principal {
        self.asked.context.principal()
    }

    /// The method: `tools/call`, `resources/read` or `prompts/get`.
    pub fn method(&self) -> &str {
        self.asked.context.exchange().method.as_str()
    }

    /// The name of the tool or prompt, or the URI of the resource. The policy of a mounted server sees its
    /// own names, without the prefix; a URI is in its normal form.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The component as it is listed, such as a tool with its annotations. For a resource of a template it
    /// is the template.
    pub fn component(&self) -> ComponentRef<'_> {
        self.asked.component.component_ref()
    }

    /// The arguments of a tool or prompt as they were sent, or the variables of a resource template.
    pub fn arguments(&self) -> &Map<String, Value> {
        &self.asked.arguments
    }

    /// An argument that is a string.
    pub fn text(&self, argument: &str) -> Option<&str> {
        self.arguments().get(argument)?.as_str()
    }

    /// Everything else that a handler can read of the request.
    pub fn context(&self) -> &Context {
        &self.asked.context
    }
}

impl fmt::Debug for AccessRequest {
    /// Shows the names of the arguments only, because their values may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessRequest")
            .field("method", &self.method())
            .field("name", &self.name)
            .field("arguments", &self.arguments().keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Parses the arguments of a request.
///
/// # Errors
/// `-32602` for an argument that is given twice, of which a policy and a handler may read different ones.
pub(crate) fn parse(arguments: &str) -> Result<Map<String, Value>, ProtocolError> {
    let mut parsed = Map::new();
    for (name, value) in Raw::from_accepted(arguments).members() {
        let value = serde_json::from_str(value.as_str()).unwrap_or_default();
        if parsed.insert(name.to_string(), value).is_some() {
            let name = shorten(&name);
            return Err(ProtocolError::invalid_params(format!(
                "the argument {name} is given twice"
            )));
        }
    }
    Ok(parsed)
}
