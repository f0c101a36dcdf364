//! Messages of one client in their order: its lines, and the entries of its arrays.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::AsyncRead;

use super::lines::{Line, Lines};
use crate::server::connection::Gathering;

/// A message to be received.
pub(crate) enum Incoming {
    /// A line.
    Line(Bytes),
    /// A message of an array.
    Entry(ArrayEntry),
    /// A line over the limit, whose bytes were skipped.
    TooLong {
        /// Size limit of a line, in bytes.
        limit: usize,
    },
}

/// A message of an array, and the place of its answer.
pub(crate) struct ArrayEntry {
    pub(crate) frame: Bytes,
    pub(crate) gathering: Arc<Gathering>,
}

/// Reader of messages.
pub(crate) struct Messages<R> {
    lines: Lines<R>,
    /// Entries of the last array that are still to be received.
    entries: VecDeque<ArrayEntry>,
    /// The message that was returned last, if it is an entry of an array.
    last_entry: Option<Bytes>,
    /// `true` once the input has ended.
    ended: bool,
}

impl<R> Messages<R> {
    pub(crate) fn new(source: R, limit: usize) -> Self {
        let (entries, last_entry) = (VecDeque::new(), None);
        Self { lines: Lines::new(source, limit), entries, last_entry, ended: false }
    }

    /// Returns the next message that has been read in full. Behind the end of the input, the text
    /// behind the last line break is one.
    pub(crate) fn next_buffered(&mut self) -> Option<Incoming> {
        if let Some(entry) = self.entries.pop_front() {
            self.last_entry = Some(entry.frame.clone());
            return Some(Incoming::Entry(entry));
        }
        self.last_entry = None;
        loop {
            let line = match self.lines.next_buffered() {
                None if self.ended => self.lines.rest()?,
                None => return None,
                Some(line) => line,
            };
            match line {
                Line::TooLong { limit } => return Some(Incoming::TooLong { limit }),
                Line::Text(line) => match line.trim_ascii() {
                    b"" => {}
                    line => return Some(Incoming::Line(Bytes::copy_from_slice(line))),
                },
            }
        }
    }

    /// Adds the entries of an array that was the last message. They are received next.
    pub(crate) fn push_entries(&mut self, entries: impl IntoIterator<Item = ArrayEntry>) {
        self.entries.extend(entries);
    }

    /// Text of the message that was returned last.
    pub(crate) fn last(&self) -> &[u8] {
        self.last_entry.as_deref().unwrap_or_else(|| self.lines.last())
    }

    /// `true` once the input has ended.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Source of the bytes.
    pub(crate) fn source(&self) -> &R {
        self.lines.source()
    }
}

impl<R: Read> Messages<R> {
    /// Reads once.
    pub(crate) fn fill(&mut self) -> io::Result<()> {
        self.ended = !self.lines.fill()?;
        Ok(())
    }
}

impl<R: AsyncRead + Unpin> Messages<R> {
    /// Reads once.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    pub(crate) async fn fill_async(&mut self) -> io::Result<()> {
        self.ended = !self.lines.fill_async().await?;
        Ok(())
    }
}
