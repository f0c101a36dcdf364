//! Lists of the components of an upstream server.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::ErrorCode;
use mcp_core::protocol::{self, ServerCapabilities, SubscriptionFilter};
use mcp_core::revision::CacheHint;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::client::{Client, Error, Event, FreshPages};
use crate::component::list_hints::{ListHints, UpstreamHint};
use crate::component::registration::CheckedComponents;
use crate::component::registry::Listed;
use crate::component::unknown_members::{PROMPT, RESOURCE, Shape, TEMPLATE, TOOL, UnknownMembers};
use crate::component::visibility::ComponentRef;

/// Maximum number of items in one list of an upstream server. Those behind them are left out.
const MAX_ITEMS: usize = 10_000;

/// Maximum size of the items of one list, in bytes.
const MAX_BYTES: usize = 64 << 20;

/// Time after which no further page of a list is requested.
const MAX_TIME: Duration = Duration::from_secs(60);

/// Decides which components of an upstream server are offered.
pub(crate) type Filter = Arc<dyn Fn(&ComponentRef<'_>) -> bool + Send + Sync>;

/// Components of an upstream server, with its own names and URIs. A list that was not requested, or
/// could not be, is absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    pub(crate) tools: Option<ItemList<protocol::Tool>>,
    pub(crate) resources: Option<ItemList<protocol::Resource>>,
    pub(crate) templates: Option<ItemList<protocol::ResourceTemplate>>,
    pub(crate) prompts: Option<ItemList<protocol::Prompt>>,
}

/// A list of an upstream server.
#[derive(Clone, Debug)]
pub(crate) struct ItemList<T> {
    pub(crate) items: Vec<Item<T>>,
    hint: CacheHint,
    received: Instant,
}

/// An item of a list.
#[derive(Clone, Debug)]
pub(crate) struct Item<T> {
    pub(crate) value: T,
    pub(crate) unknown: UnknownMembers,
}

impl<T> ItemList<T> {
    /// Creates a list without pages, which may be cached for any time.
    fn empty() -> Self {
        Self { items: Vec::new(), hint: CacheHint::public(u64::MAX), received: Instant::now() }
    }

    fn retain(&mut self, keeps: impl Fn(&T) -> bool) {
        self.items.retain(|item| keeps(&item.value));
    }

    /// Stores the cache hint. A list whose changes are not reported ages.
    fn store_hint(&self, hint: &UpstreamHint, is_followed: bool) {
        hint.set(self.hint, (!is_followed).then_some(self.received));
    }
}

impl Listing {
    /// Requests lists of a server. Those that could not be requested are returned as well, because
    /// they may be requested again. With `accepts_parts`, the first pages of a list are accepted if a
    /// later one fails.
    ///
    /// # Errors
    /// The end of the connection, and the first failure if no list could be requested.
    pub(crate) async fn request(
        client: &Client,
        lists: Lists,
        accepts_parts: bool,
    ) -> Result<(Self, Lists), Error> {
        let mut lister = Lister { accepts_parts, listed: 0, failure: None };
        let mut listing = Self::default();
        if lists.tools {
            listing.tools = lister.list("tools", client.tools().fresh(), &TOOL).await?;
        }
        if lists.resources {
            let resources = client.resources().fresh();
            listing.resources = lister.list("resources", resources, &RESOURCE).await?;
            let templates = client.templates().fresh();
            listing.templates = lister.list("resource templates", templates, &TEMPLATE).await?;
        }
        if lists.prompts {
            listing.prompts = lister.list("prompts", client.prompts().fresh(), &PROMPT).await?;
        }
        if let (Some(failure), 0) = (lister.failure, lister.listed) {
            return Err(failure);
        }
        let failed = Lists {
            tools: lists.tools && listing.tools.is_none(),
            resources: lists.resources
                && (listing.resources.is_none() || listing.templates.is_none()),
            prompts: lists.prompts && listing.prompts.is_none(),
        };
        Ok((listing, failed))
    }

    /// Removes the components that a filter rejects.
    pub(crate) fn retain(&mut self, filter: &Filter) {
        let Self { tools, resources, templates, prompts } = self;
        let keeps = |component: ComponentRef<'_>| filter(&component);
        tools.iter_mut().for_each(|list| list.retain(|it| keeps(ComponentRef::Tool(it))));
        resources.iter_mut().for_each(|list| list.retain(|it| keeps(ComponentRef::Resource(it))));
        templates.iter_mut().for_each(|list| list.retain(|it| keeps(ComponentRef::Template(it))));
        prompts.iter_mut().for_each(|list| list.retain(|it| keeps(ComponentRef::Prompt(it))));
    }

    /// Stores the cache hints of the lists. The lists in `followed` are those whose changes are
    /// reported.
    pub(crate) fn store_hints(&self, hints: &ListHints, followed: Lists) {
        if let Some(list) = &self.tools {
            list.store_hint(&hints.tools, followed.tools);
        }
        if let Some(list) = &self.resources {
            list.store_hint(&hints.resources, followed.resources);
        }
        if let Some(list) = &self.templates {
            list.store_hint(&hints.templates, followed.resources);
        }
        if let Some(list) = &self.prompts {
            list.store_hint(&hints.prompts, followed.prompts);
        }
    }

    /// Adds empty lists for those that were not requested.
    pub(crate) fn complete(&mut self, requested: Lists) {
        if !requested.tools {
            self.tools = Some(ItemList::empty());
        }
        if !requested.resources {
            self.resources = Some(ItemList::empty());
            self.templates = Some(ItemList::empty());
        }
        if !requested.prompts {
            self.prompts = Some(ItemList::empty());
        }
    }
}

/// Requests several lists of one server.
struct Lister {
    accepts_parts: bool,
    /// Number of lists that could be requested.
    listed: usize,
    /// The first failure.
    failure: Option<Error>,
}

impl Lister {
    /// Requests a list; `None` if that failed.
    ///
    /// # Errors
    /// The end of the connection.
    async fn list<T: DeserializeOwned>(
        &mut self,
        noun: &str,
        pages: FreshPages<T>,
        shape: &Shape,
    ) -> Result<Option<ItemList<T>>, Error> {
        let (list, failure) = collect(noun, pages, shape).await;
        let Some(error) = failure else {
            self.listed += 1;
            return Ok(Some(list));
        };
        // A server without such components may not implement the method.
        let is_unknown = |error: &Error| {
            error.remote().is_some_and(|error| error.code == ErrorCode::METHOD_NOT_FOUND)
        };
        if list.items.is_empty() && is_unknown(&error) {
            self.listed += 1;
            return Ok(Some(ItemList::empty()));
        }
        if matches!(error, Error::Closed(_) | Error::Transport { .. }) {
            return Err(error);
        }
        let count = list.items.len();
        let accepted = self.accepts_parts && count > 0;
        let outcome = match accepted {
            true => format!("its first {count} items are offered"),
            false => "it is left as it was".to_owned(),
        };
        tracing::warn!(
            target: "mcp_runtime::proxy",
            error = %error.report(),
            "the list of {noun} of another server cannot be requested; {outcome}"
        );
        if accepted {
            self.listed += 1;
            return Ok(Some(list));
        }
        self.failure.get_or_insert(error);
        Ok(None)
    }
}

/// Requests the pages of a list up to its end, a limit or a failure.
async fn collect<T: DeserializeOwned>(
    noun: &str,
    mut pages: FreshPages<T>,
    shape: &Shape,
) -> (ItemList<T>, Option<Error>) {
    let mut list = ItemList::empty();
    let mut bytes = 0;
    while let Some(page) = pages.next().await {
        let page = match page {
            Ok(page) => page,
            Err(error) => return (list, Some(error)),
        };
        list.hint = list.hint.stricter(page.hint);
        for (value, text) in page.items {
            bytes += text.as_str().len();
            if list.items.len() == MAX_ITEMS || bytes > MAX_BYTES {
                warn_cut(noun, list.items.len());
                return (list, None);
            }
            list.items.push(Item { value, unknown: UnknownMembers::of(text.raw(), shape) });
        }
        if list.received.elapsed() >= MAX_TIME {
            warn_cut(noun, list.items.len());
            break;
        }
    }
    (list, None)
}

fn warn_cut(noun: &str, count: usize) {
    tracing::warn!(
        target: "mcp_runtime::proxy",
        "the list of {noun} of another server is too long; its first {count} items are offered"
    );
}

/// Selection of lists of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lists {
    pub(crate) tools: bool,
    pub(crate) resources: bool,
    pub(crate) prompts: bool,
}

impl Lists {
    /// The lists that a server declares; all of them for a server that declares none.
    pub(crate) fn declared(capabilities: &ServerCapabilities) -> Self {
        let (tools, resources, prompts) = (
            capabilities.tools.is_some(),
            capabilities.resources.is_some(),
            capabilities.prompts.is_some(),
        );
        let none = !(tools || resources || prompts);
        Self { tools: tools || none, resources: resources || none, prompts: prompts || none }
    }

    /// The lists whose changes a server reports: it declares that, and has agreed to it.
    pub(crate) fn followed(capabilities: &ServerCapabilities, agreed: &SubscriptionFilter) -> Self {
        let tools = capabilities.tools.as_ref().and_then(|tools| tools.list_changed);
        let resources = capabilities.resources.as_ref();
        let resources = resources.and_then(|resources| resources.list_changed);
        let prompts = capabilities.prompts.as_ref().and_then(|prompts| prompts.list_changed);
        let both = |declared: Option<bool>, agreed: Option<bool>| {
            declared == Some(true) && agreed == Some(true)
        };
        Self {
            tools: both(tools, agreed.tools_list_changed),
            resources: both(resources, agreed.resources_list_changed),
            prompts: both(prompts, agreed.prompts_list_changed),
        }
    }

    /// The lists that an event concerns; the declared ones if events were missed.
    pub(crate) fn of_event(event: &Event, declared: Self) -> Self {
        let none = Self::default();
        match event {
            Event::Tools => Self { tools: true, ..none },
            Event::Resources => Self { resources: true, ..none },
            Event::Prompts => Self { prompts: true, ..none },
            Event::Missed => declared,
            Event::Resource(_) => none,
        }
    }

    /// Returns `true` if at least one list is selected.
    pub(crate) fn any(self) -> bool {
        self != Self::default()
    }

    /// The lists of this selection that are not in another one.
    pub(crate) fn without(self, other: Self) -> Self {
        Self {
            tools: self.tools && !other.tools,
            resources: self.resources && !other.resources,
            prompts: self.prompts && !other.prompts,
        }
    }

    /// The lists that are in one of two selections.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            tools: self.tools || other.tools,
            resources: self.resources || other.resources,
            prompts: self.prompts || other.prompts,
        }
    }
}

/// Keys of the components of this server that come from one upstream server.
#[derive(Default)]
pub(crate) struct Keys {
    pub(crate) tools: HashSet<String>,
    pub(crate) resources: HashSet<String>,
    pub(crate) templates: HashSet<String>,
    pub(crate) prompts: HashSet<String>,
}

impl Keys {
    pub(crate) fn of(components: &CheckedComponents) -> Self {
        fn keys<T: Listed>(items: &[T]) -> HashSet<String> {
            items.iter().map(|item| item.key().to_owned()).collect()
        }
        Self {
            tools: keys(&components.tools),
            resources: keys(&components.resources),
            templates: keys(&components.templates),
            prompts: keys(&components.prompts),
        }
    }
}
