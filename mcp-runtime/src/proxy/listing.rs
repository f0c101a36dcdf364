//! Lists of the components of an upstream server.

use std::collections::HashSet;
use std::sync::Arc;

use mcp_core::jsonrpc::ErrorCode;
use mcp_core::protocol::{self, ServerCapabilities};
use serde::de::DeserializeOwned;

use crate::client::{Client, Error, Event, Pages};
use crate::component::registration::CheckedComponents;
use crate::component::registry::Listed;
use crate::component::visibility::ComponentRef;

/// Maximum number of items in one list of an upstream server. Longer lists are refused.
const MAX_ITEMS: usize = 10_000;

/// Decides which components of an upstream server are offered.
pub(crate) type Filter = Arc<dyn Fn(&ComponentRef<'_>) -> bool + Send + Sync>;

/// Components of an upstream server, with its own names and URIs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    pub(crate) tools: Vec<protocol::Tool>,
    pub(crate) resources: Vec<protocol::Resource>,
    pub(crate) templates: Vec<protocol::ResourceTemplate>,
    pub(crate) prompts: Vec<protocol::Prompt>,
}

impl Listing {
    /// Requests the selected lists of a server; the others stay empty.
    pub(crate) async fn request(client: &Client, lists: Lists) -> Result<Self, Error> {
        let mut listing = Self::default();
        if lists.tools {
            listing.tools = or_none(items(client.tools()).await)?;
        }
        if lists.resources {
            listing.resources = or_none(items(client.resources()).await)?;
            listing.templates = or_none(items(client.templates()).await)?;
        }
        if lists.prompts {
            listing.prompts = or_none(items(client.prompts()).await)?;
        }
        Ok(listing)
    }

    /// Removes the components that a filter rejects.
    pub(crate) fn retain(&mut self, filter: &Filter) {
        self.tools.retain(|tool| filter(&ComponentRef::Tool(tool)));
        self.resources.retain(|resource| filter(&ComponentRef::Resource(resource)));
        self.templates.retain(|template| filter(&ComponentRef::Template(template)));
        self.prompts.retain(|prompt| filter(&ComponentRef::Prompt(prompt)));
    }
}

/// Collects every page of a list, unless it is too long.
async fn items<T: DeserializeOwned>(mut pages: Pages<T>) -> Result<Vec<T>, Error> {
    let mut items = Vec::new();
    while let Some(page) = pages.next().await {
        items.extend(page?);
        if items.len() > MAX_ITEMS {
            let message = format!("too many items in a list: at most {MAX_ITEMS} are offered");
            return Err(Error::protocol(message));
        }
    }
    Ok(items)
}

/// Returns no items for an unknown method: a server without such components may not implement it.
fn or_none<T>(listed: Result<Vec<T>, Error>) -> Result<Vec<T>, Error> {
    match listed {
        Err(Error::Remote(error)) if error.code == ErrorCode::METHOD_NOT_FOUND => Ok(Vec::new()),
        listed => listed,
    }
}

/// Selection of lists of a server.
#[derive(Clone, Copy)]
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

    /// The lists that an event concerns; the declared ones if events were missed.
    pub(crate) fn of_event(event: &Event, declared: Self) -> Self {
        let none = Self { tools: false, resources: false, prompts: false };
        match event {
            Event::Tools => Self { tools: true, ..none },
            Event::Resources => Self { resources: true, ..none },
            Event::Prompts => Self { prompts: true, ..none },
            Event::Missed => declared,
            Event::Resource(_) => none,
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
