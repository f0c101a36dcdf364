//! Extensions of the protocol: settings, methods and notifications.
//!
//! Specification: [Extension negotiation](https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning#extension-negotiation).

pub(crate) mod builder;
pub(crate) mod cacheable_result;
pub(crate) mod inbox;
pub(crate) mod method;
pub(crate) mod notification;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use mcp_core::protocol::Settings;

use super::mount_scope::MountScope;
use super::poll_budget::PollBudget;

pub(crate) use builder::ExtensionsBuilder;
pub(crate) use method::MethodHandler;
use notification::NotificationHandler;

/// The extensions of a server, checked.
#[derive(Default)]
pub(crate) struct Extensions {
    settings: BTreeMap<String, Settings>,
    methods: HashMap<Box<str>, Handler<MethodHandler>>,
    pub(crate) notifications: HashMap<Box<str>, Handler<NotificationHandler>>,
}

/// Handler of a method's messages.
#[derive(Clone)]
pub(crate) struct Handler<H> {
    pub(crate) handle: H,
    /// Mount scope of the server that the handler comes from.
    pub(crate) mount_scope: Option<Arc<MountScope>>,
    /// Time budget of the first polls of a method's handlers.
    pub(crate) poll_budget: Arc<PollBudget>,
}

impl<H> Handler<H> {
    /// Creates the handler of a server that is not mounted.
    pub(crate) fn new(handle: H) -> Self {
        Self { handle, mount_scope: None, poll_budget: Arc::default() }
    }
}

impl Extensions {
    /// Returns `true` if there is no extension and no method.
    pub(crate) fn is_empty(&self) -> bool {
        self.settings.is_empty() && self.methods.is_empty() && self.notifications.is_empty()
    }

    /// Settings for the capabilities; `None` if there are no extensions.
    pub(crate) fn advertised(&self) -> Option<BTreeMap<String, Settings>> {
        (!self.settings.is_empty()).then(|| self.settings.clone())
    }

    /// Handler of the requests of a method.
    pub(crate) fn method(&self, name: &str) -> Option<&Handler<MethodHandler>> {
        self.methods.get(name)
    }

    /// Handler of the notifications of a method.
    pub(crate) fn notification(&self, name: &str) -> Option<&Handler<NotificationHandler>> {
        self.notifications.get(name)
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extensions").field("settings", &self.settings).finish_non_exhaustive()
    }
}
