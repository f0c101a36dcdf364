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
use crate::output::{plain, print};
use crate::servers::{Outcomes, each};
use crate::target::{
    ConnectionArguments, PositionalTargetArguments, Target, TargetArguments, Targets,
};

/// Checks the toolchain, the package and the server
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp doctor
  cargo mcp doctor http://127.0.0.1:8000/mcp
  cargo mcp doctor .mcp.json
  cargo mcp doctor --json
  cargo mcp doctor -- npx -y @modelcontextprotocol/server-everything

Exit codes: 0 without a failed check, 6 otherwise.")]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    target: PositionalTargetArguments,
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
    let arguments = TargetArguments::from(arguments.target);
    let mut report = Report { checks: Vec::new(), is_live: !output.json };
    let is_package = arguments.target.is_none() && arguments.command.is_empty();
    let targets = match is_package {
        true => toolchain::built(&arguments, &mut report)?.map(Targets::One),
        false => Some(arguments.resolve_all()?),
    };
    let reports = match targets {
        Some(targets @ Targets::Several(_)) => {
            let reports = each(&targets, output, async |target| {
                let mut report = Report { checks: Vec::new(), is_live: false };
                report.examine(target, &arguments.connection).await?;
                Ok(report)
            });
            let reports = reports.await?.recover(Report::of_failure);
            if !output.json {
                reports.print(|report| Ok(report.text()))?;
            }
            reports
        }
        Some(Targets::One(target)) => {
            report.examine(&target, &arguments.connection).await?;
            Outcomes::One(report)
        }
        None => Outcomes::One(report),
    };
    if output.json {
        reports.print_json()?;
    }
    match reports.values().any(Report::has_failed) {
        true => Err(Failure::reported(Exit::Findings)),
        false => Ok(()),
    }
}

/// The checks of a server so far.
#[derive(Serialize)]
struct Report {
    checks: Vec<Check>,
    /// `true` if each check is printed when it is done.
    #[serde(skip)]
    is_live: bool,
}

impl Report {
    fn add(&mut self, check: Check) -> Result<(), Failure> {
        if self.is_live {
            print(&check.line())?;
        }
        self.checks.push(check);
        Ok(())
    }

    /// Checks a server.
    async fn examine(
        &mut self,
        target: &Target,
        connection: &ConnectionArguments,
    ) -> Result<(), Failure> {
        if let Target::Program(program) = target {
            raw_run::check(program, connection.timeout(), self).await?;
        }
        eras::check(target, connection, self).await
    }

    /// The report on an entry that cannot be used.
    fn of_failure(failure: &Failure) -> Self {
        let help = failure.notes().first().cloned();
        let help = help.unwrap_or_else(|| "correct the entry of the server".into());
        let check = Check::fail("entry", failure.message(), help);
        Self { checks: vec![check], is_live: false }
    }

    fn text(&self) -> String {
        self.checks.iter().map(Check::line).collect::<Vec<_>>().join("\n")
    }

    fn has_failed(&self) -> bool {
        self.checks.iter().any(|check| check.status == Status::Fail)
    }
}
