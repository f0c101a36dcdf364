//! Packages without dependencies, for commands that build.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::harness::program;

/// A directory of one test, which is removed at its end.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let count = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("cargo-mcp-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A package with one binary.
pub(crate) fn package(main: &str) -> Directory {
    let directory = Directory::new();
    let manifest = "[package]\nname = \"probe\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                    [workspace]\n";
    directory.write("Cargo.toml", manifest);
    directory.write("src/main.rs", main);
    directory
}

/// The program in a directory. Builds go to a target directory there, because packages of the same name
/// would overwrite each other's files in a common one.
pub(crate) fn program_in(directory: &Directory, arguments: &[&str]) -> Command {
    let mut command = program();
    command.args(arguments).current_dir(directory.path());
    // Settings of the run of the tests are not for the packages that they build.
    for variable in ["CARGO_TARGET_DIR", "RUSTC_WORKSPACE_WRAPPER"] {
        command.env_remove(variable);
    }
    command
}
