//! Access policies of a server.

use super::Server;
use crate::component::policy::Policy;

impl Server {
    /// Decides on each request for a tool, a resource or a prompt whether it is served.
    ///
    /// The policy is an async function, or rules of a file (`Policy::file`, feature `policy`). It decides
    /// after the hooks and before anything of the component runs, also before a call becomes a task. The
    /// model reads the reason of a refused call of a tool as a result with `isError`; requests for
    /// resources and prompts get the error `-32600`. A question to the user is asked by
    /// [elicitation](crate::Context::elicit), in the modern era with a round of its own, for which the
    /// policy decides again. Of several policies all have to agree. A panic refuses the request.
    ///
    /// Components that a caller may not use are still listed, because the decision depends on the
    /// arguments; see [`Server::visible`] to hide them.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::policy::{AccessRequest, Decision};
    ///
    /// /// Pay an invoice.
    /// #[tool(destructive)]
    /// async fn pay(invoice: u64, amount: f64) -> String {
    ///     format!("paid {amount} for {invoice}")
    /// }
    ///
    /// let server = Server::new("bank", "1.0.0").with::<pay>().policy(
    ///     async |request: AccessRequest| match request.arguments().get("amount") {
    ///         Some(amount) if amount.as_f64().is_some_and(|amount| amount < 100.0) => Decision::Allow,
    ///         _ => Decision::Ask("Pay the invoice?".into()),
    ///     },
    /// );
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn policy(mut self, policy: impl Into<Policy>) -> Self {
        self.policies.push(policy.into());
        self
    }
}
