//! Visibility of components: which callers see which of them.

use std::sync::Arc;

use super::Server;
use crate::component::visibility::ComponentRef;
use crate::context::handle::Context;

impl Server {
    /// Shows components only to callers for which the function returns `true`.
    ///
    /// A component that a caller does not see is not listed to it and answers as one that does not
    /// exist. Of several functions all have to agree. The function is called for every component
    /// and every request that concerns one, so it has to be quick. Clients may still keep what they
    /// received earlier, but for themselves only: cache hints become private.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// let server = Server::new("files", "1.0.0").visible(|component, caller| {
    ///     let scopes = caller.principal().scopes();
    ///     !component.key().starts_with("admin_") || scopes.iter().any(|scope| scope == "admin")
    /// });
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn visible(
        mut self,
        filter: impl Fn(&ComponentRef<'_>, &Context) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.filters.push(Arc::new(filter));
        self
    }
}
