//! Checked resources and resource templates.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol;
use mcp_core::revision::{CacheHint, Facts};
use mcp_core::uri::{UriTemplate, normal_form};

#[cfg(feature = "client")]
use super::find::TemplateIndex;
use super::find::ambiguity;
use super::{Lister, ReadOutcome};
use crate::component::inject::Requirement;
#[cfg(feature = "client")]
use crate::component::list_hints::{ListHints, UpstreamHint};
use crate::component::mount_scope::MountScope;
use crate::component::mount_scope::mounted_uri;
use crate::component::poll_budget::PollBudget;
use crate::component::registry::{List, Listed, Registry};
#[cfg(feature = "client")]
use crate::component::resource::upstream_watch::UpstreamWatch;
use crate::component::scopes::RequiredScopes;
use crate::component::strings::call::StringCall;
use crate::component::strings::signature::Signature;
use crate::component::time_limit::TimeLimit;
use crate::component::unknown_members::{RESOURCE, TEMPLATE, UnknownMembers};
use crate::component::visibility::ComponentRef;
use crate::context::changes::Changes;

/// Result of a handler: contents, or an error of the protocol.
pub type ReadReply = Result<ReadOutcome, ProtocolError>;

/// Future of a handler.
pub type ReadFuture = Pin<Box<dyn Future<Output = ReadReply> + Send>>;

/// Handler of a resource.
pub(crate) type ReadHandler = Arc<dyn Fn(StringCall) -> ReadFuture + Send + Sync>;

/// Handler of a resource or template, with its settings.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(crate) signature: Arc<Signature>,
    pub(crate) handler: ReadHandler,
    /// Time limit of the handler.
    pub(crate) time_limit: TimeLimit,
    pub(crate) mime_type: Option<String>,
    /// Mount scope of the server that the resources come from.
    pub(crate) mount_scope: Option<Arc<MountScope>>,
    /// Scopes that callers have to have.
    pub(crate) scopes: RequiredScopes,
    /// Cache hint for the contents.
    pub(crate) hint: CacheHint,
    /// Time budget of the first polls of its handlers.
    pub(crate) poll_budget: Arc<PollBudget>,
    /// Watch of the upstream server whose resources these are.
    #[cfg(feature = "client")]
    pub(crate) watch: Option<Arc<UpstreamWatch>>,
}

/// A resource of one URI, checked and ready to be listed and read.
pub(crate) struct ResourceSpec {
    /// Listed resource, before it is adapted to a revision.
    pub(crate) resource: protocol::Resource,
    /// Members of the listed resource that this crate does not define.
    pub(crate) unknown: UnknownMembers,
    pub(crate) reader: Reader,
}

/// Resources of a URI template, checked and ready to be listed and read.
pub(crate) struct TemplateSpec {
    /// Listed template, before it is adapted to a revision.
    pub(crate) template: protocol::ResourceTemplate,
    /// Members of the listed template that this crate does not define.
    pub(crate) unknown: UnknownMembers,
    /// Parsed template.
    pub(crate) uri: UriTemplate,
    pub(crate) reader: Reader,
    /// Function that lists the resources of the template.
    pub(crate) lister: Option<Lister>,
}

/// A resource or a template.
pub(crate) enum ReadableSpec {
    Resource(ResourceSpec),
    Template(TemplateSpec),
}

impl Listed for ResourceSpec {
    const MEMBER: &'static str = "resources";
    const NOUN: &'static str = "resource";
    const KEYED_BY: &'static str = "at";

    fn key(&self) -> &str {
        &self.resource.uri
    }

    fn comparable(key: &str) -> Cow<'_, str> {
        // A URI without a normal form, such as one with dot segments, equals itself only.
        normal_form(key).unwrap_or(Cow::Borrowed(key))
    }

    fn requires(&self) -> &[Requirement] {
        &self.reader.signature.table.requires
    }

    fn component_ref(&self) -> ComponentRef<'_> {
        ComponentRef::Resource(&self.resource)
    }

    fn scopes(&self) -> &RequiredScopes {
        &self.reader.scopes
    }

    fn mount_scope(&self) -> Option<&Arc<MountScope>> {
        self.reader.mount_scope.as_ref()
    }

    fn mount_scope_mut(&mut self) -> &mut Option<Arc<MountScope>> {
        &mut self.reader.mount_scope
    }

    fn mount_under(&mut self, prefix: &str) -> Result<(), String> {
        self.resource.uri = mounted_uri(prefix, &self.resource.uri)?;
        Ok(())
    }

    #[cfg(feature = "client")]
    fn upstream_hint(hints: &ListHints) -> &UpstreamHint {
        &hints.resources
    }

    fn append(&self, out: &mut Vec<u8>, facts: &Facts) {
        self.unknown.write(out, &facts.fit_resource(&self.resource), &RESOURCE);
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

impl fmt::Debug for ResourceSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResourceSpec").field("resource", &self.resource).finish_non_exhaustive()
    }
}

impl Listed for TemplateSpec {
    const MEMBER: &'static str = "resourceTemplates";
    const NOUN: &'static str = "resource template";
    const KEYED_BY: &'static str = "at";

    fn key(&self) -> &str {
        &self.template.uri_template
    }

    fn requires(&self) -> &[Requirement] {
        &self.reader.signature.table.requires
    }

    fn component_ref(&self) -> ComponentRef<'_> {
        ComponentRef::Template(&self.template)
    }

    fn scopes(&self) -> &RequiredScopes {
        &self.reader.scopes
    }

    fn mount_scope(&self) -> Option<&Arc<MountScope>> {
        self.reader.mount_scope.as_ref()
    }

    fn mount_scope_mut(&mut self) -> &mut Option<Arc<MountScope>> {
        &mut self.reader.mount_scope
    }

    fn mount_under(&mut self, prefix: &str) -> Result<(), String> {
        let uri = mounted_uri(prefix, &self.template.uri_template)?;
        self.uri = UriTemplate::parse(&uri).map_err(|error| error.to_string())?;
        self.template.uri_template = uri;
        self.lister = self.lister.take().map(|lister| lister.mounted_under(prefix));
        Ok(())
    }

    fn contradiction(templates: &[Arc<Self>]) -> Option<String> {
        ambiguity(templates)
    }

    #[cfg(feature = "client")]
    fn conflicts(found: &[Self], others: &[&Self]) -> Vec<(usize, String)> {
        let mut offered = TemplateIndex::default();
        others.iter().for_each(|other| offered.insert(&other.uri));
        let mut conflicts = Vec::new();
        for (index, template) in found.iter().enumerate() {
            match offered.ambiguous_with(&template.uri) {
                Some(other) => conflicts.push((index, other.as_str().to_owned())),
                None => offered.insert(&template.uri),
            }
        }
        conflicts
    }

    #[cfg(feature = "client")]
    fn upstream_hint(hints: &ListHints) -> &UpstreamHint {
        &hints.templates
    }

    fn append(&self, out: &mut Vec<u8>, facts: &Facts) {
        self.unknown.write(out, &facts.fit_template(&self.template), &TEMPLATE);
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

impl fmt::Debug for TemplateSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemplateSpec").field("template", &self.template).finish_non_exhaustive()
    }
}
