//! Bytes into lines, in bounded memory.

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// How much is asked for at once.
const CHUNK: usize = 16 << 10;

/// A line that was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// The line without its end.
    Text(Vec<u8>),
    /// A line longer than is read; its bytes are gone.
    TooLong,
}

/// Reads lines. A future of [`next`](Self::next) that is dropped loses nothing.
#[derive(Debug)]
pub(crate) struct Lines<R> {
    source: R,
    limit: usize,
    buffer: Vec<u8>,
    /// How many bytes of the buffer are known to hold no line break.
    scanned: usize,
    /// Whether the rest of a line that was too long is being thrown away.
    skipping: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn new(source: R, limit: usize) -> Self {
        Self { source, limit, buffer: Vec::new(), scanned: 0, skipping: false }
    }

    /// The next line that is not blank; `None` at the end. What stands behind the last line break
    /// is no line.
    pub(crate) async fn next(&mut self) -> std::io::Result<Option<Line>> {
        loop {
            if let Some(line) = self.buffered() {
                return Ok(Some(line));
            }
            if self.buffer.len() > self.limit {
                self.buffer.clear();
                self.scanned = 0;
                if !std::mem::replace(&mut self.skipping, true) {
                    return Ok(Some(Line::TooLong));
                }
            }
            self.buffer.reserve(CHUNK);
            if self.source.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    fn buffered(&mut self) -> Option<Line> {
        loop {
            let Some(at) = memchr::memchr(b'\n', &self.buffer[self.scanned..]) else {
                self.scanned = self.buffer.len();
                return None;
            };
            let end = self.scanned + at;
            let rest = self.buffer.split_off(end + 1);
            let mut line = std::mem::replace(&mut self.buffer, rest);
            self.scanned = 0;
            line.pop();
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            if line.len() > self.limit {
                return Some(Line::TooLong);
            }
            if !line.trim_ascii().is_empty() {
                return Some(Line::Text(line));
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
                Line::TooLong => None,
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
}
