//! Splits bytes into lines, in bounded memory.

use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::skim::{Skimmed, Skimmer};

/// Size of a read, in bytes.
const CHUNK: usize = 16 << 10;

/// A line that was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line without its line break.
    Text(Vec<u8>),
    /// A line that exceeds the limit. Its bytes have been dropped, except for what they are about.
    TooLong(Skimmed),
}

/// Reads lines of a limited length.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    source: R,
    limit: usize,
    buffer: Vec<u8>,
    /// Number of buffered bytes that have been returned.
    taken: usize,
    /// Number of buffered bytes that were searched for a line break.
    scanned: usize,
    /// Reader of the line that exceeds the limit, while its rest arrives.
    skimmer: Option<Skimmer>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn new(source: R, limit: usize) -> Self {
        Self { source, limit, buffer: Vec::new(), taken: 0, scanned: 0, skimmer: None }
    }

    /// Returns the next line that is not blank; `None` at the end. Bytes after the last line break
    /// are dropped.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> std::io::Result<Option<Line>> {
        loop {
            if let Some(line) = self.buffered() {
                return Ok(Some(line));
            }
            self.drop_taken();
            if self.buffer.len() > self.limit || self.skimmer.is_some() {
                self.skimmer.get_or_insert_default().push(&self.buffer);
                self.buffer.clear();
                self.scanned = 0;
            }
            self.buffer.reserve(CHUNK);
            if self.source.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Moves the remaining bytes to the beginning, once for all lines of a chunk.
    fn drop_taken(&mut self) {
        self.buffer.drain(..std::mem::take(&mut self.taken));
        self.scanned = self.buffer.len();
        if self.buffer.is_empty() {
            // Returns the memory of a long line.
            self.buffer.shrink_to(CHUNK);
        }
    }

    fn buffered(&mut self) -> Option<Line> {
        loop {
            let Some(at) = memchr::memchr(b'\n', &self.buffer[self.scanned..]) else {
                self.scanned = self.buffer.len();
                return None;
            };
            let line = self.taken..self.scanned + at;
            let line = &self.buffer[line];
            self.scanned += at + 1;
            self.taken = self.scanned;
            if line.len() > self.limit || self.skimmer.is_some() {
                let mut skimmer = self.skimmer.take().unwrap_or_default();
                skimmer.push(line);
                return Some(Line::TooLong(skimmer.skimmed()));
            }
            if !line.trim_ascii().is_empty() {
                return Some(Line::Text(line.to_vec()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Lines};

    async fn check(input: &[u8], expected: &[Option<&str>]) {
        let mut lines = Lines::new(input, 8);
        let mut found = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            found.push(match line {
                Line::Text(line) => Some(String::from_utf8(line).unwrap()),
                Line::TooLong(_) => None,
            });
        }
        let found: Vec<_> = found.iter().map(Option::as_deref).collect();
        assert_eq!(found, expected);
    }

    #[tokio::test]
    async fn lines_are_cut_and_bounded() {
        check(b"", &[]).await;
        check(b"a\n\n \r\nb\n", &[Some("a"), Some("b")]).await;
        check(b"a\nrest", &[Some("a")]).await;
        check(b"12345678\n123456789\nb\n", &[Some("12345678"), None, Some("b")]).await;
        let long = [b"x".repeat(100_000), b"\nb\n".to_vec()].concat();
        check(&long, &[None, Some("b")]).await;
    }

    /// Moving the buffer for each line would take minutes for this many.
    #[tokio::test]
    async fn many_lines_in_one_chunk_take_linear_time() {
        const MANY: usize = 1 << 20;
        let input = [b"x".repeat(MANY), b"\n".to_vec(), b"y\n".repeat(MANY)].concat();
        let mut lines = Lines::new(&input[..], 2 * MANY);
        let mut count = 0;
        while lines.next().await.unwrap().is_some() {
            count += 1;
        }
        assert_eq!(count, MANY + 1);
    }
}
