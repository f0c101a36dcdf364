//! Line breaks in JSON, which a transport that frames messages by lines cannot carry.

/// Replaces line breaks by spaces. JSON has them between tokens only, where a space is equivalent.
pub(super) fn replace(json: &mut [u8]) {
    let Some(first) = memchr::memchr2(b'\n', b'\r', json) else { return };
    for byte in &mut json[first..] {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}
