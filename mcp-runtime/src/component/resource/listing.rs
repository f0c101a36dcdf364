//! The list of resources of a server whose templates list resources.

use std::sync::Arc;

use mcp_core::json;
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::Resource;
use mcp_core::revision::{CacheHint, Facts};

use crate::component::app::App;
use crate::component::mount_scope;
use crate::component::page;
use crate::component::registry::{Listed as _, Registry};
use crate::component::resource::spec::ResourceSpec;
use crate::context::exchange::Exchange;
use crate::context::handle::Context;
use crate::context::members::Members;

/// A resource in the list.
enum ListedResource {
    /// A resource with one URI.
    Known(Arc<ResourceSpec>),
    /// A resource of a template.
    Found(Box<Resource>),
}

impl ListedResource {
    fn uri(&self) -> &str {
        match self {
            Self::Known(known) => known.key(),
            Self::Found(resource) => &resource.uri,
        }
    }

    fn append(&self, out: &mut Vec<u8>, facts: &Facts) {
        match self {
            Self::Known(known) => known.append(out, facts),
            Self::Found(resource) => json::value(out, &facts.fit_resource(resource)),
        }
    }
}

/// Returns `true` if a template lists its resources.
pub(crate) fn is_dynamic(registry: &Registry) -> bool {
    registry.templates.items().iter().any(|template| template.lister.is_some())
}

/// Returns a page of the list of resources: the resources with one URI first, then the resources of
/// each template.
///
/// # Errors
/// `-32602` for a cursor that leads nowhere, and what a lister fails with.
pub(crate) async fn list(app: Arc<App>, exchange: Exchange) -> Result<Members, ProtocolError> {
    let registry = app.registry_for(&exchange);
    let (size, hint) = (app.page_size, app.list_hint::<ResourceSpec>());
    let facts = exchange.facts();
    let known = registry.resources.items().iter();
    let mut resources: Vec<ListedResource> = known.cloned().map(ListedResource::Known).collect();
    for template in registry.templates.items() {
        let Some(lister) = &template.lister else { continue };
        let mut asked = exchange.clone();
        mount_scope::enter(template.reader.mount_scope.as_ref(), &mut asked);
        let listed = lister.list(Context::new(app.clone(), asked, None)).await?;
        let listed = listed.into_iter().map(Box::new);
        resources.extend(listed.map(ListedResource::Found));
    }
    let start = page::start(
        exchange.params(),
        app.strict_arguments,
        |index| resources.get(index).map(|resource| resource.uri()),
        |uri| resources.iter().position(|resource| resource.uri() == uri),
    )?;
    let mut members = Vec::new();
    json::members(&mut members, |result| {
        result.array("resources", |list| {
            for resource in resources.iter().skip(start).take(size) {
                resource.append(list.element(), facts);
            }
        });
        page::write_cursor(result, start.saturating_add(size), resources.len(), |index| {
            resources.get(index).map(|resource| resource.uri())
        });
    });
    // The answer of a lister may depend on the caller, so caches must not share it.
    let cache = Some(CacheHint::private(hint.ttl_ms));
    Ok(Members { members: members.into(), cache, ..Members::default() })
}
