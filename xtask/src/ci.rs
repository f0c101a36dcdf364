//! The checks of continuous integration, without the ones that need other languages' clients.

use std::process::{Command, Stdio};

use crate::arguments::Arguments;
use crate::{Result, conformance, process, workspace};

/// Each is one run of cargo.
const STEPS: [&[&str]; 6] = [
    &["fmt", "--all", "--check"],
    &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
    &[
        "clippy",
        "--package",
        "mcp-runtime",
        "--all-targets",
        "--features",
        "client,validate,files,forward-events,testing",
        "--",
        "-D",
        "warnings",
    ],
    &["clippy", "--package", "mcp-runtime", "--no-default-features", "--", "-D", "warnings"],
    &["test", "--workspace"],
    &[
        "test",
        "--package",
        "mcp-runtime",
        "--features",
        "client,validate,files,forward-events,testing",
    ],
];

const REVISIONS: [&str; 2] = ["2025-11-25", "2026-07-28"];

/// Runs `ci`.
pub(crate) fn run(arguments: Arguments) -> Result<()> {
    arguments.finish()?;
    for step in STEPS {
        println!("\n== cargo {}", step.join(" "));
        process::run(workspace::cargo().args(step))?;
    }
    println!("\n== cargo doc");
    process::run(workspace::cargo().env("RUSTDOCFLAGS", "-Dwarnings").args([
        "doc",
        "--workspace",
        "--no-deps",
    ]))?;
    if cargo_deny_is_installed() {
        println!("\n== cargo deny");
        process::run(workspace::cargo().args(["deny", "check"]))?;
    }
    for revision in REVISIONS {
        println!("\n== conformance of servers, {revision}");
        conformance::check_server(revision, None, None)?;
        println!("\n== conformance of clients, {revision}");
        conformance::check_client(revision, None)?;
    }
    Ok(())
}

/// It takes minutes to build, so it is used only where it is there already.
fn cargo_deny_is_installed() -> bool {
    let version = Command::new("cargo-deny")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    version.is_ok_and(|status| status.success())
}
