//! Builds of the servers in `benches/peers`, their cost, and the number of their crates.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::{Peer, tried};
use crate::{Result, process, workspace};

/// Attempts to download the sources.
const ATTEMPTS: u32 = 3;

/// Clock ticks per second in files of `/proc`, on all common processors.
const TICKS: u64 = 100;

/// A server that was built.
#[derive(Debug, Default)]
pub(super) struct Build {
    /// Version of the library.
    pub(super) version: String,
    /// Number of crates that the server depends on.
    pub(super) crates: Option<u64>,
    /// CPU time of the build, if nothing had been built before.
    pub(super) cpu_seconds: Option<u64>,
    /// Programs of both eras.
    pub(super) programs: [Option<PathBuf>; 2],
}

/// Downloads the sources, so that builds do not.
pub(super) fn fetch() -> Result<()> {
    let mut fetch = workspace::cargo();
    process::run_retrying(fetch.arg("fetch").arg("--manifest-path").arg(manifest()), ATTEMPTS)
}

/// Builds a server: from scratch, or with what is left of earlier builds if it has to be quick.
pub(super) fn build(peer: Peer, is_quick: bool) -> Result<Build> {
    let tree = tree(peer.package)?;
    let folder = workspace::scratch(&format!("peers/{}", peer.package))?;
    if !is_quick {
        std::fs::remove_dir_all(&folder)?;
    }
    let before = ticks_of_children()?;
    let modern = compile(peer.package, &folder)?;
    let spent = (ticks_of_children()? - before) / TICKS;
    let legacy = match peer.legacy {
        Some(package) => tried(package, compile(package, &folder)),
        None => Some(modern.clone()),
    };
    Ok(Build {
        version: version_of(&tree, peer.library).unwrap_or_default().to_owned(),
        crates: Some(crates_in(&tree, peer.package)),
        cpu_seconds: (!is_quick).then_some(spent),
        programs: [legacy, Some(modern)],
    })
}

fn manifest() -> PathBuf {
    workspace::root().join("benches/peers/Cargo.toml")
}

/// Compiles a package. Returns its executable.
fn compile(package: &str, folder: &Path) -> Result<PathBuf> {
    let (manifest, folder) = (manifest(), folder.to_string_lossy());
    let built = workspace::build(&[
        "--release",
        "--package",
        package,
        "--manifest-path",
        &manifest.to_string_lossy(),
        "--target-dir",
        &folder,
    ])?;
    let found = built.into_iter().find(|(name, _)| name == package);
    Ok(found.ok_or_else(|| format!("`{package}` was not built"))?.1)
}

/// The dependencies of a package, one a line.
fn tree(package: &str) -> Result<String> {
    let mut command = workspace::cargo();
    command.args(["tree", "--edges", "normal", "--prefix", "none", "--package", package]);
    command.arg("--manifest-path").arg(manifest()).stderr(Stdio::inherit());
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?} failed: {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Number of packages in a tree without its root. One that stands in it twice is counted once.
fn crates_in(tree: &str, root: &str) -> u64 {
    let packages: BTreeSet<_> = tree.lines().filter_map(package_of).collect();
    packages.iter().filter(|(name, _)| *name != root).count() as u64
}

/// The version of a package in a tree.
fn version_of<'a>(tree: &'a str, name: &str) -> Option<&'a str> {
    tree.lines()
        .filter_map(package_of)
        .find(|(found, _)| *found == name)
        .map(|(_, version)| version)
}

/// Name and version in a line such as `syn v3.0.10 (*)`.
fn package_of(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split(' ');
    Some((words.next()?, words.next()?.strip_prefix('v')?))
}

/// CPU time of all processes that this one has started and that have ended, with theirs.
fn ticks_of_children() -> Result<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    Ok(ticks_in(&stat).ok_or_else(|| format!("no times in {stat}"))?)
}

/// User and system time of children. The name of the program may contain blanks and brackets.
fn ticks_in(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut times = rest.split(' ').skip(13).map(str::parse::<u64>);
    Some(times.next()?.ok()? + times.next()?.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_counted_once() {
        let tree = "peer-a v0.0.0 (/x/a)\na v1.2.0-alpha.5\nsyn v3.0.1\nsyn v2.0.0 (*)\nsyn v3.0.1 (*)\n\
                    macros v1.0.0 (proc-macro)\n";
        assert_eq!(crates_in(tree, "peer-a"), 4);
        assert_eq!(version_of(tree, "a"), Some("1.2.0-alpha.5"));
        assert_eq!(version_of(tree, "b"), None);
    }

    #[test]
    fn times_of_children_are_found_behind_any_name() {
        let stat = "7 (a ) b) R 1 7 7 0 -1 4 5 600 0 0 11 12 130 40 20 0 1 0 99 0 0";
        assert_eq!(ticks_in(stat), Some(170));
        assert_eq!(ticks_in("7 (a) R 1"), None);
    }
}
