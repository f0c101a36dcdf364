//! `cargo mcp install`.

pub(super) mod change;
pub(super) mod server;

use clap::Args;
use clap::builder::TypedValueParser;
use owo_colors::OwoColorize as _;
use serde::Serialize;

use self::change::{Change, Kind, Report, no_urls};
use self::server::ServerArguments;
use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::hosts::places::{Location, Places};
use crate::hosts::{Host, Scope, advice};
use crate::output::{plain, print, print_json, screen};

/// Adds the server of this package to the configuration of hosts
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp install claude-code,cursor
  cargo mcp install detected --env API_KEY=abc --dry-run
  cargo mcp install vscode --scope project -- --units metric
  cargo mcp install codex --name docs --url https://example.com/mcp --header 'Authorization: Bearer x'")]
pub(crate) struct InstallArguments {
    /// Hosts, separated by commas, or `detected` for those on this machine
    #[arg(required = true, value_name = "CLIENT", value_delimiter = ',', value_parser = client())]
    clients: Vec<Client>,
    /// Range of the entry: by default the project for Claude Code, the user for others
    #[arg(long, value_enum)]
    scope: Option<Scope>,
    /// Shows the changes and writes nothing
    #[arg(long)]
    dry_run: bool,
    /// Replaces an entry of the same name. What is not given, such as its environment variables, stays
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    server: ServerArguments,
}

/// A host by name, or all that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    Detected,
    Named(Host),
}

fn client() -> impl TypedValueParser<Value = Client> {
    Host::parser_with("detected").map(|host| host.map_or(Client::Detected, Client::Named))
}

/// Changes that were made, for programs.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Outcome {
    pub(crate) changes: Vec<Report>,
    pub(crate) skipped: Vec<Notice>,
    pub(crate) warnings: Vec<Notice>,
}

/// A line about a host.
#[derive(Debug, Serialize)]
pub(crate) struct Notice {
    client: &'static str,
    message: String,
}

impl Notice {
    fn new(host: Host, message: impl Into<String>) -> Self {
        Self { client: host.facts().id, message: message.into() }
    }
}

pub(crate) fn run(arguments: InstallArguments, output: &OutputArguments) -> Result<(), Failure> {
    let places = Places::of_process()?;
    let mut outcome = Outcome::default();
    let locations = arguments.locations(&places, &mut outcome)?;
    if locations.is_empty() {
        let failure = Failure::not_found("no host was found that takes this server");
        let skipped = outcome.skipped.iter();
        let notes = skipped.map(|Notice { client, message }| format!("{client}: {message}"));
        return Err(notes.fold(failure, Failure::note));
    }
    let (name, server) = arguments.server.server()?;
    // All files are read before the first one is written.
    let changes = locations
        .into_iter()
        .map(|location| Change::set(location, &name, &server, arguments.force))
        .collect::<Result<Vec<_>, _>>()?;
    for change in &changes {
        let (host, scope) = (change.location.host, change.location.scope);
        if change.kind != Kind::Unchanged
            && let Some(advice) = advice(host, scope)
        {
            outcome.warnings.push(Notice::new(host, advice));
        }
    }
    apply(&changes, &places, arguments.dry_run, outcome, output)
}

impl InstallArguments {
    /// The files to change. Hosts that were not named are skipped if they cannot have the server.
    fn locations(&self, places: &Places, outcome: &mut Outcome) -> Result<Vec<Location>, Failure> {
        let mut locations: Vec<Location> = Vec::new();
        let detects = self.clients.contains(&Client::Detected);
        for &host in Host::all() {
            let is_named = self.clients.contains(&Client::Named(host));
            if !is_named && !detects {
                continue;
            }
            let is_there = places.has(host);
            match self.location(places, host) {
                Err(failure) if is_named => return Err(failure),
                _ if !is_named && !is_there => {
                    outcome.skipped.push(Notice::new(host, "not found, skipped"));
                }
                Err(failure) => outcome.skipped.push(Notice::new(host, failure.message())),
                Ok(location) => {
                    if !is_there && location.scope != Scope::Project {
                        let message = "this host was not found here; its file is made nevertheless";
                        outcome.warnings.push(Notice::new(host, message));
                    }
                    locations.push(location);
                }
            }
        }
        Ok(locations)
    }

    fn location(&self, places: &Places, host: Host) -> Result<Location, Failure> {
        let facts = host.facts();
        if self.server.url.is_some() && host == Host::ClaudeDesktop {
            return Err(no_urls(facts.title));
        }
        let scope = self.scope.unwrap_or(facts.scopes[0]);
        places.location(host, scope).ok_or_else(|| no_scope(host, scope))
    }
}

/// The failure for a scope that a host does not have.
pub(super) fn no_scope(host: Host, scope: Scope) -> Failure {
    let facts = host.facts();
    let scopes: Vec<_> = facts.scopes.iter().map(|scope| format!("`{}`", scope.as_str())).collect();
    Failure::usage(format!("{} has no scope `{}`", facts.title, scope.as_str()))
        .note(format!("it has {}", scopes.join(", ")))
}

/// Writes the changes, or shows them.
pub(super) fn apply(
    changes: &[Change],
    places: &Places,
    is_dry_run: bool,
    mut outcome: Outcome,
    output: &OutputArguments,
) -> Result<(), Failure> {
    let notice = |notice: &Notice| {
        if !output.json && !output.quiet {
            let Notice { client, message } = notice;
            screen::note(format!("{} {client:14}  {}", "!".yellow(), plain(message)));
        }
    };
    for change in changes {
        let backup =
            if is_dry_run { None } else { change.write().map_err(|it| done(it, &outcome))? };
        let report = change.report(places, is_dry_run, backup);
        if !output.json {
            let difference = if is_dry_run { change.difference()? } else { String::new() };
            print(&format!("{}{difference}", report.line()))?;
            if let Some(backup) = &report.backup
                && !output.quiet
            {
                screen::note(format!("  the old file is kept as {}", plain(backup)));
            }
        }
        outcome.changes.push(report);
    }
    outcome.skipped.iter().for_each(notice);
    outcome.warnings.iter().for_each(notice);
    if output.json { print_json(&outcome) } else { Ok(()) }
}

/// A failure that says which files were written before it.
fn done(failure: Failure, outcome: &Outcome) -> Failure {
    let files = outcome.changes.iter().map(|report| format!("already written: {}", report.file));
    files.fold(failure, Failure::note)
}
