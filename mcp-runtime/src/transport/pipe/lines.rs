//! Bytes into lines, in bounded memory.

use std::io::{self, Read};
use std::ops::Range;

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Size of one read, in bytes.
const CHUNK: usize = 64 << 10;

/// A line of the input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// A line without its line break.
    Text(&'a [u8]),
    /// A line over the limit, whose bytes were skipped.
    TooLong {
        /// Size limit of a line, in bytes.
        limit: usize,
    },
}

/// Reader of lines. Its buffer never grows beyond the limit of a line and one chunk.
pub(crate) struct Lines<R> {
    source: R,
    limit: usize,
    buffer: Vec<u8>,
    /// Position of the first unread byte in the buffer.
    start: usize,
    /// Position behind the last unread byte.
    end: usize,
    /// Number of unread bytes that contain no line break.
    scanned: usize,
    /// `true` while the rest of a line over the limit is skipped.
    skipping: bool,
    /// Position of the line that was returned last.
    last: Range<usize>,
}

impl<R> Lines<R> {
    pub(crate) fn new(source: R, limit: usize) -> Self {
        let buffer = vec![0; CHUNK];
        let (skipping, last) = (false, 0..0);
        Self { source, limit, buffer, start: 0, end: 0, scanned: 0, skipping, last }
    }

    /// Returns the next line that has been read in full.
    pub(crate) fn next_buffered(&mut self) -> Option<Line<'_>> {
        loop {
            let unread = &self.buffer[self.start + self.scanned..self.end];
            let Some(at) = memchr::memchr(b'\n', unread) else {
                self.scanned = self.end - self.start;
                return self.skip_overlong();
            };
            let line = self.start..self.start + self.scanned + at;
            self.start = line.end + 1;
            self.scanned = 0;
            if !std::mem::take(&mut self.skipping) {
                self.last = line.clone();
                return Some(match line.len() > self.limit {
                    true => Line::TooLong { limit: self.limit },
                    false => Line::Text(&self.buffer[line]),
                });
            }
        }
    }

    /// Text of the line that was returned last. Valid until the next read.
    pub(crate) fn last(&self) -> &[u8] {
        self.buffer.get(self.last.clone()).unwrap_or_default()
    }

    /// Source of the bytes.
    pub(crate) fn source(&self) -> &R {
        &self.source
    }

    /// Skips the beginning of a line that is already over the limit, and reports it once.
    fn skip_overlong(&mut self) -> Option<Line<'_>> {
        let began = !self.skipping && self.scanned > self.limit;
        if began || self.skipping {
            self.skipping = true;
            (self.start, self.end, self.scanned) = (0, 0, 0);
        }
        began.then_some(Line::TooLong { limit: self.limit })
    }

    fn make_room(&mut self) {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        } else if self.end == 0 && self.buffer.len() > 16 * CHUNK {
            // A rare long line must not keep its memory for ever.
            self.buffer = vec![0; CHUNK];
        }
    }

    /// Returns the text behind the last line break, at the end of the input.
    pub(crate) fn rest(&mut self) -> Option<Line<'_>> {
        let rest = std::mem::take(&mut self.start)..std::mem::take(&mut self.end);
        self.scanned = 0;
        self.last = rest.clone();
        (!rest.is_empty() && !self.skipping).then(|| Line::Text(&self.buffer[rest]))
    }
}

impl<R: Read> Lines<R> {
    /// Reads once. Returns `false` at the end of the input.
    pub(crate) fn fill(&mut self) -> io::Result<bool> {
        self.make_room();
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Ok(0) => return Ok(false),
                Ok(count) => {
                    self.end += count;
                    return Ok(true);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Reads once. Returns `false` at the end of the input.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    pub(crate) async fn fill_async(&mut self) -> io::Result<bool> {
        self.make_room();
        let count = self.source.read(&mut self.buffer[self.end..]).await?;
        self.end += count;
        Ok(count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that returns a few bytes at a time.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn show(line: Line<'_>) -> String {
        match line {
            Line::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Line::TooLong { .. } => "<too long>".into(),
        }
    }

    fn check(input: &str, limit: usize, expected: &[&str]) {
        for step in [1, 2, 3, 7, 1000] {
            let mut lines = Lines::new(Drip(input.as_bytes(), step), limit);
            let mut found = Vec::new();
            loop {
                while let Some(line) = lines.next_buffered() {
                    found.push(show(line));
                }
                if !lines.fill().unwrap() {
                    break;
                }
            }
            found.extend(lines.rest().map(show));
            assert_eq!(found, expected, "{step} bytes at a time");
        }
    }

    #[test]
    fn lines_come_whole_however_they_are_read() {
        check("", 10, &[]);
        check("a\nbc\n\nd", 10, &["a", "bc", "", "d"]);
        check("1234567890\nx\n", 10, &["1234567890", "x"]);
    }

    #[test]
    fn a_long_line_is_reported_once_and_skipped() {
        check("12345678901\nx\n", 10, &["<too long>", "x"]);
        check(
            &format!("{}\nx\n{}", "y".repeat(500), "z".repeat(500)),
            10,
            &["<too long>", "x", "<too long>"],
        );
    }

    #[test]
    fn the_buffer_stays_bounded() {
        let long = vec![b'x'; 40 * CHUNK];
        let mut lines = Lines::new(Drip(&long, CHUNK), 2 * CHUNK);
        while lines.fill().unwrap() {
            while lines.next_buffered().is_some() {}
            assert!(lines.buffer.len() <= 4 * CHUNK);
        }
    }
}
