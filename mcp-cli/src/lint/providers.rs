//! Names and schemas at model providers.

use mcp_runtime::protocol::Tool;
use mcp_runtime::providers::{Definition, Narrowing, Provider, ToolSet};

use super::{Finding, MAX_FINDINGS};

/// Maximum number of tools of a request to OpenAI.
const MAX_OPENAI_TOOLS: usize = 128;

pub(super) fn of_tools(tools: &[Tool], provider: Provider) -> Vec<Finding> {
    let set = ToolSet::new(tools.iter().cloned()).strict(true);
    let definitions = set.definitions(provider);
    let name = word(provider);
    let mut findings = Vec::new();
    if provider != Provider::Gemini
        && provider != Provider::Anthropic
        && set.len() > MAX_OPENAI_TOOLS
    {
        let message = format!("has {} tools; {name} accepts {MAX_OPENAI_TOOLS}", set.len());
        findings.push(Finding::error("many-tools", "the server", message));
    }
    for definition in definitions.iter() {
        if definition.name != definition.tool.tool {
            let message = format!("is called `{}` at {name}", definition.name);
            findings.push(Finding::warning("name-mapped", &definition.tool.tool, message));
        }
        findings.extend(of_schema(definition).into_iter().take(MAX_FINDINGS));
    }
    findings.into_iter().map(|it| Finding { provider: Some(name), ..it }).collect()
}

fn of_schema(definition: &Definition) -> Vec<Finding> {
    let place = |path: &str| {
        let path = path.trim_start_matches('/').replace('/', ".");
        let dot = if path.is_empty() { "" } else { "." };
        format!("{}.inputSchema{dot}{path}", definition.tool.tool)
    };
    let schema = &definition.schema;
    let mut findings = Vec::new();
    for reason in schema.not_strict() {
        let message = format!("is not strict, because {}", reason.reason);
        findings.push(Finding::warning("not-strict", place(&reason.path), message));
    }
    for dropped in schema.dropped() {
        let message = match dropped.as_any_of {
            true => "becomes `anyOf`: several alternatives may match",
            false => "is left out of the schema, and described in words",
        };
        findings.push(Finding::warning("dropped-keyword", place(&dropped.path), message));
    }
    for narrowed in schema.narrowed() {
        let message = match &narrowed.narrowing {
            Narrowing::Closed => "does not accept members that the schema does not name".to_owned(),
            Narrowing::Types(types) => format!("accepts {} only", types.join(", ")),
            _ => "accepts less".to_owned(),
        };
        findings.push(Finding::warning("narrowed", place(&narrowed.path), message));
    }
    findings
}

/// Name of a provider, as in `--provider`.
fn word(provider: Provider) -> &'static str {
    match provider {
        Provider::OpenAiResponses => "openai",
        Provider::OpenAiChat => "openai-chat",
        Provider::Anthropic => "anthropic",
        Provider::Gemini => "gemini",
        _ => "another provider",
    }
}
