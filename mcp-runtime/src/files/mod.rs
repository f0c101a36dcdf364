//! Serves the files of a directory as resources, without path traversal. Needs the feature `files`.
//!
//! Clients choose the paths in their requests. A server that joins such a path to a directory can
//! expose any file. A [`Root`] keeps the directory open and lets the operating system resolve paths
//! below it: neither `..`, absolute paths nor symbolic links lead out of it, even if the directory
//! changes at the same time.
//!
//! # Example
//! ```
//! use std::io;
//!
//! use mcp_runtime::files::{File, Root};
//! use mcp_runtime::prelude::*;
//!
//! /// A file of the project.
//! #[resource("project:///{+path}")]
//! async fn file(path: &str, root: &State<Root>) -> io::Result<Option<File>> {
//!     root.read(path).await
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> io::Result<()> {
//! let root = Root::open(env!("CARGO_MANIFEST_DIR"))?;
//!
//! let library = root.read("src/lib.rs").await?.expect("this file exists");
//! assert!(library.text().is_some_and(|text| text.starts_with("//!")));
//! assert!(root.read("../Cargo.toml").await?.is_none());
//!
//! let server = Server::new("project", "1.0").with::<file>().state(root);
//! # drop(server); Ok(()) }
//! ```

mod media_type;
mod walk;

use std::fmt;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use mcp_core::protocol::ResourceContents;

pub use walk::{Entry, FileEntry};

/// Default for [`Root::max_file_size`]: 16 MiB.
pub const MAX_FILE_SIZE: u64 = 16 * 1024 * 1024;

/// A directory whose files clients may read.
///
/// Clones are cheap and share the open directory.
#[derive(Clone)]
pub struct Root {
    dir: Arc<Dir>,
    max_file_size: u64,
}

impl Root {
    /// Opens a directory.
    ///
    /// # Errors
    /// If the path does not exist, is not a directory, or is not readable.
    pub fn open(directory: impl AsRef<Path>) -> io::Result<Self> {
        let dir = Dir::open_ambient_dir(directory, ambient_authority())?;
        Ok(Self { dir: Arc::new(dir), max_file_size: MAX_FILE_SIZE })
    }

    /// Sets the maximum size of a file in bytes; [`MAX_FILE_SIZE`] by default.
    #[must_use]
    pub fn max_file_size(mut self, bytes: u64) -> Self {
        self.max_file_size = bytes;
        self
    }

    /// Reads a file. `path` is relative to the directory and separated by `/`.
    ///
    /// The path is not percent-decoded: URI templates have already decoded it. The result is `None`
    /// if the path does not exist, is a directory or a device, or leads out of the directory. These
    /// cases cannot be distinguished.
    ///
    /// # Errors
    /// [`io::ErrorKind::FileTooLarge`], or an error of the operating system.
    ///
    /// # Cancel safety
    /// Dropping the future discards the file. The thread that reads it may still finish.
    pub async fn read(&self, path: &str) -> io::Result<Option<File>> {
        if !is_below_root(path) {
            return Ok(None);
        }
        let (root, path) = (self.clone(), path.to_owned());
        run_blocking(move || root.read_now(&path)).await
    }

    /// Lists all files below the directory, sorted by path, for a list of resources.
    ///
    /// Symbolic links, names that are not UTF-8 and unreadable directories are skipped. The walk
    /// stops after [`MAX_ENTRIES`](Self::MAX_ENTRIES) files.
    ///
    /// # Errors
    /// An error of the operating system about the directory itself.
    pub async fn files(&self) -> io::Result<Vec<FileEntry>> {
        let dir = Arc::clone(&self.dir);
        run_blocking(move || walk::files(&dir, Self::MAX_ENTRIES)).await
    }

    /// Lists the entries of one directory, sorted by path, for clients that browse. `path` is
    /// relative to the root, as for [`read`](Self::read); an empty path is the root itself.
    ///
    /// The result is `None` if the path is not a directory below the root, or is not normalized: `.`
    /// and repeated or trailing slashes are rejected. The same entries are skipped as by
    /// [`files`](Self::files).
    ///
    /// # Errors
    /// An error of the operating system.
    pub async fn entries(&self, path: &str) -> io::Result<Option<Vec<Entry>>> {
        let is_normalized = |path: &str| !path.split('/').any(|part| matches!(part, "" | "."));
        if !(path.is_empty() || is_below_root(path) && is_normalized(path)) {
            return Ok(None);
        }
        let (root, path) = (self.clone(), path.to_owned());
        run_blocking(move || root.entries_now(&path)).await
    }

    /// Maximum number of entries listed by [`files`](Self::files) and [`entries`](Self::entries).
    pub const MAX_ENTRIES: usize = 10_000;

    fn entries_now(&self, path: &str) -> io::Result<Option<Vec<Entry>>> {
        if path.is_empty() {
            return walk::entries(&self.dir, path, Self::MAX_ENTRIES).map(Some);
        }
        match self.dir.open_dir(path) {
            Ok(dir) => walk::entries(&dir, path, Self::MAX_ENTRIES).map(Some),
            Err(error) if is_not_found(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read_now(&self, path: &str) -> io::Result<Option<File>> {
        let opened = match self.dir.open_with(path, &options()) {
            Ok(opened) => opened,
            Err(error) if is_not_found(&error) => {
                tracing::debug!(path, %error, "file not found");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let metadata = opened.metadata()?;
        if !metadata.is_file() {
            return Ok(None);
        }
        let too_large = || {
            let message = format!("the file is larger than {} bytes", self.max_file_size);
            io::Error::new(io::ErrorKind::FileTooLarge, message)
        };
        if metadata.len() > self.max_file_size {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        // The file may grow while it is read.
        opened.take(self.max_file_size.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > self.max_file_size {
            return Err(too_large());
        }
        Ok(Some(File { media_type: media_type::of(path, &bytes), bytes }))
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root").field("max_file_size", &self.max_file_size).finish_non_exhaustive()
    }
}

/// The contents of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    bytes: Vec<u8>,
    media_type: &'static str,
}

impl File {
    /// The contents as bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The contents as text, if they are UTF-8 without NUL.
    pub fn text(&self) -> Option<&str> {
        media_type::text(&self.bytes)
    }

    /// The media type, derived from the file extension, or else `text/plain` or
    /// `application/octet-stream`.
    pub fn media_type(&self) -> &'static str {
        self.media_type
    }

    /// Converts the file into resource contents: text if possible, otherwise a blob.
    pub fn into_contents(self, uri: impl Into<String>) -> ResourceContents {
        let media_type = self.media_type;
        let contents = if self.text().is_some() {
            ResourceContents::text(uri, String::from_utf8(self.bytes).unwrap_or_default())
        } else {
            ResourceContents::blob(uri, &self.bytes)
        };
        contents.mime_type(media_type)
    }

    /// Converts the file into its bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Returns `true` for a relative path without `..` and NUL.
///
/// [`Dir`] confines other paths too. The check makes them look like a file that does not exist.
fn is_below_root(path: &str) -> bool {
    !path.is_empty()
        && !path.contains('\0')
        && !path.starts_with(['/', '\\'])
        && !path.split(['/', '\\']).any(|part| part == "..")
        && !Path::new(path).is_absolute()
}

/// Returns `true` for errors that clients see as "not found". A path out of the directory fails like
/// an unreadable file, so both are among them.
fn is_not_found(error: &io::Error) -> bool {
    use io::ErrorKind::{
        InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound, PermissionDenied,
    };
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        // A cycle of symbolic links, and a socket.
        if matches!(Errno::from_io_error(error), Some(Errno::LOOP | Errno::NXIO)) {
            return true;
        }
    }
    matches!(
        error.kind(),
        InvalidFilename | InvalidInput | IsADirectory | NotADirectory | NotFound | PermissionDenied
    )
}

/// Opens for reading, and non-blocking: opening a pipe would wait for a writer.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options
}

async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

#[cfg(test)]
mod tests;
