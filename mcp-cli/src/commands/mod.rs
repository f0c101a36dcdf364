//! The commands.

pub(crate) mod check;
pub(crate) mod codegen;
pub(crate) mod config;
pub(crate) mod discover;
pub(crate) mod export;
pub(crate) mod install;
pub(crate) mod lint;
pub(crate) mod list;
pub(crate) mod lock;
pub(crate) mod uninstall;

use crate::arguments::{Arguments, Command};
use crate::exit::Failure;

/// Runs the command of the arguments.
pub(crate) async fn run(Arguments { output, command }: Arguments) -> Result<(), Failure> {
    match command {
        Command::Check(arguments) => check::run(arguments, &output).await,
        Command::Codegen(arguments) => codegen::run(arguments, &output).await,
        Command::Config(arguments) => config::run(arguments, &output),
        Command::Discover(arguments) => discover::run(arguments, &output),
        Command::Export(arguments) => export::run(arguments, &output).await,
        Command::Install(arguments) => install::run(arguments, &output),
        Command::Lint(arguments) => lint::run(arguments, &output).await,
        Command::List(arguments) => list::run(arguments, &output).await,
        Command::Lock(arguments) => lock::run(arguments, &output).await,
        Command::Uninstall(arguments) => uninstall::run(arguments, &output),
    }
}
