//! Divides what a process writes to standard error into lines, for the log.

/// Longest line, in bytes. A longer one is divided.
const MAX_LINE: usize = 8 << 10;

/// Logs the lines of a text that arrives in pieces. The last one may lack its line break.
#[derive(Default)]
pub(super) struct StderrLines {
    /// Beginning of a line.
    rest: Vec<u8>,
}

impl StderrLines {
    /// Adds a piece, and logs the lines that end in it.
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.divide(piece, log);
    }

    /// Logs what has no line break yet, because the text has ended.
    pub(super) fn end(&mut self) {
        if !self.rest.is_empty() {
            log(&std::mem::take(&mut self.rest));
        }
    }

    fn divide(&mut self, piece: &[u8], mut line: impl FnMut(&[u8])) {
        for part in piece.split_inclusive(|byte| *byte == b'\n') {
            self.rest.extend_from_slice(part);
            while self.rest.len() > MAX_LINE {
                let rest = self.rest.split_off(boundary(&self.rest));
                line(&std::mem::replace(&mut self.rest, rest));
            }
            if self.rest.ends_with(b"\n") {
                line(&self.rest);
                self.rest.clear();
            }
        }
    }
}

impl Drop for StderrLines {
    fn drop(&mut self) {
        self.end();
    }
}

/// Length of the first part of a line that is too long. No character of UTF-8 is divided.
fn boundary(line: &[u8]) -> usize {
    let is_inside = |at: &usize| line[*at] & 0b1100_0000 == 0b1000_0000;
    // A character has up to four bytes; other bytes are divided anywhere.
    (MAX_LINE - 3..=MAX_LINE).rev().find(|at| !is_inside(at)).unwrap_or(MAX_LINE)
}

fn log(line: &[u8]) {
    tracing::debug!(
        target: "mcp_runtime::client::stderr",
        "{}",
        String::from_utf8_lossy(line).trim_end()
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let (mut lines, mut found) = (StderrLines::default(), Vec::new());
        for piece in pieces {
            lines.divide(piece, |line| found.push(line.to_vec()));
        }
        found.push(std::mem::take(&mut lines.rest));
        found
    }

    #[test]
    fn lines_are_whole_however_they_arrive() {
        let text = "one\ntwö\n\nthree".as_bytes();
        let expected = ["one\n", "twö\n", "\n", "three"].map(|line| line.as_bytes().to_vec());
        for length in 1..=text.len() {
            let pieces: Vec<_> = text.chunks(length).collect();
            assert_eq!(lines(&pieces), expected, "{length}");
        }
    }

    #[test]
    fn long_lines_are_divided_between_characters() {
        let text = "é€x".repeat(MAX_LINE);
        let found = lines(&[text.as_bytes(), b"\nend\n"]);
        assert!(
            found.iter().all(|line| line.len() <= MAX_LINE && std::str::from_utf8(line).is_ok())
        );
        assert_eq!(found.concat(), format!("{text}\nend\n").into_bytes());
        // Lines that are no UTF-8 are bounded as well.
        let found = lines(&[&vec![0x80; 3 * MAX_LINE][..]]);
        assert!(found.len() >= 3 && found.iter().all(|line| line.len() <= MAX_LINE));
    }
}
