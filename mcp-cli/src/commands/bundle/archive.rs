//! The zip file of a bundle. Equal contents give equal bytes.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{DateTime, System, ZipWriter};

use crate::exit::Failure;

/// A file of a bundle.
pub(super) struct Entry<'a> {
    /// Path in the bundle, with `/`.
    pub(super) path: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) is_program: bool,
}

/// The bytes of a zip file with some files, in their order.
pub(super) fn zip(entries: &[Entry<'_>]) -> Result<Vec<u8>, Failure> {
    let failed = |error: zip::result::ZipError| {
        Failure::internal(format!("the bundle cannot be compressed: {error}"))
    };
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for Entry { path, bytes, is_program } in entries {
        let mode = if *is_program { 0o755 } else { 0o644 };
        // Hosts take the mode only from archives of Unix.
        let options = SimpleFileOptions::default()
            .last_modified_time(DateTime::DEFAULT)
            .system(System::Unix)
            .unix_permissions(mode);
        writer.start_file(*path, options).map_err(failed)?;
        writer.write_all(bytes).map_err(|error| failed(error.into()))?;
    }
    Ok(writer.finish().map_err(failed)?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn equal_contents_give_equal_bytes_and_keep_their_modes() {
        let entries = [
            Entry { path: "manifest.json", bytes: b"{}", is_program: false },
            Entry { path: "server/weather", bytes: &[7; 4096], is_program: true },
        ];
        let bytes = zip(&entries).unwrap();
        assert_eq!(bytes, zip(&entries).unwrap());
        assert!(bytes.len() < 1024, "{} bytes", bytes.len());
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mode = |mode: Option<u32>| mode.map(|mode| mode & 0o777);
        assert_eq!(mode(archive.by_index(0).unwrap().unix_mode()), Some(0o644));
        let mut program = archive.by_name("server/weather").unwrap();
        assert_eq!(mode(program.unix_mode()), Some(0o755));
        let mut content = Vec::new();
        program.read_to_end(&mut content).unwrap();
        assert_eq!(content, [7; 4096]);
    }
}
