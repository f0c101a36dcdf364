//! Runs the official conformance suite strictly: each scenario alone, and only without warnings.

mod scenarios;
mod suite;
mod verdict;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::arguments::Arguments;
use crate::process::HttpServer;
use crate::{Result, workspace};
use scenarios::Claim;
use suite::{Scenario, Suite};
use verdict::Verdict;

/// The side of the protocol under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Server,
    Client,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Server => "server",
            Self::Client => "client",
        })
    }
}

impl Role {
    /// The example for scenarios that no example claims.
    fn fixture(self) -> &'static str {
        match self {
            Self::Server => "conformance_server",
            Self::Client => "conformance_client",
        }
    }
}

/// Runs `cargo xtask conformance server|client …`.
pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    match arguments.word().as_deref() {
        Some("server") => server(arguments),
        Some("client") => client(arguments),
        other => {
            let other = other.unwrap_or_default();
            Err(format!(
                "unknown side `{other}`; write `conformance server` or `conformance client`"
            )
            .into())
        }
    }
}

fn server(mut arguments: Arguments) -> Result<()> {
    let revision = arguments.value("--revision")?.ok_or("`--revision` is missing")?;
    let scenario = arguments.value("--scenario")?;
    let url = arguments.value("--url")?;
    arguments.finish()?;
    check_server(&revision, scenario, url)
}

fn client(mut arguments: Arguments) -> Result<()> {
    let revision = arguments.value("--revision")?.ok_or("`--revision` is missing")?;
    let scenario = arguments.value("--scenario")?;
    arguments.finish()?;
    check_client(&revision, scenario)
}

/// Runs all claimed scenarios of both sides, those of servers beside those of clients. Only clients are tested under
/// the oldest revision.
pub(crate) fn check(revisions: &[&str], oldest: &str) -> Result<()> {
    let servers = || revisions.iter().try_for_each(|revision| check_server(revision, None, None));
    let clients = || {
        let mut all = std::iter::once(&oldest).chain(revisions);
        all.try_for_each(|revision| check_client(revision, None))
    };
    let (servers, clients) = std::thread::scope(|scope| {
        let servers = scope.spawn(|| servers().map_err(|error| error.to_string()));
        let clients = clients();
        (servers.join(), clients)
    });
    clients?;
    Ok(servers.map_err(|_| "the checks of servers panicked")??)
}

/// Runs the claimed scenarios of a revision, or a single one. The server is the example that claims
/// the scenario, or the one at `url`.
pub(crate) fn check_server(
    revision: &str,
    scenario: Option<String>,
    url: Option<String>,
) -> Result<()> {
    let (suite, runs) = prepare(Role::Server, revision, scenario)?;
    let mut fixtures = Fixtures::default();
    let checked = check_all(Role::Server, revision, &runs, |run| {
        let url = match &url {
            Some(url) => url,
            None => fixtures.url(&run.fixture)?,
        };
        suite.check_server(revision, run, url)
    });
    if checked.is_err() {
        for (name, fixture) in &fixtures.0 {
            eprint!("The example `{name}` wrote to stderr:\n{}", fixture.log());
        }
    }
    checked
}

/// Runs the claimed scenarios of a revision, or a single one, against the examples that claim them.
pub(crate) fn check_client(revision: &str, scenario: Option<String>) -> Result<()> {
    let (suite, runs) = prepare(Role::Client, revision, scenario)?;
    let mut programs = BTreeMap::new();
    for run in &runs {
        if !programs.contains_key(&run.fixture) {
            programs.insert(run.fixture.clone(), program(&run.fixture)?);
        }
    }
    check_all(Role::Client, revision, &runs, |run| {
        let program = programs[&run.fixture].to_str();
        let program = program.ok_or("the path of the example is not UTF-8")?;
        suite.check_client(revision, run, program)
    })
}

/// One scenario, and the example that runs it.
struct Run {
    fixture: String,
    claim: Claim,
    scenario: Scenario,
}

/// Installs the suite and lists the runs: all claimed scenarios, or the given one.
fn prepare(role: Role, revision: &str, scenario: Option<String>) -> Result<(Suite, Vec<Run>)> {
    let mut asked = scenarios::claimed(role, revision)?;
    if let Some(name) = scenario {
        asked = scenarios::one(role, asked, &name);
    }
    let suite = Suite::install(role)?;
    let mut runs = Vec::new();
    for (fixture, claims) in asked {
        for claim in claims {
            let scenario = suite.find(revision, &claim.name)?;
            runs.push(Run { fixture: fixture.clone(), claim, scenario });
        }
    }
    Ok((suite, runs))
}

fn check_all(
    role: Role,
    revision: &str,
    runs: &[Run],
    mut check: impl FnMut(&Run) -> Result<Verdict>,
) -> Result<()> {
    let mut failed = 0;
    for run in runs {
        let verdict = check(run)?;
        report(role, revision, &run.claim.name, &verdict);
        failed += usize::from(!verdict.passed());
    }
    let all = runs.len();
    println!("{role}, {revision}: {} of {all} scenarios pass", all - failed);
    if failed == 0 {
        return Ok(());
    }
    Err(format!("{failed} of {all} scenarios of a {role}, {revision}, do not pass").into())
}

/// Running examples by name.
#[derive(Debug, Default)]
struct Fixtures(BTreeMap<String, HttpServer>);

impl Fixtures {
    /// URL of an example, which is started if needed.
    fn url(&mut self, name: &str) -> Result<&str> {
        if !self.0.contains_key(name) {
            let mut command = Command::new(program(name)?);
            let arguments = ["--http", "127.0.0.1:0"];
            let server = HttpServer::start(command.args(arguments), Duration::from_secs(30))?;
            self.0.insert(name.to_owned(), server);
        }
        Ok(self.0[name].url())
    }
}

/// Examples that were built, by name.
static EXAMPLES: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());

/// Installs the suite and builds all examples, so that runs which follow need neither npm nor cargo.
pub(crate) fn prepare_all() -> Result<()> {
    Suite::install(Role::Server)?;
    let built = workspace::build(&["--workspace", "--examples"])?;
    EXAMPLES.lock().unwrap_or_else(PoisonError::into_inner).extend(built);
    Ok(())
}

/// Builds an example, unless that is done, and returns its path.
fn program(name: &str) -> Result<PathBuf> {
    let known = EXAMPLES.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
    if let Some(path) = known {
        return Ok(path);
    }
    let built = workspace::build(&["--workspace", "--example", name])?;
    let found = built.into_iter().find(|(built, _)| built == name);
    Ok(found.ok_or_else(|| format!("cargo built no `{name}`"))?.1)
}

fn report(role: Role, revision: &str, scenario: &str, verdict: &Verdict) {
    let word = if verdict.passed() { "pass" } else { "FAIL" };
    let mut text =
        format!("{word}  {role}  {revision}  {scenario}  ({} checks)", verdict.successes);
    for failure in &verdict.failures {
        text.push_str("\n      ");
        text.push_str(failure);
    }
    // At once, because both sides print.
    println!("{text}");
}
