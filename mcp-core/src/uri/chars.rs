//! Characters of URIs, and percent-encoding.

use std::borrow::Cow;

/// `true` for an unreserved character.
pub(super) fn is_unreserved(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~".contains(character)
}

/// `true` for a reserved character, which can delimit parts of a URI.
pub(super) fn is_reserved(character: char) -> bool {
    ":/?#[]@!$&'()*+,;=".contains(character)
}

/// `true` for a character that is allowed outside the braces of a template.
pub(super) fn is_literal(character: char) -> bool {
    is_unreserved(character) || is_reserved(character)
}

/// Decodes the byte that is percent-encoded at a position.
pub(super) fn encoded(text: &[u8], at: usize) -> Option<u8> {
    let [b'%', high, low] = text.get(at..at + 3)? else { return None };
    Some(digit(*high)? << 4 | digit(*low)?)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Appends a percent-encoded byte.
pub(super) fn encode_byte(byte: u8, text: &mut String) {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    text.push('%');
    text.push(DIGITS[usize::from(byte >> 4)]);
    text.push(DIGITS[usize::from(byte & 15)]);
}

/// Appends a character with each of its bytes percent-encoded.
pub(super) fn encode_char(character: char, text: &mut String) {
    for byte in character.encode_utf8(&mut [0; 4]).bytes() {
        encode_byte(byte, text);
    }
}

/// Normalises the characters of a URI: ASCII, with encodings in upper case and of those characters only
/// that need one. `None` if it has a control character or a `%` without its digits.
pub(super) fn normal(uri: &str) -> Option<Cow<'_, str>> {
    let bytes = uri.as_bytes();
    let mut is_normal = true;
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'%' => {
                let is_needed = !is_unreserved(encoded(bytes, at)?.into());
                is_normal &= is_needed && !bytes[at + 1..at + 3].iter().any(u8::is_ascii_lowercase);
            }
            _ if byte.is_ascii_control() => return None,
            _ => is_normal &= byte.is_ascii_graphic(),
        }
    }
    if is_normal {
        return Some(Cow::Borrowed(uri));
    }
    let mut text = String::with_capacity(uri.len() + 16);
    let mut at = 0;
    while let Some(next) = uri[at..].chars().next() {
        if let Some(byte) = encoded(bytes, at) {
            match char::from(byte) {
                plain if is_unreserved(plain) => text.push(plain),
                _ => encode_byte(byte, &mut text),
            }
            at += 3;
            continue;
        }
        if next.is_ascii_graphic() {
            text.push(next);
        } else {
            encode_char(next, &mut text);
        }
        at += next.len_utf8();
    }
    Some(Cow::Owned(text))
}

/// Decodes a part of a normalised URI, once; `None` if the result is not UTF-8.
pub(super) fn decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match encoded(bytes, at) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).ok()
}

/// `true` if a character of a normalised URI starts at this byte: not inside an encoding, and not at
/// a byte that continues a character.
pub(super) fn starts_character(uri: &[u8], at: usize) -> bool {
    let inside = |back: usize| at >= back && uri[at - back] == b'%';
    !inside(1) && !inside(2) && !matches!(encoded(uri, at), Some(0x80..=0xBF))
}

/// Set of ASCII characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Set(u128);

impl Set {
    /// Every character that a normalised URI can have.
    pub(super) const ALL: Set = Set((1 << 0x7F) - (1 << 0x21));

    /// Creates the set of one character.
    pub(super) fn of(byte: u8) -> Self {
        Self(if byte.is_ascii() { 1 << byte } else { 0 })
    }

    /// Adds a character to the set.
    pub(super) fn with(self, byte: u8) -> Self {
        Self(self.0 | Self::of(byte).0)
    }

    /// Removes characters from the set.
    pub(super) fn without(self, characters: &str) -> Self {
        characters.bytes().fold(self, |set, byte| Self(set.0 & !Self::of(byte).0))
    }

    /// `true` if the character is in the set.
    pub(super) fn contains(self, byte: u8) -> bool {
        self.0 & Self::of(byte).0 != 0
    }

    /// `true` if a character is in both sets.
    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}
