//! The project's chores, run as `cargo xtask COMMAND`.

#![allow(clippy::print_stdout, reason = "a command line program reports on stdout")]

mod arguments;
mod bench;
mod ci;
mod conformance;
mod process;
mod workspace;

use std::process::ExitCode;

use arguments::Arguments;

/// What every chore returns; the text of the error is what the user reads.
type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

const USAGE: &str = "\
cargo xtask COMMAND

  conformance server --revision REVISION [--scenario NAME] [--url URL]
      The official suite, strictly, against the examples that claim a scenario (or the server at URL).
  conformance client --revision REVISION [--scenario NAME]
      The official suite, strictly, against the examples that are clients and claim a scenario.
  bench [--quick] [--save] [stdio|http|throughput]...
      Instruction counts per call, and paired throughput; --save writes benches/RESULTS.md.
  ci
      The checks that need Rust alone, then conformance for every revision.
";

fn main() -> ExitCode {
    match run(Arguments::from_env()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut arguments: Arguments) -> Result<()> {
    match arguments.word().as_deref() {
        Some("conformance") => conformance::run(arguments),
        Some("bench") => bench::run(arguments),
        Some("ci") => ci::run(arguments),
        Some("help" | "--help") | None => {
            print!("{USAGE}");
            Ok(())
        }
        Some(other) => Err(format!("unknown command `{other}`\n\n{USAGE}").into()),
    }
}
