//! Archives of the packages, as the registry gets them.

use crate::log::Log;
use crate::{Result, workspace};

/// Packages that are published, each behind those that it needs.
const PACKAGES: [&str; 4] =
    ["mcp-runtime-core", "mcp-runtime-macros", "mcp-runtime", "mcp-runtime-cli"];

/// Packs each of them, and builds it from its archive. The others come from their archives, too.
pub(crate) fn check(log: &Log) -> Result<()> {
    let mut package = workspace::cargo();
    package.args(["package", "--allow-dirty"]);
    package.args(PACKAGES.iter().flat_map(|name| ["--package", name]));
    // Dependencies that were built for tests are taken from there.
    log.run(package.env("CARGO_TARGET_DIR", workspace::target()))
}
