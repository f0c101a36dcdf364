//! `cargo mcp registry check`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::{FILE, text};
use crate::arguments::OutputArguments;
use crate::exit::{Exit, Failure};
use crate::output::{print, print_json, screen};
use crate::registry::{self, Problem, manifest};
use crate::target::package::PackageArguments;

/// Finds what the registry would refuse, without asking it
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp registry check
  cargo mcp registry check deploy/server.json --json

Compares the versions with `Cargo.toml`, and searches its README for the proof of ownership.
Exit codes: 0 without a problem, 6 otherwise.")]
pub(super) struct CheckArguments {
    /// File to check
    #[arg(value_name = "FILE", default_value = FILE)]
    file: PathBuf,
    #[command(flatten)]
    package: PackageArguments,
}

#[derive(Serialize)]
struct Report<'a> {
    file: &'a Path,
    problems: &'a [Problem],
}

pub(super) fn run(arguments: &CheckArguments, output: &OutputArguments) -> Result<(), Failure> {
    let CheckArguments { file, package } = arguments;
    let shown = file.display();
    let content = std::fs::read_to_string(file).map_err(|error| {
        Failure::usage(format!("cannot read `{shown}`: {error}"))
            .note("`cargo mcp registry init` writes it")
    })?;
    let document: Value = serde_json::from_str(&content)
        .map_err(|error| Failure::usage(format!("`{shown}` is no JSON: {error}")))?;
    let mut problems = registry::check(&document);
    let folder = file.parent().unwrap_or(Path::new("."));
    problems.extend(manifest::check_bundles(&document, folder));
    match package.described() {
        Ok(package) => problems.extend(manifest::check(&document, &package)),
        Err(failure) if package.has_manifest() => return Err(failure),
        Err(failure) if !output.quiet => {
            screen::note(format!("not compared with a `Cargo.toml`: {}", failure.message()));
        }
        Err(_) => {}
    }
    match (output.json, problems.len()) {
        (true, _) => print_json(&Report { file, problems: &problems })?,
        (false, 0) if output.quiet => {}
        (false, 0) => print(&format!("`{shown}` has no problem"))?,
        (false, count) => {
            let mut lines: Vec<_> = problems.iter().map(text).collect();
            if !output.quiet {
                lines.push(format!("{count} problem{}", if count == 1 { "" } else { "s" }));
            }
            print(&lines.join("\n"))?;
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Failure::reported(Exit::Findings)) }
}
