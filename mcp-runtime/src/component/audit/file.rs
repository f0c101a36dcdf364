//! A file that rotates by its size.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::record::AuditRecord;

/// A file of lines, and those before it.
pub(super) struct RotatingFile {
    path: PathBuf,
    /// Maximum size, and number of files that are kept.
    rotation: Option<(u64, usize)>,
    file: File,
    size: u64,
}

impl RotatingFile {
    /// Opens a file, to continue it.
    pub(super) fn open(path: &Path, rotation: Option<(u64, usize)>) -> io::Result<Self> {
        let file = open(path)?;
        let size = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), rotation, file, size })
    }

    /// Appends records, each on a line of its own.
    pub(super) fn append(&mut self, records: &[AuditRecord]) -> io::Result<()> {
        let mut lines = Vec::new();
        for record in records {
            let line = record.to_json();
            let grown = self.size + lines.len() as u64;
            if let Some((max_bytes, keep)) = self.rotation
                && grown > 0
                && grown + line.len() as u64 >= max_bytes
            {
                self.write(&mut lines)?;
                self.rotate(keep)?;
            }
            lines.extend_from_slice(line.as_bytes());
            lines.push(b'\n');
        }
        self.write(&mut lines)
    }

    fn write(&mut self, lines: &mut Vec<u8>) -> io::Result<()> {
        self.file.write_all(lines)?;
        self.size += lines.len() as u64;
        lines.clear();
        Ok(())
    }

    /// Renames the files and begins a new one.
    fn rotate(&mut self, keep: usize) -> io::Result<()> {
        for number in (1..keep).rev() {
            let (from, to) = (numbered(&self.path, number), numbered(&self.path, number + 1));
            if from.exists() {
                fs::rename(from, to)?;
            }
        }
        match keep {
            0 => fs::remove_file(&self.path)?,
            _ => fs::rename(&self.path, numbered(&self.path, 1))?,
        }
        self.file = open(&self.path)?;
        self.size = 0;
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The path of a file that was rotated.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(format!(".{number}"));
    name.into()
}
