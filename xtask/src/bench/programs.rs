//! The programs that are measured, and where they may run.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Result, workspace};

/// The programs of `benches/`, built for release.
#[derive(Debug)]
pub(super) struct Programs(HashMap<String, PathBuf>);

impl Programs {
    pub(super) fn build() -> Result<Self> {
        let built = workspace::build(&["--release", "--package", "mcp-benches", "--bins"])?;
        Ok(Self(built.into_iter().collect()))
    }

    pub(super) fn path(&self, name: &str) -> Result<&Path> {
        Ok(self.0.get(name).ok_or_else(|| format!("`{name}` was not built"))?)
    }
}

/// A processor of its own for the server and for the load, where the machine can be told so.
#[derive(Clone, Copy, Debug)]
pub(super) enum Seat {
    Server,
    Load,
}

impl Seat {
    /// A command for a program in this seat. Its multi-threaded runtime sees one processor, so that
    /// counts do not depend on how threads happen to be woken.
    pub(super) fn command(self) -> Command {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", self.processor()]);
        command
    }

    fn processor(self) -> &'static str {
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

/// Fails early, and in words, if a program that the measurement needs is missing.
pub(super) fn must_have(program: &str) -> Result<()> {
    let found =
        Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_ok_and(|status| status.success()) {
        Ok(())
    } else {
        Err(format!("`{program}` is needed; install it").into())
    }
}
