//! Check of the roots that a handler lists.
//!
//! Specification: [Roots](https://modelcontextprotocol.io/specification/2026-07-28/client/roots#root).

use mcp_core::protocol::Root;
use percent_encoding::percent_decode_str;

use crate::shorten::shorten;

/// Checks that roots are `file://` URIs of absolute paths that do not lead upwards.
///
/// # Errors
/// The first fault.
pub(super) fn check(roots: &[Root]) -> Result<(), String> {
    for (index, root) in roots.iter().enumerate() {
        if let Some(expected) = fault(&root.uri) {
            let got = shorten(&root.uri);
            return Err(format!("`roots[{index}].uri`: expected {expected}, got {got:?}"));
        }
    }
    Ok(())
}

/// Describes what a URI of a root should be; `None` if it is that.
fn fault(uri: &str) -> Option<&'static str> {
    const SCHEME: &str = "file://";
    let rest = uri.get(SCHEME.len()..).filter(|_| {
        uri.get(..SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
    });
    let Some(rest) = rest else { return Some("a `file://` URI") };
    let Some((_, path)) = rest.split_once('/') else {
        return Some("a `file://` URI with an absolute path");
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = percent_decode_str(path).collect::<Vec<u8>>();
    let leads_up = path.split(|byte| matches!(byte, b'/' | b'\\')).any(|part| part == b"..");
    if leads_up {
        return Some("a path without `..`");
    }
    path.iter().any(u8::is_ascii_control).then_some("a path without control characters")
}

#[cfg(test)]
mod tests {
    use mcp_core::protocol::Root;

    #[test]
    fn roots_are_files() {
        let check = |uri: &str| super::check(&[Root::new("file:///a"), Root::new(uri)]);
        for fine in [
            "file:///home/ann",
            "FILE:///C:/Users/Ann",
            "file://server/share",
            "file:///a..b/...",
            "file:///a%20b",
            "file:///",
        ] {
            assert_eq!(check(fine), Ok(()), "{fine}");
        }
        for (wrong, part) in [
            ("https://example.com", "expected a `file://` URI, got \"https://example.com\""),
            ("/home/ann", "expected a `file://` URI"),
            ("file:/home/ann", "expected a `file://` URI"),
            ("", "`roots[1].uri`"),
            ("ähm", "`roots[1].uri`"),
            ("file://home", "an absolute path"),
            ("file:///a/../b", "without `..`"),
            ("file:///a/%2e%2E/b", "without `..`"),
            ("file:///a%0Ab", "control characters"),
        ] {
            let error = check(wrong).unwrap_err();
            assert!(error.contains(part), "{wrong}: {error}");
        }
    }
}
