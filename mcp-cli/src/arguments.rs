//! The arguments of the program.

use std::ffi::OsString;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    bench, bundle, call, check, codegen, completions, config, dev, discover, doctor, export,
    inspect, install, lint, list, lock, man, new, prompt, read, registry, run, test, uninstall,
    version,
};
use crate::exit::Failure;

/// Runs, calls, checks and installs servers of the Model Context Protocol.
#[derive(Debug, Parser)]
#[command(name = "cargo mcp", bin_name = "cargo mcp", version, arg_required_else_help = true)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 success, 1 internal error, 2 wrong arguments, 3 login required, 4 server not reached, 5 tool \
failed or not found, 6 findings of a check, 7 input required without a terminal, 130 cancelled";

/// Arguments of every command.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArguments {
    /// Prints one JSON document, with the names of the protocol
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Prints results only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Prints the messages of client and server
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

/// A command with its arguments.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Bench(bench::BenchArguments),
    Bundle(bundle::BundleArguments),
    Call(call::CallArguments),
    Check(check::CheckArguments),
    Codegen(codegen::CodegenArguments),
    Completions(completions::CompletionsArguments),
    Config(config::ConfigArguments),
    Dev(dev::DevArguments),
    Discover(discover::DiscoverArguments),
    Doctor(doctor::DoctorArguments),
    Export(export::ExportArguments),
    Inspect(inspect::InspectArguments),
    Install(install::InstallArguments),
    Lint(lint::LintArguments),
    List(list::ListArguments),
    Lock(lock::LockArguments),
    #[command(hide = true)]
    Man(man::ManArguments),
    New(new::NewArguments),
    Prompt(prompt::PromptArguments),
    Read(read::ReadArguments),
    Registry(registry::RegistryArguments),
    Run(run::RunArguments),
    Test(test::TestArguments),
    Uninstall(uninstall::UninstallArguments),
    Version(version::VersionArguments),
}

/// The arguments of the process. Cargo calls the program with the name of the subcommand first.
pub(crate) fn of_process() -> impl Iterator<Item = OsString> {
    let mut count = 0;
    std::env::args_os().filter(move |argument| {
        count += 1;
        count != 2 || argument != "mcp"
    })
}

/// Prints arguments that cannot be parsed, or the help that they ask for.
pub(crate) fn report(error: &clap::Error) -> ExitCode {
    let mut before = of_process().take_while(|argument| argument != "--");
    if error.use_stderr() && before.any(|argument| argument == "--json") {
        return failure(error).report(true);
    }
    // There is no other place to report to.
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// The failure of arguments, with its lines.
fn failure(error: &clap::Error) -> Failure {
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let failure = Failure::usage(lines.next().unwrap_or_default());
    lines.fold(failure, Failure::note)
}
