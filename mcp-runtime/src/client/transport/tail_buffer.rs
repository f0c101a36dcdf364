//! The last bytes of a stream, in bounded memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// A buffer that keeps the last bytes that were pushed. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct TailBuffer {
    bytes: Arc<Mutex<VecDeque<u8>>>,
    capacity: usize,
}

impl TailBuffer {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { bytes: Arc::default(), capacity }
    }

    /// Appends bytes and drops what exceeds the capacity at the beginning.
    pub(crate) fn push(&self, new: &[u8]) {
        let new = &new[new.len().saturating_sub(self.capacity)..];
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let excess = (bytes.len() + new.len()).saturating_sub(self.capacity);
        bytes.drain(..excess);
        bytes.extend(new);
    }

    /// Returns the contents. Invalid UTF-8 is replaced.
    pub(crate) fn text(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let (front, back) = bytes.as_slices();
        String::from_utf8_lossy(&[front, back].concat()).into_owned()
    }

    /// Returns the last lines, as many as fit into a number of bytes.
    pub(crate) fn tail(&self, max_bytes: usize) -> String {
        let text = self.text();
        let mut start = text.len().saturating_sub(max_bytes);
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
    use super::TailBuffer;

    #[test]
    fn only_the_end_is_kept() {
        let buffer = TailBuffer::new(8);
        buffer.push(b"abc\n");
        assert_eq!(buffer.text(), "abc\n");
        buffer.push(b"defgh\n");
        assert_eq!(buffer.text(), "c\ndefgh\n");
        buffer.push(b"a text longer than all that is kept");
        assert_eq!(buffer.text(), " is kept");
    }

    #[test]
    fn a_tail_begins_with_a_line() {
        let buffer = TailBuffer::new(100);
        buffer.push("one\ntwo äö\nthree\n".as_bytes());
        assert_eq!(buffer.tail(12), "three");
        assert_eq!(buffer.tail(100), "one\ntwo äö\nthree");
    }
}
