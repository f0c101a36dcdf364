//! Servers behind this one, as the builder sees them.

use std::sync::Arc;

use crate::component::app::Live;
use crate::component::list_hints::ListHints;
use crate::component::registration::CheckedComponents;
use crate::component::registry::Registry;
#[cfg(feature = "providers")]
use crate::component::tool::builder::ListedTool;
use crate::owned_task::OwnedTask;

/// A server whose components this one offers.
pub(crate) trait UpstreamServer: Send {
    /// Describes its tools.
    #[cfg(feature = "providers")]
    fn list_tools(&self) -> Vec<ListedTool>;

    /// Adds its components behind those that are there, except for those that cannot be offered
    /// beside them or beside the components that a handle has added.
    fn assemble(
        self: Box<Self>,
        components: &mut CheckedComponents,
        added: &Registry,
        faults: &mut Vec<String>,
    ) -> AssembledUpstream;
}

/// A server behind this one whose components have been added.
pub(crate) struct AssembledUpstream {
    /// Cache hints of its lists.
    pub(crate) hints: Arc<ListHints>,
    pub(crate) follower: Follower,
}

/// Starts the task that follows the changes of another server.
pub(crate) type Follower = Box<dyn FnOnce(&Arc<Live>) -> OwnedTask + Send>;
