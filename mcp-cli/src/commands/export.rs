//! `export`: definitions of tools for the API of a model provider.

use clap::{Args, ValueEnum};
use mcp_runtime::providers::{Definition, Narrowing, Provider, ToolSet};
use owo_colors::OwoColorize as _;
use serde_json::Value;

use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::output::{flat, screen};
use crate::servers;
use crate::target::{PositionalTargetArguments, TargetArguments};

/// Prints the tools as the value of `tools` in requests to a model provider.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  cargo mcp export --for openai --strict > tools.json
  cargo mcp export --for anthropic http://127.0.0.1:8000/mcp")]
pub(crate) struct ExportArguments {
    /// API of a provider
    #[arg(long = "for", value_enum, value_name = "PROVIDER")]
    provider: ProviderArgument,
    /// Strict schemas, where the provider and the schema allow it
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    target: PositionalTargetArguments,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ProviderArgument {
    /// Responses of OpenAI
    Openai,
    /// Chat Completions of OpenAI, and of servers that are compatible with it
    OpenaiChat,
    /// Messages of Anthropic
    Anthropic,
    /// Gemini
    Gemini,
}

pub(crate) async fn run(
    arguments: ExportArguments,
    output: &OutputArguments,
) -> Result<(), Failure> {
    let ExportArguments { provider, strict, target } = arguments;
    let target = TargetArguments::from(target);
    let tools = servers::query(&target, output, async |client| Ok(ToolSet::of(client).await?));
    let tools = tools.await?;
    let provider = match provider {
        ProviderArgument::Openai => Provider::OpenAiResponses,
        ProviderArgument::OpenaiChat => Provider::OpenAiChat,
        ProviderArgument::Anthropic => Provider::Anthropic,
        ProviderArgument::Gemini => Provider::Gemini,
    };
    let documents = tools.try_map(|tools| {
        let definitions = tools.strict(strict).definitions(provider);
        if !output.quiet {
            definitions.iter().flat_map(notes).for_each(|note| {
                screen::note(format!("{} {}", "note:".bold(), flat(&note)));
            });
        }
        Ok(serde_json::from_str::<Value>(definitions.tools().get())?)
    })?;
    documents.print_json()?;
    documents.finish()
}

/// Notes on the parts of a tool that its definition leaves out or changes.
fn notes(definition: &Definition) -> Vec<String> {
    let Definition { tool, name, schema, .. } = definition;
    let tool = &tool.tool;
    let mut notes = Vec::new();
    if name != tool {
        notes.push(format!("`{tool}` is called `{name}`"));
    }
    notes.extend(schema.not_strict().iter().map(|reason| format!("`{tool}` is {reason}")));
    notes.extend(schema.dropped().iter().map(|dropped| {
        let text = if dropped.as_any_of { "became `anyOf`" } else { "was left out" };
        format!("`{tool}`: {} {text}", dropped.path)
    }));
    notes.extend(schema.narrowed().iter().map(|narrowed| {
        let path = if narrowed.path.is_empty() { "the root" } else { &narrowed.path };
        match &narrowed.narrowing {
            Narrowing::Closed => format!("`{tool}`: {path} accepts the named members only"),
            Narrowing::Types(types) => {
                format!("`{tool}`: {path} accepts {} only", types.join(", "))
            }
            _ => format!("`{tool}`: {path} accepts less"),
        }
    }));
    notes
}
