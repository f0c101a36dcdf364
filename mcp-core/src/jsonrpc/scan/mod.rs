//! Strict and bounded scanner of JSON text: accepts exactly RFC 8259, builds nothing.
//!
//! The bytes of a message are scanned once, here. The positions found on the way are enough for
//! everything that follows to borrow from the frame.

mod params;
mod string;

use std::borrow::Cow;

use super::last_meta::LastMeta;
use super::long::LongValues;
use super::raw::Raw;
use crate::json::unescape;

/// Limits of the size of a message.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Maximum depth of nested arrays and objects.
    pub depth: u32,
    /// Maximum number of values in a message, member names included.
    pub nodes: u32,
}

impl Limits {
    /// Sets the maximum depth of nested arrays and objects.
    #[must_use]
    pub fn depth(mut self, depth: u32) -> Self {
        self.depth = depth;
        self
    }

    /// Sets the maximum number of values in a message.
    #[must_use]
    pub fn nodes(mut self, nodes: u32) -> Self {
        self.nodes = nodes;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 128, nodes: 100_000 }
    }
}

/// Reason for refusing a text, and its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ScanError {
    pub(super) kind: ScanErrorKind,
    pub(super) at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScanErrorKind {
    Expected(&'static str),
    TooDeep,
    TooMany,
    NumberRange,
    LoneSurrogate,
}

impl ScanErrorKind {
    /// `true` for text that has the grammar of JSON and is refused for what it contains.
    pub(super) fn is_within_grammar(self) -> bool {
        matches!(self, Self::TooDeep | Self::NumberRange | Self::LoneSurrogate)
    }
}

/// Text of a string between its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub struct Quoted<'a> {
    inner: &'a str,
    escaped: bool,
}

impl<'a> Quoted<'a> {
    pub(super) fn new(inner: &'a str, escaped: bool) -> Self {
        Self { inner, escaped }
    }

    /// Value of the string if it has no escapes.
    pub fn plain(self) -> Option<&'a str> {
        (!self.escaped).then_some(self.inner)
    }

    /// Value of the string, borrowed if it has no escapes.
    #[inline]
    pub fn decoded(self) -> Cow<'a, str> {
        match self.escaped {
            true => Cow::Owned(unescape(self.inner).unwrap_or_default()),
            false => Cow::Borrowed(self.inner),
        }
    }
}

/// Name of a member: its position between the quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    start: usize,
    end: usize,
    is_escaped: bool,
}

pub(super) struct Scanner<'a, 'l> {
    text: &'a str,
    at: usize,
    nodes_left: u32,
    depth_left: u32,
    /// Long values that were scanned.
    long_values: LongValues,
    /// `true` if numbers have to be in the range of a 64-bit float.
    bounds_numbers: bool,
    /// The `_meta` of the last request of the connection.
    last_meta: Option<&'l LastMeta>,
    /// Reason for which the scan has stopped.
    stopped_by: ScanErrorKind,
}

/// Mark of a scan that has stopped. The reason is stored in the scanner, so that the result of each step
/// fits in a register.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopped;

pub(super) type Scan<T> = Result<T, Stopped>;

impl<'a, 'l> Scanner<'a, 'l> {
    pub(super) fn new(text: &'a str, limits: Limits) -> Self {
        Self {
            text,
            at: 0,
            nodes_left: limits.nodes,
            depth_left: limits.depth,
            bounds_numbers: false,
            long_values: LongValues::default(),
            last_meta: None,
            stopped_by: ScanErrorKind::TooMany,
        }
    }

    /// Refuses numbers outside the range of a 64-bit float.
    pub(super) fn bounding_numbers(self) -> Self {
        Self { bounds_numbers: true, ..self }
    }

    /// Compares `_meta` with that of the last request, and remembers it.
    pub(super) fn repeating(self, last_meta: &'l LastMeta) -> Self {
        Self { last_meta: Some(last_meta), ..self }
    }

    /// Reason for which the scan has stopped, and its position.
    pub(super) fn stopped(&self) -> ScanError {
        ScanError { kind: self.stopped_by, at: self.at }
    }

    fn error<T>(&mut self, kind: ScanErrorKind) -> Scan<T> {
        self.stopped_by = kind;
        Err(Stopped)
    }

    /// The text from a position on, up to the current one.
    #[inline]
    pub(super) fn raw(&self, start: usize) -> Raw<'a> {
        Raw::from_accepted(&self.text[start..self.at])
    }

    /// Calls a function with the value of a name.
    #[inline]
    pub(super) fn with_name<T>(&self, name: Name, run: impl FnOnce(&[u8]) -> T) -> T {
        let inner = name.start..name.end;
        match name.is_escaped {
            // As bytes, because only their comparison is wanted, and not the bounds of characters.
            false => run(&self.text.as_bytes()[inner]),
            true => run(unescape(&self.text[inner]).unwrap_or_default().as_bytes()),
        }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Skips space, and returns the byte behind it.
    #[inline]
    pub(super) fn token(&mut self) -> Option<u8> {
        loop {
            let byte = self.peek()?;
            if byte > b' ' || !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// Returns the long values that were scanned, at their positions in the frame.
    pub(super) fn long_values(self, frame: &[u8]) -> Option<LongValues> {
        self.long_values.behind(frame.len() - self.text.len())
    }

    pub(super) fn end(&mut self) -> Scan<()> {
        match self.token() {
            None => Ok(()),
            Some(_) => self.error(ScanErrorKind::Expected("the end of the message")),
        }
    }

    #[inline]
    fn count(&mut self) -> Scan<()> {
        match self.nodes_left.checked_sub(1) {
            Some(left) => {
                self.nodes_left = left;
                Ok(())
            }
            None => self.error(ScanErrorKind::TooMany),
        }
    }

    /// Scans one value and returns its text.
    pub(super) fn value(&mut self) -> Scan<Raw<'a>> {
        let start = self.at;
        self.skip()?;
        Ok(self.raw(start))
    }

    /// Scans one value.
    #[inline]
    pub(super) fn skip(&mut self) -> Scan<()> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return self.skip_other();
        }
        self.count()?;
        self.string()?;
        self.long_values.add(start, self.at);
        Ok(())
    }

    /// Scans one value other than a string.
    fn skip_other(&mut self) -> Scan<()> {
        let start = self.at;
        match self.peek() {
            Some(b'{') => self.object(|scanner, _| scanner.skip())?,
            Some(b'[') => self.array()?,
            Some(b't') => self.word("true")?,
            Some(b'f') => self.word("false")?,
            Some(b'n') => self.word("null")?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => return self.error(ScanErrorKind::Expected("a JSON value")),
        }
        self.long_values.add(start, self.at);
        Ok(())
    }

    /// Scans an object; `member` is called at each value and has to scan it.
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, Name) -> Scan<()>,
    ) -> Scan<()> {
        self.enter()?;
        if self.token() == Some(b'}') {
            return self.leave();
        }
        loop {
            if self.token() != Some(b'"') {
                return self.error(ScanErrorKind::Expected("a member name in quotes"));
            }
            self.count()?;
            let start = self.at + 1;
            let is_escaped = self.string()?;
            let name = Name { start, end: self.at - 1, is_escaped };
            if self.token() != Some(b':') {
                return self.error(ScanErrorKind::Expected("`:` after a member name"));
            }
            self.at += 1;
            self.token();
            member(self, name)?;
            match self.token() {
                Some(b',') => self.at += 1,
                Some(b'}') => return self.leave(),
                _ => return self.error(ScanErrorKind::Expected("`,` or `}`")),
            }
        }
    }

    fn array(&mut self) -> Scan<()> {
        self.enter()?;
        if self.token() == Some(b']') {
            return self.leave();
        }
        loop {
            self.token();
            self.skip()?;
            match self.token() {
                Some(b',') => self.at += 1,
                Some(b']') => return self.leave(),
                _ => return self.error(ScanErrorKind::Expected("`,` or `]`")),
            }
        }
    }

    fn enter(&mut self) -> Scan<()> {
        self.count()?;
        match self.depth_left.checked_sub(1) {
            Some(left) => self.depth_left = left,
            None => return self.error(ScanErrorKind::TooDeep),
        }
        self.at += 1;
        Ok(())
    }

    fn leave(&mut self) -> Scan<()> {
        self.depth_left += 1;
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, word: &'static str) -> Scan<()> {
        self.count()?;
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return self.error(ScanErrorKind::Expected("a JSON value"));
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Scan<()> {
        self.count()?;
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return self.error(ScanErrorKind::Expected("a digit")),
        }
        match self.peek() {
            Some(b'.' | b'e' | b'E') => self.fraction(start),
            // The largest finite float has 309 digits, so shorter plain numbers are in range.
            _ if self.at - start < 309 => Ok(()),
            _ => self.range(start),
        }
    }

    /// Scans the fraction and the exponent of a number.
    fn fraction(&mut self, start: usize) -> Scan<()> {
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
            return self.range(start);
        }
        if self.at - start < 309 { Ok(()) } else { self.range(start) }
    }

    /// Checks the range of a number, if that is wanted.
    fn range(&mut self, start: usize) -> Scan<()> {
        let is_finite = || self.text[start..self.at].parse::<f64>().is_ok_and(f64::is_finite);
        if self.bounds_numbers && !is_finite() {
            return self.error(ScanErrorKind::NumberRange);
        }
        Ok(())
    }

    #[inline]
    fn digits(&mut self) -> Scan<()> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { self.error(ScanErrorKind::Expected("a digit")) } else { Ok(()) }
    }
}
