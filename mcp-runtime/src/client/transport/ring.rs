//! The last bytes of what was written, in bounded memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// The end of a text that grows.
#[derive(Clone, Debug)]
pub(crate) struct Ring {
    bytes: Arc<Mutex<VecDeque<u8>>>,
    most: usize,
}

impl Ring {
    pub(crate) fn new(most: usize) -> Self {
        Self { bytes: Arc::default(), most }
    }

    /// Adds bytes at the end; what is too much falls off the beginning.
    pub(crate) fn push(&self, new: &[u8]) {
        let new = &new[new.len().saturating_sub(self.most)..];
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let excess = (bytes.len() + new.len()).saturating_sub(self.most);
        bytes.drain(..excess);
        bytes.extend(new);
    }

    /// The text that is kept. What is not UTF-8 is replaced.
    pub(crate) fn text(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let (front, back) = bytes.as_slices();
        String::from_utf8_lossy(&[front, back].concat()).into_owned()
    }

    /// The last lines, as many as fit into a number of bytes.
    pub(crate) fn tail(&self, most: usize) -> String {
        let text = self.text();
        let mut start = text.len().saturating_sub(most);
        while !text.is_char_boundary(start) {
            start += 1;
        }
        let cut = if start == 0 {
            0
        } else {
            text[start..].find('\n').map_or(start, |at| start + at + 1)
        };
        text[cut..].trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::Ring;

    #[test]
    fn only_the_end_is_kept() {
        let ring = Ring::new(8);
        ring.push(b"abc\n");
        assert_eq!(ring.text(), "abc\n");
        ring.push(b"defgh\n");
        assert_eq!(ring.text(), "c\ndefgh\n");
        ring.push(b"a text longer than all that is kept");
        assert_eq!(ring.text(), " is kept");
    }

    #[test]
    fn a_tail_begins_with_a_line() {
        let ring = Ring::new(100);
        ring.push("one\ntwo äö\nthree\n".as_bytes());
        assert_eq!(ring.tail(12), "three");
        assert_eq!(ring.tail(100), "one\ntwo äö\nthree");
    }
}
