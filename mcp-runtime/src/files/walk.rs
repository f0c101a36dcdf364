//! Finding the files below a directory.

use std::io;

use cap_std::fs::{Dir, DirEntry};
use mcp_core::protocol::Resource;

use super::media_type;

/// The most directories inside one another that are looked into.
const DEEPEST: usize = 64;

/// The media type of a directory among resources.
const DIRECTORY: &str = "inode/directory";

/// What stands in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entry {
    /// A file.
    File(Found),
    /// A directory: its path below the root, with `/` between its parts and none at its end.
    Directory(String),
}

impl Entry {
    /// Its path below the root.
    pub fn path(&self) -> &str {
        match self {
            Self::File(file) => &file.path,
            Self::Directory(path) => path,
        }
    }

    /// The entry as one of the resources that a client lists, under this URI and named by its path.
    /// Directories have the media type `inode/directory`.
    pub fn into_link(self, uri: impl Into<String>) -> Resource {
        match self {
            Self::File(file) => file.into_link(uri),
            Self::Directory(path) => Resource::new(uri, path).with_mime_type(DIRECTORY),
        }
    }
}

/// A file that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// Its path below the directory, with `/` between its parts.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its media type, going by the end of its name; nothing if that says nothing.
    pub media_type: Option<&'static str>,
}

impl Found {
    /// The file as one of the resources that a client lists, under this URI and named by its path.
    pub fn into_link(self, uri: impl Into<String>) -> Resource {
        let link = Resource::new(uri, self.path).with_size(self.size);
        match self.media_type {
            Some(media_type) => link.with_mime_type(media_type),
            None => link,
        }
    }
}

/// The files below a directory, at most so many, sorted by path.
pub(super) fn files(dir: &Dir, most: usize) -> io::Result<Vec<Found>> {
    let mut walk = Walk { most, found: Vec::new() };
    walk.enter(dir, "", 0)?;
    walk.found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(walk.found)
}

/// What stands in a directory, at most so much, sorted by path.
pub(super) fn entries(dir: &Dir, path: &str, most: usize) -> io::Result<Vec<Entry>> {
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let mut found = Vec::new();
    for entry in dir.entries()? {
        let Some(entry) = entry.ok().and_then(|entry| seen(&entry, &prefix)) else { continue };
        found.push(entry);
        if found.len() == most {
            break;
        }
    }
    found.sort_by(|a, b| a.path().cmp(b.path()));
    Ok(found)
}

/// An entry of a directory, unless it is something else than a file or a directory, or has no name
/// in UTF-8. A link is neither, so that nothing is met twice and nothing leads out.
fn seen(entry: &DirEntry, prefix: &str) -> Option<Entry> {
    let path = format!("{prefix}{}", entry.file_name().into_string().ok()?);
    let kind = entry.file_type().ok()?;
    if kind.is_dir() {
        return Some(Entry::Directory(path));
    }
    let size = entry.metadata().ok().filter(|_| kind.is_file())?.len();
    let media_type = media_type::by_name(&path);
    Some(Entry::File(Found { path, size, media_type }))
}

struct Walk {
    most: usize,
    found: Vec<Found>,
}

impl Walk {
    fn enter(&mut self, dir: &Dir, prefix: &str, depth: usize) -> io::Result<()> {
        for entry in dir.entries()? {
            if self.found.len() == self.most {
                break;
            }
            let Ok(entry) = entry else { continue };
            match seen(&entry, prefix) {
                Some(Entry::File(file)) => self.found.push(file),
                Some(Entry::Directory(path)) if depth < DEEPEST => {
                    // What may not be read, or is gone by now, is left out.
                    let Ok(below) = entry.open_dir() else { continue };
                    let _ = self.enter(&below, &format!("{path}/"), depth + 1);
                }
                Some(Entry::Directory(_)) | None => {}
            }
        }
        Ok(())
    }
}
