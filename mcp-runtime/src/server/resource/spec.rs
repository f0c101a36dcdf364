//! Resources and templates as the server keeps them.

use std::sync::Arc;

use mcp_core::protocol;
use mcp_core::revision::{Facts, append_json};

use crate::server::app::Changes;
use crate::server::inject::Requirement;
use crate::server::mount::mounted_uri;
use crate::server::registry::{List, Listed, Registry};
use crate::server::scope::Scope;
use crate::server::visibility::Offered;

/// A resource of one URI, checked and ready to be listed and read.
pub(crate) struct ResourceSpec {
    /// The resource as it is listed, before a revision has fitted it.
    pub(crate) resource: protocol::Resource,
    /// What the handler needs in the state of the server.
    pub(crate) requires: Vec<Requirement>,
    /// What it brought along from the server it was mounted from.
    pub(crate) scope: Option<Arc<Scope>>,
}

/// Resources of a URI template, checked and ready to be listed and read.
pub(crate) struct TemplateSpec {
    /// The template as it is listed, before a revision has fitted it.
    pub(crate) template: protocol::ResourceTemplate,
    /// What the handler needs in the state of the server.
    pub(crate) requires: Vec<Requirement>,
    /// What it brought along from the server it was mounted from.
    pub(crate) scope: Option<Arc<Scope>>,
}

impl Listed for ResourceSpec {
    const MEMBER: &'static str = "resources";
    const NOUN: &'static str = "resource";
    const TOLD_APART: &'static str = "at";

    fn key(&self) -> &str {
        &self.resource.uri
    }

    fn requires(&self) -> &[Requirement] {
        &self.requires
    }

    fn offered(&self) -> Offered<'_> {
        Offered::Resource(&self.resource)
    }

    fn scope(&self) -> Option<&Arc<Scope>> {
        self.scope.as_ref()
    }

    fn scope_mut(&mut self) -> &mut Option<Arc<Scope>> {
        &mut self.scope
    }

    fn mount_under(&mut self, prefix: &str) -> Result<(), String> {
        self.resource.uri = mounted_uri(prefix, &self.resource.uri)?;
        Ok(())
    }

    fn append(&self, out: &mut Vec<u8>, facts: &Facts) {
        append_json(out, &facts.fit_resource(&self.resource));
    }

    fn list(registry: &Registry) -> &List<Self> {
        &registry.resources
    }

    fn list_mut(registry: &mut Registry) -> &mut List<Self> {
        &mut registry.resources
    }

    fn changes(changes: &mut Changes) -> &mut u64 {
        &mut changes.resources
    }
}

impl Listed for TemplateSpec {
    const MEMBER: &'static str = "resourceTemplates";
    const NOUN: &'static str = "resource template";
    const TOLD_APART: &'static str = "at";

    fn key(&self) -> &str {
        &self.template.uri_template
    }

    fn requires(&self) -> &[Requirement] {
        &self.requires
    }

    fn offered(&self) -> Offered<'_> {
        Offered::Template(&self.template)
    }

    fn scope(&self) -> Option<&Arc<Scope>> {
        self.scope.as_ref()
    }

    fn scope_mut(&mut self) -> &mut Option<Arc<Scope>> {
        &mut self.scope
    }

    fn mount_under(&mut self, prefix: &str) -> Result<(), String> {
        self.template.uri_template = mounted_uri(prefix, &self.template.uri_template)?;
        Ok(())
    }

    fn append(&self, out: &mut Vec<u8>, facts: &Facts) {
        append_json(out, &facts.fit_template(&self.template));
    }

    fn list(registry: &Registry) -> &List<Self> {
        &registry.templates
    }

    fn list_mut(registry: &mut Registry) -> &mut List<Self> {
        &mut registry.templates
    }

    fn changes(changes: &mut Changes) -> &mut u64 {
        &mut changes.resources
    }
}
