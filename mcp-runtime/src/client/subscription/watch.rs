//! The changes that a subscription receives.

use std::collections::BTreeSet;

use mcp_core::protocol::SubscriptionFilter;

use crate::client::event::{Event, is_part};

/// The changes that a subscription receives. See [`Client::subscribe`](crate::client::Client::subscribe).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    tools: bool,
    prompts: bool,
    resources: bool,
    pub(super) uris: BTreeSet<String>,
    /// `true` if a session may refuse resources and still be watched for the rest.
    pub(super) allows_refusals: bool,
}

impl Watch {
    /// Creates a value that receives no changes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a value that receives the changes of all lists.
    pub fn lists() -> Self {
        Self::new().tools().prompts().resources()
    }

    /// Adds the list of tools.
    #[must_use]
    pub fn tools(mut self) -> Self {
        self.tools = true;
        self
    }

    /// Adds the list of prompts.
    #[must_use]
    pub fn prompts(mut self) -> Self {
        self.prompts = true;
        self
    }

    /// Adds the list of resources and that of their templates.
    #[must_use]
    pub fn resources(mut self) -> Self {
        self.resources = true;
        self
    }

    /// Adds the resource of a URI.
    #[must_use]
    pub fn resource(mut self, uri: impl Into<String>) -> Self {
        self.uris.insert(uri.into());
        self
    }

    /// Leaves out resources that a session refuses, instead of failing. In the modern era, a server
    /// may agree to fewer resources anyway.
    pub(crate) fn allow_refusals(mut self) -> Self {
        self.allows_refusals = true;
        self
    }

    /// Returns `true` for a change that is to be received.
    pub(super) fn includes(&self, event: &Event) -> bool {
        match event {
            Event::Tools => self.tools,
            Event::Prompts => self.prompts,
            Event::Resources => self.resources,
            // A server may announce the change of a part of a resource.
            Event::Resource(uri) => self.uris.iter().any(|watched| is_part(uri, watched)),
            Event::Missed => true,
        }
    }

    pub(super) fn filter(&self) -> SubscriptionFilter {
        let wanted = |wanted: bool| wanted.then_some(true);
        let mut filter = SubscriptionFilter::default();
        filter.tools_list_changed = wanted(self.tools);
        filter.prompts_list_changed = wanted(self.prompts);
        filter.resources_list_changed = wanted(self.resources);
        filter.resource_subscriptions =
            (!self.uris.is_empty()).then(|| self.uris.iter().cloned().collect());
        filter
    }
}
