//! The official conformance suite, which tests servers over HTTP.

use std::io::ErrorKind;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use super::stderr_lines::StderrLines;
use crate::commands::doctor::command;
use crate::exit::Failure;
use crate::output::{plain, screen};
use crate::target::{Program, Target, TargetArguments};

/// Ways to the suite, in the order in which they are tried.
const RUNNERS: [&[&str]; 2] =
    [&["conformance"], &["npx", "--yes", "@modelcontextprotocol/conformance"]];

/// Time that a server has to print its address.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs the suite, whose output and exit code are those of this program.
pub(super) async fn run(
    arguments: &TargetArguments,
    revision: Option<&str>,
) -> Result<(), Failure> {
    let target = arguments.resolve()?;
    // The server ends when it is dropped.
    let (url, _server) = match &target {
        Target::Http(server) if !server.headers.is_empty() => {
            return Err(Failure::usage("the conformance suite sends no headers of its own")
                .note("leave out `--header` and `--bearer-env`, and test a server without login"));
        }
        Target::Http(server) => (server.url.clone(), None),
        Target::Program(program) => {
            let (url, server) = start(program).await?;
            (url, Some(server))
        }
    };
    let mut options = vec!["server", "--url", &url];
    options.extend(revision.iter().flat_map(|revision| ["--spec-version", revision]));
    for runner in RUNNERS {
        let [program, first @ ..] = runner else { continue };
        let mut suite = Command::new(program);
        suite.args(first).args(&options).kill_on_drop(true);
        match suite.status().await {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => {
                let code = status.code().and_then(|code| u8::try_from(code).ok());
                return Err(Failure::of_program(code.unwrap_or(1)));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                return Err(Failure::unreachable(format!("cannot start `{program}`: {error}")));
            }
        }
    }
    Err(Failure::unreachable("the conformance suite needs `npx`, which is not installed")
        .note("install Node.js 22 or newer (https://nodejs.org), or the suite itself:")
        .note("`npm install --global @modelcontextprotocol/conformance`"))
}

/// Starts a server of `mcp-runtime` over HTTP, and returns its URL.
async fn start(program: &Program) -> Result<(String, Child), Failure> {
    let shown = program.program.display();
    let mut child = command(program)
        .args(["--http", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Failure::unreachable(format!("cannot start `{shown}`: {error}")))?;
    let no_address = || {
        Failure::unreachable(format!("`{shown} --http 127.0.0.1:0` printed no address"))
            .note("start the server yourself, and give its URL: `cargo mcp test --conformance URL`")
    };
    let stderr = child.stderr.take().ok_or_else(no_address)?;
    let mut lines = StderrLines::new(stderr);
    let reading = async {
        while let Some(line) = lines.next().await {
            screen::note(plain(&line));
            if let Some(url) = address(&line) {
                return Some(url);
            }
        }
        None
    };
    let url = tokio::time::timeout(START_TIMEOUT, reading).await;
    let url = url.ok().flatten().ok_or_else(no_address)?;
    // It must not wait for a reader of its standard error.
    tokio::spawn(async move { while lines.next().await.is_some() {} });
    Ok((url, child))
}

/// The URL in a line, such as `weather 1.0.0: serving MCP at http://127.0.0.1:8000/mcp`. Other lines may have
/// other URLs.
fn address(line: &str) -> Option<String> {
    let (_, url) = line.split_once(": serving MCP at ")?;
    url.starts_with("http://127.0.0.1:").then(|| url.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn the_address_is_that_of_the_server() {
        let line = "weather 1.0.0: serving MCP at http://127.0.0.1:8000/mcp";
        assert_eq!(address(line).as_deref(), Some("http://127.0.0.1:8000/mcp"));
        for other in [
            "exporting to http://localhost:4317",
            "weather: serving MCP at http://a.example/mcp",
            "",
        ] {
            assert_eq!(address(other), None, "{other}");
        }
    }
}
