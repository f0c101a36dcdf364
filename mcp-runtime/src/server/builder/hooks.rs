//! Hooks of a server.

use std::sync::Arc;

use super::Server;
use crate::component::hook::Hook;

impl Server {
    /// Runs a hook around every request. See [`Hook`].
    #[must_use]
    pub fn hook(mut self, hook: impl Hook) -> Self {
        self.hooks.push(Arc::new(hook));
        self
    }
}
