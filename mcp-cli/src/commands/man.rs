//! `cargo mcp man`: the pages of the manual, for packagers.

use clap::{Args, CommandFactory as _};
use clap_mangen::Man;

use crate::arguments::Arguments;
use crate::exit::Failure;
use crate::output::print_text;

/// Prints a page of the manual, as roff
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp man > cargo-mcp.1
  cargo mcp man call > cargo-mcp-call.1
  cargo mcp man | man -l -")]
pub(crate) struct ManArguments {
    /// Command with a page of its own. Without it: the page of the program
    command: Option<String>,
}

pub(crate) fn run(arguments: &ManArguments) -> Result<(), Failure> {
    let mut program = Arguments::command().name("cargo-mcp");
    program.build();
    let command = match &arguments.command {
        None => program,
        Some(name) => {
            let found = program.find_subcommand(name).cloned();
            let unknown = || Failure::usage(format!("there is no command `{name}`"));
            found.ok_or_else(unknown)?
        }
    };
    let mut page = Vec::new();
    let rendered = Man::new(command).render(&mut page);
    rendered.map_err(|error| Failure::internal(format!("cannot write the page: {error}")))?;
    print_text(&page)
}
