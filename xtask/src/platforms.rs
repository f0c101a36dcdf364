//! Checks of the crates for the platforms that are not the one at hand.

use std::process::{Command, Stdio};

use crate::log::Log;
use crate::{Result, workspace};

/// Features of the runtime that compile no C code, which would need a compiler for the target.
const FEATURES: &str = "agent,audit,chrono,client,files,forward-events,limits,metrics,otel,policy,store-redb,store-redis,testing,url,uuid,validate";

/// Targets that a whole server and client are checked for.
const RUNTIME: [&str; 1] = ["x86_64-pc-windows-gnu"];

/// Targets that differ little from others, or from Linux. They are checked with `--full`.
const SIMILAR: [&str; 4] = [
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-freebsd",
    "x86_64-unknown-linux-musl",
];

/// Features that compile C code, because TLS does. They take minutes, and are checked with `--full`.
const WITH_C: &str = "auth-client,auth-server,keyring";

/// Compilers of C for other targets. Where one is installed, those features are checked as well.
const COMPILERS: [(&str, &str); 2] = [
    ("x86_64-pc-windows-gnu", "x86_64-w64-mingw32-gcc"),
    ("x86_64-unknown-linux-musl", "musl-gcc"),
];

/// Targets that only the protocol is checked for.
const CORE: [&str; 1] = ["wasm32-unknown-unknown"];

/// Checks every target, and names those whose standard library cannot be installed.
pub(crate) fn check(is_full: bool, log: &Log) -> Result<()> {
    let similar = SIMILAR.iter().filter(|_| is_full);
    let runtime = RUNTIME.iter().chain(similar);
    let runtime = runtime.map(|target| (*target, "mcp-runtime", features_of(target, is_full)));
    let core = CORE.map(|target| (target, "mcp-runtime-core", String::new()));
    for (target, package, features) in runtime.chain(core) {
        if !is_installed(target) {
            log.line(&format!("skipped: the target {target} cannot be installed"))?;
            continue;
        }
        let mut check = workspace::cargo();
        check.args(["check", "--quiet", "--package", package, "--target", target]);
        check.args(["--features", &features]);
        log.run(&mut check)?;
        log.line(&format!("{package} compiles for {target} ({features})"))?;
    }
    Ok(())
}

/// Features that are checked for a target.
fn features_of(target: &str, is_full: bool) -> String {
    let compiler = COMPILERS.iter().find(|(of, _)| *of == target);
    match is_full && compiler.is_some_and(|(_, compiler)| runs(compiler)) {
        true => format!("{FEATURES},{WITH_C}"),
        false => FEATURES.to_owned(),
    }
}

/// Returns `true` for a program that is installed.
fn runs(program: &str) -> bool {
    let version =
        Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
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
