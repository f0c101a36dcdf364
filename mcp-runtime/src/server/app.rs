//! A server that has been built: what all its connections share.

use std::sync::{Arc, PoisonError, RwLock};

use mcp_core::jsonrpc::Limits;
use mcp_core::protocol::Implementation;
use mcp_core::revision::CacheHint;
use tokio::sync::watch;

use super::cancellation::Cancellation;
use super::component::ToolSpec;
use super::registry::Registry;
use super::state::StateMap;

/// What all connections of a server share.
pub(crate) struct App {
    pub(crate) info: Implementation,
    /// `info` as JSON, because every modern result carries it.
    pub(crate) info_json: String,
    pub(crate) instructions: Option<String>,
    pub(crate) state: StateMap,
    pub(crate) live: Arc<Live>,
    pub(crate) limits: Limits,
    /// How many items a page of a list holds.
    pub(crate) page_size: usize,
    /// The cache hint of lists and of `server/discover`.
    pub(crate) list_hint: CacheHint,
    /// Set when the server begins to end, for everything that would otherwise go on.
    pub(crate) closing: Cancellation,
    /// Whether somebody holds a handle that can add tools later.
    pub(crate) may_gain_tools: bool,
}

impl App {
    /// Whether the server has tools, or may come to have some.
    pub(crate) fn offers_tools(&self) -> bool {
        self.may_gain_tools || !self.live.registry().tools().is_empty()
    }
}

/// The part of a server that may change while it serves.
#[derive(Default)]
pub(crate) struct Live {
    registry: RwLock<Arc<Registry>>,
    changes: watch::Sender<Changes>,
}

/// How often each list has changed. Who waits compares with what it saw last, so a slow
/// listener misses no change and costs no memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) tools: u64,
}

impl Live {
    /// The components of this moment.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.registry.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Hears of every change from now on.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Changes> {
        self.changes.subscribe()
    }

    /// Puts another list of tools in the place of this one, unless that cannot be made.
    pub(crate) fn change_tools<E>(
        &self,
        change: impl FnOnce(&[Arc<ToolSpec>]) -> Result<Vec<Arc<ToolSpec>>, E>,
    ) -> Result<(), E> {
        let mut registry = self.registry.write().unwrap_or_else(PoisonError::into_inner);
        *registry = Arc::new(Registry::new(change(registry.tools())?));
        drop(registry);
        self.changes.send_modify(|changes| changes.tools += 1);
        Ok(())
    }
}
