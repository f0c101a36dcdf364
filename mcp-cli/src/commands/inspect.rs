//! `cargo mcp inspect`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use mcp_runtime::client::ServerInfo;
use mcp_runtime::protocol::{Implementation, ServerCapabilities};
use owo_colors::OwoColorize as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::list::{Listing, heading};
use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::files;
use crate::output::{plain, print_json, screen};
use crate::servers;
use crate::target::{PositionalTargetArguments, TargetArguments};
use crate::web::{Inspector, Page, PageArguments, Source};

/// Describes a server: its capabilities, instructions and all components
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp inspect
  cargo mcp inspect http://127.0.0.1:8000/mcp
  cargo mcp inspect --web http://127.0.0.1:8000/mcp
  cargo mcp inspect -o server.json -- npx -y @modelcontextprotocol/server-everything")]
pub(crate) struct InspectArguments {
    /// File for the description, as JSON
    #[arg(short, long = "output", value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Serves a page in which the server can be called, and shows its messages
    #[arg(id = "page", long = "web", conflicts_with_all = ["output_file", "answer"])]
    #[cfg_attr(feature = "models", arg(conflicts_with = "model"))]
    web: bool,
    #[command(flatten)]
    page: PageArguments,
    #[command(flatten)]
    target: PositionalTargetArguments,
}

/// A server and its components.
struct Description {
    server: Arc<ServerInfo>,
    components: Listing,
}

/// A description with the names of the protocol.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    protocol_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_info: Option<&'a Implementation>,
    capabilities: &'a ServerCapabilities,
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<&'a str>,
    #[serde(flatten)]
    components: &'a Listing,
}

pub(crate) async fn run(
    arguments: InspectArguments,
    output: &OutputArguments,
) -> Result<(), Failure> {
    let InspectArguments { output_file, web, page, target } = arguments;
    let target = TargetArguments::from(target);
    if web {
        return serve_page(&target, &page, output).await;
    }
    let descriptions = servers::query(&target, output, async |client| {
        Ok(Description { server: client.server_info(), components: Listing::all(client).await? })
    });
    let descriptions = descriptions.await?;
    if let Some(path) = output_file {
        files::replace(&path, descriptions.document()? + "\n")?;
        if !output.quiet {
            screen::note(format!("wrote the description to {}", path.display()));
        }
    } else if output.json {
        descriptions.print_json()?;
    } else {
        descriptions.print(|Description { server, components }| {
            let mut text = about(server)?;
            components.write(&mut text, false)?;
            Ok(text)
        })?;
    }
    descriptions.finish()
}

impl Serialize for Description {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { server, components } = self;
        let document = Document {
            protocol_version: server.revision.as_str(),
            server_info: server.implementation.as_ref(),
            capabilities: &server.capabilities,
            instructions: server.instructions.as_deref(),
            components,
        };
        document.serialize(serializer)
    }
}

/// Serves the inspector until the program is interrupted.
async fn serve_page(
    target: &TargetArguments,
    page: &PageArguments,
    output: &OutputArguments,
) -> Result<(), Failure> {
    let page = Page::bind(page).await?;
    let source = Source::Target(target.resolve()?, target.connection.clone());
    let inspector = Inspector::start(&source);
    inspector.connected().await?;
    if output.json {
        print_json(&page)?;
    }
    page.announce();
    page.serve(inspector).await
}

/// Lines about the server itself.
fn about(server: &ServerInfo) -> Result<String, Failure> {
    let mut text = heading(server);
    let capabilities = serde_json::to_value(&server.capabilities)?;
    let names: Vec<String> =
        capabilities.as_object().into_iter().flatten().map(|it| capability(it.0, it.1)).collect();
    text += &format!("{} {}\n", "Capabilities".bold(), plain(&names.join(", ")));
    if let Some(instructions) = &server.instructions {
        let lines = plain(instructions);
        let lines = lines.lines().map(|line| format!("  {line}").trim_end().to_owned());
        text += &format!("{}\n{}\n", "Instructions".bold(), lines.collect::<Vec<_>>().join("\n"));
    }
    Ok(text)
}

/// A capability with its parts, as in `resources (subscribe, listChanged)`.
fn capability(name: &str, value: &Value) -> String {
    let parts = value.as_object().into_iter().flatten();
    let parts = parts.filter(|(_, value)| **value != Value::Bool(false));
    match parts.map(|(name, _)| name.as_str()).collect::<Vec<_>>() {
        parts if parts.is_empty() => name.to_owned(),
        parts => format!("{name} ({})", parts.join(", ")),
    }
}
