//! Files of users: read as text, written whole or not at all.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::document::Fault;
use crate::exit::{Exit, Failure};
use crate::files::{Access, Replacement};

/// The text of a file, or `None` if there is none.
pub(crate) fn read(path: &Path) -> Result<Option<String>, Failure> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(cannot("read", path, &error)),
    };
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned();
        invalid(path, &Fault::at_offset(&text, valid, "not UTF-8"))
    })
}

/// The failure for a file that is broken. Such a file is left alone.
pub(crate) fn invalid(path: &Path, fault: &Fault) -> Failure {
    let message = format!("`{}`: {fault}", path.display());
    Failure::new(Exit::Usage, "invalid_file", message).note("correct the file; it was not changed")
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::internal(format!("cannot {what} `{}`: {error}", path.display()))
}

/// Replaces the text of a file, which must still be `old`. The first time it is kept in `FILE.bak`, whose path
/// is returned. New files that may hold secrets are for this user only.
pub(crate) fn replace(
    path: &Path,
    old: Option<&str>,
    new: &str,
    is_private: bool,
) -> Result<Option<PathBuf>, Failure> {
    let failed = |error: std::io::Error| cannot("write", path, &error);
    if let Some(folder) = path.parent().filter(|_| old.is_none()) {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let access = if is_private { Access::Private } else { Access::Default };
    let written = Replacement::write(path, new.as_bytes(), access).map_err(failed)?;
    let backup =
        if old.is_some() { back_up(path, written.target()).map_err(failed)? } else { None };
    if read(path)?.as_deref() != old {
        let message = format!("`{}` was changed by another program", path.display());
        return Err(Failure::internal(message).note("nothing was written; try again"));
    }
    let outcome = if old.is_some() { written.replace() } else { written.create() };
    outcome.map_err(failed)?;
    Ok(backup)
}

/// Copies a file beside it, unless that was done before.
fn back_up(path: &Path, target: &Path) -> std::io::Result<Option<PathBuf>> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".bak");
    let backup = path.with_file_name(name);
    if fs::symlink_metadata(&backup).is_ok() {
        return Ok(None);
    }
    let mut copy = NamedTempFile::new_in(backup.parent().unwrap_or(Path::new(".")))?;
    std::io::copy(&mut File::open(target)?, &mut copy)?;
    copy.as_file().set_permissions(fs::metadata(target)?.permissions())?;
    copy.as_file().sync_all()?;
    copy.persist_noclobber(&backup).map_err(|error| error.error)?;
    Ok(Some(backup))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn links_and_permissions_stay_and_one_copy_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.json"), folder.path().join("link.json"));
        fs::write(&real, "1").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real.json", &link).unwrap();
        let backup = replace(&link, Some("1"), "2", true).unwrap();
        assert_eq!(backup, Some(folder.path().join("link.json.bak")));
        assert_eq!(replace(&link, Some("2"), "3", true).unwrap(), None);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "3");
        assert_eq!(fs::read_to_string(folder.path().join("link.json.bak")).unwrap(), "1");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&real), mode(&folder.path().join("link.json.bak"))), (0o640, 0o640));
        assert_eq!(names(folder.path()), ["link.json", "link.json.bak", "real.json"]);
    }

    #[test]
    fn new_files_with_secrets_are_private_and_changes_of_others_are_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.json");
        assert_eq!(replace(&path, None, "1", true).unwrap(), None);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        replace(&path, Some("0"), "2", true).unwrap_err();
        replace(&path, None, "2", true).unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), "1");
        symlink("nothing", folder.path().join("dangling")).unwrap();
        replace(&folder.path().join("dangling"), None, "2", true).unwrap_err();
        assert_eq!(names(folder.path()), ["a", "dangling"]);
    }
}
