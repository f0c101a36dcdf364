//! Which components a caller gets to see.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use mcp_core::protocol::{self, Meta};

use super::mount_scope::MountScope;
use super::registry::{List, Listed, Registry};
use super::resource;
use crate::component::app::App;
use crate::context::exchange::Exchange;
use crate::context::handle::Context;

/// Decides whether a caller sees a component.
pub(crate) type Filter = Arc<dyn Fn(&ComponentRef<'_>, &Context) -> bool + Send + Sync>;

/// A component as it is listed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ComponentRef<'a> {
    /// A tool.
    Tool(&'a protocol::Tool),
    /// A resource of one URI.
    Resource(&'a protocol::Resource),
    /// Resources of a template.
    Template(&'a protocol::ResourceTemplate),
    /// A prompt.
    Prompt(&'a protocol::Prompt),
}

impl ComponentRef<'_> {
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

impl App {
    /// The components that the sender of a request sees.
    pub(crate) fn registry_for(self: &Arc<Self>, exchange: &Exchange) -> Arc<Registry> {
        let registry = self.live.registry();
        if !self.is_filtered {
            return registry;
        }
        let caller = Context::new(self.clone(), exchange.clone(), None);
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
        let component = item.component_ref();
        let agrees = |filter: &Filter| {
            catch_unwind(AssertUnwindSafe(|| filter(&component, caller))).unwrap_or_else(|_| {
                tracing::error!(component = component.key(), "deciding on visibility panicked");
                false
            })
        };
        let mut seen = self.filters.iter().all(agrees);
        MountScope::outermost_first(item.mount_scope(), &mut |mount_scope| {
            seen = seen && mount_scope.filters.iter().all(agrees);
        });
        seen
    }
}
