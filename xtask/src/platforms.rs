//! Checks of the crates for the platforms that are not the one at hand.

use std::process::{Command, Stdio};

use crate::log::Log;
use crate::{Result, full, workspace};

/// Features of the runtime that compile no C code, which would need a compiler for the target.
const FEATURES: &str = "agent,audit,chrono,client,files,forward-events,limits,metrics,otel,policy,store-redb,store-redis,testing,url,uuid,validate";

/// Features whose code differs by platform. The others are checked with `--full`.
const DIFFERENT: &str = "audit,client,files,store-redb";

/// Targets that a server and a client are checked for.
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

/// Targets that have no transports. One of them is checked for the protocol alone; the rest takes `--full`.
pub(crate) const WASM: [&str; 2] = ["wasm32-unknown-unknown", "wasm32-wasip2"];

/// Features of a server without transports.
const WITHOUT_TRANSPORTS: &str = "chrono,policy,providers,url,uuid";

/// Checks every target, and names those whose standard library cannot be installed.
pub(crate) fn check(is_full: bool, log: &Log) -> Result<()> {
    for target in RUNTIME.iter().chain(SIMILAR.iter().filter(|_| is_full)) {
        let features = features_of(target, is_full);
        check_target(target, &["--package", "mcp-runtime", "--features", &features], log)?;
    }
    for target in WASM.iter().take(if is_full { WASM.len() } else { 1 }) {
        check_target(target, &["--package", "mcp-runtime-core"], log)?;
        if is_full {
            let runtime = ["--package", "mcp-runtime", "--no-default-features"];
            check_target(target, &runtime, log)?;
            let features = [&runtime[..], &["--features", WITHOUT_TRANSPORTS]].concat();
            check_target(target, &features, log)?;
        }
    }
    Ok(())
}

fn check_target(target: &str, what: &[&str], log: &Log) -> Result<()> {
    if !is_installed(target) {
        return log.line(&format!("skipped: the target {target} cannot be installed"));
    }
    let mut check = workspace::cargo();
    log.run(check.args(["check", "--quiet", "--target", target]).args(what))?;
    log.line(&format!("compiles for {target}: {}", what.join(" ")))
}

/// Features that are checked for a target.
fn features_of(target: &str, is_full: bool) -> String {
    let compiler = COMPILERS.iter().find(|(of, _)| *of == target);
    match is_full {
        false => DIFFERENT.to_owned(),
        true if compiler.is_some_and(|(_, compiler)| full::is_installed(compiler)) => {
            format!("{FEATURES},{WITH_C}")
        }
        true => FEATURES.to_owned(),
    }
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
