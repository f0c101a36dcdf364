//! Access policies of a server.

#[cfg(feature = "policy")]
use mcp_core::jsonrpc::Raw;

use super::Server;
#[cfg(feature = "policy")]
use crate::component::mount_scope::MountScope;
use crate::component::policy::Policy;
#[cfg(feature = "policy")]
use crate::component::policy::catalogue::{Catalogue, Named};
#[cfg(feature = "policy")]
use crate::component::prompt::PromptSpec;
#[cfg(feature = "policy")]
use crate::component::registration::CheckedComponents;
#[cfg(feature = "policy")]
use crate::component::registry::Listed;
#[cfg(feature = "policy")]
use crate::component::resource::ResourceSpec;
#[cfg(feature = "policy")]
use crate::component::tool::spec::ToolSpec;
use crate::server::builder::mount::Assembly;

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

/// Compares the rules of policies with the components of the servers that they belong to.
#[cfg(feature = "policy")]
pub(super) fn check(policies: &[Policy], all: &mut Assembly, may_gain: bool) {
    let mut faults = Vec::new();
    let mut compare = |policies: &[Policy], scope: Option<&MountScope>| {
        let rules: Vec<_> = policies.iter().filter_map(Policy::rules).collect();
        if !rules.is_empty() {
            let catalogue = catalogue(&all.components, scope);
            faults.extend(rules.iter().flat_map(|rules| rules.check(&catalogue)));
        }
    };
    compare(policies, None);
    all.with_policies.iter().for_each(|scope| compare(&scope.policies, Some(scope)));
    if may_gain {
        // Components may be added later, under the names of the rules.
        faults.iter().for_each(|fault| tracing::warn!("{fault}"));
    } else {
        all.faults.extend(faults);
    }
}

/// Functions name no components.
#[cfg(not(feature = "policy"))]
pub(super) fn check(_: &[Policy], _: &mut Assembly, _: bool) {}

/// The components of a mounted server, or all of them.
#[cfg(feature = "policy")]
fn catalogue(components: &CheckedComponents, scope: Option<&MountScope>) -> Catalogue {
    let own_key = |key: &str| match scope {
        Some(scope) => scope.own_key(key).into_owned(),
        None => key.to_owned(),
    };
    let tool = |tool: &ToolSpec| Named { name: own_key(tool.key()), arguments: arguments(tool) };
    let prompt = |prompt: &PromptSpec| {
        let arguments = prompt.prompt.arguments.iter().map(|argument| argument.name.clone());
        Named { name: own_key(prompt.key()), arguments: Some(arguments.collect()) }
    };
    let resource = |resource: &ResourceSpec| own_key(&ResourceSpec::comparable(resource.key()));
    Catalogue {
        tools: own(&components.tools, scope).map(tool).collect(),
        prompts: own(&components.prompts, scope).map(prompt).collect(),
        resources: own(&components.resources, scope).map(resource).collect(),
        templates: own(&components.templates, scope)
            .map(|it| own_key(it.uri.beginning()))
            .collect(),
    }
}

/// The components of a mounted server, or all of them.
#[cfg(feature = "policy")]
fn own<'a, T: Listed>(
    items: &'a [T],
    scope: Option<&'a MountScope>,
) -> impl Iterator<Item = &'a T> {
    items.iter().filter(move |item| {
        scope.is_none_or(|scope| MountScope::is_within(item.mount_scope(), scope))
    })
}

/// Names of the arguments of a tool, unless it takes any.
#[cfg(feature = "policy")]
fn arguments(tool: &ToolSpec) -> Option<Vec<String>> {
    let schema = Raw::from_accepted(tool.tool.input_schema.as_str());
    let is_closed = schema.member("additionalProperties").is_some_and(|it| it.as_str() == "false");
    let properties = schema.member("properties");
    let names = properties.into_iter().flat_map(Raw::members).map(|(name, _)| name.into_owned());
    is_closed.then(|| names.collect())
}
