//! The official conformance suite, run strictly: each scenario alone, and only a clean pass counts.

mod scenarios;
mod suite;
mod verdict;

use std::process::Command;
use std::time::Duration;

use crate::arguments::Arguments;
use crate::process::HttpServer;
use crate::{Result, workspace};
use suite::Suite;
use verdict::Verdict;

/// Runs `conformance server …`.
pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    match arguments.word().as_deref() {
        Some("server") => server(arguments),
        other => {
            Err(format!("conformance of what? `server`, not `{}`", other.unwrap_or_default())
                .into())
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

/// Runs the claimed scenarios of a revision, or the one named, against the fixture or the server at `url`.
pub(crate) fn check_server(
    revision: &str,
    scenario: Option<String>,
    url: Option<String>,
) -> Result<()> {
    let claimed = scenarios::claimed(revision)?;
    let names = scenario.map_or(claimed, |one| vec![one]);
    let suite = Suite::install()?;
    for name in &names {
        suite.must_require(revision, name)?;
    }
    let fixture = if url.is_none() { Some(start_fixture()?) } else { None };
    let url = match (&url, &fixture) {
        (Some(url), _) => url.as_str(),
        (None, Some(fixture)) => fixture.url(),
        (None, None) => return Err("there is no server to check".into()),
    };
    let mut failed = 0;
    for name in &names {
        let verdict = suite.check_server(revision, name, url)?;
        report(revision, name, &verdict);
        failed += usize::from(!verdict.passed());
    }
    println!("{revision}: {} of {} scenarios pass", names.len() - failed, names.len());
    if failed == 0 {
        return Ok(());
    }
    if let Some(fixture) = fixture {
        eprint!("The fixture wrote to stderr:\n{}", fixture.log());
    }
    Err(format!("{failed} of {} scenarios of {revision} do not pass", names.len()).into())
}

fn report(revision: &str, scenario: &str, verdict: &Verdict) {
    let word = if verdict.passed() { "pass" } else { "FAIL" };
    println!("{word}  {revision}  {scenario}  ({} checks)", verdict.successes);
    for fault in &verdict.faults {
        println!("      {fault}");
    }
}

fn start_fixture() -> Result<HttpServer> {
    let built =
        workspace::build(&["--package", "mcp-examples", "--example", "conformance_server"])?;
    let (_, path) = built
        .into_iter()
        .find(|(name, _)| name == "conformance_server")
        .ok_or("cargo built no fixture")?;
    HttpServer::start(Command::new(path).args(["--http", "127.0.0.1:0"]), Duration::from_secs(30))
}
