//! Files that commands write.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// Maximum number of files of one kind in a directory.
const MAX_FILES: usize = 100_000;

/// Replaces a file as a whole: a reader finds the old content or the new one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::internal(format!("`{}` cannot be written: {error}", path.display()))
    };
    // A pipe or a device cannot be replaced.
    if fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir()) {
        return fs::write(path, bytes).map_err(failed);
    }
    // A link stays one, and the file that it leads to is replaced.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path
        .file_name()
        .ok_or_else(|| Failure::usage(format!("`{}` names no file", path.display())))?;
    let temporary =
        path.with_file_name(format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id()));
    let permissions = fs::metadata(path).map(|it| it.permissions());
    let written = create(&temporary, bytes).and_then(|()| {
        if let Ok(permissions) = permissions {
            fs::set_permissions(&temporary, permissions)?;
        }
        fs::rename(&temporary, path)
    });
    written.map_err(|error| {
        // The reason for the failure matters more.
        let _ = fs::remove_file(&temporary);
        failed(error)
    })
}

/// Writes bytes to a new file of a directory, `KIND-NUMBER.EXTENSION` with the first number that is free.
pub(crate) fn save(
    directory: &Path,
    kind: &str,
    extension: &str,
    bytes: &[u8],
) -> Result<PathBuf, Failure> {
    fs::create_dir_all(directory).map_err(|error| {
        Failure::internal(format!("`{}` cannot be made: {error}", directory.display()))
    })?;
    for number in 1..=MAX_FILES {
        let path = directory.join(format!("{kind}-{number}.{extension}"));
        match create(&path, bytes) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                let path = path.display();
                return Err(Failure::internal(format!("`{path}` cannot be written: {error}")));
            }
        }
    }
    let directory = directory.display();
    Err(Failure::internal(format!("`{directory}` has too many files `{kind}-NUMBER.{extension}`")))
}

/// Writes a new file, or none.
fn create(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).inspect_err(|_| {
        // The reason for the failure matters more.
        let _ = fs::remove_file(path);
    })
}
