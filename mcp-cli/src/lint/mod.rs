//! Rules for what a server offers to models.

mod components;
mod names;
mod providers;
mod schemas;
#[cfg(test)]
mod tests;

use mcp_runtime::providers::Provider;
use serde::Serialize;

use crate::commands::list::Listing;

/// Level of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// Clients or models are likely to fail.
    Error,
    /// Works, but worse than it could.
    Warning,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    pub(crate) level: Level,
    /// Stable name of the rule.
    pub(crate) rule: &'static str,
    /// Component, and the place in it, such as `forecast.inputSchema.properties.extra`.
    pub(crate) place: String,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) help: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<&'static str>,
}

impl Finding {
    fn error(rule: &'static str, place: impl Into<String>, message: impl Into<String>) -> Self {
        let (place, message) = (place.into(), message.into());
        Self { level: Level::Error, rule, place, message, help: None, provider: None }
    }

    fn warning(rule: &'static str, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::error(rule, place, message) }
    }

    fn help(self, help: &'static str) -> Self {
        Self { help: Some(help), ..self }
    }
}

/// Maximum number of findings of one rule in one component.
const MAX_FINDINGS: usize = 20;

/// Applies all rules, and those of some providers. `is_legacy` if the revision wants objects as output.
pub(crate) fn lint(listing: &Listing, providers: &[Provider], is_legacy: bool) -> Vec<Finding> {
    let tools = listing.tools.as_deref().unwrap_or_default();
    let mut findings = names::of_tools(tools);
    for tool in tools {
        let mut found = components::of_tool(tool);
        found.extend(schemas::of_input(tool));
        found.extend(schemas::of_output(tool, is_legacy));
        limit(&mut found);
        findings.extend(found);
    }
    findings.extend(components::of_others(listing));
    for provider in providers {
        let mut found = providers::of_tools(tools, *provider);
        findings.append(&mut found);
    }
    findings
}

/// Leaves the first findings of each rule, so that one schema does not hide all others.
fn limit(findings: &mut Vec<Finding>) {
    let mut counts = std::collections::HashMap::new();
    findings.retain(|finding| {
        let count = counts.entry(finding.rule).or_insert(0_usize);
        *count += 1;
        *count <= MAX_FINDINGS
    });
}
