//! `cargo mcp config`.

use clap::Args;
use clap::builder::TypedValueParser;
use serde::Serialize;
use serde_json::Value;

use super::install::change::{no_urls, snippet};
use super::install::no_scope;
use super::install::server::ServerArguments;
use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::hosts::entry::{members, with_defaults};
use crate::hosts::places::Places;
use crate::hosts::secrets::{HIDDEN, hidden};
use crate::hosts::{Host, Scope};
use crate::output::{print, print_json, screen};

/// Prints the entry of the server of this package for the file of a host
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp config json
  cargo mcp config codex --name docs --url https://example.com/mcp
  cargo mcp config zed -- --units metric")]
pub(crate) struct ConfigArguments {
    /// Host, or `json` for the form that most hosts take
    #[arg(value_name = "CLIENT", value_parser = client())]
    client: Client,
    /// Range of the entry
    #[arg(long, value_enum)]
    scope: Option<Scope>,
    #[command(flatten)]
    server: ServerArguments,
}

/// A host, or none in particular.
#[derive(Clone, Copy, Debug)]
enum Client {
    Json,
    Named(Host),
}

fn client() -> impl TypedValueParser<Value = Client> {
    Host::parser_with("json").map(|host| host.map_or(Client::Json, Client::Named))
}

/// An entry for programs.
#[derive(Serialize)]
struct Document {
    client: &'static str,
    file: Option<String>,
    entry: Value,
    snippet: String,
}

pub(crate) fn run(arguments: ConfigArguments, output: &OutputArguments) -> Result<(), Failure> {
    let places = Places::of_process()?;
    // Cursor has the common form.
    let (host, id, is_host) = match arguments.client {
        Client::Json => (Host::Cursor, "json", false),
        Client::Named(host) => (host, host.facts().id, true),
    };
    let facts = host.facts();
    let scope = arguments.scope.unwrap_or(facts.scopes[0]);
    let location = places.location(host, scope).ok_or_else(|| no_scope(host, scope))?;
    if arguments.server.url.is_some() && host == Host::ClaudeDesktop {
        return Err(no_urls(facts.title));
    }
    let (name, server) = arguments.server.server()?;
    let entry = members(host, &name, &server).ok_or_else(|| no_urls(facts.title))?;
    let entry = Value::Object(with_defaults(host, entry));
    let snippet = snippet(&location, &name, &entry)?;
    let file = is_host.then(|| places.shown(&location.path));
    let entry = hidden(&entry);
    if !output.quiet && !output.json {
        if let Some(file) = &file {
            screen::note(format!("for {file}:"));
        }
        if snippet.contains(HIDDEN) {
            screen::note(format!(
                "values that may be secrets are shown as `{HIDDEN}`; fill them in"
            ));
        }
    }
    match output.json {
        true => print_json(&Document { client: id, file, entry, snippet }),
        false => print(snippet.trim_end()),
    }
}
