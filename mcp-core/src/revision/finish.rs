//! The one exit: every result and every error becomes an envelope here.

use std::io::Write as _;

use serde::Serialize;

use super::Facts;
use crate::jsonrpc::{ProtocolError, RequestId};

/// How long, and for whom, a result may be kept.
///
/// Specification: [Caching](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheHint {
    /// Milliseconds for which the result may be taken as fresh.
    pub ttl_ms: u64,
    /// Whether only the requester may keep it.
    pub private: bool,
}

/// What surrounds the fields of a result.
#[derive(Clone, Copy, Debug)]
pub struct Surround<'a> {
    /// The id of the request.
    pub id: &'a RequestId,
    /// The server's `Implementation`, as JSON; goes into `_meta` where the revision wants it.
    pub server_info: &'a str,
    /// Further members of `_meta`, as JSON without the braces; empty for none.
    pub meta: &'a str,
    /// The cache hint of a cacheable result.
    pub cache: Option<CacheHint>,
    /// What kind of result it is, where that is not the usual one.
    pub result_type: Option<&'a str>,
}

/// Writes a response with a result.
///
/// `fields` appends the members of the result without a comma at either end; it may append
/// nothing. What the revision adds to every result is added here.
pub fn write_result(
    out: &mut Vec<u8>,
    facts: &Facts,
    surround: Surround<'_>,
    fields: impl FnOnce(&mut Vec<u8>),
) {
    out.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    append_json(out, surround.id);
    out.extend_from_slice(br#","result":{"#);
    let start = out.len();
    if facts.result_type {
        out.extend_from_slice(br#""resultType":"#);
        match surround.result_type {
            None => out.extend_from_slice(br#""complete""#),
            Some(result_type) => append_json(out, result_type),
        }
    }
    let comma = separate(out, start);
    let before = out.len();
    fields(out);
    if out.len() == before {
        out.truncate(comma);
    }
    if let Some(hint) = surround.cache.filter(|_| facts.cache_hints) {
        separate(out, start);
        write_cache_hint(out, hint);
    }
    write_meta(out, start, facts, surround);
    out.extend_from_slice(b"}}");
}

/// Appends a comma if anything stands behind `start`, and returns the length before it.
fn separate(out: &mut Vec<u8>, start: usize) -> usize {
    let length = out.len();
    if length > start {
        out.push(b',');
    }
    length
}

fn write_cache_hint(out: &mut Vec<u8>, hint: CacheHint) {
    let scope = if hint.private { "private" } else { "public" };
    // Writing into a vector cannot fail.
    let _ = write!(out, r#""ttlMs":{},"cacheScope":"{scope}""#, hint.ttl_ms);
}

fn write_meta(out: &mut Vec<u8>, start: usize, facts: &Facts, surround: Surround<'_>) {
    let named = facts.server_info_in_results;
    if !named && surround.meta.is_empty() {
        return;
    }
    separate(out, start);
    out.extend_from_slice(br#""_meta":{"#);
    let start = out.len();
    if named {
        out.extend_from_slice(br#""io.modelcontextprotocol/serverInfo":"#);
        out.extend_from_slice(surround.server_info.as_bytes());
    }
    if !surround.meta.is_empty() {
        separate(out, start);
        out.extend_from_slice(surround.meta.as_bytes());
    }
    out.push(b'}');
}

/// Writes a response with an error; the id is absent where it could not be read.
pub fn write_error(out: &mut Vec<u8>, id: Option<&RequestId>, error: &ProtocolError) {
    out.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    append_json(out, &id);
    out.extend_from_slice(br#","error":"#);
    append_json(out, error);
    out.push(b'}');
}

/// Writes a notification; `params` is the text of a JSON object.
pub fn write_notification(out: &mut Vec<u8>, method: &str, params: &str) {
    out.extend_from_slice(br#"{"jsonrpc":"2.0","method":""#);
    out.extend_from_slice(method.as_bytes());
    out.extend_from_slice(br#"","params":"#);
    out.extend_from_slice(params.as_bytes());
    out.push(b'}');
}

/// Appends a value as JSON, or `null` if it cannot be written as JSON.
pub fn append_json<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let start = out.len();
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revision::Revision;

    fn check(revision: Revision, meta: &str, fields: &str, expected: &str) {
        let cache = Some(CacheHint { ttl_ms: 5, private: true });
        let surround = Surround {
            id: &RequestId::Integer(1),
            server_info: r#"{"name":"s"}"#,
            meta,
            cache,
            result_type: None,
        };
        let mut out = Vec::new();
        write_result(&mut out, revision.facts(), surround, |out| {
            out.extend_from_slice(fields.as_bytes());
        });
        let start = r#"{"jsonrpc":"2.0","id":1,"result":"#;
        assert_eq!(String::from_utf8(out).unwrap(), format!("{start}{expected}}}"));
    }

    #[test]
    fn a_legacy_result_is_its_fields() {
        check(Revision::V2025_11_25, "", "", "{}");
        check(Revision::V2025_11_25, "", r#""a":1"#, r#"{"a":1}"#);
        check(Revision::V2025_11_25, r#""x":2"#, "", r#"{"_meta":{"x":2}}"#);
    }

    #[test]
    fn an_extension_may_add_result_types() {
        let id = RequestId::Integer(1);
        let surround = Surround {
            id: &id,
            server_info: "{}",
            meta: "",
            cache: None,
            result_type: Some("task"),
        };
        let check = |revision: Revision, expected: &str| {
            let mut out = Vec::new();
            write_result(&mut out, revision.facts(), surround, |_| {});
            assert!(String::from_utf8(out).unwrap().contains(expected));
        };
        check(Revision::V2026_07_28, r#""result":{"resultType":"task","_meta""#);
        check(Revision::V2025_11_25, r#""result":{}"#);
    }

    #[test]
    fn a_modern_result_says_what_it_is_and_from_whom() {
        let tail = r#""ttlMs":5,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s"}"#;
        check(
            Revision::V2026_07_28,
            "",
            r#""a":1"#,
            &format!(r#"{{"resultType":"complete","a":1,{tail}}}}}"#),
        );
        check(
            Revision::V2026_07_28,
            r#""x":2"#,
            "",
            &format!(r#"{{"resultType":"complete",{tail},"x":2}}}}"#),
        );
    }
}
