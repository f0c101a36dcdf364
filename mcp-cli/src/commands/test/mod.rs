//! `cargo mcp test`: whether a server does what the specification requires.
//!
//! `peer` connects below the client of this project, to send what a client must not; `checks` has the checks
//! by subject, `conformance` runs the official suite.

mod checks;
mod conformance;
mod peer;
mod report;

use std::time::Duration;

use clap::Args;
use serde_json::Value;

use self::checks::Facts;
use self::peer::{Era, Line, Peer};
use self::report::{Outcome, Report, Rule, rule};
use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::logins;
use crate::target::{EraArgument, PositionalTargetArguments, Target, TargetArguments};

/// Tests whether a server does what the protocol requires
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp test
  cargo mcp test http://127.0.0.1:8000/mcp --era legacy
  cargo mcp test --call-tools -- npx -y @modelcontextprotocol/server-everything
  cargo mcp test --conformance --spec-version 2025-11-25

An answer may take 10 seconds, unless `--timeout` is given.
Tools are called with arguments that their schemas refuse, and only tools that are marked as read-only.
Exit codes: 0 without a failed check, 6 otherwise; with `--conformance` that of the suite.")]
pub(crate) struct TestArguments {
    /// Calls read-only tools whose schemas have defaults or examples for all that is required
    #[arg(long)]
    call_tools: bool,
    /// Runs the official conformance suite, which needs Node.js
    #[arg(long)]
    conformance: bool,
    /// Revision that the suite tests
    #[arg(long, value_name = "REVISION", requires = "conformance")]
    spec_version: Option<String>,
    #[command(flatten)]
    target: PositionalTargetArguments,
}

/// Longest time for an answer, unless `--timeout` is given.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Beginning of the reason if the server accepts no requests without a token.
const UNAUTHORIZED: &str = "HTTP status 401";

const NEGOTIATION: Rule = rule("negotiation", "basic/lifecycle");

pub(crate) async fn run(arguments: TestArguments, output: &OutputArguments) -> Result<(), Failure> {
    let TestArguments { call_tools, conformance, spec_version, target } = arguments;
    let arguments = TargetArguments::from(target);
    if conformance {
        return conformance::run(&arguments, spec_version.as_deref()).await;
    }
    let mut target = arguments.resolve()?;
    if let Target::Http(server) = &mut target {
        logins::authorize(server).await?;
    }
    let timeout = arguments.connection.timeout.unwrap_or(TIMEOUT);
    let eras = match arguments.connection.era {
        EraArgument::Auto => &Era::BOTH[..],
        EraArgument::Modern => &[Era::Modern],
        EraArgument::Legacy => &[Era::Legacy],
    };
    let mut opened = Vec::new();
    for era in eras {
        opened.push((*era, Peer::open(&target, *era, timeout).await));
    }
    let is_any = opened.iter().any(|(_, peer)| peer.is_ok());
    let mut failures = opened.iter().filter_map(|(_, peer)| peer.as_ref().err());
    if let Target::Http(server) = &target
        && !is_any
        && failures.any(|reason| reason.starts_with(UNAUTHORIZED))
    {
        return Err(
            Failure::not_logged_in(&server.url).note("`--bearer-env VARIABLE` sends a token")
        );
    }
    let mut report = Report::new(output.json, output.quiet);
    for (era, opened) in opened {
        match opened {
            Ok((peer, introduction)) => {
                let tested = Tested { target: &target, era, timeout, call_tools };
                tested.run(peer, introduction, &mut report).await?;
            }
            Err(reason) if is_any => {
                let reason = format!("does not speak this era: {reason}");
                report.add(NEGOTIATION, era, Outcome::Skip(reason))?;
            }
            Err(reason) => {
                let outcome = Outcome::fail("an answer to the first request", reason);
                report.add(NEGOTIATION, era, outcome)?;
            }
        }
    }
    report.finish()
}

/// A server that is tested in an era.
struct Tested<'a> {
    target: &'a Target,
    era: Era,
    timeout: Duration,
    call_tools: bool,
}

impl Tested<'_> {
    async fn run(
        &self,
        mut peer: Peer,
        introduction: Value,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let era = self.era;
        report.add(NEGOTIATION, era, checks::lifecycle::introduction(era, &introduction))?;
        let outcome = checks::lifecycle::other_version(self.target, era, self.timeout).await;
        report.add(rule("other-version", "basic/lifecycle"), era, outcome)?;
        if era == Era::Legacy {
            let outcome = checks::lifecycle::ping(&mut peer).await;
            report.add(rule("ping", "basic/utilities/ping"), era, outcome)?;
        }
        let facts = self.lists(&mut peer, &introduction, report).await?;
        checks::errors::all(&mut peer, &facts, report).await?;
        checks::reads::all(&mut peer, &facts, report).await?;
        if self.call_tools {
            checks::calls::all(&mut peer, &facts, report).await?;
        }
        checks::robustness::all(self.target, &mut peer, self.timeout, report).await?;
        match &mut peer.line {
            Line::Pipe(pipe) => checks::lifecycle::end(pipe, era, report).await,
            Line::Web(_) => checks::web::all(self.target, era, self.timeout, report).await,
        }
    }

    async fn lists(
        &self,
        peer: &mut Peer,
        introduction: &Value,
        report: &mut Report,
    ) -> Result<Facts, Failure> {
        let mut facts = Facts::default();
        for list in checks::lists::LISTS {
            let outcome = checks::lists::all_pages(peer, introduction, &list, &mut facts).await;
            report.add(list.rule, self.era, outcome)?;
        }
        let outcome = checks::lists::invalid_cursor(peer, introduction).await;
        report.add(rule("invalid-cursor", "server/utilities/pagination"), self.era, outcome)?;
        checks::lists::contents(&facts, self.era, report)?;
        Ok(facts)
    }
}
