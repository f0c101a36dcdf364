//! Cargo features of the runtime, each of which builds without the others.

use serde_json::Value;

use crate::log::Log;
use crate::{Result, workspace};

/// Package whose features are checked.
const PACKAGE: &str = "mcp-runtime";

/// Lints the runtime with each of its features and nothing else.
pub(crate) fn check_each(log: &Log) -> Result<()> {
    let features = read()?;
    features
        .iter()
        .try_for_each(|feature| lint(&["--no-default-features", "--features", feature], log))
}

/// Lints the runtime with features.
pub(crate) fn lint(features: &[&str], log: &Log) -> Result<()> {
    let head = ["clippy", "--package", PACKAGE];
    let arguments = [&head, features, &["--", "-D", "warnings"]].concat();
    let name = format!("cargo {}", arguments.join(" "));
    log.timed(&name, || log.run(workspace::cargo().args(arguments)))
}

/// Reads the features from the manifest.
fn read() -> Result<Vec<String>> {
    let output =
        workspace::cargo().args(["metadata", "--no-deps", "--format-version", "1"]).output()?;
    features_of(&serde_json::from_slice(&output.stdout)?)
}

/// The features of the runtime in cargo's metadata, without the default.
fn features_of(metadata: &Value) -> Result<Vec<String>> {
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let package = packages.into_iter().find(|package| package["name"] == PACKAGE);
    let features = package.and_then(|package| package["features"].as_object());
    let features =
        features.ok_or_else(|| format!("no features of {PACKAGE} in cargo's metadata"))?;
    Ok(features.keys().filter(|name| *name != "default").cloned().collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn features_are_those_of_the_manifest() {
        let manifest = include_str!("../../mcp-runtime/Cargo.toml");
        let (_, section) = manifest.split_once("[features]\n").unwrap();
        let (section, _) = section.split_once("\n[").unwrap();
        let names =
            section.lines().filter_map(|line| line.split_once(" = [")).map(|(name, _)| name);
        let expected: BTreeSet<_> = names.filter(|name| *name != "default").collect();
        let read = read().unwrap();
        assert_eq!(read.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected);
        assert!(expected.contains("http") && expected.len() > 20, "{expected:?}");
    }

    #[test]
    fn metadata_without_the_runtime_is_an_error() {
        assert!(features_of(&serde_json::json!({ "packages": [{ "name": "other" }] })).is_err());
    }
}
