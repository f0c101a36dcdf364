//! Which components a caller gets to see.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use mcp_core::protocol::{self, Meta};

use super::home::Home;
use super::registry::{List, Listed, Registry};
use super::resource;
use crate::context::exchange::Exchange;
use crate::context::handle::Context;
use crate::server::app::App;
use crate::server::builder::Server;

/// Decides whether a caller sees a component.
pub(crate) type Filter = Arc<dyn Fn(&Offered<'_>, &Context) -> bool + Send + Sync>;

/// A component as it is listed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Offered<'a> {
    /// A tool.
    Tool(&'a protocol::Tool),
    /// A resource of one URI.
    Resource(&'a protocol::Resource),
    /// Resources of a template.
    Template(&'a protocol::ResourceTemplate),
    /// A prompt.
    Prompt(&'a protocol::Prompt),
}

impl Offered<'_> {
    /// What clients ask for it by: the name of a tool or prompt, the URI of a resource, the
    /// template of resources.
    pub fn key(&self) -> &str {
        match self {
            Self::Tool(tool) => &tool.name,
            Self::Resource(resource) => &resource.uri,
            Self::Template(template) => &template.uri_template,
            Self::Prompt(prompt) => &prompt.name,
        }
    }

    /// Its metadata.
    pub fn meta(&self) -> Option<&Meta> {
        match self {
            Self::Tool(tool) => tool.meta.as_ref(),
            Self::Resource(resource) => resource.meta.as_ref(),
            Self::Template(template) => template.meta.as_ref(),
            Self::Prompt(prompt) => prompt.meta.as_ref(),
        }
    }
}

impl Server {
    /// Shows components only to callers for whom the function says so.
    ///
    /// A component that a caller does not see is not listed to it and answers as one that does not
    /// exist. Of several functions all have to agree. The function is called for every component
    /// and every request that concerns one, so it has to be quick. Clients may still keep what they
    /// were told earlier, but for themselves only: cache hints become private.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// let server = Server::new("files", "1.0.0").visible(|component, caller| {
    ///     let scopes = caller.principal().scopes();
    ///     !component.key().starts_with("admin_") || scopes.iter().any(|scope| scope == "admin")
    /// });
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn visible(
        mut self,
        filter: impl Fn(&Offered<'_>, &Context) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.filters.push(Arc::new(filter));
        self
    }
}

impl App {
    /// The components that the sender of a request sees.
    pub(crate) fn registry_for(self: &Arc<Self>, exchange: &Exchange) -> Arc<Registry> {
        let registry = self.live.registry();
        if !self.is_filtered {
            return registry;
        }
        let caller = Context::new(Arc::clone(self), exchange.clone(), None);
        Arc::new(Registry {
            tools: self.seen(&registry.tools, &caller),
            resources: self.seen(&registry.resources, &caller),
            templates: self.seen(&registry.templates, &caller),
            prompts: self.seen(&registry.prompts, &caller),
        })
    }

    /// Whether there is a resource at a URI that the sender of a request does not see.
    pub(crate) fn hides(self: &Arc<Self>, uri: &str, exchange: &Exchange) -> bool {
        let exists = |registry: &Registry| resource::find_reader(registry, uri).is_some();
        self.is_filtered && exists(&self.live.registry()) && !exists(&self.registry_for(exchange))
    }

    fn seen<T: Listed>(&self, list: &List<T>, caller: &Context) -> List<T> {
        let seen = list.items().iter().filter(|item| self.is_seen(item.as_ref(), caller));
        List::new(seen.cloned().collect())
    }

    fn is_seen<T: Listed>(&self, item: &T, caller: &Context) -> bool {
        let offered = item.offered();
        let agrees = |filter: &Filter| {
            catch_unwind(AssertUnwindSafe(|| filter(&offered, caller))).unwrap_or_else(|_| {
                tracing::error!(component = offered.key(), "deciding on visibility panicked");
                false
            })
        };
        let mut seen = self.filters.iter().all(agrees);
        Home::outermost_first(item.home(), &mut |home| {
            seen = seen && home.filters.iter().all(agrees);
        });
        seen
    }
}
