//! Checks of the toolchain, of the package and of its build.

use std::ffi::OsString;
use std::process::Command;
use std::time::Instant;

use super::{Check, Report, Status};
use crate::exit::Failure;
use crate::target::{Target, TargetArguments};

/// Oldest version of Rust that builds servers.
const OLDEST_RUST: &str = env!("CARGO_PKG_RUST_VERSION");

/// Checks what it takes to build the server of this package, and builds it.
pub(super) fn built(
    arguments: &TargetArguments,
    report: &mut Report,
) -> Result<Option<Target>, Failure> {
    report.add(rust())?;
    let package = package(arguments);
    let is_found = package.status != Status::Fail;
    report.add(package)?;
    if !is_found {
        return Ok(None);
    }
    let started = Instant::now();
    match arguments.resolve() {
        Ok(target) => {
            let name = match &target {
                Target::Program(program) => program.program.display().to_string(),
                Target::Http(server) => server.url.clone(),
            };
            let seconds = started.elapsed().as_secs_f64();
            report.add(Check::ok("build", format!("{name} in {seconds:.1} s")))?;
            Ok(Some(target))
        }
        Err(failure) => {
            let help = failure.notes().first().cloned();
            let help = help.unwrap_or_else(|| "the errors of the compiler are above".into());
            report.add(Check::fail("build", failure.message(), help))?;
            Ok(None)
        }
    }
}

fn rust() -> Check {
    const NAME: &str = "toolchain";
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let help = format!("`rustup update` installs it; Rust {OLDEST_RUST} or newer is required");
    let Some(text) = first_line(rustc, "--version") else {
        return Check::fail(NAME, "`rustc --version` does not run", help);
    };
    let version = text.split_whitespace().nth(1).unwrap_or_default();
    match is_older(version, OLDEST_RUST) {
        true => Check::fail(NAME, format!("rustc {version} is too old"), help),
        false => Check::ok(NAME, text),
    }
}

fn first_line(program: OsString, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.lines().next().unwrap_or_default().to_owned())
}

fn is_older(version: &str, than: &str) -> bool {
    let numbers = |text: &str| -> Vec<u64> {
        text.split(['.', '-']).map_while(|part| part.parse().ok()).take(3).collect()
    };
    numbers(version) < numbers(than)
}

fn package(arguments: &TargetArguments) -> Check {
    const NAME: &str = "package";
    let metadata = match arguments.package.metadata() {
        Ok(metadata) => metadata,
        Err(error) => {
            let help = "start it in the folder of a package, or `cargo mcp new NAME` makes one";
            return Check::fail(NAME, error, help);
        }
    };
    let packages = metadata.workspace_default_packages();
    let uses_runtime = packages
        .iter()
        .any(|package| package.dependencies.iter().any(|it| it.name == "mcp-runtime"));
    let names: Vec<_> = packages.iter().map(|it| format!("{} {}", it.name, it.version)).collect();
    let names = names.join(", ");
    match uses_runtime {
        true => Check::ok(NAME, names),
        false => Check::warn(
            NAME,
            format!("{names} does not depend on mcp-runtime"),
            "`--package NAME` chooses another one",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert!(is_older("1.94.1", "1.95"));
        assert!(is_older("1.9.0", "1.95"));
        assert!(!is_older("1.95.0", "1.95"));
        assert!(!is_older("1.100.0-nightly", "1.95"));
        assert!(!is_older("2.0.0", "1.95"));
    }
}
