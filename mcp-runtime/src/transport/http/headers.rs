//! The headers of a request that the transport reads.

use crate::shorten::shorten_to;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use mcp_core::revision::{Opens, Revision};

pub(super) static PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
pub(super) static METHOD: HeaderName = HeaderName::from_static("mcp-method");
pub(super) static NAME: HeaderName = HeaderName::from_static("mcp-name");
pub(super) static LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
pub(super) static SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// Finds a header that is given twice although it affects the result. Those that mirror the body are
/// compared with it later, where the revision has them.
pub(crate) fn repeated(headers: &HeaderMap) -> Option<&HeaderName> {
    const SINGLE: [&str; 6] =
        ["host", "origin", "content-type", "content-length", "authorization", "mcp-session-id"];
    find_repeated(headers, |name| {
        SINGLE.contains(&name.as_str())
            || (is_mirrored(name) && VersionHeader::read(headers) != VersionHeader::Stateless)
    })
}

/// Finds a header that mirrors the body and is given twice.
pub(super) fn repeated_mirror(headers: &HeaderMap) -> Option<&HeaderName> {
    find_repeated(headers, is_mirrored)
}

fn is_mirrored(name: &HeaderName) -> bool {
    name.as_str().starts_with("mcp-") && *name != SESSION_ID
}

fn find_repeated(
    headers: &HeaderMap,
    is_single: impl Fn(&HeaderName) -> bool,
) -> Option<&HeaderName> {
    // Most requests repeat no header at all, which needs no search.
    if headers.len() == headers.keys_len() {
        return None;
    }
    headers.keys().find(|name| is_single(name) && headers.get_all(*name).iter().nth(1).is_some())
}

/// Formats the value of a header for a message, shortened.
pub(super) fn shown(headers: &HeaderMap, name: HeaderName) -> String {
    let value = headers.get(name).map(HeaderValue::as_bytes).unwrap_or_default();
    shorten_to(&String::from_utf8_lossy(value), 100)
}

/// `true` if the `Content-Type` is JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    const JSON: &str = "application/json";
    let Some(value) = headers.get(CONTENT_TYPE) else { return false };
    // Most clients write it like this, which needs no parsing.
    value == JSON || value.to_str().is_ok_and(|value| media_type(value).eq_ignore_ascii_case(JSON))
}

fn media_type(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

/// The first coding of a body that is not `plain`, in a header that lists codings.
pub(crate) fn other_coding(headers: &HeaderMap, name: HeaderName, plain: &str) -> Option<String> {
    let values = headers.get_all(name).into_iter();
    let mut codings = values
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii);
    let other = codings
        .find(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(plain.as_bytes()))?;
    Some(shorten_to(&String::from_utf8_lossy(other), 100))
}

/// The header `Accept` of most clients.
const BOTH: &str = "application/json, text/event-stream";

/// Content types that a client accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accepts {
    pub(crate) json: bool,
    pub(crate) events: bool,
}

impl Accepts {
    /// Parses the header `Accept`. A client that sends none accepts everything.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        // The protocol prescribes both, and most clients write them like this, which needs no parsing.
        if headers.get(ACCEPT).is_some_and(|value| value == BOTH) {
            return Self { json: true, events: true };
        }
        let mut values = headers.get_all(ACCEPT).iter().peekable();
        if values.peek().is_none() {
            return Self { json: true, events: true };
        }
        let mut accepts = Self { json: false, events: false };
        for range in values.filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(',')) {
            accepts.add(range);
        }
        accepts
    }

    fn add(&mut self, range: &str) {
        let refused = range.split(';').skip(1).any(|parameter| is_zero_quality(parameter.trim()));
        if refused {
            return;
        }
        let media = media_type(range);
        let is = |name: &str| media.eq_ignore_ascii_case(name);
        self.json |= is("application/json") || is("application/*") || is("*/*");
        self.events |= is("text/event-stream") || is("text/*") || is("*/*");
    }
}

fn is_zero_quality(parameter: &str) -> bool {
    let value = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="));
    value.and_then(|value| value.trim().parse::<f32>().ok()) == Some(0.0)
}

/// Kind of revision in the header `MCP-Protocol-Version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersionHeader {
    Absent,
    /// A revision whose requests belong to a session.
    InSession,
    /// A revision whose requests stand alone, or an unknown one.
    Stateless,
}

impl VersionHeader {
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let mut values = headers.get_all(&PROTOCOL_VERSION).iter().peekable();
        if values.peek().is_none() {
            return Self::Absent;
        }
        match values.all(|value| is_in_session(value.as_bytes().trim_ascii())) {
            true => Self::InSession,
            false => Self::Stateless,
        }
    }
}

fn is_in_session(version: &[u8]) -> bool {
    Revision::opening_by(Opens::Handshake).any(|known| known.as_str().as_bytes() == version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .fold(HeaderMap::new(), |mut map, (name, value)| {
                map.append(name, value);
                map
            })
    }

    fn check_accept(values: &[&'static str], json: bool, events: bool) {
        let pairs: Vec<_> = values.iter().map(|value| ("accept", *value)).collect();
        assert_eq!(Accepts::read(&headers(&pairs)), Accepts { json, events }, "{values:?}");
    }

    #[test]
    fn accept_lists_content_types() {
        check_accept(&[], true, true);
        check_accept(&["application/json, text/event-stream"], true, true);
        check_accept(&["text/event-stream", "Application/JSON;q=0.5"], true, true);
        check_accept(&["*/*"], true, true);
        check_accept(&["application/json"], true, false);
        check_accept(&["text/*;q=0.1"], false, true);
        check_accept(&["text/html, application/xml"], false, false);
        check_accept(&["application/json;q=0, text/event-stream; q=0.0"], false, false);
    }

    #[test]
    fn bodies_are_json() {
        let check = |value: &'static str, expected| {
            assert_eq!(is_json(&headers(&[("content-type", value)])), expected, "{value}");
        };
        check("application/json", true);
        check("Application/JSON ; charset=utf-8", true);
        check("text/plain", false);
        check("application/json-seq", false);
        check("text/plain; application/json", false);
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn only_what_decides_may_not_be_repeated() {
        let check = |name: &'static str, expected: bool| {
            let pairs = [(name, "1"), ("accept-language", "de"), (name, "1")];
            assert_eq!(repeated(&headers(&pairs)).is_some(), expected, "{name}");
        };
        for name in ["host", "mcp-name", "mcp-param-region", "content-length", "authorization"] {
            check(name, true);
        }
        // Those of a revision that mirrors are compared with the body.
        let modern = ("mcp-protocol-version", "2026-07-28");
        let twice = headers(&[modern, ("mcp-name", "a"), ("mcp-name", "a")]);
        assert_eq!(repeated(&twice), None);
        assert_eq!(repeated_mirror(&twice), Some(&NAME));
        let twice = headers(&[modern, ("mcp-session-id", "a"), ("mcp-session-id", "a")]);
        assert_eq!(repeated(&twice), Some(&SESSION_ID));
        assert_eq!(repeated_mirror(&twice), None);
        check("accept", false);
        check("x-forwarded-for", false);
    }

    #[test]
    fn the_version_header_tells_the_era() {
        let check = |value: &'static str, expected| {
            let found = VersionHeader::read(&headers(&[("mcp-protocol-version", value)]));
            assert_eq!(found, expected, "{value}");
        };
        check("2025-03-26", VersionHeader::InSession);
        check(" 2025-11-25 ", VersionHeader::InSession);
        check("2026-07-28", VersionHeader::Stateless);
        check("", VersionHeader::Stateless);
        check("v999", VersionHeader::Stateless);
        assert_eq!(VersionHeader::read(&HeaderMap::new()), VersionHeader::Absent);
    }
}
