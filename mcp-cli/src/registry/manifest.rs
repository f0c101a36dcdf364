//! Comparison of a `server.json` with the package that it describes.

use std::path::Path;

use cargo_metadata::Package;
use serde_json::Value;

use super::readme::{Proof, line, proof};
use super::{Problem, list};
use crate::files::sha256;

/// Differences between a document and its package.
pub(crate) fn check(document: &Value, package: &Package) -> Vec<Problem> {
    let mut problems = Vec::new();
    let expected = package.version.to_string();
    let differs = |path: String, value: &Value| {
        let got = value.as_str().filter(|got| *got != expected)?;
        let message = format!("expected {expected:?} as in `Cargo.toml`, got {got:?}");
        Some(Problem::new(path, message))
    };
    problems.extend(differs("version".into(), &document["version"]));
    for (index, entry) in list(document, "packages").enumerate() {
        if entry["registryType"] != "cargo" {
            continue;
        }
        let path = format!("packages[{index}]");
        if entry["identifier"].as_str().is_some_and(|it| it != package.name.as_str()) {
            let (name, got) = (&package.name, &entry["identifier"]);
            let message = format!("expected \"{name}\" as in `Cargo.toml`, got {got}");
            problems.push(Problem::new(format!("{path}.identifier"), message));
            continue;
        }
        problems.extend(differs(format!("{path}.version"), &entry["version"]));
        if package.publish.as_ref().is_some_and(|to| !to.iter().any(|it| it == "crates-io")) {
            let message = format!("the package `{}` is not published on crates.io", package.name);
            let help = "remove `publish` from its `Cargo.toml`";
            problems.push(Problem::new(&path, message).help(help));
        }
        problems.extend(ownership(document["name"].as_str().unwrap_or_default(), package, &path));
    }
    problems
}

/// A README without the proof of ownership.
fn ownership(name: &str, package: &Package, path: &str) -> Option<Problem> {
    let line = line(name);
    let help = format!("add this line: {line}");
    let Some(readme) = package.readme() else {
        let message = "the package has no README to prove its ownership";
        return Some(Problem::new(path, message).help(format!("write one with the line: {line}")));
    };
    let text = std::fs::read_to_string(&readme).unwrap_or_default();
    let reason = match proof(&text, name) {
        Proof::Visible => return None,
        Proof::Missing => "does not contain".to_owned(),
        Proof::Hidden => "has in a comment, which crates.io removes,".to_owned(),
        Proof::Glued(next) => format!("has with {next:?} right after it"),
    };
    let message = format!("`{readme}` {reason} the proof of ownership, `{line}`");
    Some(Problem::new(path, message).help(help))
}

/// Bundles whose checksum is not that of the file of the same name in a folder.
pub(crate) fn check_bundles(document: &Value, folder: &Path) -> Vec<Problem> {
    let bundles = list(document, "packages").enumerate();
    let bundles = bundles.filter(|(_, package)| package["registryType"] == "mcpb");
    let problem = |(index, package): (usize, &Value)| {
        let name = package["identifier"].as_str()?.rsplit('/').next()?;
        let path = folder.join(Path::new(name).file_name()?);
        let actual = sha256(&std::fs::read(&path).ok()?);
        let given = package["fileSha256"].as_str().filter(|given| *given != actual)?;
        let message = format!("expected {actual:?}, that of `{}`, got {given:?}", path.display());
        Some(Problem::new(format!("packages[{index}].fileSha256"), message))
    };
    bundles.filter_map(problem).collect()
}
