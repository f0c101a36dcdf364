//! `cargo mcp registry`: the `server.json` of a server in the MCP registry.

mod check;
mod init;

use clap::{Args, Subcommand};
use owo_colors::OwoColorize as _;

use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::output::plain;
use crate::registry::Problem;

/// Writes and checks `server.json`, with which a server is published in the MCP registry
#[derive(Args, Debug)]
pub(crate) struct RegistryArguments {
    #[command(subcommand)]
    command: RegistryCommand,
}

#[derive(Debug, Subcommand)]
enum RegistryCommand {
    Init(init::InitArguments),
    Check(check::CheckArguments),
}

pub(crate) fn run(arguments: RegistryArguments, output: &OutputArguments) -> Result<(), Failure> {
    match arguments.command {
        RegistryCommand::Init(arguments) => init::run(&arguments, output),
        RegistryCommand::Check(arguments) => check::run(&arguments, output),
    }
}

/// Name of the file that the registry reads.
const FILE: &str = "server.json";

/// A problem as `rustc` writes one.
fn text(problem: &Problem) -> String {
    let Problem { path, message, help } = problem;
    let place = if path.is_empty() { String::new() } else { format!("{path} ") };
    let line = plain(&format!("{place}{message}").replace('\n', " "));
    let help = help.as_ref().map(|help| format!("\n   = help: {}", plain(help)));
    format!("{} {line}{}", "error:".red().bold(), help.unwrap_or_default())
}
