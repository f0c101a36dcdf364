//! The commands.

pub(crate) mod list;

use crate::arguments::{Arguments, Command};
use crate::exit::Failure;

/// Runs the command of the arguments.
pub(crate) async fn run(Arguments { output, command }: Arguments) -> Result<(), Failure> {
    match command {
        Command::List(arguments) => list::run(arguments, &output).await,
    }
}
