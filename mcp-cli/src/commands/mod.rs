//! The commands.

pub(crate) mod config;
pub(crate) mod discover;
pub(crate) mod install;
pub(crate) mod list;
pub(crate) mod uninstall;

use crate::arguments::{Arguments, Command};
use crate::exit::Failure;

/// Runs the command of the arguments.
pub(crate) async fn run(Arguments { output, command }: Arguments) -> Result<(), Failure> {
    match command {
        Command::Config(arguments) => config::run(arguments, &output),
        Command::Discover(arguments) => discover::run(arguments, &output),
        Command::Install(arguments) => install::run(arguments, &output),
        Command::List(arguments) => list::run(arguments, &output).await,
        Command::Uninstall(arguments) => uninstall::run(arguments, &output),
    }
}
