//! Finding the files below a directory.

use std::io;

use cap_std::fs::Dir;
use mcp_core::protocol::Resource;

use super::media_type;

/// The most directories inside one another that are looked into.
const DEEPEST: usize = 64;

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
            let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else {
                continue;
            };
            let path = format!("{prefix}{name}");
            // A link is neither, so that nothing is met twice and nothing leads out.
            if kind.is_file() {
                let Ok(metadata) = entry.metadata() else { continue };
                let media_type = media_type::by_name(&path);
                self.found.push(Found { path, size: metadata.len(), media_type });
            } else if kind.is_dir() && depth < DEEPEST {
                // What may not be read, or is gone by now, is left out.
                let Ok(below) = entry.open_dir() else { continue };
                let _ = self.enter(&below, &format!("{path}/"), depth + 1);
            }
        }
        Ok(())
    }
}
