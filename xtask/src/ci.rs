//! The checks of continuous integration, except those that need clients in other languages.

use crate::arguments::Arguments;
use crate::log::{Log, printed};
use crate::{Result, conformance, features, full, packages, platforms, process, workspace};

/// Sets of features that the runtime is linted with. Runs on the whole workspace enable all features,
/// because the tests of the workspace need them.
const FEATURE_SETS: [&[&str]; 2] = [&[], &["--no-default-features"]];

/// A server in production. It compiles for minutes, and is linted with `--full`.
const PRODUCTION: [&str; 2] =
    ["--features", "audit,auth-server,limits,metrics,otel,policy,store-redis,testing"];

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

/// Set by `.ci/run` to a program that builds the documentation of a library when its samples are tested.
const DOCUMENTING_TESTER: &str = "RUSTDOC";

/// Keeps tests from building the examples that they start.
const ARE_BUILT: &str = "MCP_EXAMPLES_ARE_BUILT";

/// Clients and servers in other languages, which the shell installs and runs.
const INTEROP: &str = "tests/interop/run.sh";

/// Runs `cargo xtask ci`.
pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let scope = Scope { is_full: arguments.flag("--full"), interop: arguments.flag("--interop") };
    arguments.finish()?;
    run_cargo(&["fmt", "--all", "--check"])?;
    build(&scope)?;
    check_in_parallel(&scope)?;
    // It takes minutes to build.
    if full::is_installed("cargo-deny") {
        printed("cargo deny", || process::run(workspace::cargo().args(["deny", "check"])))?;
    }
    if scope.is_full {
        LONG_TESTS.iter().try_for_each(|tests| run_cargo(tests))?;
        printed("schemas for providers", || {
            let mut tests = workspace::cargo();
            process::run(tests.env("MCP_PROVIDER_CASES", PROVIDER_CASES).args(PROVIDER_TESTS))
        })?;
        full::run()?;
    }
    Ok(())
}

/// Choice of checks.
struct Scope {
    /// Those that take long as well.
    is_full: bool,
    /// Those with clients and servers in other languages as well.
    interop: bool,
}

/// Builds what the tests need, and downloads beside it what the other checks need.
fn build(scope: &Scope) -> Result<()> {
    let log = Log::create("installed.txt")?;
    let (built, installed) = std::thread::scope(|threads| {
        let install = || text_of(log.run(workspace::command(INTEROP).arg("--install")));
        let installing = scope.interop.then(|| threads.spawn(install));
        let built = build_workspace();
        (built, installing.map(std::thread::ScopedJoinHandle::join))
    });
    log.print()?;
    built?;
    match installed {
        Some(installed) => Ok(installed.map_err(|_| "the installation panicked")??),
        None => Ok(()),
    }
}

fn build_workspace() -> Result<()> {
    if std::env::var_os(LINTING_COMPILER).is_none() {
        run_cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    }
    run_cargo(&["test", "--workspace", "--no-run"])?;
    conformance::prepare_all()
}

/// Runs three groups of checks side by side: tests, which wait a lot; what only compiles, and the suite; other
/// languages. All of them run to their end, whichever fails.
fn check_in_parallel(scope: &Scope) -> Result<()> {
    let (compiled, other) = (Log::create("compiled.txt")?, Log::create("interop.txt")?);
    let (tested, others) = std::thread::scope(|threads| {
        let others = [
            threads.spawn(|| {
                let compiles = text_of(compile(scope.is_full, &compiled));
                let conforms = printed("conformance", || conformance::check(&REVISIONS, OLDEST));
                compiles.and_then(|()| text_of(conforms))
            }),
            threads.spawn(|| text_of(check_interop(scope, &other))),
        ];
        let tested = test();
        (tested, others.map(|thread| thread.join()))
    });
    compiled.print()?;
    other.print()?;
    tested?;
    others.into_iter().try_for_each(|outcome| Ok(outcome.map_err(|_| "a check panicked")??))
}

/// An outcome that another thread may have.
fn text_of(outcome: Result<()>) -> Result<(), String> {
    outcome.map_err(|error| error.to_string())
}

fn test() -> Result<()> {
    // One run shows all that fails.
    let arguments = ["test", "--workspace", "--no-fail-fast"];
    printed("cargo test --workspace", || {
        process::run(workspace::cargo().env(ARE_BUILT, "1").args(arguments))
    })
}

fn check_interop(scope: &Scope, log: &Log) -> Result<()> {
    if !scope.interop {
        return Ok(());
    }
    log.timed(INTEROP, || log.run(workspace::command(INTEROP).env(ARE_BUILT, "1")))
}

/// Lints other sets of features, builds the packages, and checks other platforms. Builds the documentation,
/// unless the tests do.
fn compile(is_full: bool, log: &Log) -> Result<()> {
    for features in FEATURE_SETS {
        features::lint(features, log)?;
    }
    if is_full {
        features::lint(&PRODUCTION, log)?;
        features::check_each(log)?;
    }
    if is_full || std::env::var_os(DOCUMENTING_TESTER).is_none() {
        log.timed("cargo doc", || {
            let mut doc = workspace::cargo();
            log.run(doc.env("RUSTDOCFLAGS", "-Dwarnings").args(["doc", "--workspace", "--no-deps"]))
        })?;
    }
    log.timed("packages", || packages::check(is_full, log))?;
    log.timed("other platforms", || platforms::check(is_full, log))
}

fn run_cargo(arguments: &[&str]) -> Result<()> {
    printed(&format!("cargo {}", arguments.join(" ")), || {
        process::run(workspace::cargo().args(arguments))
    })
}
