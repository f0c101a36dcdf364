//! The components of a server at one moment.
//!
//! A registry never changes: adding or removing a component makes the next one. So a request sees
//! one registry from beginning to end, and what is rendered from it is rendered once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::name::nearest;
use mcp_core::revision::{Facts, Revision};

use super::key_hash::KeyHash;
#[cfg(feature = "client")]
use super::list_hints::{ListHints, UpstreamHint};
use super::mount_scope::MountScope;
use super::page;
use super::prompt::PromptSpec;
use super::resource::{ResourceSpec, TemplateSpec};
use super::scopes::RequiredScopes;
use super::visibility::ComponentRef;
use crate::component::inject::Requirement;
use crate::component::tool::spec::ToolSpec;
use crate::context::changes::Changes;

/// A kind of component that is listed in pages: tools, resources, templates, prompts.
pub(crate) trait Listed: Sized + Send + Sync + 'static {
    /// The member of a result that holds the list.
    const MEMBER: &'static str;
    /// Word for the kind in messages.
    const NOUN: &'static str;
    /// Word between kind and key in messages: "two tools are `named` `a`".
    const KEYED_BY: &'static str = "named";

    /// Unique key that requests contain: a name or a URI.
    fn key(&self) -> &str;

    /// Form of a key in which keys are compared.
    fn comparable(key: &str) -> Cow<'_, str> {
        Cow::Borrowed(key)
    }

    /// State of the server that the handler requires.
    fn requires(&self) -> &[Requirement];

    /// Reference for visibility filters.
    fn component_ref(&self) -> ComponentRef<'_>;

    /// Scopes that callers have to have.
    fn scopes(&self) -> &RequiredScopes;

    /// Mount scope, if the component comes from a mounted server.
    fn mount_scope(&self) -> Option<&Arc<MountScope>>;

    /// Mount scope, for setting it.
    fn mount_scope_mut(&mut self) -> &mut Option<Arc<MountScope>>;

    /// Changes the key to the one under a mount prefix.
    ///
    /// # Errors
    /// The reason why the key cannot have the prefix.
    fn mount_under(&mut self, prefix: &str) -> Result<(), String>;

    /// Describes a conflict between components with different keys.
    fn contradiction(_: &[Arc<Self>]) -> Option<String> {
        None
    }

    /// Returns the components that cannot be offered beside others or beside the ones before them,
    /// although their keys differ: the index of each, and the key of the other one.
    #[cfg(feature = "client")]
    fn conflicts(_: &[Self], _: &[&Self]) -> Vec<(usize, String)> {
        Vec::new()
    }

    /// The cache hint that an upstream server gives to its list of the kind.
    #[cfg(feature = "client")]
    fn upstream_hint(hints: &ListHints) -> &UpstreamHint;

    /// Appends the component as JSON for a revision.
    fn append(&self, out: &mut Vec<u8>, facts: &Facts);

    /// List of the kind.
    fn list(registry: &Registry) -> &List<Self>;

    /// List of the kind, for replacing it.
    fn list_mut(registry: &mut Registry) -> &mut List<Self>;

    /// Counter of changes to the list of the kind.
    fn changes(changes: &mut Changes) -> &mut u64;
}

/// All components of a server. Cloning it does not copy components.
#[derive(Clone, Default)]
pub(crate) struct Registry {
    pub(crate) tools: List<ToolSpec>,
    pub(crate) resources: List<ResourceSpec>,
    pub(crate) templates: List<TemplateSpec>,
    pub(crate) prompts: List<PromptSpec>,
}

/// The components of one kind, in their order.
pub(crate) struct List<T>(Arc<Inner<T>>);

struct Inner<T> {
    items: Vec<Arc<T>>,
    by_key: HashMap<Box<str>, usize, KeyHash>,
    /// The first page, per revision.
    first_pages: [OnceLock<Bytes>; Revision::ALL.len()],
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        let first_pages = Default::default();
        Self(Arc::new(Inner { items: Vec::new(), by_key: HashMap::default(), first_pages }))
    }
}

impl<T: Listed> List<T> {
    /// Returns `true` if a component has this key.
    pub(crate) fn contains(items: &[Arc<T>], key: &str) -> bool {
        let wanted = T::comparable(key);
        items.iter().any(|item| T::comparable(item.key()) == wanted)
    }

    /// Creates a list in this order. The first of two components with the same key wins; callers
    /// ensure that keys are unique.
    pub(crate) fn new(items: Vec<Arc<T>>) -> Self {
        let mut by_key = HashMap::with_capacity_and_hasher(items.len(), KeyHash::default());
        for (index, item) in items.iter().enumerate() {
            by_key.entry(T::comparable(item.key()).into()).or_insert(index);
        }
        Self(Arc::new(Inner { items, by_key, first_pages: Default::default() }))
    }

    pub(crate) fn items(&self) -> &[Arc<T>] {
        &self.0.items
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.items.is_empty()
    }

    /// The component of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Arc<T>> {
        self.0.items.get(self.position(key)?)
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.0.by_key.get(&*T::comparable(key)).copied()
    }

    /// The keys of all, in their order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.items.iter().map(|item| item.key())
    }

    /// Returns the known key that is most similar to an unknown one.
    pub(crate) fn nearest(&self, key: &str) -> Option<&str> {
        nearest(key, self.keys())
    }

    /// Returns the requested page as members of a result.
    ///
    /// # Errors
    /// `-32602` for an invalid cursor.
    pub(crate) fn page(
        &self,
        params: Option<Raw<'_>>,
        size: usize,
        strict: bool,
        revision: Revision,
    ) -> Result<Bytes, ProtocolError> {
        let key_at = |index: usize| Some(self.0.items.get(index)?.key());
        let start = page::start(params, strict, key_at, |key| self.position(key))?;
        let render = || page::render(&self.0.items, start, size, revision.facts());
        Ok(if start == 0 {
            self.0.first_pages[revision.index()].get_or_init(render).clone()
        } else {
            render()
        })
    }
}
