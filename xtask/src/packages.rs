//! Archives of the packages, as the registry gets them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::arguments::Arguments;
use crate::log::Log;
use crate::{Result, workspace};

/// Packages that are published, with their folders, each behind those that it needs.
pub(crate) const PACKAGES: [(&str, &str); 4] = [
    ("mcp-runtime-core", "mcp-core"),
    ("mcp-runtime-macros", "mcp-macros"),
    ("mcp-runtime", "mcp-runtime"),
    ("mcp-runtime-cli", "mcp-cli"),
];

/// Folders of the workspace that are not published.
const OTHERS: [&str; 4] = ["examples", "tests", "benches", "xtask"];

/// Folder of the published packages in the copy of the workspace.
const UNPACKED: &str = "unpacked";

/// Folders that are no part of the workspace: clients in other languages, which may be installed at the same time,
/// and servers of other libraries.
const APART: [&str; 2] = ["interop", "benches/peers"];

/// The whole workspace's features of shared dependencies, so that those are not compiled again.
const SHARED_FEATURES: [&str; 5] =
    ["--workspace", "--bin", "cargo-mcp", "--example", "stock_prices"];

/// Runs `cargo xtask packages`.
pub(crate) fn run(mut arguments: Arguments) -> Result<()> {
    let is_full = arguments.flag("--full");
    arguments.finish()?;
    let log = Log::create("packages.txt")?;
    let checked = check(is_full, &log);
    log.print()?;
    checked
}

/// Packs each of them, and builds it from its archive. The others come from their archives, too. With `--full` each
/// is also built alone, with no features but its own.
///
/// The verification of `cargo package` does this as well, but it takes the sources of the other packages from the
/// registry's cache, where those of an earlier run stay for as long as the version is the same.
pub(crate) fn check(is_full: bool, log: &Log) -> Result<()> {
    let archives = workspace::target().join("package");
    let mut package = workspace::cargo();
    package.args(["package", "--allow-dirty", "--no-verify"]);
    package.args(PACKAGES.iter().flat_map(|(name, _)| ["--package", name]));
    log.run(package.env("CARGO_TARGET_DIR", workspace::target()))?;
    let unpacked = workspace_of_archives(&archives, log)?;
    build(&unpacked, &SHARED_FEATURES, log)?;
    PACKAGES
        .iter()
        .filter(|_| is_full)
        .try_for_each(|(name, _)| build(&unpacked, &["--package", name], log))
}

/// A copy of the workspace whose published packages come from their archives.
fn workspace_of_archives(archives: &Path, log: &Log) -> Result<PathBuf> {
    let copy = archives.join("workspace");
    if copy.exists() {
        std::fs::remove_dir_all(&copy)?;
    }
    std::fs::create_dir_all(&copy)?;
    let root = workspace::root();
    let mut manifest = std::fs::read_to_string(root.join("Cargo.toml"))?;
    manifest.push_str("\n[patch.crates-io]\n");
    for (name, folder) in PACKAGES {
        // A folder of another name, so that cargo takes nothing that it built from the sources.
        let unpacked = format!("{UNPACKED}/{folder}");
        unpack(&archive_of(archives, name)?, &copy.join(&unpacked), log)?;
        manifest = manifest.replace(&format!("\"{folder}\""), &format!("\"{unpacked}\""));
        manifest.push_str(&format!("{name} = {{ path = \"{unpacked}\" }}\n"));
    }
    std::fs::write(copy.join("Cargo.toml"), manifest)?;
    std::fs::copy(root.join("Cargo.lock"), copy.join("Cargo.lock"))?;
    OTHERS.iter().try_for_each(|folder| copy_folder(&root.join(folder), &copy.join(folder)))?;
    Ok(copy)
}

/// The archive of a package. Those of other versions may lie beside it.
fn archive_of(archives: &Path, name: &str) -> Result<PathBuf> {
    let archive = archives.join(format!("{name}-{}.crate", env!("CARGO_PKG_VERSION")));
    match archive.is_file() {
        true => Ok(archive),
        false => Err(format!("`cargo package` did not write {}", archive.display()).into()),
    }
}

fn unpack(archive: &Path, folder: &Path, log: &Log) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(archive).arg("--strip-components=1").arg("-C").arg(folder);
    log.run(&mut tar)
}

/// Copies a folder, without those in it that are no part of the workspace.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        if APART.iter().any(|name| entry.path().ends_with(name)) {
            continue;
        }
        let copy = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_folder(&entry.path(), &copy)?,
            false => std::fs::copy(entry.path(), copy).map(|_| ())?,
        }
    }
    Ok(())
}

fn build(workspace: &Path, arguments: &[&str], log: &Log) -> Result<()> {
    let mut build = workspace::cargo();
    build.current_dir(workspace).arg("build").args(arguments);
    // What tests and clients run meanwhile is not replaced, but what was built is taken from there.
    build.env("CARGO_TARGET_DIR", workspace.join("target"));
    log.run(build.env("CARGO_BUILD_BUILD_DIR", workspace::target()))
}
