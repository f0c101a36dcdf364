//! Strings: where they end, and whether their escapes are valid.

use super::{Scan, ScanErrorKind, Scanner};
use crate::json;

impl Scanner<'_, '_> {
    /// Scans a string. Returns `true` if it has escapes.
    // Most strings are short and without escapes. They need no call, and no registers of their own.
    #[inline(always)]
    pub(super) fn string(&mut self) -> Scan<bool> {
        let bytes = self.text.as_bytes();
        match json::short_run(bytes, self.at + 1) {
            Some(end) if bytes.get(end) == Some(&b'"') => {
                self.at = end + 1;
                Ok(false)
            }
            _ => self.long_string(),
        }
    }

    /// Scans a string that is long or has escapes.
    #[inline(never)]
    fn long_string(&mut self) -> Scan<bool> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut run = json::run(bytes, start);
        let (mut is_escaped, mut is_unchecked) = (false, run.is_unchecked);
        let end = loop {
            self.at = run.end;
            match self.peek() {
                Some(b'"') => break Ok(()),
                Some(b'\\') => {
                    is_escaped = true;
                    if let Err(stopped) = self.escape() {
                        break Err(stopped);
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
        self.at += 1;
        Ok(is_escaped)
    }

    #[cold]
    fn control_character<T>(&mut self) -> Scan<T> {
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
