//! `cargo mcp discover`.

use std::fmt::Write as _;

use clap::Args;
use owo_colors::OwoColorize as _;
use serde::Serialize;
use serde_json::Value;

use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::hosts::Host;
use crate::hosts::found::{self, Shown};
use crate::hosts::places::Places;
use crate::output::{one_line, print, print_json, screen};

/// Lists the servers in the files of hosts on this machine
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp discover
  cargo mcp discover --source cursor --json
  cargo mcp list --target cursor:weather")]
pub(crate) struct DiscoverArguments {
    /// Host whose files are read, instead of all
    #[arg(long, value_name = "HOST", value_enum, value_delimiter = ',')]
    source: Vec<Host>,
}

#[derive(Serialize)]
struct Discovery<'a> {
    servers: &'a [Shown],
    /// Files that cannot be read.
    failures: Vec<&'a str>,
}

pub(crate) fn run(arguments: DiscoverArguments, output: &OutputArguments) -> Result<(), Failure> {
    let places = Places::of_process()?;
    let hosts = if arguments.source.is_empty() { Host::all() } else { &arguments.source[..] };
    let (found, failures) = found::all(&places, hosts);
    let servers: Vec<_> = found.iter().map(|server| server.shown(&places)).collect();
    let failures: Vec<_> = failures.iter().map(Failure::message).collect();
    if output.json {
        return print_json(&Discovery { servers: &servers, failures });
    }
    for failure in failures {
        screen::note(format!("{} {}", "warning:".yellow().bold(), one_line(failure)));
    }
    if servers.is_empty() {
        if !output.quiet {
            screen::note("no host on this machine has servers");
        }
        return Ok(());
    }
    print(text(&servers).trim_end())
}

fn text(servers: &[Shown]) -> String {
    let names = servers.iter().map(|it| it.source.len() + 1 + it.name.chars().count());
    let width = names.max().unwrap_or_default().min(48);
    let mut text = String::new();
    for file in
        servers.chunk_by(|a, b| (a.source, a.scope, &a.file) == (b.source, b.scope, &b.file))
    {
        let Shown { source, scope, file: path, .. } = &file[0];
        // Writing to a string does not fail.
        let _ = writeln!(text, "{} ({scope})  {}", source.bold(), one_line(path).dimmed());
        for Shown { source, name, entry, .. } in file {
            let name = format!("{source}:{}", one_line(name));
            let _ = writeln!(text, "  {name:width$}  {}", one_line(&command(entry)));
        }
    }
    text
}

/// The command or the URL of an entry whose secrets are hidden.
fn command(entry: &Value) -> String {
    let first = |names: &[&str]| names.iter().find_map(|name| entry[*name].as_str());
    if let Some(url) = first(&["url", "serverUrl", "httpUrl", "uri"]) {
        return url.to_owned();
    }
    let program = first(&["command", "cmd"]).unwrap_or_default();
    let arguments = entry["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
    [program].into_iter().chain(arguments).collect::<Vec<_>>().join(" ")
}
