//! The visible components of a server, for the sender of one request.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::app::App;
use super::mount_scope::MountScope;
use super::registry::{List, Listed, Registry};
use super::resource;
use super::visibility::{ComponentRef, Filter};
use crate::context::exchange::{Exchange, Origin};
use crate::context::handle::Context;

impl App {
    /// Components that are visible to the sender of a request.
    pub(crate) fn registry_for(self: &Arc<Self>, exchange: &Exchange) -> Arc<Registry> {
        let registry = self.unscoped_registry(exchange);
        if !self.live.requires_scopes() {
            return registry;
        }
        let origin = &exchange.origin;
        Arc::new(Registry {
            tools: granted(&registry.tools, origin),
            resources: granted(&registry.resources, origin),
            templates: granted(&registry.templates, origin),
            prompts: granted(&registry.prompts, origin),
        })
    }

    /// Components that are visible to the sender of a request if it has all scopes.
    pub(super) fn unscoped_registry(self: &Arc<Self>, exchange: &Exchange) -> Arc<Registry> {
        let registry = self.live.registry();
        if !self.is_filtered {
            return registry;
        }
        let caller = Context::new(self.clone(), exchange.clone(), None);
        Arc::new(Registry {
            tools: self.visible(&registry.tools, &caller),
            resources: self.visible(&registry.resources, &caller),
            templates: self.visible(&registry.templates, &caller),
            prompts: self.visible(&registry.prompts, &caller),
        })
    }

    /// Returns `true` if a resource exists at a URI but is not visible to the sender of a request.
    pub(crate) fn hides(self: &Arc<Self>, uri: &str, exchange: &Exchange) -> bool {
        self.hidden_from(exchange).contains(uri)
    }

    /// The resources that exist but are not visible to the sender of a request.
    pub(crate) fn hidden_from(self: &Arc<Self>, exchange: &Exchange) -> HiddenResources {
        let both = || (self.live.registry(), self.registry_for(exchange));
        HiddenResources(self.depends_on_caller().then(both))
    }

    fn visible<T: Listed>(&self, list: &List<T>, caller: &Context) -> List<T> {
        let visible = list.items().iter().filter(|item| self.is_visible(item.as_ref(), caller));
        List::new(visible.cloned().collect())
    }

    fn is_visible<T: Listed>(&self, item: &T, caller: &Context) -> bool {
        let component = item.component_ref();
        let agrees = |filter: &Filter| agrees(filter, &component, caller);
        let mut visible = self.filters.iter().all(agrees);
        MountScope::outermost_first(item.mount_scope(), &mut |mount_scope| {
            visible = visible && mount_scope.filters.iter().all(agrees);
        });
        visible
    }
}

/// `true` if a filter shows a component to a caller. One that panics hides it.
pub(crate) fn agrees(filter: &Filter, component: &ComponentRef<'_>, caller: &Context) -> bool {
    catch_unwind(AssertUnwindSafe(|| filter(component, caller))).unwrap_or_else(|_| {
        tracing::error!(component = component.key(), "deciding on visibility panicked");
        false
    })
}

/// Resources that exist but are not visible to a caller: all resources, and those that are visible.
pub(crate) struct HiddenResources(Option<(Arc<Registry>, Arc<Registry>)>);

impl HiddenResources {
    /// Returns `true` if the resource at a URI is one of them.
    pub(crate) fn contains(&self, uri: &str) -> bool {
        let exists = |registry: &Registry| resource::find_reader(registry, uri).is_some();
        self.0.as_ref().is_some_and(|(all, visible)| exists(all) && !exists(visible))
    }
}

/// The components whose scopes the sender of a request has.
fn granted<T: Listed>(list: &List<T>, origin: &Origin) -> List<T> {
    let is_granted = |item: &Arc<T>| item.scopes().are_granted_to(origin);
    if list.items().iter().all(is_granted) {
        return list.clone();
    }
    List::new(list.items().iter().filter(|item| is_granted(item)).cloned().collect())
}
