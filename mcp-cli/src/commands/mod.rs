//! The commands.

pub(crate) mod call;
pub(crate) mod check;
pub(crate) mod codegen;
pub(crate) mod export;
pub(crate) mod inspect;
pub(crate) mod lint;
pub(crate) mod list;
pub(crate) mod lock;
pub(crate) mod prompt;
pub(crate) mod read;

use crate::arguments::{Arguments, Command};
use crate::exit::Failure;

/// Runs the command of the arguments.
pub(crate) async fn run(Arguments { output, command }: Arguments) -> Result<(), Failure> {
    match command {
        Command::Call(arguments) => call::run(arguments, &output).await,
        Command::Check(arguments) => check::run(arguments, &output).await,
        Command::Codegen(arguments) => codegen::run(arguments, &output).await,
        Command::Export(arguments) => export::run(arguments, &output).await,
        Command::Inspect(arguments) => inspect::run(arguments, &output).await,
        Command::Lint(arguments) => lint::run(arguments, &output).await,
        Command::List(arguments) => list::run(arguments, &output).await,
        Command::Lock(arguments) => lock::run(arguments, &output).await,
        Command::Prompt(arguments) => prompt::run(arguments, &output).await,
        Command::Read(arguments) => read::run(arguments, &output).await,
    }
}
