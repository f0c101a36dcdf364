//! `cargo mcp completions`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::exit::Failure;
use crate::output::print_text;

/// Prints the completions of a shell
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp completions bash > ~/.local/share/bash-completion/completions/cargo-mcp
  cargo mcp completions zsh > ~/.zfunc/_cargo-mcp
  cargo mcp completions fish > ~/.config/fish/completions/cargo-mcp.fish

They complete `cargo-mcp`, the program's own name, which takes the same arguments as `cargo mcp`.")]
pub(crate) struct CompletionsArguments {
    /// Shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(arguments: &CompletionsArguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    let mut command = Arguments::command().name("cargo-mcp").bin_name("cargo-mcp");
    clap_complete::generate(arguments.shell, &mut command, "cargo-mcp", &mut script);
    print_text(&script)
}
