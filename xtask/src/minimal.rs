//! The published packages with the oldest versions of their dependencies that their manifests admit.

use std::path::Path;
use std::process::Command;

use crate::packages::{PACKAGES, copy_folder};
use crate::{Result, process, workspace};

/// A package of the tests, on which published ones depend in their own.
const TESTS: &str = "tests/redis";

/// Checks them, with all features. Dependencies of dependencies have the versions that a user gets.
pub(crate) fn check() -> Result<()> {
    let copy = workspace::scratch("minimal")?;
    std::fs::remove_dir_all(&copy)?;
    let folders: Vec<_> = PACKAGES.iter().map(|(_, folder)| *folder).chain([TESTS]).collect();
    for folder in &folders {
        copy_folder(&workspace::root().join(folder), &copy.join(folder))?;
    }
    let manifest = std::fs::read_to_string(workspace::root().join("Cargo.toml"))?;
    std::fs::write(copy.join("Cargo.toml"), with_members(&manifest, &folders)?)?;
    // The option is unstable; the packages are compiled by the stable compiler.
    let mut resolve = Command::new("rustup");
    resolve.args(["run", "nightly", "cargo", "generate-lockfile", "-Z", "direct-minimal-versions"]);
    process::run(resolve.current_dir(&copy))?;
    process::run(check_in(&copy).args(["check", "--workspace", "--all-features", "--locked"]))
}

fn check_in(copy: &Path) -> Command {
    let mut cargo = workspace::cargo();
    cargo.current_dir(copy).env("CARGO_TARGET_DIR", workspace::target().join("minimal"));
    cargo
}

/// A manifest of the workspace with other members.
fn with_members(manifest: &str, members: &[&str]) -> Result<String> {
    let is_members = |line: &&str| line.starts_with("members = ");
    let line = manifest.lines().find(is_members).ok_or("the workspace lists no members")?;
    Ok(manifest.replace(line, &format!("members = {members:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_members_are_replaced() {
        let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"a\", \"b\"]\n";
        let expected = "[workspace]\nresolver = \"3\"\nmembers = [\"a\", \"tests/c\"]\n";
        assert_eq!(with_members(manifest, &["a", "tests/c"]).unwrap(), expected);
        assert!(with_members("[workspace]", &[]).is_err());
    }
}
