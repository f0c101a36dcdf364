//! From a URI to what reads it.

use std::sync::Arc;

use mcp_core::name::nearest;

use super::{Reader, TemplateSpec};
use crate::server::registry::Registry;
use crate::server::text::Values;

/// What reads a URI, and the values of its variables: a resource of just this URI, or else the most
/// specific template that matches.
pub(super) fn reader(registry: &Registry, uri: &str) -> Option<(Reader, Values)> {
    if let Some(resource) = registry.resources.get(uri) {
        return Some((resource.reader.clone(), Values::default()));
    }
    let matching = registry.templates.items().iter().filter_map(|template| {
        let captures = template.uri.matches(uri)?;
        Some((template, captures))
    });
    let (template, captures) = matching.max_by_key(|(template, _)| template.uri.specificity())?;
    let values = Values::of_captures(&template.reader.signature, captures);
    Some((template.reader.clone(), values))
}

/// The URI or template that was perhaps meant.
pub(super) fn nearest_to<'r>(registry: &'r Registry, uri: &str) -> Option<&'r str> {
    nearest(uri, registry.resources.keys().chain(registry.templates.keys()))
}

/// Pairs of templates of which neither is more specific although some URI matches both.
pub(crate) fn ambiguities(templates: &[Arc<TemplateSpec>]) -> Vec<String> {
    let mut faults = Vec::new();
    for (index, one) in templates.iter().enumerate() {
        for other in templates.iter().skip(index + 1) {
            if one.uri != other.uri && one.uri.is_ambiguous_with(&other.uri) {
                faults.push(format!(
                    "the resource templates `{}` and `{}` match the same URIs and neither is more \
                     specific; change one of them",
                    one.uri, other.uri
                ));
            }
        }
    }
    faults
}
