//! Following what another server offers while this one serves.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};

use mcp_core::jsonrpc::ErrorCode;
use mcp_core::protocol::ServerCapabilities;
use serde::de::DeserializeOwned;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::again::ListChanges;
use super::components::Offers;
use super::updates::{Because, Told, Updates};
use super::upstream::Upstream;
use super::{Filter, retain};
use crate::client::{Client, Error, Event, Pages, Subscription};
use crate::component::app::Live;
use crate::component::prompt::spec::PromptSpec;
use crate::component::registration::CheckedComponents;
use crate::component::registry::Listed;
use crate::component::resource::spec::{ResourceSpec, TemplateSpec};
use crate::component::tool::spec::ToolSpec;
use crate::owned_task::OwnedTask;

/// How many items a list of another server may have. One that goes on is not offered.
const MOST_OFFERED: usize = 10_000;

/// Which lists are meant.
#[derive(Clone, Copy)]
pub(crate) struct Lists {
    tools: bool,
    resources: bool,
    prompts: bool,
}

impl Lists {
    /// Those that a server says it has, or all of them of one that says nothing.
    pub(crate) fn of(said: &ServerCapabilities) -> Self {
        let (tools, resources, prompts) =
            (said.tools.is_some(), said.resources.is_some(), said.prompts.is_some());
        let says_nothing = !(tools || resources || prompts);
        Self {
            tools: tools || says_nothing,
            resources: resources || says_nothing,
            prompts: prompts || says_nothing,
        }
    }

    fn of_event(event: &Event, known: Self) -> Self {
        let none = Self { tools: false, resources: false, prompts: false };
        match event {
            Event::Tools => Self { tools: true, ..none },
            Event::Resources => Self { resources: true, ..none },
            Event::Prompts => Self { prompts: true, ..none },
            Event::Missed => known,
            Event::Resource(_) => none,
        }
    }
}

/// Lists what a server offers; nothing stands for lists that are not meant.
pub(crate) async fn offers(client: &Client, lists: Lists) -> Result<Offers, Error> {
    let mut found = Offers::default();
    if lists.tools {
        found.tools = or_none(listed(client.tools()).await)?;
    }
    if lists.resources {
        found.resources = or_none(listed(client.resources()).await)?;
        found.templates = or_none(listed(client.templates()).await)?;
    }
    if lists.prompts {
        found.prompts = or_none(listed(client.prompts()).await)?;
    }
    Ok(found)
}

/// Every item of a list, unless there are too many.
async fn listed<T: DeserializeOwned>(mut pages: Pages<T>) -> Result<Vec<T>, Error> {
    let mut all = Vec::new();
    while let Some(page) = pages.next().await {
        all.extend(page?);
        if all.len() > MOST_OFFERED {
            let message = format!("too many items in a list: at most {MOST_OFFERED} are offered");
            return Err(Error::protocol(message));
        }
    }
    Ok(all)
}

/// A server without such components may not know the method.
fn or_none<T>(listed: Result<Vec<T>, Error>) -> Result<Vec<T>, Error> {
    match listed {
        Err(Error::Remote(error)) if error.code == ErrorCode::METHOD_NOT_FOUND => Ok(Vec::new()),
        listed => listed,
    }
}

/// What is needed to follow one server.
pub(crate) struct Following {
    pub(crate) upstream: Arc<Upstream>,
    pub(crate) filter: Option<Filter>,
    pub(crate) changes: Subscription,
    pub(crate) runtime: Handle,
    /// The keys that are the other server's here.
    pub(crate) keys: Keys,
}

/// What there is to do.
enum Happened {
    /// Lists of the other server have changed, or its connection has ended.
    Lists(Option<Event>),
    /// A resource has.
    Update(Told),
    /// Clients of ours watch something else, for the how manieth time.
    Watched(u64),
}

#[derive(Default)]
pub(crate) struct Keys {
    tools: HashSet<String>,
    resources: HashSet<String>,
    templates: HashSet<String>,
    prompts: HashSet<String>,
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

impl Following {
    /// Follows until the server that is given is gone, or what is returned.
    pub(crate) fn start(self, live: &Arc<Live>) -> OwnedTask {
        let watched = live.feed.watchers.subscribe();
        self.upstream.watch.has_followed(*watched.borrow());
        let updates = Updates::new(Arc::clone(&self.upstream));
        let live = Arc::downgrade(live);
        let runtime = self.runtime.clone();
        OwnedTask::spawn_in(&runtime, self.run(live, watched, updates))
    }

    async fn run(self, live: Weak<Live>, mut watched: watch::Receiver<u64>, mut updates: Updates) {
        let Self { upstream, filter, changes, keys, .. } = self;
        let known = Lists::of(&upstream.client.server_info().capabilities);
        let mut changes = ListChanges::new(upstream.client.clone(), changes);
        let mut listed = Followed { upstream, filter, keys };
        loop {
            let happened = tokio::select! {
                event = changes.next() => Happened::Lists(event),
                event = updates.next() => Happened::Update(event),
                changed = watched.changed() => match changed {
                    Ok(()) => Happened::Watched(*watched.borrow_and_update()),
                    Err(_) => return,
                },
            };
            match happened {
                Happened::Lists(Some(event)) => {
                    let changed = Lists::of_event(&event, known);
                    listed.relist(&live, changed).await;
                    if changed.resources {
                        updates.follow(&live, Because::OfOffers).await;
                    }
                }
                Happened::Lists(None) => return,
                Happened::Update(Told::Event(event)) => {
                    let Some(live) = live.upgrade() else { return };
                    updates.tell(&live, &event);
                }
                Happened::Update(Told::Lapsed) => {
                    updates.follow(&live, Because::OfClients).await;
                }
                Happened::Watched(count) => {
                    updates.follow(&live, Because::OfClients).await;
                    listed.upstream.watch.has_followed(count);
                }
            }
        }
    }
}

/// What of another server is offered here.
struct Followed {
    upstream: Arc<Upstream>,
    filter: Option<Filter>,
    keys: Keys,
}

impl Followed {
    /// Takes over lists that have changed.
    async fn relist(&mut self, live: &Weak<Live>, changed: Lists) {
        match offers(&self.upstream.client, changed).await {
            Ok(offers) => {
                if let Some(live) = live.upgrade() {
                    self.put(&live, changed, offers);
                }
            }
            Err(error) => {
                tracing::warn!(target: "mcp_runtime::proxy", error = %error.report(), "what changed cannot be listed");
            }
        }
    }

    fn put(&mut self, live: &Live, changed: Lists, mut offers: Offers) {
        if let Some(filter) = &self.filter {
            retain(filter, &mut offers);
        }
        let CheckedComponents { tools, resources, templates, prompts } =
            self.upstream.components(&offers);
        if changed.tools {
            swap::<ToolSpec>(live, &mut self.keys.tools, tools);
        }
        if changed.resources {
            swap::<ResourceSpec>(live, &mut self.keys.resources, resources);
            swap::<TemplateSpec>(live, &mut self.keys.templates, templates);
        }
        if changed.prompts {
            swap::<PromptSpec>(live, &mut self.keys.prompts, prompts);
        }
    }
}

/// Puts components in the place of those of the keys: where they were if they are still there,
/// and otherwise at the end.
fn swap<T: Listed>(live: &Live, mine: &mut HashSet<String>, items: Vec<T>) {
    let order: Vec<String> = items.iter().map(|item| item.key().to_owned()).collect();
    let mut fresh: HashMap<String, Arc<T>> =
        items.into_iter().map(|item| (item.key().to_owned(), Arc::new(item))).collect();
    let mut taken = HashSet::new();
    let changed = live.change(|known: &[Arc<T>]| {
        let mut all = Vec::with_capacity(known.len());
        for item in known {
            let new = fresh.remove(item.key());
            if !mine.contains(item.key()) {
                if new.is_some() {
                    taken.insert(item.key().to_owned());
                }
                all.push(Arc::clone(item));
            } else if let Some(new) = new {
                all.push(new);
            }
        }
        all.extend(order.iter().filter_map(|key| fresh.remove(key)));
        T::contradiction(&all).map_or(Ok(all), Err)
    });
    match changed {
        Ok(()) => *mine = order.into_iter().filter(|key| !taken.contains(key)).collect(),
        Err(error) => {
            tracing::warn!(target: "mcp_runtime::proxy", error, "a change cannot be taken over");
        }
    }
    for key in taken {
        tracing::warn!(
            target: "mcp_runtime::proxy",
            "the {} `{key}` of another server is left out: there is one already",
            T::NOUN
        );
    }
}
