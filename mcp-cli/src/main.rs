//! `cargo mcp`: runs, calls, checks and installs servers of the Model Context Protocol.
//!
//! Results go to standard output, everything else to standard error.

#![deny(missing_docs)]

mod abort;
mod arguments;
mod codegen;
mod commands;
mod connect;
mod exit;
mod files;
#[cfg(test)]
mod fuzzing;
mod hosts;
mod input;
mod lint;
mod lock;
mod logins;
mod metadata;
mod output;
mod questions;
mod registry;
mod servers;
mod target;
mod web;

use std::process::ExitCode;

use clap::Parser as _;

use abort::interrupted;
use arguments::Arguments;
use exit::Failure;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments::of_process()) {
        Ok(arguments) => arguments,
        Err(error) => return arguments::report(&error),
    };
    output::log::install(arguments.output.verbose);
    let is_json = arguments.output.json;
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(is_json),
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::internal(format!("cannot start: {error}")))?;
    let outcome = runtime.block_on(async {
        let outcome = tokio::select! {
            outcome = commands::run(arguments) => outcome,
            () = interrupted() => Err(Failure::cancelled()),
            reason = abort::aborted() => Err(reason),
        };
        output::screen::release();
        if outcome.is_err() {
            // The command was dropped, which cancels its requests. A second Ctrl-C does not wait for that.
            tokio::select! {
                () = abort::close_all() => {}
                () = interrupted() => {}
            }
        }
        outcome
    });
    // Reading a terminal blocks a thread, which must not keep the program.
    runtime.shutdown_background();
    outcome
}
