//! Checks of the crates for the platforms that are not the one at hand.

use std::process::{Command, Stdio};

use crate::{Result, process, workspace};

/// Features of the runtime that compile no C code, which would need a compiler for the target.
const FEATURES: &str = "chrono,client,files,forward-events,testing,url,uuid,validate";

/// Targets that a whole server and client are checked for.
const RUNTIME: [&str; 5] = [
    "aarch64-apple-darwin",
    "x86_64-pc-windows-gnu",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-freebsd",
    "x86_64-unknown-linux-musl",
];

/// Targets that only the protocol is checked for.
const CORE: [&str; 1] = ["wasm32-unknown-unknown"];

/// Checks every target, and names those whose standard library cannot be installed.
pub(crate) fn check() -> Result<()> {
    let runtime = RUNTIME.map(|target| (target, "mcp-runtime", FEATURES));
    let core = CORE.map(|target| (target, "mcp-core", ""));
    for (target, package, features) in runtime.into_iter().chain(core) {
        if !is_installed(target) {
            println!("skipped: the target {target} cannot be installed");
            continue;
        }
        let mut check = workspace::cargo();
        check.args(["check", "--quiet", "--package", package, "--target", target]);
        check.args(["--features", features]);
        process::run(&mut check)?;
        println!("{package} compiles for {target}");
    }
    Ok(())
}

/// Installs the standard library of a target, if it is not there.
fn is_installed(target: &str) -> bool {
    let added = Command::new("rustup")
        .args(["target", "add", target])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    added.is_ok_and(|status| status.success())
}
