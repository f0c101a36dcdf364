//! JSON pointers of RFC 6901, and UUIDs.

/// Matches a JSON pointer such as `/a/0`.
pub(super) fn is_json_pointer(text: &str) -> bool {
    if text.is_empty() {
        return true;
    }
    let Some(steps) = text.strip_prefix('/') else { return false };
    let mut tildes = steps.split('~');
    tildes.next();
    tildes.all(|after| after.starts_with(['0', '1']))
}

/// Matches a relative JSON pointer such as `1/a` or `0#`.
pub(super) fn is_relative_json_pointer(text: &str) -> bool {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (levels, rest) = text.split_at(end);
    let is_number = levels == "0" || (!levels.is_empty() && !levels.starts_with('0'));
    is_number && (rest == "#" || is_json_pointer(rest))
}

/// Matches a UUID with hyphens.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
