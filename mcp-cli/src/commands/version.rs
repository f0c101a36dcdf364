//! `cargo mcp version`.

use clap::Args;
use mcp_runtime::revision::Revision;
use serde::Serialize;

use crate::arguments::OutputArguments;
use crate::exit::Failure;
use crate::output::{print, print_json};

/// Prints the version, and the revisions of the protocol
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp version
  cargo mcp version --json")]
pub(crate) struct VersionArguments {}

/// Version of the program.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    name: &'static str,
    version: &'static str,
    protocol_versions: Vec<&'static str>,
}

pub(crate) fn run(_: &VersionArguments, output: &OutputArguments) -> Result<(), Failure> {
    let protocol_versions: Vec<_> = Revision::ALL.iter().map(|it| it.as_str()).collect();
    let version =
        Version { name: "cargo-mcp", version: env!("CARGO_PKG_VERSION"), protocol_versions };
    if output.json {
        return print_json(&version);
    }
    let Version { name, version, protocol_versions } = version;
    print(&format!("{name} {version}\nMCP {}", protocol_versions.join(", ")))
}
