//! Files that are written.

use std::io::Write as _;
use std::path::Path;

use crate::exit::{Exit, Failure};

/// Replaces a file at once, so that no reader sees a part of it, and a failure leaves the old one.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    // A link stays, and its target is replaced.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let parent = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let attempt = || -> std::io::Result<()> {
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // Those of an ordinary file; the umask applies.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let mut file = builder.prefix(".cargo-mcp").tempfile_in(parent)?;
        file.write_all(text.as_bytes())?;
        if let Ok(present) = std::fs::metadata(&path) {
            file.as_file().set_permissions(present.permissions())?;
        }
        file.as_file().sync_all()?;
        file.persist(&path).map(drop).map_err(|error| error.error)
    };
    attempt().map_err(|error| {
        let message = format!("cannot write `{}`: {error}", path.display());
        Failure::new(Exit::Usage, "file", message)
    })
}
