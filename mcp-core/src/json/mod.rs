//! Writes JSON text into a buffer, member by member.
//!
//! Nothing is allocated but the room for what is written, and commas and brackets are right by
//! construction. Keys are literals of this workspace and need no escapes, unless they are given to
//! [`Object::entry`].

mod escape;
mod finite;
mod search;
mod serializer;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::Serialize;

pub(crate) use self::escape::unescape;
pub use self::finite::{NotFinite, not_finite};
use self::search::is_special;
pub(crate) use self::search::{Skipped, control, has_backslash, run, short_run, skip_string};

/// Writes an object.
///
/// # Example
/// ```
/// use mcp_core::json;
///
/// let mut out = Vec::new();
/// json::object(&mut out, |object| {
///     object.value("name", "a\"b");
///     object.raw("arguments", "{}");
///     object.array("tags", |tags| tags.value(&1));
/// });
/// assert_eq!(out, br#"{"name":"a\"b","arguments":{},"tags":[1]}"#);
/// ```
#[inline]
pub fn object(out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
    out.push(b'{');
    members(out, write);
    out.push(b'}');
}

/// Writes the members of an object without its braces.
#[inline]
pub fn members(out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
    let start = out.len();
    write(&mut Object { out, start });
}

/// Writes an array.
pub fn array(out: &mut Vec<u8>, write: impl FnOnce(&mut Array<'_>)) {
    out.push(b'[');
    let start = out.len();
    write(&mut Array { out, start });
    out.push(b']');
}

/// Writes a value that serialises without errors, as every type of this crate does.
///
/// For values of users see [`try_value`]. A bug becomes `null`, so that what is around it remains
/// JSON.
pub fn value<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    if let Err(error) = try_value(out, value) {
        debug_assert!(false, "a value cannot be written as JSON: {error}");
        out.extend_from_slice(b"null");
    }
}

/// Writes a value of a user, or nothing if it cannot be written as JSON.
///
/// # Errors
/// The error of `serde_json`.
pub fn try_value<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> serde_json::Result<()> {
    let start = out.len();
    value.serialize(serializer::Serializer::new(out)).inspect_err(|_| out.truncate(start))
}

/// Writes a text that is known to be UTF-8 as a string.
#[doc(hidden)]
pub fn escaped(out: &mut Vec<u8>, text: &[u8]) {
    debug_assert!(std::str::from_utf8(text).is_ok(), "the text is not UTF-8");
    escape::write_string(out, text);
}

/// Returns a value of a user as a string.
///
/// # Errors
/// The error of `serde_json`.
pub fn try_to_string<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<String> {
    let mut out = Vec::with_capacity(128);
    try_value(&mut out, value)?;
    Ok(into_string(out))
}

/// Checks that bytes are UTF-8.
///
/// # Errors
/// That of [`std::str::from_utf8`].
#[doc(hidden)]
pub fn text(bytes: &[u8]) -> Result<&str, std::str::Utf8Error> {
    // The check by vectors has a cost of its own, and does not locate an error.
    if bytes.len() > 64
        && let Ok(text) = simdutf8::basic::from_utf8(bytes)
    {
        return Ok(text);
    }
    std::str::from_utf8(bytes)
}

/// Replaces the line breaks of JSON text by spaces. They stand between tokens only, where a space is
/// equivalent; a transport that frames messages by lines cannot carry them.
#[doc(hidden)]
pub fn one_line(json: &str) -> Cow<'_, str> {
    match memchr::memchr2(b'\n', b'\r', json.as_bytes()) {
        None => Cow::Borrowed(json),
        Some(_) => Cow::Owned(json.replace(['\n', '\r'], " ")),
    }
}

/// Replaces line breaks as [`one_line`] does, in place.
#[doc(hidden)]
pub fn join_lines(json: &mut [u8]) {
    let Some(first) = memchr::memchr2(b'\n', b'\r', json) else { return };
    for byte in &mut json[first..] {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// Returns a value as a string. See [`value`].
pub fn to_string<T: Serialize + ?Sized>(value: &T) -> String {
    string(|out| self::value(out, value))
}

/// Returns what `write` writes as a string.
pub fn string(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    into_string(out)
}

/// Returns an object as a string.
pub fn object_string(write: impl FnOnce(&mut Object<'_>)) -> String {
    string(|out| object(out, write))
}

/// Returns the members of an object, without its braces, as a string.
pub fn members_string(write: impl FnOnce(&mut Object<'_>)) -> String {
    string(|out| members(out, write))
}

/// Converts a buffer that holds JSON into a string.
pub fn into_string(json: Vec<u8>) -> String {
    String::from_utf8(json).unwrap_or_else(|error| {
        debug_assert!(false, "JSON text is UTF-8: {error}");
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    })
}

/// Object that is being written.
#[derive(Debug)]
pub struct Object<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl Object<'_> {
    /// Begins a member; its value is to be appended to the returned buffer.
    // Always inlined, so that writing a literal key is a copy of known length.
    #[inline(always)]
    pub fn member(&mut self, key: &'static str) -> &mut Vec<u8> {
        debug_assert!(is_plain(key), "the key {key:?} needs escapes");
        self.out.extend_from_slice(if self.out.len() > self.start { b",\"" } else { b"\"" });
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    /// Begins a member whose key is any text.
    pub fn entry(&mut self, key: &str) -> &mut Vec<u8> {
        separate(self.out, self.start);
        value(self.out, key);
        self.out.push(b':');
        self.out
    }

    /// Writes a member with a string, a number or anything else that serialises without errors.
    #[inline(always)]
    pub fn value<T: Serialize + ?Sized>(&mut self, key: &'static str, member: &T) {
        value(self.member(key), member);
    }

    /// Writes a member that is present.
    pub fn optional<T: Serialize + ?Sized>(&mut self, key: &'static str, member: Option<&T>) {
        if let Some(member) = member {
            self.value(key, member);
        }
    }

    /// Writes a member whose value is JSON text.
    #[inline(always)]
    pub fn raw(&mut self, key: &'static str, json: &str) {
        self.member(key).extend_from_slice(json.as_bytes());
    }

    /// Writes a member that is an object.
    #[inline]
    pub fn object(&mut self, key: &'static str, write: impl FnOnce(&mut Object<'_>)) {
        object(self.member(key), write);
    }

    /// Writes a member that is an array.
    pub fn array(&mut self, key: &'static str, write: impl FnOnce(&mut Array<'_>)) {
        array(self.member(key), write);
    }

    /// Writes members that are JSON text without braces, or nothing if they are empty.
    #[inline]
    pub fn members(&mut self, members: impl FnOnce(&mut Vec<u8>)) {
        let comma = self.out.len();
        separate(self.out, self.start);
        let before = self.out.len();
        members(self.out);
        if self.out.len() == before {
            self.out.truncate(comma);
        }
    }
}

/// Array that is being written.
#[derive(Debug)]
pub struct Array<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl Array<'_> {
    /// Begins an element; its value is to be appended to the returned buffer.
    pub fn element(&mut self) -> &mut Vec<u8> {
        separate(self.out, self.start);
        self.out
    }

    /// Writes an element that serialises without errors.
    pub fn value<T: Serialize + ?Sized>(&mut self, element: &T) {
        value(self.element(), element);
    }

    /// Writes an element that is JSON text.
    pub fn raw(&mut self, json: &str) {
        self.element().extend_from_slice(json.as_bytes());
    }

    /// Writes an element that is an object.
    pub fn object(&mut self, write: impl FnOnce(&mut Object<'_>)) {
        object(self.element(), write);
    }
}

/// Appends a comma behind an earlier member or element.
#[inline]
fn separate(out: &mut Vec<u8>, start: usize) {
    if out.len() > start {
        out.push(b',');
    }
}

fn is_plain(key: &str) -> bool {
    !key.bytes().any(is_special)
}
