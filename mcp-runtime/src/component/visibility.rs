//! Filters that decide on the visibility of components.

use std::sync::Arc;

use mcp_core::protocol::{self, Meta};

use crate::context::handle::Context;

/// Function that returns `true` if a component is visible to a caller.
pub(crate) type Filter = Arc<dyn Fn(&ComponentRef<'_>, &Context) -> bool + Send + Sync>;

/// Reference to a component as it is listed.
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
    /// Key of the component: the name of a tool or prompt, the URI of a resource, the
    /// template of a resource template.
    pub fn key(&self) -> &str {
        match self {
            Self::Tool(tool) => &tool.name,
            Self::Resource(resource) => &resource.uri,
            Self::Template(template) => &template.uri_template,
            Self::Prompt(prompt) => &prompt.name,
        }
    }

    /// Metadata of the component.
    pub fn meta(&self) -> Option<&Meta> {
        match self {
            Self::Tool(tool) => tool.meta.as_ref(),
            Self::Resource(resource) => resource.meta.as_ref(),
            Self::Template(template) => template.meta.as_ref(),
            Self::Prompt(prompt) => prompt.meta.as_ref(),
        }
    }
}
