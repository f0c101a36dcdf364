//! `server.json` of the MCP registry: its form, and the mistakes that the registry refuses.
//!
//! The rules are those of the
//! [schema of 2025-12-11](https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json) and of
//! the [validators of the registry](https://github.com/modelcontextprotocol/registry/tree/main/internal/validators),
//! as far as they need no network: `shape` has the members and their types, `server`, `packages` and
//! `transports` their values, `manifest` compares with a `Cargo.toml`, `readme` finds the proof of ownership.

pub(crate) mod manifest;
mod packages;
pub(crate) mod readme;
mod server;
mod shape;
#[cfg(test)]
mod tests;
mod transports;

use serde::Serialize;
use serde_json::Value;

/// Schema of the documents that the registry accepts now.
pub(crate) const SCHEMA: &str =
    "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json";

/// Address of the public registry of crates, as packages name it.
pub(crate) const CRATES: &str = "https://crates.io";

/// Longest description.
pub(crate) const MAX_DESCRIPTION: usize = 100;

/// A mistake in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    /// Place, such as `packages[0].transport.url`; empty for the whole document.
    pub(crate) path: String,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) help: Option<String>,
}

impl Problem {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into(), help: None }
    }

    pub(crate) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// The mistakes in a document that it shows by itself.
pub(crate) fn check(document: &Value) -> Vec<Problem> {
    let mut problems = shape::check(document);
    problems.extend(server::check(document));
    for (index, package) in list(document, "packages").enumerate() {
        problems.extend(packages::check(package, &format!("packages[{index}]")));
    }
    problems.extend(repeated(document, "packages", &["registryType", "identifier"]));
    for (index, remote) in list(document, "remotes").enumerate() {
        problems.extend(transports::check_remote(remote, &format!("remotes[{index}]")));
    }
    problems.extend(repeated(document, "remotes", &["url"]));
    problems
}

/// The items of a member.
fn list<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    value[member].as_array().into_iter().flatten()
}

/// Items that have the same members as an earlier one.
fn repeated(document: &Value, member: &str, same: &[&str]) -> Vec<Problem> {
    let mut seen: Vec<Vec<&str>> = Vec::new();
    let mut problems = Vec::new();
    for (index, item) in list(document, member).enumerate() {
        let Some(key) = same.iter().map(|name| item[*name].as_str()).collect::<Option<Vec<_>>>()
        else {
            continue;
        };
        match seen.iter().position(|it| *it == key) {
            Some(first) => {
                let message = format!("is the same as `{member}[{first}]`");
                problems.push(Problem::new(format!("{member}[{index}]"), message));
                // Keeps the positions.
                seen.push(Vec::new());
            }
            None => seen.push(key),
        }
    }
    problems
}
