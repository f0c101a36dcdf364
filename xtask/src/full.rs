//! Checks of `cargo xtask ci --full` that need other tools.

use std::process::{Command, Stdio};

use crate::arguments::Arguments;
use crate::log::printed;
use crate::{Result, minimal, process, soak, workspace};

/// Crates that reach for the operating system, which has no place in a server without transports.
const SYSTEM: [&str; 3] = ["mio", "socket2", "signal-hook-registry"];

/// A part, by its name.
type Part = (&'static str, fn() -> Result<()>);

const PARTS: [Part; 6] = [
    ("licences", licences),
    ("minimal", minimal::check),
    ("wasm", check_wasm_tree),
    ("models", models),
    ("probes", probes),
    ("soak", soak::short),
];

/// Runs `cargo xtask full`.
pub(crate) fn command(arguments: Arguments) -> Result<()> {
    let names = arguments.rest()?;
    if let Some(unknown) = names.iter().find(|name| PARTS.iter().all(|(part, _)| part != name)) {
        return Err(format!(
            "unknown part `{unknown}`; there are {:?}",
            PARTS.map(|(part, _)| part)
        )
        .into());
    }
    let is_wanted = |part: &&Part| names.is_empty() || names.iter().any(|name| name == part.0);
    PARTS.iter().filter(is_wanted).try_for_each(|(name, part)| printed(name, part))
}

/// Runs all of them.
pub(crate) fn run() -> Result<()> {
    PARTS.iter().try_for_each(|(name, part)| printed(name, part))
}

fn licences() -> Result<()> {
    install("cargo-deny")?;
    process::run(workspace::cargo().args(["deny", "check", "bans", "licenses", "sources"]))
}

/// Runs the checks of other projects against the examples.
fn probes() -> Result<()> {
    process::run(&mut workspace::command("tests/interop/probes.sh"))
}

/// Runs the modules named `models` of the runtime, in which shuttle tries many interleavings.
fn models() -> Result<()> {
    let mut test = workspace::cargo();
    test.args(["test", "--package", "mcp-runtime", "--no-default-features", "--lib", "models::"]);
    test.env("RUSTFLAGS", "--cfg shuttle").env_remove("RUSTC_WORKSPACE_WRAPPER");
    process::run(test.env("CARGO_TARGET_DIR", workspace::target().join("models")))
}

/// Returns `true` for a program that is installed.
pub(crate) fn is_installed(program: &str) -> bool {
    let version =
        Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// Installs a program of the registry, unless it is there.
fn install(program: &str) -> Result<()> {
    if is_installed(program) {
        return Ok(());
    }
    process::run_retrying(workspace::cargo().args(["install", "--locked", program]), 3)
}

/// Checks that a server without transports depends on nothing of the operating system.
fn check_wasm_tree() -> Result<()> {
    for target in crate::platforms::WASM {
        let mut tree = workspace::cargo();
        tree.args([
            "tree",
            "--package",
            "mcp-runtime",
            "--no-default-features",
            "--target",
            target,
        ]);
        tree.args(["--edges", "normal", "--prefix", "none"]);
        let output = tree.output()?;
        if !output.status.success() {
            return Err(format!("{tree:?} failed: {}", output.status).into());
        }
        if let Some(name) = system_crate(&String::from_utf8_lossy(&output.stdout)) {
            return Err(
                format!("mcp-runtime without features depends on `{name}` for {target}").into()
            );
        }
    }
    Ok(())
}

/// A crate of the operating system in the output of `cargo tree`.
fn system_crate(tree: &str) -> Option<&'static str> {
    let mut names = tree.lines().filter_map(|line| line.split(' ').next());
    names.find_map(|name| SYSTEM.into_iter().find(|system| *system == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_of_the_system_are_found_in_a_tree() {
        assert_eq!(
            system_crate("mcp-runtime v0.1.0 (/x)\ntokio v1.54.1\nmio v1.1.0\n"),
            Some("mio")
        );
        assert_eq!(system_crate("mcp-runtime v0.1.0 (/x)\ntokio v1.54.1\nmiow v1.1.0\n"), None);
    }
}
