//! `cargo mcp list`.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use mcp_runtime::client::{Client, ServerInfo};
use mcp_runtime::protocol::{Implementation, Prompt, Resource, ResourceTemplate, Tool};
use owo_colors::OwoColorize as _;
use serde::Serialize;

use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::output::{flat, one_line, plain, signature};
use crate::servers;
use crate::target::TargetArguments;

/// Lists what a server offers
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp list
  cargo mcp list tools --json
  cargo mcp list --target http://127.0.0.1:8000/mcp
  cargo mcp list -- npx -y @modelcontextprotocol/server-everything")]
pub(crate) struct ListArguments {
    /// Kind of component
    #[arg(value_enum, default_value_t)]
    kind: Kind,
    /// Prints the schemas of tools, too
    #[arg(long)]
    schema: bool,
    #[command(flatten)]
    target: TargetArguments,
}

/// Kind of component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Kind {
    #[default]
    All,
    Tools,
    Resources,
    Templates,
    Prompts,
}

impl Kind {
    fn includes(self, kind: Self) -> bool {
        self == Self::All || self == kind
    }
}

/// Components of a server, with the names of the protocol. Kinds that were not asked for are left out.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listing {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tools: Option<Vec<Tool>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resources: Option<Vec<Resource>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource_templates: Option<Vec<ResourceTemplate>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prompts: Option<Vec<Prompt>>,
}

pub(crate) async fn run(arguments: ListArguments, output: &OutputArguments) -> Result<(), Failure> {
    let ListArguments { kind, schema, target } = arguments;
    let listed = servers::query(&target, output, async |client| {
        Ok((client.server_info(), Listing::of(client, kind).await?))
    });
    let listed = listed.await?;
    if output.json {
        let listings = listed.try_map(|(_, listing)| Ok(listing))?;
        listings.print_json()?;
        return listings.finish();
    }
    listed.print(|(server, listing)| {
        let mut text = if output.quiet { String::new() } else { heading(server) };
        listing.write(&mut text, schema)?;
        Ok(text)
    })?;
    listed.finish()
}

impl Listing {
    /// Lists all components.
    pub(crate) async fn all(client: &Client) -> Result<Self, Failure> {
        Self::of(client, Kind::All).await
    }

    async fn of(client: &Client, kind: Kind) -> Result<Self, Failure> {
        let server = client.server_info();
        let has = &server.capabilities;
        let mut listing = Self::default();
        if kind.includes(Kind::Tools) {
            let has_tools = has.tools.is_some();
            listing.tools = Some(if has_tools { client.tools().all().await? } else { Vec::new() });
        }
        let has_resources = has.resources.is_some();
        if kind.includes(Kind::Resources) {
            let resources =
                if has_resources { client.resources().all().await? } else { Vec::new() };
            listing.resources = Some(resources);
        }
        if kind.includes(Kind::Templates) {
            let templates =
                if has_resources { client.templates().all().await? } else { Vec::new() };
            listing.resource_templates = Some(templates);
        }
        if kind.includes(Kind::Prompts) {
            let has_prompts = has.prompts.is_some();
            listing.prompts =
                Some(if has_prompts { client.prompts().all().await? } else { Vec::new() });
        }
        Ok(listing)
    }

    pub(crate) fn write(&self, out: &mut String, with_schemas: bool) -> Result<(), Failure> {
        let tools = self.tools.iter().flatten();
        let mut rows = Vec::new();
        for tool in tools {
            let mut row = Row::new(signature::of_tool(tool), tool.description.as_deref());
            row.label = label(tool);
            if with_schemas {
                row.below = Some(serde_json::to_string_pretty(&tool.input_schema)?);
            }
            rows.push(row);
        }
        section(out, "Tools", &rows);
        let resources = self.resources.iter().flatten().map(|resource| {
            let description = resource.description.as_deref().or(resource.title.as_deref());
            let mut row = Row::new(flat(&resource.uri), description);
            row.label = flat(resource.mime_type.as_deref().unwrap_or_default());
            row
        });
        section(out, "Resources", &resources.collect::<Vec<_>>());
        let templates = self.resource_templates.iter().flatten().map(|template| {
            Row::new(flat(&template.uri_template), template.description.as_deref())
        });
        section(out, "Resource templates", &templates.collect::<Vec<_>>());
        let prompts = self.prompts.iter().flatten();
        let prompts =
            prompts.map(|it| Row::new(signature::of_prompt(it), it.description.as_deref()));
        section(out, "Prompts", &prompts.collect::<Vec<_>>());
        Ok(())
    }
}

/// A line about a component.
struct Row {
    name: String,
    label: String,
    description: String,
    below: Option<String>,
}

impl Row {
    fn new(name: String, description: Option<&str>) -> Self {
        let description = one_line(description.unwrap_or_default());
        Self { name, label: String::new(), description, below: None }
    }
}

/// Hints of a tool.
fn label(tool: &Tool) -> String {
    let Some(hints) = &tool.annotations else { return String::new() };
    match (hints.read_only_hint, hints.destructive_hint) {
        (Some(true), _) => "[read-only]".into(),
        (_, Some(true)) => "[destructive]".into(),
        _ => String::new(),
    }
}

/// Name, version and revision of a server.
pub(crate) fn heading(server: &ServerInfo) -> String {
    let name = match &server.implementation {
        Some(implementation) => {
            let Implementation { name, version, .. } = implementation;
            format!("{} {}", one_line(name).bold(), one_line(version))
        }
        None => "a server without a name".into(),
    };
    format!("{name} · MCP {}\n", server.revision.as_str())
}

fn section(out: &mut String, title: &str, rows: &[Row]) {
    if rows.is_empty() {
        return;
    }
    let width = |of: fn(&Row) -> &str| rows.iter().map(|it| of(it).chars().count()).max();
    let names = width(|row| &row.name).unwrap_or_default().min(MAX_WIDTH);
    let labels = width(|row| &row.label).unwrap_or_default();
    // Writing to a string does not fail.
    let _ = writeln!(out, "{}", format_args!("{title} ({})", rows.len()).bold());
    for Row { name, label, description, below } in rows {
        let gap = if labels > 0 { format!("  {label:labels$}") } else { String::new() };
        let line = format!("  {name:names$}{}  {description}", gap.dimmed());
        let _ = writeln!(out, "{}", line.trim_end());
        if let Some(below) = below {
            let _ = writeln!(out, "{}", indented(&plain(below)));
        }
    }
}

/// Width of the column of names. Longer ones move what follows.
const MAX_WIDTH: usize = 56;

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
