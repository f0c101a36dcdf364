//! Limits of an answer that arrives in parts.

use serde_json::value::RawValue;

use crate::providers::answer::AnswerError;
use crate::providers::raw::RawObject;

/// Maximum size of what is kept of an answer, in bytes.
pub(super) const MAX_SIZE: usize = 16 * 1024 * 1024;

/// Maximum number of items, blocks or calls.
const MAX_PARTS: usize = 4_096;

/// Bytes and parts that an answer may still have.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: usize,
    parts: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: MAX_SIZE, parts: MAX_PARTS }
    }
}

impl Budget {
    /// Counts bytes that are kept.
    pub(super) fn bytes(&mut self, count: usize) -> Result<(), AnswerError> {
        self.bytes = self.bytes.checked_sub(count).ok_or_else(Self::exhausted)?;
        Ok(())
    }

    /// Counts a part.
    pub(super) fn part(&mut self) -> Result<(), AnswerError> {
        self.parts = self.parts.checked_sub(1).ok_or_else(|| {
            AnswerError::new("", format!("expected at most {MAX_PARTS} parts, got more"))
        })?;
        Ok(())
    }

    /// Appends text that is kept.
    pub(super) fn append(&mut self, text: &mut String, more: &str) -> Result<(), AnswerError> {
        self.bytes(more.len())?;
        text.push_str(more);
        Ok(())
    }

    /// Replaces a member of an object that is kept, or appends it.
    pub(super) fn set(
        &mut self,
        object: &mut RawObject,
        name: &str,
        value: &RawValue,
    ) -> Result<(), AnswerError> {
        match object.get(name) {
            Some(old) => self.bytes += old.get().len(),
            None => self.bytes(name.len())?,
        }
        self.bytes(value.get().len())?;
        object.set(name, value);
        Ok(())
    }

    pub(super) fn exhausted() -> AnswerError {
        AnswerError::new("", format!("expected at most {MAX_SIZE} bytes, got more"))
    }
}
