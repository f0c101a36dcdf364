//! Servers behind this one, as the builder sees them.

use std::sync::Arc;

use crate::component::app::Live;
use crate::component::registration::CheckedComponents;
use crate::owned_task::OwnedTask;

/// A server whose components this one offers.
pub(crate) trait UpstreamServer: Send {
    /// Adds its components, and what is wrong with them. Returns what follows its changes, if it
    /// reports any.
    fn assemble(
        self: Box<Self>,
        components: &mut CheckedComponents,
        faults: &mut Vec<String>,
    ) -> Option<Follower>;
}

/// Starts the task that follows the changes of another server.
pub(crate) type Follower = Box<dyn FnOnce(&Arc<Live>) -> OwnedTask + Send>;
