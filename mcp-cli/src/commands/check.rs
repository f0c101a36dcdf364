//! `check`: compares a server with its lock.

use std::path::{Path, PathBuf};

use clap::Args;
use owo_colors::OwoColorize as _;
use semver::Version;
use serde::Serialize;

use super::lock::of_server;
use crate::arguments::OutputArguments;
use crate::exit::{Exit, Failure};
use crate::lock::bump::Bump;
use crate::lock::change::Severity;
use crate::lock::compare::{Difference, compare};
use crate::lock::{Lock, read};
use crate::output::{plain, print, print_json};
use crate::target::TargetArguments;

/// Compares a server with `mcp.lock`, and fails if a change breaks clients.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  cargo mcp check
  cargo mcp check --json --target http://127.0.0.1:8000/mcp
  cargo mcp check --file weather.lock -- ./weather")]
pub(crate) struct CheckArguments {
    /// File that `cargo mcp lock` wrote
    #[arg(long, value_name = "FILE", default_value = "mcp.lock")]
    file: PathBuf,
    #[command(flatten)]
    target: TargetArguments,
}

/// Outcome of a comparison.
#[derive(Serialize)]
struct Report<'a> {
    file: &'a Path,
    result: &'static str,
    changes: Vec<Line<'a>>,
    version: Versions<'a>,
}

/// A change, with the part of the version to increase for it.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    difference: &'a Difference,
    bump: Bump,
}

/// Versions of lock and server.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Versions<'a> {
    locked: Option<&'a str>,
    server: Option<&'a str>,
    /// Part to increase; `None` without changes.
    bump: Option<Bump>,
    /// Smallest version that fits; `None` if the locked one is not semantic.
    expected: Option<String>,
    /// `true` if the server has such a version.
    is_enough: Option<bool>,
}

pub(crate) async fn run(
    arguments: CheckArguments,
    output: &OutputArguments,
) -> Result<(), Failure> {
    let CheckArguments { file, target } = arguments;
    // A broken file is reported before a server is built.
    let locked = read(&file)?;
    let server = of_server(&target).await?;
    let differences = compare(&locked, &server);
    let report = Report::new(&file, &locked, &server, &differences);
    match output.json {
        true => print_json(&report)?,
        false => print(&report.text(output.quiet))?,
    }
    match report.result {
        "breaking" => Err(Failure::reported(Exit::Findings)),
        _ => Ok(()),
    }
}

impl<'a> Report<'a> {
    fn new(
        file: &'a Path,
        locked: &'a Lock,
        server: &'a Lock,
        differences: &'a [Difference],
    ) -> Self {
        let semantic = |version: &Option<String>| Version::parse(version.as_deref()?).ok();
        let (old, new) = (semantic(&locked.version), semantic(&server.version));
        let bump = |severity| Bump::of(severity, old.as_ref());
        let worst = differences.iter().map(|it| it.change.severity).max();
        let line = |difference: &'a Difference| {
            let bump = bump(difference.change.severity);
            Line { difference, bump }
        };
        let bump = worst.map(bump);
        let is_enough = |bump: Bump| Some(bump.is_enough(old.as_ref()?, new.as_ref()?));
        let version = Versions {
            locked: locked.version.as_deref(),
            server: server.version.as_deref(),
            bump,
            expected: bump.and_then(|bump| Some(bump.next(old.as_ref()?).to_string())),
            is_enough: bump.and_then(is_enough),
        };
        let result = match worst {
            None => "same",
            Some(Severity::Breaking) => "breaking",
            Some(_) => "compatible",
        };
        Self { file, result, changes: differences.iter().map(line).collect(), version }
    }

    /// One line for each change, then the result and the version that fits.
    fn text(&self, is_quiet: bool) -> String {
        let mut lines: Vec<_> = self.changes.iter().map(Line::text).collect();
        if is_quiet {
            return lines.join("\n");
        }
        let count = |severity| {
            let of = |line: &&Line<'_>| line.difference.change.severity == severity;
            self.changes.iter().filter(of).count()
        };
        let file = self.file.display();
        lines.push(match self.result {
            "same" => format!("same as `{file}`"),
            result => {
                let counts = [Severity::Breaking, Severity::Compatible, Severity::Cosmetic];
                let counts = counts.map(|it| format!("{} {}", count(it), it.word())).join(", ");
                format!(
                    "{result} with `{file}`: {counts}",
                    result = match result {
                        "breaking" => "not compatible",
                        other => other,
                    }
                )
            }
        });
        lines.extend(self.version.text());
        lines.join("\n")
    }
}

impl Line<'_> {
    fn text(&self) -> String {
        let Difference { kind, name, change } = self.difference;
        let label = format!("{} ({})", change.severity.word(), self.bump.word());
        let label = match change.severity {
            Severity::Breaking => label.red().to_string(),
            Severity::Compatible => label.green().to_string(),
            Severity::Cosmetic => label.dimmed().to_string(),
        };
        // Texts of a server stay on the line of their change.
        let rest = format!("{} `{name}`: {}", kind.word(), change.message);
        format!("{label}: {}", plain(&rest.replace('\n', " ")))
    }
}

impl Versions<'_> {
    fn text(&self) -> Option<String> {
        let bump = self.bump?.word();
        let server = self.server.map_or("no version".to_owned(), |it| format!("version {it}"));
        let text = match (&self.expected, self.is_enough) {
            (Some(expected), Some(true)) => {
                format!(
                    "the server has {server}, which fits (expected {expected} or later, {bump})"
                )
            }
            (Some(expected), _) => format!(
                "expected version {expected} or later ({bump}), but the server has {server}"
            ),
            (None, _) => {
                let locked = self.locked.unwrap_or("none");
                format!(
                    "increase the {bump} version (the locked version, {locked}, is not semantic)"
                )
            }
        };
        Some(plain(&text.replace('\n', " ")))
    }
}
