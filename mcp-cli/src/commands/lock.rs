//! `lock`: writes the components of a server to a file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::list::Listing;
use crate::arguments::OutputArguments;
use crate::exit::{Exit, Failure};
use crate::files::replace;
use crate::lock::{FIRST_LINE, Lock, Locks, refuse_newer};
use crate::output::{print_json, screen};
use crate::servers::{self, Outcomes};
use crate::target::{PositionalTargetArguments, TargetArguments, Targets};

/// Writes the components of a server to `mcp.lock`, for `check`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  cargo mcp lock
  cargo mcp lock http://127.0.0.1:8000/mcp --file weather.lock
  cargo mcp lock .mcp.json
  cargo mcp lock -- npx -y @modelcontextprotocol/server-everything")]
pub(crate) struct LockArguments {
    /// File to write
    #[arg(long, value_name = "FILE", default_value = "mcp.lock")]
    file: PathBuf,
    #[command(flatten)]
    target: PositionalTargetArguments,
}

#[derive(Serialize)]
struct Written<'a> {
    file: &'a Path,
    /// `false` if the file had these bytes already.
    changed: bool,
    #[serde(flatten)]
    content: Content<'a>,
}

/// Number of the components.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Content<'a> {
    Components(usize),
    Servers(BTreeMap<&'a str, Content<'a>>),
}

pub(crate) async fn run(arguments: LockArguments, output: &OutputArguments) -> Result<(), Failure> {
    let LockArguments { file, target } = arguments;
    let target = TargetArguments::from(target);
    let present = present(&file)?;
    let targets = target.resolve_all()?;
    let is_several = matches!(targets, Targets::Several(_));
    if let Some(present) = &present {
        refuse_other_kind(&file, present, is_several)?;
    }
    let locks = match of_servers(&targets, &target, output).await? {
        Outcomes::One(lock) => Locks::One(lock),
        Outcomes::Several(outcomes) => Locks::Several(complete(&file, outcomes)?),
    };
    let text = locks.to_text();
    let changed = present.as_deref() != Some(&*text);
    if changed {
        replace(&file, &text)?;
    }
    if output.json {
        return print_json(&Written { file: &file, changed, content: Content::of(&locks) });
    }
    if !output.quiet {
        let verb = if changed { "wrote" } else { "unchanged:" };
        screen::note(format!("{verb} `{}`, {}", file.display(), described(&locks)));
    }
    Ok(())
}

/// The locks of the servers.
pub(super) async fn of_servers(
    targets: &Targets,
    arguments: &TargetArguments,
    output: &OutputArguments,
) -> Result<Outcomes<Lock>, Failure> {
    servers::query_each(targets, &arguments.connection, output, async |client| {
        Ok(Lock::new(&client.server_info(), &Listing::all(client).await?))
    })
    .await
}

/// The locks of all servers. Without one of them the file is not written, which would lose its lock.
fn complete(
    file: &Path,
    outcomes: Vec<(String, Result<Lock, Failure>)>,
) -> Result<BTreeMap<String, Lock>, Failure> {
    let (mut locks, mut failures) = (BTreeMap::new(), Vec::new());
    for (name, outcome) in outcomes {
        match outcome {
            Ok(lock) => drop(locks.insert(name, lock)),
            Err(failure) => failures.push(format!("`{name}`: {}", failure.message())),
        }
    }
    if failures.is_empty() {
        return Ok(locks);
    }
    let message = format!("`{}` was not written, because servers have failed", file.display());
    Err(failures.into_iter().fold(Failure::unreachable(message), Failure::note))
}

impl<'a> Content<'a> {
    fn of(locks: &'a Locks) -> Self {
        let count = |lock: &Lock| Self::Components(lock.components.len());
        match locks {
            Locks::One(lock) => count(lock),
            Locks::Several(locks) => {
                Self::Servers(locks.iter().map(|(name, lock)| (&**name, count(lock))).collect())
            }
        }
    }
}

fn described(locks: &Locks) -> String {
    let counted = |count: usize, noun: &str| {
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {noun}{plural}")
    };
    match locks {
        Locks::One(lock) => counted(lock.components.len(), "component"),
        Locks::Several(locks) => {
            let components = locks.values().map(|lock| lock.components.len()).sum();
            let servers = counted(locks.len(), "server");
            format!("{servers}, {}", counted(components, "component"))
        }
    }
}

/// Refuses to replace the lock of one server by those of several, and the other way round.
fn refuse_other_kind(path: &Path, present: &str, is_several: bool) -> Result<(), Failure> {
    let is_of_one = present.lines().any(|line| line == "[server]");
    let is_of_several = present.lines().any(|line| line.starts_with("[servers."));
    if is_several && !is_of_several && is_of_one || !is_several && is_of_several && !is_of_one {
        let has = if is_of_one { "one server" } else { "several servers" };
        let message = format!("`{}` is the lock of {has}, and was not replaced", path.display());
        return Err(Failure::new(Exit::Usage, "lock", message)
            .note("name another file with `--file`, or remove this one"));
    }
    Ok(())
}

/// The text of the file, which must be a lock if there is one.
fn present(path: &Path) -> Result<Option<String>, Failure> {
    let shown = path.display();
    let failure = |message: String| Failure::new(Exit::Usage, "lock", message);
    let text = match std::fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failure(format!("cannot read `{shown}`: {error}"))),
    };
    // Another file is not replaced. A lock with marks of a merge is.
    if !text.trim().is_empty() && !text.lines().any(|line| line == FIRST_LINE) {
        return Err(failure(format!("`{shown}` is no lock, and was not replaced"))
            .note("name another file with `--file`, or remove this one"));
    }
    refuse_newer(path, &text)?;
    Ok(Some(text))
}
