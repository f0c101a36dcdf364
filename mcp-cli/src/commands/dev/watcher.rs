//! Changes of source files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use crate::exit::Failure;
use crate::target::package::PackageArguments;

/// Silence after which a change is complete.
const SETTLE_TIME: Duration = Duration::from_millis(100);

/// Files beside the source that a build depends on.
const MANIFESTS: [&str; 3] = ["Cargo.toml", "Cargo.lock", "build.rs"];

/// Watches the source of a package, and further paths.
pub(super) struct Watcher {
    changed: mpsc::UnboundedReceiver<PathBuf>,
    _watcher: RecommendedWatcher,
}

impl Watcher {
    /// # Errors
    /// If a path cannot be watched.
    pub(super) fn new(paths: &Paths) -> Result<Self, Failure> {
        let (sender, changed) = mpsc::unbounded_channel();
        let packages = paths.packages.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let Ok(event) = event else { return };
            if matches!(event.kind, EventKind::Access(_)) {
                return;
            }
            for path in event.paths {
                if !is_temporary(&path) && counts(&path, &packages) {
                    // Without a receiver the program ends.
                    let _ = sender.send(path);
                }
            }
        });
        let failed = |error: notify::Error| {
            Failure::usage(format!("cannot watch files: {error}"))
                .note("`--no-reload` serves without watching")
        };
        let mut watcher = watcher.map_err(failed)?;
        for package in &paths.packages {
            // Not recursively, because the target directory is there.
            watcher.watch(package, RecursiveMode::NonRecursive).map_err(failed)?;
        }
        for folder in &paths.folders {
            watcher.watch(folder, RecursiveMode::Recursive).map_err(failed)?;
        }
        Ok(Self { changed, _watcher: watcher })
    }

    /// Waits for a change, and until files change no more. Returns a changed path: one that exists, because
    /// editors and tools write files that they rename or remove.
    pub(super) async fn next(&mut self) -> PathBuf {
        let Some(mut shown) = self.changed.recv().await else {
            return std::future::pending().await;
        };
        while let Ok(Some(path)) = tokio::time::timeout(SETTLE_TIME, self.changed.recv()).await {
            if !shown.exists() {
                shown = path;
            }
        }
        shown
    }
}

/// Files and folders that are watched.
#[derive(Debug, Default)]
pub(super) struct Paths {
    /// Folders of packages, with their manifests.
    packages: Vec<PathBuf>,
    /// Folders and files of which every change counts.
    folders: Vec<PathBuf>,
}

impl Paths {
    /// Adds the source of the packages of a workspace.
    pub(super) fn add_source(&mut self, package: &PackageArguments) -> Result<(), Failure> {
        let metadata = package.metadata().map_err(Failure::usage)?;
        let manifests = metadata.packages.iter().map(|it| it.manifest_path.as_std_path());
        let folders =
            manifests.filter_map(Path::parent).chain([metadata.workspace_root.as_std_path()]);
        for folder in folders {
            if !self.packages.iter().any(|it| it == folder) {
                self.packages.push(folder.to_owned());
            }
            let source = ["src", "examples"].map(|name| folder.join(name));
            let source = source.into_iter().filter(|folder| folder.is_dir());
            self.folders.extend(source.filter(|it| !self.folders.contains(it)).collect::<Vec<_>>());
        }
        Ok(())
    }

    /// Adds paths of the command line.
    pub(super) fn add(&mut self, paths: &[PathBuf]) -> Result<(), Failure> {
        for path in paths {
            let path = std::fs::canonicalize(path).map_err(|error| {
                Failure::usage(format!("cannot watch `{}`: {error}", path.display()))
            })?;
            self.folders.push(path);
        }
        Ok(())
    }
}

/// Returns `true` unless the file lies in the folder of a package and is none of its manifests.
fn counts(path: &Path, packages: &[PathBuf]) -> bool {
    let is_beside = packages.iter().any(|package| path.parent() == Some(package));
    !is_beside || MANIFESTS.iter().any(|name| path.ends_with(name))
}

/// Returns `true` for the files that editors write beside the source.
fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || name.ends_with('~') || name.starts_with('#') || name == "4913"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_source_counts() {
        let packages = [PathBuf::from("/p")];
        let check = |path: &str| counts(path.as_ref(), &packages) && !is_temporary(path.as_ref());
        for path in ["/p/src/main.rs", "/p/Cargo.toml", "/p/build.rs", "/other/data.json"] {
            assert!(check(path), "{path}");
        }
        for path in ["/p/target", "/p/README.md", "/p/src/.main.rs.swp", "/p/src/main.rs~"] {
            assert!(!check(path), "{path}");
        }
    }
}
