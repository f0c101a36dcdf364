//! `cargo mcp uninstall`.

use clap::Args;

use super::install::change::Change;
use super::install::{Outcome, apply, no_scope};
use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::hosts::places::{Location, Places};
use crate::hosts::{Host, Scope};

/// Removes a server from the configuration of a host
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp uninstall cursor weather
  cargo mcp uninstall claude-code weather --scope local --dry-run")]
pub(crate) struct UninstallArguments {
    /// Host
    #[arg(value_enum, value_name = "CLIENT")]
    client: Host,
    /// Name of the server
    name: String,
    /// Range of the entry; by default the one that has the name
    #[arg(long, value_enum)]
    scope: Option<Scope>,
    /// Shows the change and writes nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(arguments: UninstallArguments, output: &OutputArguments) -> Result<(), Failure> {
    let UninstallArguments { client, name, scope, dry_run } = arguments;
    let places = Places::of_process()?;
    let locations: Vec<Location> = match scope {
        Some(scope) => {
            vec![places.location(client, scope).ok_or_else(|| no_scope(client, scope))?]
        }
        None => places.locations(client).collect(),
    };
    let files: Vec<_> = locations.iter().map(|location| location.path.clone()).collect();
    let mut changes = Vec::new();
    for location in locations {
        changes.extend(Change::remove(location, &name)?);
    }
    match changes.len() {
        0 => {
            let title = client.facts().title;
            let failure = Failure::not_found(format!("{title} has no server `{name}`"));
            let notes = files.iter().map(|file| format!("looked in {}", places.shown(file)));
            Err(notes.fold(failure, Failure::note))
        }
        1 => apply(&changes, &places, dry_run, Outcome::default(), output),
        _ => {
            let failure = Failure::usage(format!("several files have a server `{name}`"));
            let notes = changes.iter().map(|change| {
                let Location { scope, path, .. } = &change.location;
                format!("`--scope {}`: {}", scope.as_str(), places.shown(path))
            });
            Err(notes.fold(failure, Failure::note))
        }
    }
}
