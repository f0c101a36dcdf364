//! Lists the files below a directory.

use std::io;

use cap_std::fs::{Dir, DirEntry};
use mcp_core::protocol::Resource;

use super::media_type;

/// Maximum nesting depth of directories.
const MAX_DEPTH: usize = 64;

/// Media type of directories in resource lists.
const DIRECTORY: &str = "inode/directory";

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entry {
    /// A file.
    File(FileEntry),
    /// A directory: its path relative to the root, separated by `/`, without trailing slash.
    Directory(String),
}

impl Entry {
    /// The path relative to the root.
    pub fn path(&self) -> &str {
        match self {
            Self::File(file) => &file.path,
            Self::Directory(path) => path,
        }
    }

    /// Converts the entry into an item of a resource list, with this URI and the path as its name.
    /// Directories have the media type `inode/directory`.
    pub fn into_link(self, uri: impl Into<String>) -> Resource {
        match self {
            Self::File(file) => file.into_link(uri),
            Self::Directory(path) => Resource::new(uri, path).mime_type(DIRECTORY),
        }
    }
}

/// A file in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileEntry {
    /// The path relative to the root, separated by `/`.
    pub path: String,
    /// The size in bytes.
    pub size: u64,
    /// The media type, if the file extension has one.
    pub media_type: Option<&'static str>,
}

impl FileEntry {
    /// Converts the file into an item of a resource list, with this URI and the path as its name.
    pub fn into_link(self, uri: impl Into<String>) -> Resource {
        let link = Resource::new(uri, self.path).size(self.size);
        match self.media_type {
            Some(media_type) => link.mime_type(media_type),
            None => link,
        }
    }
}

/// Lists at most `max` files below a directory, sorted by path.
pub(super) fn files(dir: &Dir, max: usize) -> io::Result<Vec<FileEntry>> {
    let mut walk = Walk { max, found: Vec::new() };
    walk.enter(dir, "", 0)?;
    walk.found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(walk.found)
}

/// Lists at most `max` entries of a directory, sorted by path.
pub(super) fn entries(dir: &Dir, path: &str, max: usize) -> io::Result<Vec<Entry>> {
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let mut found = Vec::new();
    for entry in dir.entries()? {
        let Some(entry) = entry.ok().and_then(|entry| listed(&entry, &prefix)) else { continue };
        found.push(entry);
        if found.len() == max {
            break;
        }
    }
    found.sort_by(|a, b| a.path().cmp(b.path()));
    Ok(found)
}

/// The entry, if it is a file or a directory with a UTF-8 name. Symbolic links are skipped, so that
/// no file is listed twice or outside the root.
fn listed(entry: &DirEntry, prefix: &str) -> Option<Entry> {
    let path = format!("{prefix}{}", entry.file_name().into_string().ok()?);
    let kind = entry.file_type().ok()?;
    if kind.is_dir() {
        return Some(Entry::Directory(path));
    }
    let size = entry.metadata().ok().filter(|_| kind.is_file())?.len();
    let media_type = media_type::by_name(&path);
    Some(Entry::File(FileEntry { path, size, media_type }))
}

struct Walk {
    max: usize,
    found: Vec<FileEntry>,
}

impl Walk {
    fn enter(&mut self, dir: &Dir, prefix: &str, depth: usize) -> io::Result<()> {
        for entry in dir.entries()? {
            if self.found.len() == self.max {
                break;
            }
            let Ok(entry) = entry else { continue };
            match listed(&entry, prefix) {
                Some(Entry::File(file)) => self.found.push(file),
                Some(Entry::Directory(path)) if depth < MAX_DEPTH => {
                    // Unreadable and deleted directories are skipped.
                    let Ok(below) = entry.open_dir() else { continue };
                    let _ = self.enter(&below, &format!("{path}/"), depth + 1);
                }
                Some(Entry::Directory(_)) | None => {}
            }
        }
        Ok(())
    }
}
