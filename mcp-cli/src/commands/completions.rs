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
  cargo mcp completions fish > ~/.config/fish/conf.d/cargo-mcp.fish

In fish and zsh they complete `cargo mcp` and `cargo-mcp`. In bash they complete `cargo-mcp` only, which takes the \
same arguments: the completion of Cargo for bash has no place for other commands.")]
pub(crate) struct CompletionsArguments {
    /// Shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Completes the words behind `cargo mcp` as those behind `cargo-mcp`.
const FISH: &str = r#"
function __fish_cargo_mcp_words
    set -l words (commandline -opc)
    complete --do-complete "cargo-mcp "(string join " " -- (string escape -- $words[3..-1]) "")(commandline -ct)
end
complete -c cargo -n 'test "$(commandline -opc)[2]" = mcp' -f -a '(__fish_cargo_mcp_words)'
"#;

pub(crate) fn run(arguments: &CompletionsArguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    let mut command = Arguments::command().name("cargo-mcp").bin_name("cargo-mcp");
    clap_complete::generate(arguments.shell, &mut command, "cargo-mcp", &mut script);
    // The completion of Cargo for zsh calls `_cargo-mcp` by itself.
    if arguments.shell == Shell::Fish {
        script.extend_from_slice(FISH.as_bytes());
    }
    print_text(&script)
}
