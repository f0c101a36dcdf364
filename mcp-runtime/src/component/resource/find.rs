//! Lookup of the handler for a URI.

use std::collections::BTreeMap;
use std::sync::Arc;

use mcp_core::name::nearest;
use mcp_core::uri::{Captures, UriTemplate};

use super::{Reader, TemplateSpec};
use crate::component::registry::Registry;
use crate::component::strings::call::Values;

/// Finds the handler of a URI and the values of its variables: a resource with this URI, or else
/// the most specific template that matches.
pub(crate) fn reader(registry: &Registry, uri: &str) -> Option<(Reader, Values)> {
    if let Some(resource) = registry.resources.get(uri) {
        return Some((resource.reader.clone(), Values::default()));
    }
    let (template, captures) = template(registry, uri)?;
    let values = Values::of_captures(&template.reader.signature, captures);
    Some((template.reader.clone(), values))
}

/// Finds the most specific template that matches a URI.
pub(crate) fn template<'r>(
    registry: &'r Registry,
    uri: &str,
) -> Option<(&'r TemplateSpec, Captures)> {
    let matching = registry.templates.items().iter().filter_map(|template| {
        let captures = template.uri.matches(uri)?;
        Some((&**template, captures))
    });
    matching.max_by_key(|(template, _)| template.uri.specificity())
}

/// Returns the URI or template that is most similar to an unknown URI.
pub(crate) fn nearest_to<'r>(registry: &'r Registry, uri: &str) -> Option<&'r str> {
    nearest(uri, registry.resources.keys().chain(registry.templates.keys()))
}

/// Templates by the text at their start, because only those that agree there can match a common URI.
#[derive(Default)]
pub(crate) struct TemplateIndex<'a>(BTreeMap<&'a str, Vec<&'a UriTemplate>>);

impl<'a> TemplateIndex<'a> {
    pub(crate) fn insert(&mut self, template: &'a UriTemplate) {
        self.0.entry(template.beginning()).or_default().push(template);
    }

    /// Returns a template that matches a common URI with another one and is equally specific.
    pub(crate) fn ambiguous_with(&self, template: &UriTemplate) -> Option<&'a UriTemplate> {
        let beginning = template.beginning();
        let longer = self.0.range(beginning..);
        let longer = longer.take_while(|(start, _)| start.starts_with(beginning));
        let shorter = beginning.char_indices().filter_map(|(end, _)| self.0.get(&beginning[..end]));
        let mut candidates = shorter.chain(longer.map(|(_, templates)| templates)).flatten();
        candidates.find(|known| known.is_ambiguous_with(template)).copied()
    }
}

/// Describes the first two templates that match a common URI and are equally specific.
pub(crate) fn ambiguity(templates: &[Arc<TemplateSpec>]) -> Option<String> {
    let mut known = TemplateIndex::default();
    let (one, other) = templates.iter().find_map(|template| {
        let found = known.ambiguous_with(&template.uri);
        known.insert(&template.uri);
        Some((found?, &template.uri))
    })?;
    Some(format!(
        "the resource templates `{one}` and `{other}` match the same URIs and neither is more \
         specific; change one of them"
    ))
}
