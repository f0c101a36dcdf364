//! A server that has been built: what all its connections share.

use std::sync::{Arc, PoisonError, RwLock};

use mcp_core::jsonrpc::Limits;
use mcp_core::method::{Method, ServerCapability};
use mcp_core::protocol::Implementation;
use mcp_core::revision::CacheHint;

use super::hook::SharedHook;
use crate::component::completion;
use crate::component::extension::Extensions;
use crate::component::prompt::spec::PromptSpec;
use crate::component::registry::{List, Listed, Registry};
use crate::component::resource::spec::{ResourceSpec, TemplateSpec};
use crate::component::tool::spec::ToolSpec;
use crate::component::visibility::Filter;
use crate::context::cancellation::Cancellation;
use crate::context::changes::ChangeFeed;
use crate::context::host::{AskSettings, Host};
use crate::context::state::StateMap;

/// What all connections of a server share.
pub(crate) struct App {
    pub(crate) info: Implementation,
    /// `info` as JSON, because every modern result carries it.
    pub(crate) info_json: String,
    pub(crate) instructions: Option<String>,
    pub(crate) state: StateMap,
    pub(crate) extensions: Extensions,
    /// Whether anything runs around requests.
    pub(crate) runs_hooks: bool,
    /// What runs around every request, the outermost first.
    pub(crate) hooks: Vec<SharedHook>,
    /// Who sees which component of the server itself or of its parts.
    pub(crate) filters: Vec<Filter>,
    /// Whether callers may see different components.
    pub(crate) is_filtered: bool,
    pub(crate) live: Arc<Live>,
    pub(crate) limits: Limits,
    /// How many items a page of a list holds.
    pub(crate) page_size: usize,
    /// The cache hint of lists and of `server/discover`.
    pub(crate) list_hint: CacheHint,
    /// How its handlers ask their clients.
    pub(crate) asking: AskSettings,
    /// Set when the server begins to end, for everything that would otherwise go on.
    pub(crate) closing: Cancellation,
    /// Whether somebody holds a handle that can add components later.
    pub(crate) may_gain: bool,
}

impl App {
    /// Whether the server has components of a kind, or may come to have some.
    pub(crate) fn offers<T: Listed>(&self) -> bool {
        self.may_gain || !T::list(&self.live.registry()).is_empty()
    }

    /// `true` if the server serves a method of the protocol and has components that it is about.
    pub(crate) fn offers_method(&self, method: Method) -> bool {
        method.is_implemented()
            && match method.server_capability() {
                Some(ServerCapability::Tools) => self.offers_tools(),
                Some(ServerCapability::Resources) => self.offers_resources(),
                Some(ServerCapability::Prompts) => self.offers_prompts(),
                Some(ServerCapability::Completions) => {
                    completion::is_available(&self.live.registry())
                }
                Some(ServerCapability::Logging | ServerCapability::Tasks) | None => true,
            }
    }

    /// Whether the server has tools, or may come to have some.
    pub(crate) fn offers_tools(&self) -> bool {
        self.offers::<ToolSpec>()
    }

    /// Whether the server has resources or templates, or may come to have some.
    pub(crate) fn offers_resources(&self) -> bool {
        self.offers::<ResourceSpec>() || self.offers::<TemplateSpec>()
    }

    /// Whether the server has prompts, or may come to have some.
    pub(crate) fn offers_prompts(&self) -> bool {
        self.offers::<PromptSpec>()
    }
}

impl Host for App {
    fn name(&self) -> &str {
        &self.info.name
    }

    fn state(&self) -> &StateMap {
        &self.state
    }

    fn asking(&self) -> &AskSettings {
        &self.asking
    }
}

/// The part of a server that may change while it serves.
#[derive(Default)]
pub(crate) struct Live {
    registry: RwLock<Arc<Registry>>,
    /// Published changes of the registry and of resources.
    pub(crate) feed: Arc<ChangeFeed>,
    /// What follows other servers, for as long as there is this one.
    #[cfg(feature = "client")]
    following: std::sync::Mutex<Vec<crate::owned_task::OwnedTask>>,
}

impl Live {
    /// The components of this moment.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.registry.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another list of a kind in the place of this one, unless that cannot be made, and tells
    /// those who listen.
    pub(crate) fn change<T: Listed, E>(
        &self,
        change: impl FnOnce(&[Arc<T>]) -> Result<Vec<Arc<T>>, E>,
    ) -> Result<(), E> {
        self.change_all(|registry| {
            let list = List::new(change(T::list(registry).items())?);
            *T::list_mut(registry) = list;
            Ok(())
        })?;
        self.feed.publish(|changes| *T::changes(changes) += 1);
        Ok(())
    }

    /// Changes the registry as a whole, unless that fails, and tells nobody.
    pub(crate) fn change_all<E>(
        &self,
        change: impl FnOnce(&mut Registry) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut current = self.registry.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = Registry::clone(&current);
        change(&mut next)?;
        *current = Arc::new(next);
        Ok(())
    }

    /// Keeps a task that follows another server.
    #[cfg(feature = "client")]
    pub(crate) fn keep(&self, task: crate::owned_task::OwnedTask) {
        self.following.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }

    /// Tells those who listen that the list of a kind has changed although it may be the same.
    pub(crate) fn announce<T: Listed>(&self) {
        self.feed.publish(|changes| *T::changes(changes) += 1);
    }
}
