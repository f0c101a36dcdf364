//! Development tasks, run as `cargo xtask COMMAND`.

#![allow(clippy::print_stdout, reason = "a command line program reports on stdout")]

mod arguments;
mod bench;
mod ci;
mod conformance;
mod features;
mod full;
mod fuzz;
mod log;
mod minimal;
mod packages;
mod platforms;
mod process;
mod soak;
mod windows;
mod workspace;

use std::process::ExitCode;

use arguments::Arguments;

/// Result of a task. The error's text is shown to the user.
type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

const USAGE: &str = "\
cargo xtask COMMAND

  conformance server --revision REVISION [--scenario NAME] [--url URL]
      Runs the official suite against the examples that claim a scenario, or the server at URL.
      Only a run without warnings passes.
  conformance client --revision REVISION [--scenario NAME]
      Runs the official suite against the client examples that claim a scenario.
  bench [--quick | --all | --save] [PART]...
      Counts instructions per call, and compares throughput and other libraries: stdio, http, authorization,
      throughput, subscribers, scale, search, attacks, peers. --save replaces their tables in
      benches/RESULTS.md; --all runs every part and replaces all tables.
  fuzz [--minutes N] [--runs N] [--save] [TARGET]...
      Runs the fuzz targets, each for some minutes (1) or executions, and fails if one finds a crash; --save
      adds what covers more to the committed corpora. Needs nightly Rust and `cargo install cargo-fuzz`.
  soak [--calls N] [--seed N] [--save] [stdio|http]...
      Makes a million calls over each transport in each era, with cancellations, disconnects, panics, questions
      and tasks: none may be lost or answered twice, and memory stays flat. --save adds to benches/RESULTS.md.
  windows
      Runs a server and a client with its child processes under wine.
  packages [--full]
      Packs what is published and builds it from the archives; --full also builds each one alone.
  ci [--interop] [--full]
      Runs the checks that need only Rust, and the conformance suite for every revision; --interop also runs
      the clients and servers in other languages; --full also runs tests that take minutes, and checks more
      platforms, each feature alone, and the parts below.
  full [PART]...
      Licences of all dependencies, their oldest versions, WebAssembly, models of concurrency, probes of others
      and a short soak: licences, minimal, wasm, models, probes, soak.
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
        Some("windows") => windows::run(arguments),
        Some("fuzz") => fuzz::run(arguments),
        Some("packages") => packages::run(arguments),
        Some("ci") => ci::run(arguments),
        Some("full") => full::command(arguments),
        Some("soak") => soak::run(arguments),
        Some("help" | "--help") | None => {
            print!("{USAGE}");
            Ok(())
        }
        Some(other) => Err(format!("unknown command `{other}`\n\n{USAGE}").into()),
    }
}
