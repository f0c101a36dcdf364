//! `cargo mcp completions`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::exit::Failure;
use crate::output::print_text;

/// Prints the completions of a shell
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp completions fish > ~/.config/fish/conf.d/cargo-mcp.fish
  cargo mcp completions zsh > ~/.zfunc/_cargo-mcp
  echo 'source <(cargo mcp completions bash)' >> ~/.bashrc

They complete `cargo mcp` and `cargo-mcp`. In bash, the line has to stand below one that sets up the completion of Cargo \
itself, if there is one. In zsh, `~/.zfunc` has to be in `fpath`, and `cargo mcp` needs the completion of Cargo: \
`rustup completions zsh cargo > ~/.zfunc/_cargo`. In PowerShell and elvish, `cargo-mcp` is completed only.")]
pub(crate) struct CompletionsArguments {
    /// Shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Completions of `cargo mcp`, below those of `cargo-mcp`.
const BASH: &str = include_str!("../../completions/cargo.bash");
const FISH: &str = include_str!("../../completions/cargo.fish");

pub(crate) fn run(arguments: &CompletionsArguments) -> Result<(), Failure> {
    let generate = |name: &str| -> Result<String, Failure> {
        let mut script = Vec::new();
        let mut command = Arguments::command().name("cargo-mcp");
        clap_complete::generate(arguments.shell, &mut command, name, &mut script);
        String::from_utf8(script).map_err(|error| Failure::internal(error.to_string()))
    };
    let script = match arguments.shell {
        // With a hyphen in its name, the script of clap for bash completes no options of commands.
        Shell::Bash => {
            let script = generate("cargo_mcp")?;
            script.replace("-o default cargo_mcp\n", "-o default cargo-mcp\n") + BASH
        }
        Shell::Fish => generate("cargo-mcp")? + FISH,
        // The completion of Cargo for zsh calls `_cargo-mcp` by itself; others have no place for other commands.
        _ => generate("cargo-mcp")?,
    };
    print_text(script.as_bytes())
}
