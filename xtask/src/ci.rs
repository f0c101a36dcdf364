//! The checks of continuous integration, except those that need clients in other languages.

use std::process::{Command, Stdio};

use crate::arguments::Arguments;
use crate::log::{self, Log};
use crate::{Result, conformance, packages, platforms, process, workspace};

/// Sets of features that the runtime is linted with. Runs on the whole workspace enable all features,
/// because the tests of the workspace need them.
const FEATURE_SETS: [&[&str]; 3] = [
    &[],
    &["--features", "audit,auth-server,limits,metrics,otel,policy,store-redis,testing"],
    &["--no-default-features"],
];

/// Features that it is linted with one by one, with `--full`.
const FEATURES: [&str; 15] = [
    "agent",
    "audit",
    "auth-client",
    "auth-server",
    "client",
    "files",
    "genai",
    "limits",
    "metrics",
    "otel",
    "policy",
    "providers",
    "store-redb",
    "store-redis",
    "testing",
];

const REVISIONS: [&str; 2] = ["2025-11-25", "2026-07-28"];

/// The revision whose authorization the suite tests in clients only.
const OLDEST: &str = "2025-03-26";

/// Number of generated schemas of each kind that are converted for model providers, with `--full`.
const PROVIDER_CASES: &str = "10000";

/// Tests of the conversion of generated schemas.
const PROVIDER_TESTS: [&str; 7] = [
    "test",
    "--package",
    "mcp-runtime",
    "--all-features",
    "--lib",
    "--",
    "schema::tests::generated",
];

/// Tests that take minutes. `cargo xtask ci --full` runs them too.
const LONG_TESTS: [&[&str]; 2] = [
    &["test", "--package", "mcp-tests", "--test", "task_crashes", "--", "--ignored"],
    &["test", "--package", "mcp-runtime-cli", "--test", "cli", "--", "--ignored"],
];

/// Set by `.ci/run` to a compiler of the workspace that lints, so that the whole workspace needs no other
/// lints.
const LINTING_COMPILER: &str = "RUSTC_WORKSPACE_WRAPPER";

/// Keeps tests from building the examples that they start.
const ARE_BUILT: &str = "MCP_EXAMPLES_ARE_BUILT";

/// Runs `cargo xtask ci`.
pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let is_full = arguments.flag("--full");
    arguments.finish()?;
    run_cargo(&["fmt", "--all", "--check"])?;
    if std::env::var_os(LINTING_COMPILER).is_none() {
        run_cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    }
    run_cargo(&["test", "--workspace", "--no-run"])?;
    test_and_compile(is_full)?;
    if cargo_deny_is_installed() {
        timed("cargo deny", || process::run(workspace::cargo().args(["deny", "check"])))?;
    }
    conformance_and_packages(is_full)?;
    if is_full {
        LONG_TESTS.iter().try_for_each(|tests| run_cargo(tests))?;
        timed("schemas for providers", || {
            let mut tests = workspace::cargo();
            process::run(tests.env("MCP_PROVIDER_CASES", PROVIDER_CASES).args(PROVIDER_TESTS))
        })?;
    }
    Ok(())
}

/// Runs the tests, which wait a lot, and beside them what only compiles.
fn test_and_compile(is_full: bool) -> Result<()> {
    let log = Log::create("compiled.txt")?;
    let (tested, compiled) = std::thread::scope(|scope| {
        let compiled = scope.spawn(|| compile(is_full, &log).map_err(|error| error.to_string()));
        let tested = timed("cargo test --workspace", || {
            process::run(workspace::cargo().env(ARE_BUILT, "1").args(["test", "--workspace"]))
        });
        (tested, compiled.join())
    });
    log.print()?;
    tested?;
    Ok(compiled.map_err(|_| "the checks beside the tests panicked")??)
}

/// Runs the suite, which waits a lot, and beside it builds the packages and checks other platforms. The former
/// replaces programs which the tests run.
fn conformance_and_packages(is_full: bool) -> Result<()> {
    conformance::build_examples()?;
    let log = Log::create("packages.txt")?;
    let (conforms, packed) = std::thread::scope(|scope| {
        let packed = scope.spawn(|| {
            let packed = log.timed("packages", || packages::check(is_full, &log));
            let checked = packed
                .and_then(|()| log.timed("other platforms", || platforms::check(is_full, &log)));
            checked.map_err(|error| error.to_string())
        });
        let conforms = timed("conformance", || conformance::check(&REVISIONS, OLDEST));
        (conforms, packed.join())
    });
    log.print()?;
    conforms?;
    Ok(packed.map_err(|_| "the build of the packages panicked")??)
}

/// Lints other sets of features, and builds the documentation.
fn compile(is_full: bool, log: &Log) -> Result<()> {
    for features in FEATURE_SETS {
        lint_runtime(features, log)?;
    }
    for feature in FEATURES.iter().filter(|_| is_full) {
        lint_runtime(&["--features", feature], log)?;
    }
    log.timed("cargo doc", || {
        let mut doc = workspace::cargo();
        log.run(doc.env("RUSTDOCFLAGS", "-Dwarnings").args(["doc", "--workspace", "--no-deps"]))
    })
}

fn lint_runtime(features: &[&str], log: &Log) -> Result<()> {
    let head = ["clippy", "--package", "mcp-runtime"];
    let arguments = [&head, features, &["--", "-D", "warnings"]].concat();
    let name = format!("cargo {}", arguments.join(" "));
    log.timed(&name, || log.run(workspace::cargo().args(arguments)))
}

fn run_cargo(arguments: &[&str]) -> Result<()> {
    timed(&format!("cargo {}", arguments.join(" ")), || {
        process::run(workspace::cargo().args(arguments))
    })
}

/// Runs a step, and prints its name and duration.
fn timed(name: &str, step: impl FnOnce() -> Result<()>) -> Result<()> {
    let print = |line: &str| {
        println!("{line}");
        Ok(())
    };
    log::timed(name, print, step)
}

/// `cargo-deny` takes minutes to build, so it is only used if it is installed.
fn cargo_deny_is_installed() -> bool {
    let version = Command::new("cargo-deny")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    version.is_ok_and(|status| status.success())
}
