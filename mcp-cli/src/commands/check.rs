//! `check`: compares a server with its lock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use owo_colors::OwoColorize as _;
use semver::Version;
use serde::Serialize;

use super::lock::of_servers;
use crate::arguments::OutputArguments;
use crate::exit::{Exit, Failure};
use crate::lock::bump::Bump;
use crate::lock::change::Severity;
use crate::lock::compare::{Difference, compare};
use crate::lock::{Lock, Locks, read};
use crate::output::flat;
use crate::servers::Outcomes;
use crate::target::{PositionalTargetArguments, Several, TargetArguments, Targets};

/// Compares a server with `mcp.lock`, and fails if a change breaks clients
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  cargo mcp check
  cargo mcp check --json http://127.0.0.1:8000/mcp
  cargo mcp check .mcp.json
  cargo mcp check --file weather.lock -- ./weather")]
pub(crate) struct CheckArguments {
    /// File that `cargo mcp lock` wrote
    #[arg(long, value_name = "FILE", default_value = "mcp.lock")]
    file: PathBuf,
    #[command(flatten)]
    target: PositionalTargetArguments,
}

/// Outcome of a comparison.
#[derive(Serialize)]
struct Report {
    file: PathBuf,
    result: &'static str,
    changes: Vec<Line>,
    version: Versions,
}

/// A change, with the part of the version to increase for it.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    difference: Difference,
    bump: Bump,
}

/// Versions of lock and server.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Versions {
    locked: Option<String>,
    server: Option<String>,
    /// Part to increase; `None` without changes.
    bump: Option<Bump>,
    /// Smallest version that fits; `None` if the locked one is not semantic.
    expected: Option<String>,
    /// `true` if the server has such a version.
    is_enough: Option<bool>,
}

/// Result for a server that the lock does not have.
const ADDED: &str = "added";

/// Result for a server that the lock has and the file with the servers does not.
const REMOVED: &str = "removed";

pub(crate) async fn run(
    arguments: CheckArguments,
    output: &OutputArguments,
) -> Result<(), Failure> {
    let CheckArguments { file, target } = arguments;
    let target = TargetArguments::from(target);
    // A broken file is reported before a server is built.
    let locked = read(&file)?;
    let targets = target.resolve_all()?;
    let reports = match (&locked, &targets) {
        (Locks::One(locked), Targets::One(_)) => of_servers(&targets, &target, output)
            .await?
            .try_map(|server| Ok(Report::new(&file, locked, &server)))?,
        (Locks::Several(locked), Targets::Several(several)) => {
            let servers = of_servers(&targets, &target, output).await?;
            compared(&file, locked, several, servers)
        }
        (Locks::One(_), Targets::Several(_)) => return Err(other_kind(&file, "one server")),
        (Locks::Several(_), Targets::One(_)) => return Err(other_kind(&file, "several servers")),
    };
    match output.json {
        true => reports.print_json()?,
        false => reports.print(|report| Ok(report.text(output.quiet)))?,
    }
    reports.finish()?;
    match reports.values().any(|it| it.result == "breaking" || it.result == REMOVED) {
        true => Err(Failure::reported(Exit::Findings)),
        false => Ok(()),
    }
}

/// Compares several servers with their locks.
fn compared(
    file: &Path,
    locked: &BTreeMap<String, Lock>,
    several: &Several,
    servers: Outcomes<Lock>,
) -> Outcomes<Report> {
    let Outcomes::Several(servers) = servers else { return Outcomes::Several(Vec::new()) };
    let is_there = |name: &String| {
        several.disabled.contains(name) || servers.iter().any(|(server, _)| server == name)
    };
    let removed = locked.iter().filter(|(name, _)| !is_there(name)).map(|(name, lock)| {
        let version = Versions { locked: lock.version.clone(), ..Versions::default() };
        (name.clone(), Ok(Report::without_changes(file, REMOVED, version)))
    });
    let removed: Vec<_> = removed.collect();
    let reports = servers.into_iter().map(|(name, server)| {
        let report = server.map(|server| match locked.get(&name) {
            Some(locked) => Report::new(file, locked, &server),
            None => {
                let version = Versions { server: server.version, ..Versions::default() };
                Report::without_changes(file, ADDED, version)
            }
        });
        (name, report)
    });
    Outcomes::Several(reports.chain(removed).collect())
}

fn other_kind(file: &Path, has: &str) -> Failure {
    let message = format!("`{}` is the lock of {has}, and TARGET is not", file.display());
    Failure::new(Exit::Usage, "lock", message)
        .note("name another lock with `--file`, or the same TARGET as for `cargo mcp lock`")
}

impl Report {
    fn new(file: &Path, locked: &Lock, server: &Lock) -> Self {
        let differences = compare(locked, server);
        let semantic = |version: &Option<String>| Version::parse(version.as_deref()?).ok();
        let (old, new) = (semantic(&locked.version), semantic(&server.version));
        let bump = |severity| Bump::of(severity, old.as_ref());
        let worst = differences.iter().map(|it| it.change.severity).max();
        let line = |difference: Difference| {
            let bump = bump(difference.change.severity);
            Line { difference, bump }
        };
        let changes = differences.into_iter().map(line).collect();
        let bump = worst.map(bump);
        let is_enough = |bump: Bump| Some(bump.is_enough(old.as_ref()?, new.as_ref()?));
        let version = Versions {
            locked: locked.version.clone(),
            server: server.version.clone(),
            bump,
            expected: bump.and_then(|bump| Some(bump.next(old.as_ref()?).to_string())),
            is_enough: bump.and_then(is_enough),
        };
        let result = match worst {
            None => "same",
            Some(Severity::Breaking) => "breaking",
            Some(_) => "compatible",
        };
        Self { file: file.to_owned(), result, changes, version }
    }

    fn without_changes(file: &Path, result: &'static str, version: Versions) -> Self {
        Self { file: file.to_owned(), result, changes: Vec::new(), version }
    }

    /// One line for each change, then the result and the version that fits.
    fn text(&self, is_quiet: bool) -> String {
        let mut lines: Vec<_> = self.changes.iter().map(Line::text).collect();
        if is_quiet && self.result != REMOVED {
            return lines.join("\n");
        }
        let count = |severity| {
            let of = |line: &&Line| line.difference.change.severity == severity;
            self.changes.iter().filter(of).count()
        };
        let file = self.file.display();
        lines.push(match self.result {
            "same" => format!("same as `{file}`"),
            ADDED => format!("not in `{file}`; `cargo mcp lock` adds it"),
            REMOVED => format!("breaking: in `{file}`, but not among the servers any more"),
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

impl Line {
    fn text(&self) -> String {
        let Difference { kind, name, change } = &self.difference;
        let label = format!("{} ({})", change.severity.word(), self.bump.word());
        let label = match change.severity {
            Severity::Breaking => label.red().to_string(),
            Severity::Compatible => label.green().to_string(),
            Severity::Cosmetic => label.dimmed().to_string(),
        };
        // Texts of a server stay on the line of their change.
        let rest = format!("{} `{name}`: {}", kind.word(), change.message);
        format!("{label}: {}", flat(&rest))
    }
}

impl Versions {
    fn text(&self) -> Option<String> {
        let bump = self.bump?.word();
        let server =
            self.server.as_ref().map_or("no version".to_owned(), |it| format!("version {it}"));
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
                let locked = self.locked.as_deref().unwrap_or("none");
                format!(
                    "increase the {bump} version (the locked version, {locked}, is not semantic)"
                )
            }
        };
        Some(flat(&text))
    }
}
