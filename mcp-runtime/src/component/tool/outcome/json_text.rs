//! JSON text of a structured result.

use std::cell::Cell;
use std::ops::Deref;

/// Length up to which a text is stored in place, in bytes.
const MAX_SHORT: usize = 30;

/// Capacity of a new buffer, in bytes.
const CAPACITY: usize = 64;

thread_local! {
    /// Buffer for the next text of this thread.
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// JSON text of a result.
///
/// A short one, such as a number, has no allocation of its own: it is written into a buffer of the thread
/// and stored in place, which saves about 100 instructions.
#[derive(Debug)]
pub(crate) enum JsonText {
    Short { length: u8, bytes: [u8; MAX_SHORT] },
    Long(Vec<u8>),
}

impl JsonText {
    /// Returns an empty buffer to write a text into.
    pub(crate) fn buffer() -> Vec<u8> {
        // Taken out, because the code of the user that writes may write another one.
        let mut buffer = BUFFER.try_with(Cell::take).unwrap_or_default();
        buffer.reserve(CAPACITY);
        buffer
    }

    /// Stores what was written.
    pub(crate) fn new(mut text: Vec<u8>) -> Self {
        let length = text.len();
        let mut bytes = [0; MAX_SHORT];
        let Some(short) = bytes.get_mut(..length) else { return Self::Long(text) };
        short.copy_from_slice(&text);
        text.clear();
        // A thread that ends has no buffer.
        let _ = BUFFER.try_with(|buffer| buffer.set(text));
        Self::Short { length: length as u8, bytes }
    }

    /// Returns the text as a vector.
    pub(crate) fn into_vec(self) -> Vec<u8> {
        match self {
            Self::Short { .. } => self.to_vec(),
            Self::Long(text) => text,
        }
    }
}

impl Deref for JsonText {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Short { length, bytes } => &bytes[..usize::from(*length)],
            Self::Long(text) => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonText, MAX_SHORT};

    fn written(text: &str) -> JsonText {
        let mut buffer = JsonText::buffer();
        assert!(buffer.is_empty(), "{text}");
        buffer.extend_from_slice(text.as_bytes());
        JsonText::new(buffer)
    }

    #[test]
    fn texts_of_any_length_are_kept() {
        for length in [0, 1, MAX_SHORT - 1, MAX_SHORT, MAX_SHORT + 1, 1000] {
            let text = "7".repeat(length);
            let (one, other) = (written(&text), written("8"));
            assert_eq!(matches!(one, JsonText::Long(_)), length > MAX_SHORT);
            assert_eq!((&*one, &*other), (text.as_bytes(), &b"8"[..]));
            assert_eq!(one.into_vec(), text.as_bytes());
        }
    }

    #[test]
    fn a_text_may_be_written_while_another_one_is() {
        let mut outer = JsonText::buffer();
        outer.extend_from_slice(b"[1,");
        let inner = written("2");
        outer.extend_from_slice(&inner);
        outer.push(b']');
        assert_eq!(&*JsonText::new(outer), b"[1,2]");
    }
}
