//! The benchmarked programs and their CPU affinity.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Result, workspace};

/// The programs of `benches/`, built with the profile `measured`.
#[derive(Debug, Default)]
pub(super) struct Programs(HashMap<String, PathBuf>);

impl Programs {
    pub(super) fn build() -> Result<Self> {
        Self::build_with(&[])
    }

    /// Builds one program that needs a feature.
    pub(super) fn build_one(name: &str, feature: &str) -> Result<Self> {
        Self::of(&["--bin", name, "--features", feature])
    }

    /// Builds the floors.
    pub(super) fn build_floors() -> Result<Self> {
        Self::of(&["--bin", "floor_stdio", "--bin", "floor_http"])
    }

    /// Also builds the programs of this package that need features.
    pub(super) fn build_with(features: &[&str]) -> Result<Self> {
        let head: &[_] = if features.is_empty() { &[] } else { &["--features"] };
        Self::of(&[&["--bins"], head, features].concat())
    }

    fn of(arguments: &[&str]) -> Result<Self> {
        let package = ["--profile", "measured", "--package", "mcp-benches"];
        Ok(Self(workspace::build(&[&package, arguments].concat())?.into_iter().collect()))
    }

    pub(super) fn path(&self, name: &str) -> Result<&Path> {
        Ok(self.0.get(name).ok_or_else(|| format!("`{name}` was not built"))?)
    }
}

/// CPU affinity: one processor for the server and another for the load, if the machine has two.
#[derive(Clone, Copy, Debug)]
pub(super) enum Processor {
    Server,
    Load,
}

impl Processor {
    /// A command that is bound to this processor. The multi-threaded runtime then sees one
    /// processor, so instruction counts do not depend on how threads are woken.
    pub(super) fn command(self) -> Command {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", self.index()]);
        command
    }

    fn index(self) -> &'static str {
        match self {
            Self::Server => "0",
            Self::Load if processors() > 1 => "1",
            Self::Load => "0",
        }
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Returns an error if a program needed by the benchmark is missing.
pub(super) fn require(program: &str) -> Result<()> {
    let found =
        Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        Ok(())
    } else {
        Err(format!("`{program}` is needed; install it").into())
    }
}
