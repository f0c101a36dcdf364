//! `cargo mcp doctor`: finds out what keeps a server from working.
//!
//! `toolchain` looks at the toolchain and the package, `eras` connects as clients of both eras, and
//! `raw_run` runs the program without a client, to see all that it writes.

mod eras;
mod raw_run;
mod toolchain;

pub(crate) use self::raw_run::command;

use clap::Args;
use owo_colors::OwoColorize as _;
use serde::Serialize;

use crate::arguments::OutputArguments;
use crate::exit::{Exit, Failure};
use crate::output::{plain, print, print_json};
use crate::target::{Target, TargetArguments};

/// Checks the toolchain, the package and the server
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp doctor
  cargo mcp doctor http://127.0.0.1:8000/mcp
  cargo mcp doctor --json
  cargo mcp doctor -- npx -y @modelcontextprotocol/server-everything

Exit codes: 0 without a failed check, 6 otherwise.")]
pub(crate) struct DoctorArguments {
    /// Server, as in `--target`
    #[arg(value_name = "TARGET", conflicts_with_all = ["target", "command"])]
    server: Option<String>,
    #[command(flatten)]
    target: TargetArguments,
}

/// Result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Warn,
    Fail,
}

/// Outcome of a check.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    status: Status,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

#[derive(Debug, Serialize)]
struct Diagnosis<'a> {
    checks: &'a [Check],
}

impl Check {
    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, detail: detail.into(), help: None }
    }

    fn warn(name: &'static str, detail: impl Into<String>, help: impl Into<String>) -> Self {
        Self { name, status: Status::Warn, detail: detail.into(), help: Some(help.into()) }
    }

    fn fail(name: &'static str, detail: impl Into<String>, help: impl Into<String>) -> Self {
        Self { name, status: Status::Fail, detail: detail.into(), help: Some(help.into()) }
    }

    fn line(&self) -> String {
        let status = match self.status {
            Status::Ok => format!("{}", "ok  ".green()),
            Status::Warn => format!("{}", "warn".yellow()),
            Status::Fail => format!("{}", "fail".red()),
        };
        let line = format!("{status}  {:WIDTH$}  {}", self.name, plain(&self.detail));
        match &self.help {
            None => line,
            Some(help) => format!("{line}\n      {:WIDTH$}  → {}", "", plain(help)),
        }
    }
}

/// Width of the names of checks.
const WIDTH: usize = 11;

pub(crate) async fn run(
    arguments: DoctorArguments,
    output: &OutputArguments,
) -> Result<(), Failure> {
    let DoctorArguments { server, target: mut arguments } = arguments;
    arguments.target = arguments.target.or(server);
    let mut report = Report { checks: Vec::new(), is_json: output.json };
    let is_package = arguments.target.is_none() && arguments.command.is_empty();
    let target = match is_package {
        true => toolchain::built(&arguments, &mut report)?,
        false => Some(arguments.resolve()?),
    };
    if let Some(target) = target {
        if let Target::Program(program) = &target {
            raw_run::check(program, arguments.connection.timeout, &mut report).await?;
        }
        eras::check(&target, &arguments.connection, &mut report).await?;
    }
    report.finish()
}

/// The checks so far. Each is printed when it is done.
struct Report {
    checks: Vec<Check>,
    is_json: bool,
}

impl Report {
    fn add(&mut self, check: Check) -> Result<(), Failure> {
        if !self.is_json {
            print(&check.line())?;
        }
        self.checks.push(check);
        Ok(())
    }

    fn finish(&self) -> Result<(), Failure> {
        if self.is_json {
            print_json(&Diagnosis { checks: &self.checks })?;
        }
        match self.checks.iter().any(|check| check.status == Status::Fail) {
            true => Err(Failure::reported(Exit::Findings)),
            false => Ok(()),
        }
    }
}
