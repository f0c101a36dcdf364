//! Output of commands that run beside others, and is printed afterwards.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use crate::{Result, process, workspace};

/// Runs a step, and writes its name and duration.
pub(crate) fn timed(
    name: &str,
    mut write: impl FnMut(&str) -> Result<()>,
    step: impl FnOnce() -> Result<()>,
) -> Result<()> {
    write(&format!("\n== {name}"))?;
    let start = Instant::now();
    step()?;
    write(&format!("== {name}: {} s", start.elapsed().as_secs()))
}

/// Runs a step, and prints its name and duration.
pub(crate) fn printed(name: &str, step: impl FnOnce() -> Result<()>) -> Result<()> {
    let print = |line: &str| {
        println!("{line}");
        Ok(())
    };
    timed(name, print, step)
}

/// A file for the output of commands.
#[derive(Debug)]
pub(crate) struct Log {
    file: File,
    path: PathBuf,
}

impl Log {
    /// Creates an empty one.
    pub(crate) fn create(name: &str) -> Result<Self> {
        let path = workspace::scratch("logs")?.join(name);
        Ok(Self { file: File::create(&path)?, path })
    }

    /// Runs a command to completion.
    pub(crate) fn run(&self, command: &mut Command) -> Result<()> {
        process::run(command.stdout(self.file.try_clone()?).stderr(self.file.try_clone()?))
    }

    pub(crate) fn line(&self, line: &str) -> Result<()> {
        Ok(writeln!(&self.file, "{line}")?)
    }

    /// Runs a step, and writes its name and duration.
    pub(crate) fn timed(&self, name: &str, step: impl FnOnce() -> Result<()>) -> Result<()> {
        timed(name, |line| self.line(line), step)
    }

    /// Prints everything so far.
    pub(crate) fn print(&self) -> Result<()> {
        print!("{}", String::from_utf8_lossy(&std::fs::read(&self.path)?));
        Ok(())
    }
}
