//! The official conformance suite, run strictly: each scenario alone, and only a clean pass counts.

mod scenarios;
mod suite;
mod verdict;

use std::collections::BTreeMap;
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

/// Runs the claimed scenarios of a revision, or the one named, against the examples that claim them
/// or the server at `url`.
pub(crate) fn check_server(
    revision: &str,
    scenario: Option<String>,
    url: Option<String>,
) -> Result<()> {
    let mut asked = scenarios::claimed(revision)?;
    if let Some(scenario) = scenario {
        asked = scenarios::one(&asked, scenario);
    }
    let suite = Suite::install()?;
    let mut runs = Vec::new();
    for (fixture, names) in &asked {
        for name in names {
            runs.push((fixture, name, suite.find(revision, name)?));
        }
    }
    let mut fixtures = Fixtures::default();
    let mut failed = 0;
    for (fixture, name, scenario) in &runs {
        let url = match &url {
            Some(url) => url,
            None => fixtures.url(fixture)?,
        };
        let verdict = suite.check_server(revision, scenario, url)?;
        report(revision, name, &verdict);
        failed += usize::from(!verdict.passed());
    }
    println!("{revision}: {} of {} scenarios pass", runs.len() - failed, runs.len());
    if failed == 0 {
        return Ok(());
    }
    for (name, fixture) in &fixtures.0 {
        eprint!("The example `{name}` wrote to stderr:\n{}", fixture.log());
    }
    Err(format!("{failed} of {} scenarios of {revision} do not pass", runs.len()).into())
}

/// The examples that run, by their names.
#[derive(Debug, Default)]
struct Fixtures(BTreeMap<String, HttpServer>);

impl Fixtures {
    /// Where an example answers, which is started if need be.
    fn url(&mut self, name: &str) -> Result<&str> {
        if !self.0.contains_key(name) {
            self.0.insert(name.to_owned(), start(name)?);
        }
        Ok(self.0[name].url())
    }
}

fn start(name: &str) -> Result<HttpServer> {
    let built = workspace::build(&["--package", "mcp-examples", "--example", name])?;
    let path = built.into_iter().find(|(built, _)| built == name).map(|(_, path)| path);
    let mut command = Command::new(path.ok_or_else(|| format!("cargo built no `{name}`"))?);
    HttpServer::start(command.args(["--http", "127.0.0.1:0"]), Duration::from_secs(30))
}

fn report(revision: &str, scenario: &str, verdict: &Verdict) {
    let word = if verdict.passed() { "pass" } else { "FAIL" };
    println!("{word}  {revision}  {scenario}  ({} checks)", verdict.successes);
    for fault in &verdict.faults {
        println!("      {fault}");
    }
}
