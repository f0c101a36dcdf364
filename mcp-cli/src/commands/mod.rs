//! The commands.

pub(crate) mod bench;
pub(crate) mod bundle;
pub(crate) mod call;
pub(crate) mod check;
pub(crate) mod codegen;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod dev;
pub(crate) mod discover;
pub(crate) mod doctor;
pub(crate) mod export;
mod find;
pub(crate) mod inspect;
pub(crate) mod install;
pub(crate) mod lint;
pub(crate) mod list;
pub(crate) mod lock;
pub(crate) mod man;
pub(crate) mod new;
pub(crate) mod prompt;
pub(crate) mod read;
pub(crate) mod registry;
pub(crate) mod run;
pub(crate) mod test;
pub(crate) mod uninstall;
pub(crate) mod version;

use crate::arguments::{Arguments, Command};
use crate::exit::Failure;

/// Runs the command of the arguments.
pub(crate) async fn run(Arguments { output, command }: Arguments) -> Result<(), Failure> {
    match command {
        Command::Bench(arguments) => bench::run(arguments, &output).await,
        Command::Bundle(arguments) => bundle::run(arguments, &output).await,
        Command::Call(arguments) => call::run(arguments, &output).await,
        Command::Check(arguments) => check::run(arguments, &output).await,
        Command::Codegen(arguments) => codegen::run(arguments, &output).await,
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Config(arguments) => config::run(arguments, &output),
        Command::Dev(arguments) => dev::run(arguments, &output).await,
        Command::Discover(arguments) => discover::run(arguments, &output),
        Command::Doctor(arguments) => doctor::run(arguments, &output).await,
        Command::Export(arguments) => export::run(arguments, &output).await,
        Command::Inspect(arguments) => inspect::run(arguments, &output).await,
        Command::Install(arguments) => install::run(arguments, &output),
        Command::Lint(arguments) => lint::run(arguments, &output).await,
        Command::List(arguments) => list::run(arguments, &output).await,
        Command::Lock(arguments) => lock::run(arguments, &output).await,
        Command::Man(arguments) => man::run(&arguments),
        Command::New(arguments) => new::run(arguments, &output),
        Command::Prompt(arguments) => prompt::run(arguments, &output).await,
        Command::Read(arguments) => read::run(arguments, &output).await,
        Command::Registry(arguments) => registry::run(arguments, &output),
        Command::Run(arguments) => run::run(arguments).await,
        Command::Test(arguments) => test::run(arguments, &output).await,
        Command::Uninstall(arguments) => uninstall::run(arguments, &output),
        Command::Version(arguments) => version::run(&arguments, &output),
    }
}
