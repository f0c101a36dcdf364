//! Files that are written.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::exit::{Exit, Failure};

/// Maximum number of files of one kind in a directory.
const MAX_FILES: usize = 100_000;

/// Replaces a file at once, so that no reader sees a part of it, and a failure leaves the old one.
pub(crate) fn replace(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        let message = format!("cannot write `{}`: {error}", path.display());
        Failure::new(Exit::Usage, "file", message)
    };
    // A pipe or a device cannot be replaced.
    if fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir()) {
        return fs::write(path, content).map_err(failed);
    }
    // A link stays, and its target is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let parent = target.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let attempt = || -> std::io::Result<()> {
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // Those of an ordinary file; the umask applies.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let mut file = builder.prefix(".cargo-mcp").tempfile_in(parent)?;
        file.write_all(content.as_ref())?;
        if let Ok(present) = fs::metadata(&target) {
            file.as_file().set_permissions(present.permissions())?;
        }
        file.as_file().sync_all()?;
        file.persist(&target).map(drop).map_err(|error| error.error)
    };
    attempt().map_err(failed)
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
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).inspect_err(|_| {
        // The reason for the failure matters more.
        let _ = fs::remove_file(path);
    })
}

/// SHA-256 of bytes, in lower-case hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
