//! Descriptions and hints of components.

use mcp_runtime::protocol::Tool;
use mcp_runtime::uri::UriTemplate;

use super::Finding;
use crate::commands::list::Listing;

pub(super) fn of_tool(tool: &Tool) -> Vec<Finding> {
    let mut findings = Vec::new();
    if is_blank(tool.description.as_deref()) {
        findings.push(
            Finding::warning("missing-description", &tool.name, "has no description")
                .help("models choose tools by their descriptions; write a doc comment"),
        );
    }
    if tool.annotations.as_ref().and_then(|it| it.read_only_hint).is_none() {
        findings.push(
            Finding::warning("missing-read-only-hint", &tool.name, "has no `readOnlyHint`")
                .help("without it, hosts ask before each call; `#[tool(read_only)]` sets it"),
        );
    }
    findings
}

/// Rules for resources, templates and prompts.
pub(super) fn of_others(listing: &Listing) -> Vec<Finding> {
    let mut findings = Vec::new();
    for template in listing.resource_templates.iter().flatten() {
        let place = &*template.uri_template;
        if let Err(error) = UriTemplate::parse(&template.uri_template) {
            let message = format!("is no URI template: {error}");
            findings.push(Finding::error("invalid-template", place, message));
        }
        if is_blank(template.description.as_deref()) {
            let message = "has no description";
            findings.push(Finding::warning("missing-description", place, message));
        }
    }
    for prompt in listing.prompts.iter().flatten() {
        if is_blank(prompt.description.as_deref()) {
            let message = "is a prompt without description";
            findings.push(Finding::warning("missing-description", &prompt.name, message));
        }
        for argument in &prompt.arguments {
            if is_blank(argument.description.as_deref()) {
                let place = format!("{}.{}", prompt.name, argument.name);
                let message = "has no description";
                findings.push(Finding::warning("missing-argument-description", place, message));
            }
        }
    }
    findings
}

fn is_blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}
