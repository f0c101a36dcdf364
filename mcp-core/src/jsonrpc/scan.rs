//! Strict and bounded scanner of JSON text: accepts exactly RFC 8259, builds nothing.
//!
//! The bytes of a message are scanned once, here. The positions found on the way are enough for
//! everything that follows to borrow from the frame.

use std::borrow::Cow;

use super::long::LongValues;
use crate::json::{self, unescape};

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
    pub fn decoded(self) -> Cow<'a, str> {
        match self.escaped {
            true => Cow::Owned(unescape(self.inner).unwrap_or_default()),
            false => Cow::Borrowed(self.inner),
        }
    }
}

pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    nodes_left: u32,
    depth_left: u32,
    /// Long values that were scanned.
    long_values: LongValues,
    /// `true` if numbers have to be in the range of a 64-bit float.
    bounds_numbers: bool,
}

type Scan<T> = Result<T, ScanError>;

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, limits: Limits) -> Self {
        Self {
            text,
            at: 0,
            nodes_left: limits.nodes,
            depth_left: limits.depth,
            bounds_numbers: false,
            long_values: LongValues::default(),
        }
    }

    /// Refuses numbers outside the range of a 64-bit float.
    pub(super) fn bounding_numbers(self) -> Self {
        Self { bounds_numbers: true, ..self }
    }

    fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.at]
    }

    fn error<T>(&self, kind: ScanErrorKind) -> Scan<T> {
        Err(ScanError { kind, at: self.at })
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    #[inline]
    pub(super) fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Returns the long values that were scanned, at their positions in the frame.
    pub(super) fn long_values(self, frame: &[u8]) -> Option<LongValues> {
        self.long_values.behind(frame.len() - self.text.len())
    }

    pub(super) fn end(&mut self) -> Scan<()> {
        self.space();
        match self.peek() {
            None => Ok(()),
            Some(_) => self.error(ScanErrorKind::Expected("the end of the message")),
        }
    }

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
    pub(super) fn value(&mut self) -> Scan<&'a str> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => {
                self.count()?;
                self.string()?;
            }
            Some(b'{') => self.object(|scanner, _| scanner.value().map(drop))?,
            Some(b'[') => self.array()?,
            Some(b't') => self.word("true")?,
            Some(b'f') => self.word("false")?,
            Some(b'n') => self.word("null")?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => return self.error(ScanErrorKind::Expected("a JSON value")),
        }
        self.long_values.add(start, self.at);
        Ok(self.since(start))
    }

    /// Scans an object; `member` is called at each value and has to scan it.
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, Quoted<'a>) -> Scan<()>,
    ) -> Scan<()> {
        self.enter()?;
        self.space();
        if self.peek() == Some(b'}') {
            return self.leave();
        }
        loop {
            if self.peek() != Some(b'"') {
                return self.error(ScanErrorKind::Expected("a member name in quotes"));
            }
            self.count()?;
            let name = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return self.error(ScanErrorKind::Expected("`:` after a member name"));
            }
            self.at += 1;
            self.space();
            member(self, name)?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => return self.leave(),
                _ => return self.error(ScanErrorKind::Expected("`,` or `}`")),
            }
            self.space();
        }
    }

    fn array(&mut self) -> Scan<()> {
        self.enter()?;
        self.space();
        if self.peek() == Some(b']') {
            return self.leave();
        }
        loop {
            self.value()?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => return self.leave(),
                _ => return self.error(ScanErrorKind::Expected("`,` or `]`")),
            }
            self.space();
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
        // The largest finite float has 309 digits, so shorter plain numbers are in range.
        if self.at - start < 309 { Ok(()) } else { self.range(start) }
    }

    /// Checks the range of a number, if that is wanted.
    fn range(&self, start: usize) -> Scan<()> {
        let is_finite = || self.since(start).parse::<f64>().is_ok_and(f64::is_finite);
        if self.bounds_numbers && !is_finite() {
            return self.error(ScanErrorKind::NumberRange);
        }
        Ok(())
    }

    fn digits(&mut self) -> Scan<()> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start { self.error(ScanErrorKind::Expected("a digit")) } else { Ok(()) }
    }

    fn string(&mut self) -> Scan<Quoted<'a>> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut run = json::first_run(bytes, start);
        let (mut escaped, mut is_unchecked) = (false, run.is_unchecked);
        let end = loop {
            self.at = run.end;
            match self.peek() {
                Some(b'"') => break Ok(()),
                Some(b'\\') => {
                    escaped = true;
                    if let Err(error) = self.escape() {
                        break Err(error);
                    }
                }
                Some(_) => break self.control_character(),
                None => break self.error(ScanErrorKind::Expected("the end of a string")),
            }
            run = json::run(bytes, self.at);
            is_unchecked |= run.is_unchecked;
        };
        if is_unchecked && let Some(distance) = json::control(&bytes[start..self.at]) {
            self.at = start + distance;
            return self.control_character();
        }
        end?;
        let inner = self.since(start);
        self.at += 1;
        Ok(Quoted { inner, escaped })
    }

    #[cold]
    fn control_character<T>(&self) -> Scan<T> {
        self.error(ScanErrorKind::Expected("no raw control character"))
    }

    #[inline]
    fn escape(&mut self) -> Scan<()> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                self.at += 1;
                self.unicode_escape()
            }
            _ => self.error(ScanErrorKind::Expected("an escape of JSON")),
        }
    }

    fn unicode_escape(&mut self) -> Scan<()> {
        match self.hex4()? {
            0xD800..=0xDBFF => {
                if !self.text.as_bytes()[self.at..].starts_with(b"\\u") {
                    return self.error(ScanErrorKind::LoneSurrogate);
                }
                self.at += 2;
                match self.hex4()? {
                    0xDC00..=0xDFFF => Ok(()),
                    _ => self.error(ScanErrorKind::LoneSurrogate),
                }
            }
            0xDC00..=0xDFFF => self.error(ScanErrorKind::LoneSurrogate),
            _ => Ok(()),
        }
    }

    fn hex4(&mut self) -> Scan<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return self.error(ScanErrorKind::Expected("four hexadecimal digits"));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}
