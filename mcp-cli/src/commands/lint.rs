//! `lint`: rules for what a server offers to models.

use clap::{Args, ValueEnum};
use mcp_runtime::providers::Provider;
use owo_colors::OwoColorize as _;
use serde::Serialize;

use super::list::Listing;
use crate::arguments::OutputArguments;
use crate::exit::{Exit, Failure};
use crate::lint::{Finding, Level, lint};
use crate::output::flat;
use crate::servers;
use crate::target::{PositionalTargetArguments, TargetArguments};

/// Finds names, descriptions and schemas that models and hosts have trouble with.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  cargo mcp lint
  cargo mcp lint --provider all -D warnings
  cargo mcp lint --json http://127.0.0.1:8000/mcp")]
pub(crate) struct LintArguments {
    /// Model provider whose rules are applied, too
    #[arg(long, value_enum, value_name = "PROVIDER")]
    provider: Vec<ProviderArgument>,
    /// Fails on warnings, too
    #[arg(short = 'D', long, value_enum, value_name = "LEVEL")]
    deny: Option<Deny>,
    #[command(flatten)]
    target: PositionalTargetArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ProviderArgument {
    Openai,
    Anthropic,
    Gemini,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Deny {
    Warnings,
}

#[derive(Serialize)]
struct Report {
    findings: Vec<Finding>,
    errors: usize,
    warnings: usize,
}

/// First revision that accepts output of any type.
const ANY_OUTPUT: &str = "2026-07-28";

pub(crate) async fn run(arguments: LintArguments, output: &OutputArguments) -> Result<(), Failure> {
    let providers = arguments.providers();
    let denies_warnings = arguments.deny == Some(Deny::Warnings);
    let target = TargetArguments::from(arguments.target);
    let reports = servers::query(&target, output, async |client| {
        let listing = Listing::all(client).await?;
        let is_legacy = client.server_info().revision.as_str() < ANY_OUTPUT;
        Ok(Report::new(lint(&listing, &providers, is_legacy)))
    });
    let reports = reports.await?;
    match output.json {
        true => reports.print_json()?,
        false => reports.print(|report| Ok(report.text(output.quiet)))?,
    }
    reports.finish()?;
    let is_denied = |report: &Report| report.errors > 0 || denies_warnings && report.warnings > 0;
    match reports.values().any(is_denied) {
        true => Err(Failure::reported(Exit::Findings)),
        false => Ok(()),
    }
}

impl Report {
    fn new(findings: Vec<Finding>) -> Self {
        let count = |level| findings.iter().filter(|it| it.level == level).count();
        let (errors, warnings) = (count(Level::Error), count(Level::Warning));
        Self { findings, errors, warnings }
    }

    fn text(&self, is_quiet: bool) -> String {
        let Self { findings, errors, warnings } = self;
        let mut lines: Vec<_> = findings.iter().map(text).collect();
        if !is_quiet {
            let plural = |count| if count == 1 { "" } else { "s" };
            let (of_errors, of_warnings) = (plural(*errors), plural(*warnings));
            lines.push(format!("{errors} error{of_errors}, {warnings} warning{of_warnings}"));
        }
        lines.join("\n")
    }
}

impl LintArguments {
    fn providers(&self) -> Vec<Provider> {
        let all = [
            (ProviderArgument::Openai, Provider::OpenAiResponses),
            (ProviderArgument::Anthropic, Provider::Anthropic),
            (ProviderArgument::Gemini, Provider::Gemini),
        ];
        let is_wanted = |argument| {
            self.provider.contains(&argument) || self.provider.contains(&ProviderArgument::All)
        };
        all.into_iter().filter(|(it, _)| is_wanted(*it)).map(|(_, provider)| provider).collect()
    }
}

/// A finding as `rustc` writes one.
fn text(finding: &Finding) -> String {
    let Finding { level, rule, place, message, help, provider } = finding;
    let label = match level {
        Level::Error => format!("{}", format_args!("error[{rule}]").red().bold()),
        Level::Warning => format!("{}", format_args!("warning[{rule}]").yellow().bold()),
    };
    let provider = provider.map(|it| format!(" ({it})")).unwrap_or_default();
    // Texts of a server stay on the line of their finding.
    let text = format!("{place} {message}{provider}");
    let help = help.map(|help| format!("\n   = help: {help}")).unwrap_or_default();
    format!("{label}: {}{help}", flat(&text))
}
