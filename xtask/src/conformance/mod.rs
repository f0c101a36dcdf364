//! The official conformance suite, run strictly: each scenario alone, and only a clean pass counts.

mod scenarios;
mod suite;
mod verdict;

use std::fmt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::arguments::Arguments;
use crate::process::HttpServer;
use crate::{Result, workspace};
use scenarios::Claim;
use suite::Suite;
use verdict::Verdict;

/// Which side of the protocol is checked.
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

/// Runs `conformance server …` and `conformance client …`.
pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    match arguments.word().as_deref() {
        Some("server") => server(arguments),
        Some("client") => client(arguments),
        other => {
            let other = other.unwrap_or_default();
            Err(format!("conformance of what? `server` or `client`, not `{other}`").into())
        }
    }
}

fn server(mut arguments: Arguments) -> Result<()> {
    let revision = arguments.value("--revision")?.ok_or("which `--revision`?")?;
    let scenario = arguments.value("--scenario")?;
    let url = arguments.value("--url")?;
    arguments.finish()?;
    check_server(&revision, scenario, url)
}

fn client(mut arguments: Arguments) -> Result<()> {
    let revision = arguments.value("--revision")?.ok_or("which `--revision`?")?;
    let scenario = arguments.value("--scenario")?;
    arguments.finish()?;
    check_client(&revision, scenario)
}

/// Runs the claimed scenarios of a revision, or the one named, against the fixture or the server at `url`.
pub(crate) fn check_server(
    revision: &str,
    scenario: Option<String>,
    url: Option<String>,
) -> Result<()> {
    let (suite, claims) = prepare(Role::Server, revision, scenario)?;
    let fixture = if url.is_none() { Some(start_fixture()?) } else { None };
    let url = match (&url, &fixture) {
        (Some(url), _) => url.as_str(),
        (None, Some(fixture)) => fixture.url(),
        (None, None) => return Err("there is no server to check".into()),
    };
    let checked = check_all(revision, &claims, |claim| suite.check_server(revision, claim, url));
    if let (Err(_), Some(fixture)) = (&checked, fixture) {
        eprint!("The fixture wrote to stderr:\n{}", fixture.log());
    }
    checked
}

/// Runs the claimed scenarios of a revision, or the one named, against the fixture client.
pub(crate) fn check_client(revision: &str, scenario: Option<String>) -> Result<()> {
    let (suite, claims) = prepare(Role::Client, revision, scenario)?;
    let program = fixture("conformance_client")?;
    let program = program.to_str().ok_or("the path of the fixture is not UTF-8")?;
    check_all(revision, &claims, |claim| suite.check_client(revision, claim, program))
}

/// The suite, and the claims to check: all of them, or the one that is named.
fn prepare(role: Role, revision: &str, scenario: Option<String>) -> Result<(Suite, Vec<Claim>)> {
    let mut claims = scenarios::claimed(role, revision)?;
    if let Some(name) = scenario {
        claims.retain(|claim| claim.name == name);
        if claims.is_empty() {
            claims.push(Claim::of(&name));
        }
    }
    let suite = Suite::install()?;
    for claim in &claims {
        suite.must_require(revision, &claim.name)?;
    }
    Ok((suite, claims))
}

fn check_all(
    revision: &str,
    claims: &[Claim],
    check: impl Fn(&Claim) -> Result<Verdict>,
) -> Result<()> {
    let mut failed = 0;
    for claim in claims {
        let verdict = check(claim)?;
        report(revision, &claim.name, &verdict);
        failed += usize::from(!verdict.passed());
    }
    println!("{revision}: {} of {} scenarios pass", claims.len() - failed, claims.len());
    if failed == 0 {
        return Ok(());
    }
    Err(format!("{failed} of {} scenarios of {revision} do not pass", claims.len()).into())
}

fn report(revision: &str, scenario: &str, verdict: &Verdict) {
    let word = if verdict.passed() { "pass" } else { "FAIL" };
    println!("{word}  {revision}  {scenario}  ({} checks)", verdict.successes);
    for fault in &verdict.faults {
        println!("      {fault}");
    }
}

/// Builds an example and gives its path.
fn fixture(name: &str) -> Result<PathBuf> {
    let built = workspace::build(&["--package", "mcp-examples", "--example", name])?;
    let found = built.into_iter().find(|(built, _)| built == name);
    Ok(found.ok_or("cargo built no fixture")?.1)
}

fn start_fixture() -> Result<HttpServer> {
    let path = fixture("conformance_server")?;
    HttpServer::start(Command::new(path).args(["--http", "127.0.0.1:0"]), Duration::from_secs(30))
}
