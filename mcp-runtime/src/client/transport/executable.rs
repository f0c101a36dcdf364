//! Finds the file of a command on Windows, where the operating system finds programs with the extension
//! `.exe` only. Commands of Node.js such as `npx` are files with the extension `.cmd`.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Extensions of files that can be started without a further program.
const STARTABLE: [&str; 4] = ["com", "exe", "bat", "cmd"];

/// Extensions that are tried if the variable `PATHEXT` is not set.
#[cfg(windows)]
pub(super) const DEFAULT_EXTENSIONS: &str = ".COM;.EXE;.BAT;.CMD";

/// Finds the file of a command without extension, as a command line does: in the directories of `path`,
/// the variable `PATH`, with the extensions of `extensions`, the variable `PATHEXT`. A command with
/// separators is looked up where it points, and not in `path`.
///
/// Returns `None` for a command that has the extension of a program, or that is not found.
pub(super) fn find(command: &OsStr, path: &OsStr, extensions: &OsStr) -> Option<PathBuf> {
    let command = Path::new(command);
    let has_extension = command.extension().is_some_and(|extension| {
        STARTABLE.iter().any(|startable| extension.eq_ignore_ascii_case(startable))
    });
    if has_extension || command.file_name().is_none() {
        return None;
    }
    let extensions = extensions.to_string_lossy().to_ascii_lowercase();
    let extensions: Vec<&str> = extensions
        .split(';')
        .filter_map(|extension| extension.trim().strip_prefix('.'))
        .filter(|extension| STARTABLE.contains(extension))
        .collect();
    let is_bare = command.components().count() == 1;
    let directories: Vec<PathBuf> =
        if is_bare { std::env::split_paths(path).collect() } else { vec![PathBuf::new()] };
    // An empty directory stands for the working directory, which is not searched: it may belong to
    // someone else.
    let directories =
        directories.iter().filter(|directory| !is_bare || !directory.as_os_str().is_empty());
    directories
        .flat_map(|directory| {
            extensions.iter().map(|extension| with_extension(&directory.join(command), extension))
        })
        .find(|file| file.is_file())
}

/// Appends an extension to a path, whatever dots its name contains.
fn with_extension(file: &Path, extension: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".");
    name.push(extension);
    name.into()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Directories with files, removed on drop.
    struct Directories(PathBuf);

    impl Directories {
        fn new(name: &str, files: &[&str]) -> Self {
            let root = std::env::temp_dir().join(format!("mcp-{name}-{}", std::process::id()));
            for file in files {
                let file = root.join(file);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, "").unwrap();
            }
            Self(root)
        }

        fn check(&self, command: &str, path: &[&str], extensions: &str, expected: Option<&str>) {
            let path = path.iter().map(|directory| match *directory {
                "" => PathBuf::new(),
                directory => self.0.join(directory),
            });
            let path = std::env::join_paths(path).unwrap();
            let found = find(command.as_ref(), &path, extensions.as_ref());
            assert_eq!(found, expected.map(|file| self.0.join(file)), "{command} {extensions}");
        }
    }

    impl Drop for Directories {
        fn drop(&mut self) {
            // Fails if a test has failed to create it.
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    const USUAL: &str = ".COM;.EXE;.BAT;.CMD;.VBS;.JS;.PY";

    #[test]
    fn commands_are_found_in_the_order_of_both_variables() {
        let files = ["node/npx", "node/npx.cmd", "node/node.exe", "a/tool.bat", "a/tool.exe"];
        let files = [&files[..], &["b/tool.cmd", "b/only.js", "b/v1.2.cmd"]].concat();
        let root = Directories::new("commands", &files);
        let all = ["node", "a", "b"];
        root.check("npx", &all, USUAL, Some("node/npx.cmd"));
        root.check("node", &all, USUAL, Some("node/node.exe"));
        root.check("tool", &all, USUAL, Some("a/tool.exe"));
        root.check("tool", &all, ".BAT;.EXE", Some("a/tool.bat"));
        root.check("tool", &["b", "a"], USUAL, Some("b/tool.cmd"));
        root.check("v1.2", &all, USUAL, Some("b/v1.2.cmd"));
        root.check("npx", &all, " .cmd ;;nonsense;.", Some("node/npx.cmd"));
        // Files that need another program are not started.
        root.check("only", &all, USUAL, None);
        root.check("npx.cmd", &all, USUAL, None);
        root.check("node.EXE", &all, USUAL, None);
        root.check("missing", &all, USUAL, None);
        root.check("npx", &all, "", None);
        root.check("npx", &[], USUAL, None);
        root.check("", &all, USUAL, None);
        root.check("..", &all, USUAL, None);
    }

    #[test]
    fn commands_with_separators_are_not_looked_up_in_the_path() {
        let root = Directories::new("paths", &["a/bin/tool.cmd", "bin/tool.cmd"]);
        let absolute = root.0.join("bin").join("tool");
        let absolute = absolute.to_str().unwrap();
        root.check(absolute, &["a"], USUAL, Some("bin/tool.cmd"));
        root.check("bin/tool", &["a"], USUAL, None);
        // The working directory is searched only if it is named.
        root.check("Cargo", &["", "a"], ".TOML;.EXE", None);
    }
}
