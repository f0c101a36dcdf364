//! Headers of requests, some of which repeat members of the body.
//!
//! Specification: [Request metadata](https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#request-metadata).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mcp_core::revision::Revision;
use mcp_core::schema::headers::MAX_SAFE_INTEGER;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::client::error::Error;
use crate::client::tools::UnsafeInteger;
use crate::client::transport::MirroredHeaders;

pub(super) const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
pub(super) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// Adds the headers that a revision requires.
///
/// # Errors
/// [`Error::Argument`] for an argument whose header name is not valid, and for an integer that is too
/// large for a header.
pub(super) fn mirror(
    headers: &mut HeaderMap,
    revision: Revision,
    method: &str,
    mirrored: &MirroredHeaders,
) -> Result<(), Error> {
    headers.insert(PROTOCOL_VERSION, HeaderValue::from_static(revision.as_str()));
    if !revision.facts().standard_headers {
        return Ok(());
    }
    headers.insert(METHOD, value(method)?);
    if let Some(name) = &mirrored.name {
        headers.insert(NAME, value(name)?);
    }
    for (name, text) in &mirrored.arguments {
        let name = format!("mcp-param-{name}");
        let name = HeaderName::try_from(name.as_str())
            .map_err(|_| Error::argument(format!("`{name}` cannot be the name of a header")))?;
        let text = text.as_ref().map_err(|UnsafeInteger(number)| {
            Error::argument(format!(
                "the argument that is repeated in the header `{name}` is {number}; integers in headers \
                 have to be between -{MAX_SAFE_INTEGER} and {MAX_SAFE_INTEGER}"
            ))
        })?;
        headers.insert(name, value(text)?);
    }
    Ok(())
}

/// Writes a text as the value of a header: the text itself, or wrapped Base64 if it contains
/// characters that headers must not contain.
fn value(text: &str) -> Result<HeaderValue, Error> {
    let written = encoded(text);
    HeaderValue::from_str(&written)
        .map_err(|_| Error::argument(format!("`{written}` cannot be the value of a header")))
}

/// Writes a text as the value of a header.
pub(crate) fn encoded(text: &str) -> Cow<'_, str> {
    let is_plain = text.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    let is_trimmed = text.trim_matches([' ', '\t']).len() == text.len();
    let looks_wrapped = text.starts_with("=?base64?") && text.ends_with("?=");
    if is_plain && is_trimmed && !looks_wrapped {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(format!("=?base64?{}?=", STANDARD.encode(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_plain_or_wrapped() {
        let check = |text: &str, expected: &str| assert_eq!(encoded(text), expected);
        check("us-west1", "us-west1");
        check("", "");
        check("two words", "two words");
        check("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?=");
        check(" padded ", "=?base64?IHBhZGRlZCA=?=");
        check("\ttab", "=?base64?CXRhYg==?=");
        check("line1\nline2", "=?base64?bGluZTEKbGluZTI=?=");
        check("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=");
        check("=?base64?x", "=?base64?x");
    }

    #[test]
    fn an_integer_that_others_would_round_is_not_sent() {
        let large = UnsafeInteger("9007199254740993".into());
        let mirrored = MirroredHeaders {
            name: Some("t".into()),
            arguments: vec![("Count".into(), Err(large))],
        };
        let mut headers = HeaderMap::new();
        let error =
            mirror(&mut headers, Revision::V2026_07_28, "tools/call", &mirrored).unwrap_err();
        let Error::Argument { message } = error else { panic!("{error}") };
        assert!(message.contains("`mcp-param-count` is 9007199254740993"), "{message}");
        // Revisions without these headers send the argument in the body alone.
        mirror(&mut headers, Revision::V2025_11_25, "tools/call", &mirrored).unwrap();
    }

    #[test]
    fn only_revisions_that_want_it_repeat() {
        let mirrored = MirroredHeaders {
            name: Some("t".into()),
            arguments: vec![("Region".into(), Ok("eu".into()))],
        };
        let mut headers = HeaderMap::new();
        mirror(&mut headers, Revision::V2026_07_28, "tools/call", &mirrored).unwrap();
        let shown: Vec<_> =
            headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(
            shown,
            [
                ("mcp-protocol-version", "2026-07-28"),
                ("mcp-method", "tools/call"),
                ("mcp-name", "t"),
                ("mcp-param-region", "eu"),
            ]
        );
        let mut headers = HeaderMap::new();
        mirror(&mut headers, Revision::V2025_11_25, "tools/call", &mirrored).unwrap();
        assert_eq!(headers.len(), 1);
    }
}
