//! Files that are written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::exit::{Exit, Failure};

/// Maximum number of files of one kind in a directory.
const MAX_FILES: usize = 100_000;

/// Beginning of the names of temporary files.
const PREFIX: &str = ".cargo-mcp";

/// Replaces a file at once, so that no reader sees a part of it, and a failure leaves the old one.
pub(crate) fn replace(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        let message = format!("cannot write `{}`: {error}", path.display());
        Failure::new(Exit::Usage, "file", message)
    };
    // A pipe or a device cannot be replaced.
    if fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir()) {
        return fs::write(path, content).map_err(failed);
    }
    let written = Replacement::write(path, content.as_ref(), Access::Default).map_err(failed)?;
    written.replace().map_err(failed)
}

/// Access to a file that is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// That of an ordinary file; the umask applies.
    Default,
    /// This user only.
    Private,
}

/// The next content of a file, in a temporary file beside it. Dropping it removes that one.
pub(crate) struct Replacement {
    /// The file itself, if the path is a link.
    target: PathBuf,
    written: NamedTempFile,
}

impl Replacement {
    /// Writes the content. It has the permissions of the file, if there is one, before it has content.
    pub(crate) fn write(path: &Path, content: &[u8], access: Access) -> io::Result<Self> {
        // A symbolic link stays one, and the file that it leads to is replaced.
        let target = match fs::symlink_metadata(path) {
            Ok(_) => fs::canonicalize(path)?,
            Err(_) => path.to_owned(),
        };
        let present = fs::metadata(&target).ok().map(|it| it.permissions());
        let access = if present.is_some() { Access::Private } else { access };
        let mut written = temporary(folder(&target), access)?;
        if let Some(present) = present {
            written.as_file().set_permissions(present)?;
        }
        written.write_all(content)?;
        written.as_file().sync_all()?;
        Ok(Self { target, written })
    }

    /// The file that is replaced.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Takes the place of the file.
    pub(crate) fn replace(self) -> io::Result<()> {
        self.written.persist(&self.target).map_err(|error| error.error)?;
        sync(folder(&self.target));
        Ok(())
    }

    /// Becomes the file, which must not exist.
    pub(crate) fn create(self) -> io::Result<()> {
        self.written.persist_noclobber(&self.target).map_err(|error| error.error)?;
        sync(folder(&self.target));
        Ok(())
    }
}

/// The folder of a file.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn temporary(folder: &Path, access: Access) -> io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = if access == Access::Private { 0o600 } else { 0o666 };
    let permissions = fs::Permissions::from_mode(mode);
    tempfile::Builder::new().prefix(PREFIX).permissions(permissions).tempfile_in(folder)
}

#[cfg(not(unix))]
fn temporary(folder: &Path, _: Access) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder)
}

/// Makes a renamed file last. Where folders cannot be opened, the system takes care of it.
fn sync(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
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
fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
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

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_file_is_replaced_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        replace(&file, "1").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("file", &link).unwrap();
        replace(&link, "2").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "2");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        // Files without the right to write are replaced as well, because the folder decides.
        fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
        replace(&link, "3").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "3");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o400);
        // A folder and a link to nothing stay, and nothing is left beside them.
        replace(folder.path(), "3").unwrap_err();
        symlink("nothing", folder.path().join("dangling")).unwrap();
        replace(&folder.path().join("dangling"), "3").unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        replace(Path::new("/dev/null"), "4").unwrap();
    }
}
