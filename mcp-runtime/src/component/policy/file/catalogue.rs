//! Components of a server, as the rules of a policy name them.

use super::glob::Glob;

/// Components of a server, as the rules of a policy name them.
#[derive(Default)]
pub(crate) struct Catalogue {
    pub(crate) tools: Vec<Named>,
    pub(crate) prompts: Vec<Named>,
    /// URIs in their normal form.
    pub(crate) resources: Vec<String>,
    /// Text at the start of every URI of each template.
    pub(crate) templates: Vec<String>,
}

/// A tool or prompt.
pub(crate) struct Named {
    pub(crate) name: String,
    /// Names of its arguments; `None` if there may be others.
    pub(crate) arguments: Option<Vec<String>>,
}

impl Catalogue {
    /// Returns `true` if a pattern matches a resource, or may match one of a template.
    pub(super) fn has_resource(&self, pattern: &Glob) -> bool {
        let beginning = pattern.beginning();
        self.resources.iter().any(|uri| pattern.matches(uri))
            || self.templates.iter().any(|template| {
                template.starts_with(beginning) || beginning.starts_with(template.as_str())
            })
    }
}
