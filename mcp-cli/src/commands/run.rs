//! `cargo mcp run`.

use std::ffi::OsString;
use std::process::Command;

use clap::Args;

use crate::exit::Failure;
use crate::target::package::PackageArguments;

/// Builds the server of this package and runs it
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp run
  cargo mcp run --http
  cargo mcp run --http 127.0.0.1:9000 --release
  cargo mcp run -- --units metric

Standard input, output and error are those of the server, and so is the exit code.")]
pub(crate) struct RunArguments {
    /// Serves HTTP, at an address
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = DEFAULT_ADDRESS)]
    http: Option<String>,
    /// Arguments of the server
    #[arg(last = true, value_name = "SERVER_ARGUMENTS")]
    arguments: Vec<OsString>,
    #[command(flatten)]
    package: PackageArguments,
}

/// Address of a server over HTTP, unless another one is given.
pub(crate) const DEFAULT_ADDRESS: &str = "127.0.0.1:8000";

pub(crate) async fn run(arguments: RunArguments) -> Result<(), Failure> {
    let RunArguments { http, package, arguments } = arguments;
    // The build blocks; Ctrl-C ends the wait for it.
    let built = tokio::task::spawn_blocking(move || package.build()).await;
    let program = built.map_err(|error| Failure::internal(error.to_string()))??;
    let mut command = Command::new(program);
    if let Some(address) = http {
        command.arg("--http").arg(address);
    }
    become_program(command.args(arguments))
}

/// Replaces this process, so that signals, the terminal and the exit code are those of the server.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<(), Failure> {
    use std::os::unix::process::CommandExt as _;
    let error = command.exec();
    Err(cannot_start(command, error))
}

/// Waits for the server, and ends with its exit code.
#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<(), Failure> {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => Err(cannot_start(command, error)),
    }
}

fn cannot_start(command: &Command, error: std::io::Error) -> Failure {
    let program = command.get_program().display();
    Failure::unreachable(format!("cannot start `{program}`: {error}"))
}
