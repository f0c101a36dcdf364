//! Email addresses of RFC 5321, and host names.

/// Matches `name@example.com`, where the name may be quoted and the domain may be an address in
/// brackets.
pub(super) fn is_mailbox(text: &str) -> bool {
    const MAX_NAME_LENGTH: usize = 64;
    let Some((name, domain)) = text.rsplit_once('@') else { return false };
    name.len() <= MAX_NAME_LENGTH
        && (name.split('.').all(is_atom) || is_quoted(name))
        && (is_hostname(domain) || is_address(domain))
}

fn is_atom(text: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_plain)
}

fn is_quoted(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return false;
    };
    let mut escaped = false;
    let is_fine = inner.bytes().all(|byte| {
        let is_bare = escaped || byte != b'"';
        escaped = !escaped && byte == b'\\';
        is_bare && matches!(byte, b' '..=b'~')
    });
    is_fine && !escaped
}

fn is_label(text: &str) -> bool {
    const MAX_LENGTH: usize = 63;
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=MAX_LENGTH).contains(&text.len())
        && text.bytes().all(is_inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Matches a host name of RFC 1123.
pub(super) fn is_hostname(text: &str) -> bool {
    const MAX_LENGTH: usize = 253;
    // A label with two hyphens there is one of a kind that only `xn--` is defined for (RFC 5891).
    let is_encoded = |label: &str| label.get(2..4) == Some("--");
    let is_known = |label: &str| {
        !is_encoded(label) || label.get(..2).is_some_and(|kind| kind.eq_ignore_ascii_case("xn"))
    };
    text.len() <= MAX_LENGTH && text.split('.').all(|label| is_label(label) && is_known(label))
}

/// Matches `[192.0.2.1]` or `[IPv6:2001:db8::1]`.
fn is_address(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return false;
    };
    match inner.strip_prefix("IPv6:") {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => inner.parse::<std::net::Ipv4Addr>().is_ok(),
    }
}
