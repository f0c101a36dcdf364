//! The scopes that a request requires: those of the component that it is for.

use std::sync::Arc;

use mcp_core::jsonrpc::Raw;
use mcp_core::method::Method;

use super::app::App;
use super::prompt::PromptSpec;
use super::registry::{Listed, Registry};
use super::resource::{ResourceSpec, TemplateSpec, find};
use super::scopes::RequiredScopes;
use super::tool::spec::ToolSpec;
use crate::context::exchange::Exchange;

impl Registry {
    /// Returns `true` if a component requires scopes.
    pub(crate) fn requires_scopes(&self) -> bool {
        fn any<T: Listed>(registry: &Registry) -> bool {
            T::list(registry).items().iter().any(|item| !item.scopes().is_empty())
        }
        any::<ToolSpec>(self)
            || any::<ResourceSpec>(self)
            || any::<TemplateSpec>(self)
            || any::<PromptSpec>(self)
    }
}

impl App {
    /// The scopes that a request requires, if its sender lacks one of them. A component that is hidden
    /// from the sender requires none: to the sender it does not exist.
    pub(crate) fn lacking_scopes(self: &Arc<Self>, exchange: &Exchange) -> Option<RequiredScopes> {
        if !self.live.requires_scopes() {
            return None;
        }
        let registry = self.unscoped_registry(exchange);
        let required = required(&registry, exchange.method.protocol()?, exchange.params())?;
        (!required.are_granted_to(&exchange.origin)).then(|| required.clone())
    }

    /// The scopes of the component that the request in a frame is for. If visibility
    /// depends on the sender, there are none, because the component may not exist for it.
    #[cfg(feature = "auth-server")]
    pub(crate) fn scopes_of_frame(&self, frame: &bytes::Bytes) -> Option<RequiredScopes> {
        use mcp_core::jsonrpc::{Frame, Message, decode};

        if !self.live.requires_scopes() || self.is_filtered {
            return None;
        }
        let Ok(Frame::Single(Message::Request(request))) = decode(frame, self.limits) else {
            return None;
        };
        let registry = self.live.registry();
        required(&registry, Method::parse(&request.method)?, request.params).cloned()
    }
}

/// The scopes of the component that a request is for.
fn required<'r>(
    registry: &'r Registry,
    method: Method,
    params: Option<Raw<'_>>,
) -> Option<&'r RequiredScopes> {
    let text = |key: &str| params?.member(key).and_then(Raw::string);
    let of_uri = |uri: &str| match registry.resources.get(uri) {
        Some(resource) => Some(resource.scopes()),
        None => find::template(registry, uri).map(|(template, _)| template.scopes()),
    };
    let of_prompt = |name: &str| registry.prompts.get(name).map(|prompt| prompt.scopes());
    match method {
        Method::ToolsCall => registry.tools.get(&text("name")?).map(|tool| tool.scopes()),
        Method::PromptsGet => of_prompt(&text("name")?),
        Method::ResourcesRead | Method::ResourcesSubscribe => of_uri(&text("uri")?),
        Method::Complete => {
            let reference = params?.member("ref")?;
            let text = |key: &str| reference.member(key).and_then(Raw::string);
            match (text("name"), text("uri")) {
                (Some(name), _) => of_prompt(&name),
                (None, Some(uri)) => match registry.templates.get(&uri) {
                    Some(template) => Some(template.scopes()),
                    None => of_uri(&uri),
                },
                (None, None) => None,
            }
        }
        _ => None,
    }
}
