//! Comparison of the rules of policies with the components of a server.

use mcp_core::jsonrpc::Raw;

use super::mount::Assembly;
use crate::component::mount_scope::MountScope;
use crate::component::policy::Policy;
use crate::component::policy::file::catalogue::{Catalogue, Named};
use crate::component::prompt::PromptSpec;
use crate::component::registration::CheckedComponents;
use crate::component::registry::Listed;
use crate::component::resource::ResourceSpec;
use crate::component::tool::spec::ToolSpec;

/// Compares the rules of policies with the components of the servers that they belong to.
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

/// The components of a mounted server, or all of them.
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
fn own<'a, T: Listed>(
    items: &'a [T],
    scope: Option<&'a MountScope>,
) -> impl Iterator<Item = &'a T> {
    items.iter().filter(move |item| {
        scope.is_none_or(|scope| MountScope::is_within(item.mount_scope(), scope))
    })
}

/// Names of the arguments of a tool, unless it takes any.
fn arguments(tool: &ToolSpec) -> Option<Vec<String>> {
    let schema = Raw::from_accepted(tool.tool.input_schema.as_str());
    let is_closed = schema.member("additionalProperties").is_some_and(|it| it.as_str() == "false");
    let properties = schema.member("properties");
    let names = properties.into_iter().flat_map(Raw::members).map(|(name, _)| name.into_owned());
    is_closed.then(|| names.collect())
}
