//! Normal form of URIs, in which they are compared.
//!
//! It follows [RFC 3986, sections 6.2.2 and
//! 6.2.3](https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2), and [RFC 3987, section
//! 5.3](https://www.rfc-editor.org/rfc/rfc3987#section-5.3), with one exception: dot segments are not
//! removed but refused.

use std::borrow::Cow;
use std::ops::Range;

use super::MAX_URI_LEN;
use super::chars;

/// Returns the normal form of a URI or IRI. Equivalent ones have the same.
///
/// Scheme and host are in lower case, characters that need no encoding are not encoded and all others
/// are, an empty path behind an authority is `/`, and a port that is empty or the default of its scheme
/// is left out.
///
/// Returns `None` for a URI that is refused: one with a segment `.` or `..` in its path, with a control
/// character or a `%` without its digits, or longer than [`MAX_URI_LEN`].
///
/// # Example
/// ```
/// use mcp_core::uri::normal_form;
///
/// assert_eq!(normal_form("HTTP://Example.com:80").unwrap(), "http://example.com/");
/// assert_eq!(normal_form("docs://a/café%7e.txt"), normal_form("docs://a/caf%c3%a9~.txt"));
/// assert_eq!(normal_form("docs://a/../b"), None);
/// ```
pub fn normal_form(uri: &str) -> Option<Cow<'_, str>> {
    if uri.len() > MAX_URI_LEN {
        return None;
    }
    let uri = fold(chars::normal(uri)?, Fold::Host);
    let parts = Parts::of(&uri);
    let path = &uri[parts.path.clone()];
    if leads_up(path) {
        return None;
    }
    let Some(authority) = parts.authority else { return Some(uri) };
    let host_and_port = host_start(&uri, &authority)..authority.end;
    let port = port(&uri, &host_and_port, parts.scheme);
    if port.is_empty() && !path.is_empty() {
        return Some(uri);
    }
    let mut text = uri[..port.start].to_owned();
    text.push_str(&uri[port.end..parts.path.start]);
    text.push_str(if path.is_empty() { "/" } else { path });
    text.push_str(&uri[parts.path.end..]);
    Some(text.into())
}

/// `true` if the path of a URI or URI template has a segment `.` or `..`, also if it is encoded.
pub fn has_dot_segment(uri: &str) -> bool {
    chars::normal(uri).is_some_and(|uri| leads_up(&uri[Parts::of(&uri).path]))
}

fn leads_up(path: &str) -> bool {
    path.split('/').any(|segment| matches!(segment, "." | ".."))
}

/// Part of a URI that is the same in upper and lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fold {
    Nothing,
    Scheme,
    /// Scheme and host.
    Host,
}

/// Writes a part of a URI, encoded as by [`chars::normal`], in lower case.
pub(super) fn fold(mut uri: Cow<'_, str>, extent: Fold) -> Cow<'_, str> {
    let parts = Parts::of(&uri);
    let scheme = 0..parts.scheme;
    let host =
        parts.authority.map_or(0..0, |authority| host_start(&uri, &authority)..authority.end);
    let folded = match extent {
        Fold::Nothing => [0..0, 0..0],
        Fold::Scheme => [scheme, 0..0],
        Fold::Host => [scheme, host],
    };
    for range in folded {
        if uri[range.clone()].bytes().any(|byte| byte.is_ascii_uppercase()) {
            lower(uri.to_mut(), range);
        }
    }
    uri
}

/// Writes a range in lower case, but for the digits of encodings.
fn lower(uri: &mut String, range: Range<usize>) {
    let mut text = String::with_capacity(range.len());
    let mut rest = &uri[range.clone()];
    while let Some(at) = rest.find('%') {
        let end = rest.len().min(at + 3);
        text.push_str(&rest[..at].to_ascii_lowercase());
        text.push_str(&rest[at..end]);
        rest = &rest[end..];
    }
    text.push_str(&rest.to_ascii_lowercase());
    uri.replace_range(range, &text);
}

/// Positions of the parts of a URI.
struct Parts {
    /// End of the scheme; 0 without one.
    scheme: usize,
    /// Between `//` and the path.
    authority: Option<Range<usize>>,
    path: Range<usize>,
}

impl Parts {
    fn of(uri: &str) -> Self {
        let scheme = uri.find([':', '/', '?', '#']).filter(|at| uri[*at..].starts_with(':'));
        let hierarchy = scheme.map_or(0, |at| at + 1);
        let end_of = |from: usize, ends: &[char]| {
            uri[from..].find(ends).map_or(uri.len(), |length| from + length)
        };
        let authority = uri[hierarchy..].starts_with("//").then(|| {
            let start = hierarchy + 2;
            start..end_of(start, &['/', '?', '#'])
        });
        let path = authority.as_ref().map_or(hierarchy, |authority| authority.end);
        let path = path..end_of(path, &['?', '#']);
        Self { scheme: scheme.unwrap_or(0), authority, path }
    }
}

/// Start of the host, behind the user.
fn host_start(uri: &str, authority: &Range<usize>) -> usize {
    let user = uri[authority.clone()].rfind('@');
    user.map_or(authority.start, |at| authority.start + at + 1)
}

/// Colon and port, if the port is empty or the default of the scheme; else an empty range.
fn port(uri: &str, host_and_port: &Range<usize>, scheme: usize) -> Range<usize> {
    let end = host_and_port.end;
    let text = &uri[host_and_port.clone()];
    // The colons of an IPv6 address are in brackets.
    let colon = text.rfind([':', ']']).filter(|at| text[*at..].starts_with(':'));
    // Another colon in front is a mistake, and not the end of a host.
    let colon = colon.filter(|at| text.starts_with('[') || !text[..*at].contains(':'));
    let Some(colon) = colon.map(|at| host_and_port.start + at) else { return end..end };
    let is_default = matches!(
        (&uri[..scheme], &uri[colon + 1..end]),
        (_, "") | ("http" | "ws", "80") | ("https" | "wss", "443") | ("ftp", "21")
    );
    if is_default { colon..end } else { end..end }
}

#[cfg(test)]
mod tests {
    use super::normal_form;

    fn check(uri: &str, expected: &str) {
        assert_eq!(normal_form(uri).as_deref(), Some(expected), "{uri}");
        assert_eq!(normal_form(expected).as_deref(), Some(expected), "{expected}");
    }

    #[test]
    fn case_is_that_of_scheme_and_host() {
        check("DOCS://Example.COM/A?B#C", "docs://example.com/A?B#C");
        check("Docs:A/B", "docs:A/B");
        check("http://User:Pass@Host/", "http://User:Pass@host/");
        check("http://[2001:DB8::1]/a", "http://[2001:db8::1]/a");
        check("http://B%c3%bcCHER/", "http://b%C3%BCcher/");
    }

    #[test]
    fn encodings_are_those_that_are_needed() {
        check("docs://a/caf\u{e9}.txt", "docs://a/caf%C3%A9.txt");
        check("docs://a/caf%c3%a9.txt", "docs://a/caf%C3%A9.txt");
        check("docs://a/%7Eada%2d%41", "docs://a/~ada-A");
        check("docs://a/b%2Fc%3f", "docs://a/b%2Fc%3F");
        check("docs://a/b c", "docs://a/b%20c");
        check("docs://a?q=%7e#%7e", "docs://a/?q=~#~");
        check("docs://a/%ff", "docs://a/%FF");
    }

    #[test]
    fn an_empty_path_and_a_default_port_are_left_open() {
        check("http://example.com", "http://example.com/");
        check("http://example.com?q", "http://example.com/?q");
        check("http://example.com:80#f", "http://example.com/#f");
        check("http://example.com:/a", "http://example.com/a");
        check("https://example.com:443/a", "https://example.com/a");
        check("https://example.com:80/a", "https://example.com:80/a");
        check("http://[::1]:80/a", "http://[::1]/a");
        check("http://[::1]/a", "http://[::1]/a");
        check("HTTP://u:80@h:80", "http://u:80@h/");
        check("docs://::/a", "docs://::/a");
        check("http://a:80:/b", "http://a:80:/b");
        check("urn:isbn:1", "urn:isbn:1");
        check("file:///a", "file:///a");
    }

    #[test]
    fn dot_segments_and_malformed_uris_are_refused() {
        for uri in [
            "docs://a/../b",
            "docs://a/./b",
            "docs://a/..",
            "docs://a/%2e%2E/b",
            "docs:../a",
            "docs://a/b%",
            "docs://a/b%4",
            "docs://a/\n",
        ] {
            assert_eq!(normal_form(uri), None, "{uri:?}");
        }
        assert!(super::has_dot_segment("docs://{a}/%2E./{b}{?c}"));
        assert!(!super::has_dot_segment("docs://{a}/..{b}/{c}..?./.."));
        check("docs://a/...", "docs://a/...");
        check("docs://../b", "docs://../b");
        check("docs://a/b?../c", "docs://a/b?../c");
        assert_eq!(normal_form(&format!("docs:{}", "a".repeat(super::MAX_URI_LEN))), None);
    }
}
