//! The files below a directory, for resources. Needs the feature `files`.
//!
//! A path in a request is chosen by a client, and joining it to a directory is how servers have
//! given away files they never meant to. A [`Root`] holds the directory open and asks the operating
//! system for what is below it: neither `..` nor an absolute path nor a symbolic link leads out,
//! also when somebody changes the directory meanwhile.
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

pub use walk::{Entry, Found};

/// The largest file that is read unless [`Root::largest`] says otherwise: 16 MiB.
pub const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// A directory whose files may be read.
///
/// Cloning it is cheap, and all clones share the open directory.
#[derive(Clone)]
pub struct Root {
    dir: Arc<Dir>,
    largest: u64,
}

impl Root {
    /// Opens a directory.
    ///
    /// # Errors
    /// Those of opening it: it does not exist, is no directory, or may not be read.
    pub fn open(directory: impl AsRef<Path>) -> io::Result<Self> {
        let dir = Dir::open_ambient_dir(directory, ambient_authority())?;
        Ok(Self { dir: Arc::new(dir), largest: LARGEST_FILE })
    }

    /// Reads files of at most so many bytes.
    #[must_use]
    pub fn largest(mut self, bytes: u64) -> Self {
        self.largest = bytes;
        self
    }

    /// Reads a file, given its path below the directory, with `/` between its parts.
    ///
    /// The path is taken as it is: percent-encodings are decoded by whoever takes a path out of a
    /// URI, as templates do, and not once more here. There is no file if the path leads to none, to
    /// a directory or a device, or out of the directory; the answer does not tell which.
    ///
    /// # Errors
    /// [`io::ErrorKind::FileTooLarge`], or what the operating system reports.
    ///
    /// # Cancel safety
    /// Dropping the future gives up the file; the thread that reads it may first come to its end.
    pub async fn read(&self, path: &str) -> io::Result<Option<File>> {
        if !stays_below(path) {
            return Ok(None);
        }
        let (root, path) = (self.clone(), path.to_owned());
        in_background(move || root.read_now(&path)).await
    }

    /// Every file below the directory, sorted by path: for a list of resources.
    ///
    /// Symbolic links are left out, and so is what has no name in UTF-8 or may not be read. Of a
    /// very large tree the first [`MOST_FOUND`](Self::MOST_FOUND) files that are met are listed.
    ///
    /// # Errors
    /// What the operating system reports about the directory itself.
    pub async fn files(&self) -> io::Result<Vec<Found>> {
        let dir = Arc::clone(&self.dir);
        in_background(move || walk::files(&dir, Self::MOST_FOUND)).await
    }

    /// What stands in one directory, sorted by path: for clients that descend. The path is one
    /// below the root, as for [`read`](Self::read); an empty one means the root itself.
    ///
    /// It is `None` if the path does not lead to a directory below the root, or is not written in the
    /// plain way, with one `/` between its parts. What [`files`](Self::files) leaves out is left
    /// out here.
    ///
    /// # Errors
    /// What the operating system reports.
    pub async fn entries(&self, path: &str) -> io::Result<Option<Vec<Entry>>> {
        let is_plain = |path: &str| !path.split('/').any(|part| matches!(part, "" | "."));
        if !(path.is_empty() || stays_below(path) && is_plain(path)) {
            return Ok(None);
        }
        let (root, path) = (self.clone(), path.to_owned());
        in_background(move || root.entries_now(&path)).await
    }

    /// The most that [`files`](Self::files) and [`entries`](Self::entries) list.
    pub const MOST_FOUND: usize = 10_000;

    fn entries_now(&self, path: &str) -> io::Result<Option<Vec<Entry>>> {
        if path.is_empty() {
            return walk::entries(&self.dir, path, Self::MOST_FOUND).map(Some);
        }
        match self.dir.open_dir(path) {
            Ok(dir) => walk::entries(&dir, path, Self::MOST_FOUND).map(Some),
            Err(error) if hides_the_file(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read_now(&self, path: &str) -> io::Result<Option<File>> {
        let opened = match self.dir.open_with(path, &options()) {
            Ok(opened) => opened,
            Err(error) if hides_the_file(&error) => {
                tracing::debug!(path, %error, "no file to read");
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let metadata = opened.metadata()?;
        if !metadata.is_file() {
            return Ok(None);
        }
        let too_large = || {
            let message = format!("the file is larger than {} bytes", self.largest);
            io::Error::new(io::ErrorKind::FileTooLarge, message)
        };
        if metadata.len() > self.largest {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        // The file may be growing.
        opened.take(self.largest.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > self.largest {
            return Err(too_large());
        }
        Ok(Some(File { media_type: media_type::of(path, &bytes), bytes }))
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root").field("largest", &self.largest).finish_non_exhaustive()
    }
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    bytes: Vec<u8>,
    media_type: &'static str,
}

impl File {
    /// What the file contains.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the file contains, if that is text: UTF-8 without NUL.
    pub fn text(&self) -> Option<&str> {
        media_type::text(&self.bytes)
    }

    /// Its media type, going by the end of its name and by whether it is text.
    pub fn media_type(&self) -> &'static str {
        self.media_type
    }

    /// The file as a resource of this URI: text if it is text, bytes if not.
    pub fn into_contents(self, uri: impl Into<String>) -> ResourceContents {
        let media_type = self.media_type;
        let contents = if self.text().is_some() {
            ResourceContents::text(uri, String::from_utf8(self.bytes).unwrap_or_default())
        } else {
            ResourceContents::blob(uri, &self.bytes)
        };
        contents.with_mime_type(media_type)
    }

    /// The bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Whether a path has no part that goes up, starts anew, or ends the text for the operating system.
///
/// The directory would confine these as well; like this they are told apart from nothing, and look
/// like any file that is not there.
fn stays_below(path: &str) -> bool {
    !path.is_empty()
        && !path.contains('\0')
        && !path.starts_with(['/', '\\'])
        && !path.split(['/', '\\']).any(|part| part == "..")
        && !Path::new(path).is_absolute()
}

/// Whether a client is told that there is no file. What leads out of the directory is reported by
/// the operating system like a file that may not be read.
fn hides_the_file(error: &io::Error) -> bool {
    use io::ErrorKind::{
        InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound, PermissionDenied,
    };
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        // Links that lead to each other, and the name of a socket.
        if matches!(Errno::from_io_error(error), Some(Errno::LOOP | Errno::NXIO)) {
            return true;
        }
    }
    matches!(
        error.kind(),
        InvalidFilename | InvalidInput | IsADirectory | NotADirectory | NotFound | PermissionDenied
    )
}

/// For reading, and without waiting for the other end of a pipe to be opened.
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

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

#[cfg(test)]
mod tests;
