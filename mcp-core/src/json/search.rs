//! Searches in the text of JSON strings, many bytes at a time.
//!
//! Short runs are compared by words, longer ones by chunks, whose comparison has no branches and is
//! compiled to vector code. Long runs are left to `memchr`, whose vectors are wider.

use memchr::{memchr, memchr2};

/// Size of a chunk, in bytes.
pub(super) const CHUNK: usize = 16;

/// Words that are compared before chunks are.
const WORDS_FIRST: usize = 2;

/// Chunks that are compared before a long run begins.
const CHUNKS_FIRST: usize = 8;

/// Returns `true` for a quote, a backslash and a control character, which a string escapes.
#[inline(always)]
pub(super) fn is_special(byte: u8) -> bool {
    is_control(byte) || byte == b'"' || byte == b'\\'
}

#[inline(always)]
fn is_control(byte: u8) -> bool {
    byte < 0x20
}

/// Returns `true` if no byte is special.
#[inline(always)]
pub(super) fn is_plain(chunk: &[u8; CHUNK]) -> bool {
    !chunk.iter().fold(false, |found, byte| found | is_special_by_distance(*byte))
}

/// Returns the position of the first special byte, or the size of the chunk.
#[inline(always)]
pub(super) fn first_special(chunk: &[u8; CHUNK]) -> usize {
    let mut marks = [0; CHUNK];
    for (mark, byte) in marks.iter_mut().zip(chunk) {
        *mark = if is_special_by_distance(*byte) { 0xff } else { 0_u8 };
    }
    u128::from_le_bytes(marks).trailing_zeros() as usize / 8
}

/// [`is_special`] in the form with the fewest vector instructions.
#[inline(always)]
fn is_special_by_distance(byte: u8) -> bool {
    byte.saturating_sub(0x1f).min(byte ^ b'"').min(byte ^ b'\\') == 0
}

/// Marks the quotes, backslashes and control characters of a word, each in the high bit of its byte.
/// Marks above the first one may be wrong.
///
/// The bytes are compared together: a byte below `n` borrows into its high bit when `n` is
/// subtracted from every byte, and an equal byte becomes zero under exclusive or. A borrow can mark
/// bytes above the first hit, never below it.
#[inline(always)]
fn specials(word: [u8; 8]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(word);
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    (word.wrapping_sub(ONES * 0x20) | quote.wrapping_sub(ONES) | backslash.wrapping_sub(ONES))
        & !word
        & HIGHS
}

/// Returns the position of the first mark.
#[inline(always)]
fn position(specials: u64) -> usize {
    specials.trailing_zeros() as usize / 8
}

/// Returns the number of bytes before the first quote, backslash or control character.
#[inline]
pub(super) fn plain_prefix(bytes: &[u8]) -> usize {
    let (chunks, tail) = bytes.as_chunks::<CHUNK>();
    let mut plain = 0;
    for chunk in chunks {
        if !is_plain(chunk) {
            return plain + first_special(chunk);
        }
        plain += CHUNK;
    }
    plain + plain_prefix_by_words(tail)
}

#[inline]
pub(super) fn plain_prefix_by_words(bytes: &[u8]) -> usize {
    let (words, tail) = bytes.as_chunks::<8>();
    let mut plain = 0;
    for word in words {
        let specials = specials(*word);
        if specials != 0 {
            return plain + position(specials);
        }
        plain += 8;
    }
    plain + tail.iter().take_while(|byte| !is_special(**byte)).count()
}

/// Returns the number of bytes before the first backslash of text in which nothing else is special.
#[inline]
pub(super) fn until_backslash(bytes: &[u8]) -> usize {
    let has_backslash =
        |chunk: &[u8; CHUNK]| chunk.iter().fold(false, |found, byte| found | (*byte == b'\\'));
    let (chunks, tail) = bytes.as_chunks::<CHUNK>();
    let mut plain = 0;
    for chunk in chunks {
        if has_backslash(chunk) {
            return plain + first_special(chunk);
        }
        plain += CHUNK;
    }
    plain + plain_prefix_by_words(tail)
}

/// Returns `true` if text in which nothing else is special contains a backslash.
#[inline]
pub(crate) fn has_backslash(bytes: &[u8]) -> bool {
    match bytes.len() {
        0..CHUNK => plain_prefix_by_words(bytes) < bytes.len(),
        _ => memchr(b'\\', bytes).is_some(),
    }
}

/// Run of a string up to a quote or a backslash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Position of the quote or the backslash, or of a control character. The length of the text if
    /// there is none.
    pub(crate) end: usize,
    /// `true` if there may be control characters before the end.
    pub(crate) is_unchecked: bool,
}

/// Searches a quote or a backslash from `at` on.
#[inline]
pub(crate) fn run(bytes: &[u8], at: usize) -> Run {
    let rest = bytes.get(at..).unwrap_or_default();
    match rest.first_chunk::<CHUNK>() {
        Some(chunk) if is_plain(chunk) => longer_run(bytes, at + CHUNK),
        Some(chunk) => Run { end: at + first_special(chunk), is_unchecked: false },
        None => Run { end: at + plain_prefix_by_words(rest), is_unchecked: false },
    }
}

/// Searches a quote or a backslash from the beginning of a string on. Most strings are short.
#[inline]
pub(crate) fn first_run(bytes: &[u8], at: usize) -> Run {
    match short_run(bytes, at) {
        Some(end) => Run { end, is_unchecked: false },
        None => run(bytes, at),
    }
}

/// Searches the first quote, backslash or control character in the first words of a string.
#[inline(always)]
pub(crate) fn short_run(bytes: &[u8], mut at: usize) -> Option<usize> {
    for _ in 0..WORDS_FIRST {
        let specials = specials(*bytes.get(at..)?.first_chunk::<8>()?);
        if specials != 0 {
            return Some(at + position(specials));
        }
        at += 8;
    }
    None
}

#[inline(never)]
fn longer_run(bytes: &[u8], at: usize) -> Run {
    let first = &bytes[at..];
    let first = &first[..first.len().min(CHUNKS_FIRST * CHUNK)];
    let plain = plain_prefix(first);
    let at = at + plain;
    if plain < first.len() || at == bytes.len() {
        return Run { end: at, is_unchecked: false };
    }
    let distance = memchr2(b'"', b'\\', &bytes[at..]);
    Run { end: distance.map_or(bytes.len(), |distance| at + distance), is_unchecked: true }
}

/// Returns the position of the first control character.
pub(crate) fn control(bytes: &[u8]) -> Option<usize> {
    let contains = |bytes: &[u8]| bytes.iter().fold(false, |found, byte| found | is_control(*byte));
    let (blocks, tail) = bytes.as_chunks::<128>();
    if !blocks.iter().any(|block| contains(block)) && !contains(tail) {
        return None;
    }
    bytes.iter().position(|byte| is_control(*byte))
}

/// A string whose grammar was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// Position behind the closing quote.
    pub(crate) end: usize,
    /// `true` if it has escapes.
    pub(crate) is_escaped: bool,
}

/// Skips the string that starts at `at`, whose grammar was checked.
#[inline]
pub(crate) fn skip_string(bytes: &[u8], at: usize) -> Skipped {
    let start = at + 1;
    let run = first_run(bytes, start);
    if bytes.get(run.end) == Some(&b'"') {
        return Skipped { end: run.end + 1, is_escaped: false };
    }
    Skipped { end: skip_from(bytes, start, run.end), is_escaped: true }
}

/// Finds the end of a string, which began at `start`, from `at` on.
///
/// Only quotes are searched. A quote is escaped if the number of backslashes before it is odd.
#[inline(never)]
fn skip_from(bytes: &[u8], start: usize, mut at: usize) -> usize {
    while let Some(distance) = bytes.get(at..).and_then(|rest| memchr(b'"', rest)) {
        let before = &bytes[start..at + distance];
        let backslashes = before.iter().rev().take_while(|byte| **byte == b'\\').count();
        at += distance + 1;
        if backslashes % 2 == 0 {
            return at;
        }
    }
    bytes.len()
}
