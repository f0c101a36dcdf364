//! The escapes of JSON strings, written and resolved.

use super::search::{
    CHUNK, first_special, is_plain, plain_prefix, plain_prefix_by_words, until_backslash,
};

/// Appends UTF-8 text as a JSON string.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &[u8]) {
    // Most texts have few escapes. A large one must not grow the buffer for them in a second step.
    out.reserve(text.len() + text.len() / 16 + 2);
    out.push(b'"');
    write_contents(out, text);
    out.push(b'"');
}

/// Appends UTF-8 text as a part of a JSON string.
pub(super) fn write_contents(out: &mut Vec<u8>, mut text: &[u8]) {
    loop {
        let plain = copy_plain(out, text);
        let Some((special, rest)) = text[plain..].split_first() else { return };
        write_escape(out, *special);
        text = rest;
    }
}

/// Copies the bytes before the first one that needs an escape, and returns their number.
#[inline]
fn copy_plain(out: &mut Vec<u8>, text: &[u8]) -> usize {
    let Some((chunk, rest)) = text.split_first_chunk::<CHUNK>() else {
        let plain = plain_prefix_by_words(text);
        out.extend_from_slice(&text[..plain]);
        return plain;
    };
    // A copy of known length, shortened, costs less than one of unknown length.
    out.extend_from_slice(chunk);
    if !is_plain(chunk) {
        let plain = first_special(chunk);
        out.truncate(out.len() - (CHUNK - plain));
        return plain;
    }
    let plain = plain_prefix(rest);
    out.extend_from_slice(&rest[..plain]);
    CHUNK + plain
}

#[inline]
fn write_escape(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\t' => b't',
        b'\r' => b'r',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
            return out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Resolves the escapes of a string, given without its quotes; `None` if one of them is malformed.
pub(crate) fn unescape(inner: &str) -> Option<String> {
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    loop {
        let plain = until_backslash(rest.as_bytes());
        let (run, special) = rest.split_at(plain);
        text.push_str(run);
        rest = match special.as_bytes() {
            [] => return Some(text),
            [b'\\', b'u', ..] => {
                let (character, rest) = unicode_escape(&special[2..])?;
                text.push(character);
                rest
            }
            [b'\\', short, ..] => {
                text.push(char::from(short_escape(*short)?));
                &special[2..]
            }
            _ => return None,
        };
    }
}

fn short_escape(byte: u8) -> Option<u8> {
    Some(match byte {
        b'"' | b'\\' | b'/' => byte,
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 0x08,
        b'f' => 0x0c,
        _ => return None,
    })
}

/// Reads the digits behind `\u`, and those of the second half of a surrogate pair.
fn unicode_escape(text: &str) -> Option<(char, &str)> {
    let (first, rest) = hex4(text)?;
    if !(0xD800..0xDC00).contains(&first) {
        return Some((char::from_u32(first)?, rest));
    }
    let (second, rest) = hex4(rest.strip_prefix("\\u")?)?;
    let low = second.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
    Some((char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + low)?, rest))
}

fn hex4(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    let digit = |code: Option<u32>, byte: u8| Some(code? * 16 + char::from(byte).to_digit(16)?);
    Some((digits.bytes().fold(Some(0), digit)?, rest))
}
