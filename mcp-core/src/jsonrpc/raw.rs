//! Values of a decoded message, borrowed from its frame.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::long::LongValues;
use super::scan::{Limits, Quoted, Scanner};
use crate::json::{Skipped, has_backslash, skip_string};

/// Text of one JSON value that the decoder has checked.
///
/// Like [`serde_json::value::RawValue`], but borrowed from the frame without a second pass over its
/// bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a>(&'a str);

impl<'a> Raw<'a> {
    /// Wraps text that [`decode`](super::decode) has checked as part of a message: one JSON value
    /// without surrounding space. Other text makes the iterators yield arbitrary parts of it.
    #[doc(hidden)]
    pub fn from_accepted(text: &'a str) -> Self {
        Self(text)
    }

    /// Checks a text as the text of a message is checked. `None` if it is not one JSON value within the
    /// limits.
    pub fn checked(text: &'a str, limits: Limits) -> Option<Self> {
        let mut scanner = Scanner::new(text, limits);
        scanner.token();
        let value = scanner.value().ok()?;
        scanner.end().ok()?;
        Some(value)
    }

    /// Wraps the text of a value that `serde_json` has checked.
    pub fn from_raw_value(value: &'a RawValue) -> Self {
        Self(value.get())
    }

    /// Returns the text.
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// `true` if the value is an object.
    pub fn is_object(self) -> bool {
        self.0.starts_with('{')
    }

    /// `true` if the value is `null`.
    pub fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// `true` if the value is an array.
    pub fn is_array(self) -> bool {
        self.0.starts_with('[')
    }

    /// Deserialises the value.
    ///
    /// # Errors
    /// The error of `serde_json` if the value does not fit the type.
    pub fn parse<T: Deserialize<'a>>(self) -> serde_json::Result<T> {
        serde_json::from_str(self.0)
    }

    /// Returns the text of a string between its quotes; `None` if it is not a string.
    #[doc(hidden)]
    pub fn quoted(self) -> Option<Quoted<'a>> {
        let inner = self.0.strip_prefix('"')?.strip_suffix('"')?;
        Some(Quoted::new(inner, has_backslash(inner.as_bytes())))
    }

    /// Returns the value of a string, borrowed if it has no escapes; `None` if it is not a string.
    pub fn string(self) -> Option<Cow<'a, str>> {
        self.quoted().map(Quoted::decoded)
    }

    /// Iterates over the members of an object in their order; empty if the value is not an object.
    pub fn members(self) -> Members<'a> {
        Members(self.entries())
    }

    /// Iterates over the members of an object like [`Raw::members`], with their names as they are
    /// written.
    pub fn entries(self) -> Entries<'a> {
        Entries { text: self.0, at: usize::from(self.is_object()) }
    }

    /// Iterates over the members of an object as [`members`](Self::members) does, and skips the long
    /// values of its frame without looking at them.
    #[doc(hidden)]
    pub fn members_past<'v>(
        self,
        long_values: Option<&'v LongValues>,
        frame: &[u8],
    ) -> MembersPast<'a, 'v> {
        let offset = (self.0.as_ptr() as usize).wrapping_sub(frame.as_ptr() as usize);
        // A text from elsewhere has no positions in the frame.
        let is_part = offset.checked_add(self.0.len()).is_some_and(|end| end <= frame.len());
        let long_values = long_values.filter(|_| is_part).map(|values| (values, offset));
        MembersPast { members: self.members(), long_values }
    }

    /// Returns the first member with a name.
    pub fn member(self, name: &str) -> Option<Raw<'a>> {
        self.members().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Iterates over the elements of an array in their order; empty if the value is not an array.
    pub fn elements(self) -> Elements<'a> {
        Elements { text: self.0, at: usize::from(self.0.starts_with('[')) }
    }
}

/// Iterator over the members of an object. See [`Raw::members`].
#[derive(Clone, Debug)]
pub struct Members<'a>(Entries<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Raw<'a>);

    // The whole step is in here, and this in one place: a member costs one call.
    #[inline(never)]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.step(skip_value)?.decoded()
    }
}

/// Iterator over the members of an object, with their names as JSON. See [`Raw::entries`].
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    text: &'a str,
    /// Position behind the bracket or the last value; zero if there is nothing to iterate over.
    at: usize,
}

impl<'a> Iterator for Entries<'a> {
    type Item = (Raw<'a>, Raw<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.step(skip_value)?;
        Some((entry.name, entry.value))
    }
}

/// Member of an object.
struct Entry<'a> {
    name: Raw<'a>,
    /// `true` if the name has escapes.
    is_escaped: bool,
    value: Raw<'a>,
}

impl<'a> Entry<'a> {
    #[inline]
    fn decoded(self) -> Option<(Cow<'a, str>, Raw<'a>)> {
        let inner = self.name.0.get(1..self.name.0.len() - 1)?;
        let name = Quoted::new(inner, self.is_escaped).decoded();
        Some((name, self.value))
    }
}

impl<'a> Entries<'a> {
    #[inline(always)]
    fn step(&mut self, skip_value: impl FnOnce(&[u8], usize) -> usize) -> Option<Entry<'a>> {
        let bytes = self.text.as_bytes();
        let start = next_value(bytes, self.at)?;
        let Skipped { end, is_escaped } = skip_string(bytes, start);
        let name = Raw(self.text.get(start..end)?);
        let value = next_value(bytes, end)?;
        self.at = skip_value(bytes, value);
        Some(Entry { name, is_escaped, value: Raw(self.text.get(value..self.at)?) })
    }
}

/// Iterator over the members of an object. See [`Raw::members_past`].
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct MembersPast<'a, 'v> {
    members: Members<'a>,
    /// Long values of the frame, and the position of the object in it.
    long_values: Option<(&'v LongValues, usize)>,
}

impl<'a> Iterator for MembersPast<'a, '_> {
    type Item = (Cow<'a, str>, Raw<'a>);

    #[inline(never)]
    fn next(&mut self) -> Option<Self::Item> {
        let Some((long_values, offset)) = self.long_values else { return self.members.next() };
        let skip_value = |bytes: &[u8], value| {
            let end = long_values.end(offset + value).map(|end| end - offset);
            end.unwrap_or_else(|| skip_value(bytes, value))
        };
        self.members.0.step(skip_value)?.decoded()
    }
}

/// Iterator over the elements of an array. See [`Raw::elements`].
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    text: &'a str,
    /// Position behind the bracket or the last value; zero if there is nothing to iterate over.
    at: usize,
}

impl<'a> Iterator for Elements<'a> {
    type Item = Raw<'a>;

    fn next(&mut self) -> Option<Raw<'a>> {
        let bytes = self.text.as_bytes();
        let start = next_value(bytes, self.at)?;
        self.at = skip_value(bytes, start);
        Some(Raw(self.text.get(start..self.at)?))
    }
}

/// Returns the start of the next value, past space, commas and colons; `None` at a closing bracket.
#[inline(always)]
fn next_value(bytes: &[u8], mut at: usize) -> Option<usize> {
    if at == 0 {
        return None;
    }
    while let b' ' | b'\n' | b'\r' | b'\t' | b',' | b':' = *bytes.get(at)? {
        at += 1;
    }
    (!matches!(bytes[at], b'}' | b']')).then_some(at)
}

/// Returns the position behind the value that starts at `at`.
#[inline(always)]
fn skip_value(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'"') => skip_string(bytes, at).end,
        Some(b'{' | b'[') => skip_nested(bytes, at),
        _ => {
            let rest = bytes.get(at..).unwrap_or_default();
            at + rest.iter().position(|byte| ends_scalar(*byte)).unwrap_or(rest.len())
        }
    }
}

/// `true` for a byte behind a number or a word: a comma, a closing bracket or space. Most bytes of a number are
/// greater than a comma, so two comparisons decide on them.
#[inline(always)]
fn ends_scalar(byte: u8) -> bool {
    match byte > b',' {
        true => byte == b'}' || byte == b']',
        false => matches!(byte, b',' | b' ' | b'\n' | b'\r' | b'\t'),
    }
}

fn skip_nested(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_u32;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = skip_string(bytes, at).end;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::Raw;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let found: Vec<_> =
            Raw(text).members().map(|(name, value)| (name.into_owned(), value.0)).collect();
        let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn members_are_walked_in_order() {
        check("{}", &[]);
        check("[1]", &[]);
        check("7", &[]);
        check(r#"{"a":1}"#, &[("a", "1")]);
        check(
            "{ \"a\" : [1,{\"b\":\"}\"}] , \"c\\n\" :\"x\\\"y\", \"d\":null }",
            &[("a", r#"[1,{"b":"}"}]"#), ("c\n", r#""x\"y""#), ("d", "null")],
        );
        check(
            r#"{"long enough to fill a word":{},"b":-1.5e3}"#,
            &[("long enough to fill a word", "{}"), ("b", "-1.5e3")],
        );
    }

    #[test]
    fn elements_are_walked_in_order() {
        let found: Vec<_> =
            Raw(r#"[1, "a,]", {"b":[2]} ,[]]"#).elements().map(Raw::as_str).collect();
        assert_eq!(found, ["1", r#""a,]""#, r#"{"b":[2]}"#, "[]"]);
        assert_eq!(Raw("{}").elements().count(), 0);
    }
}
