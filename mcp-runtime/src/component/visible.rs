//! The components that the sender of a request sees.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::app::App;
use super::mount_scope::MountScope;
use super::registry::{List, Listed, Registry};
use super::resource;
use super::visibility::Filter;
use crate::context::exchange::Exchange;
use crate::context::handle::Context;

impl App {
    /// Registry of the components that the sender of a request sees.
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

    /// Returns `true` if there is a resource at a URI that the sender of a request does not see.
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
