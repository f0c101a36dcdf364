//! Lookup of the handler for a URI.

use std::sync::Arc;

use mcp_core::name::nearest;

use super::{Reader, TemplateSpec};
use crate::component::registry::Registry;
use crate::component::strings::call::Values;

/// Finds the handler of a URI and the values of its variables: a resource with this URI, or else
/// the most specific template that matches.
pub(crate) fn reader(registry: &Registry, uri: &str) -> Option<(Reader, Values)> {
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

/// Returns the URI or template that is most similar to an unknown URI.
pub(crate) fn nearest_to<'r>(registry: &'r Registry, uri: &str) -> Option<&'r str> {
    nearest(uri, registry.resources.keys().chain(registry.templates.keys()))
}

/// Describes the first two templates that match a common URI and are equally specific.
pub(crate) fn ambiguity(templates: &[Arc<TemplateSpec>]) -> Option<String> {
    let pairs = templates.iter().enumerate().flat_map(|(index, one)| {
        templates.iter().skip(index + 1).map(move |other| (&one.uri, &other.uri))
    });
    let (one, other) = pairs.into_iter().find(|(one, other)| one.is_ambiguous_with(other))?;
    Some(format!(
        "the resource templates `{one}` and `{other}` match the same URIs and neither is more \
         specific; change one of them"
    ))
}
