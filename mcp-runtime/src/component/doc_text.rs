//! Doc comments that only the compiler can expand, such as `#[doc = include_str!("add.md")]`.
//!
//! They are put together at compile time: attributes take strings with the lifetime `'static`.

/// One or more doc attributes.
#[derive(Clone, Copy, Debug)]
pub enum DocPart {
    /// Text without indentation.
    Plain(&'static str),
    /// Text whose lines may all be indented, and may end with CRLF.
    Indented(&'static str),
}

/// Length of the text of doc attributes. Blank ones have none.
pub const fn length(parts: &[DocPart]) -> usize {
    write(parts, &mut [])
}

/// Text of doc attributes, without indentation and without blank lines at both ends. `N` is its
/// [`length`].
pub const fn bytes<const N: usize>(parts: &[DocPart]) -> [u8; N] {
    let mut bytes = [0; N];
    write(parts, &mut bytes);
    bytes
}

/// The string of [`bytes`].
pub const fn text(bytes: &'static [u8]) -> &'static str {
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("whole lines of a string are cut at ASCII characters"),
    }
}

/// Writes the text as far as `out` reaches, and returns its length.
const fn write(parts: &[DocPart], out: &mut [u8]) -> usize {
    let mut length = 0;
    // Line breaks before the next line that is not blank.
    let mut breaks = 0;
    let mut index = 0;
    while index < parts.len() {
        let (text, indent) = match parts[index] {
            DocPart::Plain(text) => (text.as_bytes(), 0),
            DocPart::Indented(text) => (text.as_bytes(), indent(text.as_bytes())),
        };
        let mut start = content_start(text);
        // Empty text is a blank line.
        loop {
            let end = line_end(text, start);
            let (from, to) = trimmed(text, start, end);
            if from < to {
                let breaks = if length == 0 { 0 } else { breaks };
                length = put(b"\n", 0, 1, breaks, out, length);
                length = put(text, start + indent, to, 1, out, length);
            }
            breaks = if from < to { 1 } else { breaks + 1 };
            start = end + 1;
            if start >= text.len() {
                break;
            }
        }
        index += 1;
    }
    length
}

/// Copies a range of `text` a number of times to `out` at `at`, and returns the place behind it.
const fn put(
    text: &[u8],
    from: usize,
    to: usize,
    times: usize,
    out: &mut [u8],
    mut at: usize,
) -> usize {
    let mut time = 0;
    while time < times {
        let mut index = from;
        while index < to {
            if at < out.len() {
                out[at] = text[index];
            }
            at += 1;
            index += 1;
        }
        time += 1;
    }
    at
}

/// Common indentation of the lines that are not blank.
const fn indent(text: &[u8]) -> usize {
    let mut shared = usize::MAX;
    let mut start = content_start(text);
    while start < text.len() {
        let end = line_end(text, start);
        let (from, to) = trimmed(text, start, end);
        if from < to && from - start < shared {
            shared = from - start;
        }
        start = end + 1;
    }
    if shared == usize::MAX { 0 } else { shared }
}

/// Index behind a byte order mark.
const fn content_start(text: &[u8]) -> usize {
    match text {
        [0xef, 0xbb, 0xbf, ..] => 3,
        _ => 0,
    }
}

/// Index of the end of the line that begins at `start`.
const fn line_end(text: &[u8], start: usize) -> usize {
    let mut end = start;
    while end < text.len() && text[end] != b'\n' {
        end += 1;
    }
    end
}

/// A range without blanks at both ends.
const fn trimmed(text: &[u8], mut from: usize, mut to: usize) -> (usize, usize) {
    while from < to && text[from].is_ascii_whitespace() {
        from += 1;
    }
    while from < to && text[to - 1].is_ascii_whitespace() {
        to -= 1;
    }
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(parts: &[DocPart], expected: &str) {
        let mut bytes = vec![0; length(parts)];
        write(parts, &mut bytes);
        assert_eq!(String::from_utf8(bytes).unwrap(), expected, "{parts:?}");
    }

    #[test]
    fn lines_lose_their_indentation() {
        use DocPart::{Indented, Plain};
        check(&[], "");
        check(&[Indented(" Add.")], "Add.");
        check(&[Indented("  Add.\n\n    Code.\n")], "Add.\n\n  Code.");
        check(&[Indented("\tAdd.\r\n\tTwice. \r\n\r\n\r\n")], "Add.\nTwice.");
        check(&[Indented("\u{feff} Ändern.\r\n é")], "Ändern.\né");
        check(&[Plain("  Code.")], "  Code.");
    }

    #[test]
    fn parts_are_joined_as_lines() {
        use DocPart::{Indented, Plain};
        check(&[Plain("Add."), Indented(" Twice.\n"), Plain("\nMore.")], "Add.\nTwice.\n\nMore.");
        check(&[Plain("Add."), Plain(""), Plain("More.")], "Add.\n\nMore.");
        check(&[Plain("Add.\n"), Plain("More.")], "Add.\nMore.");
    }

    #[test]
    fn blank_text_is_nothing() {
        use DocPart::{Indented, Plain};
        check(&[Indented(" \r\n\t\n"), Plain("\n\n")], "");
    }

    #[test]
    fn it_is_put_together_at_compile_time() {
        const PARTS: &[DocPart] = &[DocPart::Indented(concat!(" Add ", "two.\r\n"))];
        const BYTES: [u8; length(PARTS)] = bytes(PARTS);
        const TEXT: &str = text(&BYTES);
        assert_eq!(TEXT, "Add two.");
    }
}
