//! The one exit: every result and every error gets its envelope here.

use serde::Serialize;

use super::Facts;
use crate::json::{self, Object};
use crate::jsonrpc::{ProtocolError, Raw, RequestId};

/// Time for which a result may be cached, and by whom.
///
/// Specification: [Caching](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/caching).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheHint {
    /// Milliseconds for which the result may be taken as fresh.
    pub ttl_ms: u64,
    /// `true` if only the requester may keep it.
    pub private: bool,
}

impl CacheHint {
    /// Creates a hint for a result that is the same for all users.
    pub const fn public(ttl_ms: u64) -> Self {
        Self { ttl_ms, private: false }
    }

    /// Creates a hint for a result that only the requester may keep.
    pub const fn private(ttl_ms: u64) -> Self {
        Self { ttl_ms, private: true }
    }

    /// Reads the hint of a result. An absent or invalid member counts as the strictest value.
    ///
    /// ```
    /// use mcp_core::jsonrpc::Raw;
    /// use mcp_core::revision::CacheHint;
    ///
    /// let result = Raw::from_accepted(r#"{"ttlMs":5,"cacheScope":"public"}"#);
    /// assert_eq!(CacheHint::of_result(result), CacheHint::public(5));
    /// assert_eq!(CacheHint::of_result(Raw::from_accepted("{}")), CacheHint::private(0));
    /// ```
    pub fn of_result(result: Raw<'_>) -> Self {
        let scope = result.member("cacheScope").and_then(Raw::string);
        let ttl_ms = result.member("ttlMs").and_then(|ttl| ttl.parse::<f64>().ok());
        // The conversion saturates, so a negative time is none.
        let ttl_ms = ttl_ms.unwrap_or_default() as u64;
        Self { ttl_ms, private: scope.as_deref() != Some("public") }
    }

    /// Returns the hint of a result that was made of two others: the shorter time, and private if
    /// one of them is.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        Self { ttl_ms: self.ttl_ms.min(other.ttl_ms), private: self.private || other.private }
    }
}

/// Envelope of a response: everything in it but the members of its result.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
pub struct ResponseEnvelope<'a> {
    /// Id of the request.
    pub id: &'a RequestId,
    /// `Implementation` of the server, as JSON; goes into `_meta` where the revision wants it.
    pub server_info: &'a str,
    /// Further members of `_meta`, as JSON without the braces; empty for none.
    pub meta: &'a str,
    /// Cache hint of a cacheable result.
    pub cache: Option<CacheHint>,
    /// Kind of result, if it is not a complete one.
    pub result_type: Option<&'a str>,
}

/// Writes a response with a result.
///
/// `fields` appends the members of the result without a comma at either end, or nothing. What the
/// revision adds to every result is added here.
#[doc(hidden)]
pub fn write_result(
    out: &mut Vec<u8>,
    facts: &Facts,
    envelope: ResponseEnvelope<'_>,
    fields: impl FnOnce(&mut Vec<u8>),
) {
    write_head(out, envelope.id, r#","result":"#);
    json::object(out, |result| {
        if facts.result_type {
            match envelope.result_type {
                None => result.raw("resultType", r#""complete""#),
                Some(result_type) => result.value("resultType", result_type),
            }
        }
        result.members(fields);
        if let Some(hint) = envelope.cache.filter(|_| facts.cache_hints) {
            result.value("ttlMs", &hint.ttl_ms);
            result.value("cacheScope", if hint.private { "private" } else { "public" });
        }
        write_meta(result, facts, envelope);
    });
    out.push(b'}');
}

fn write_head<T: Serialize + ?Sized>(out: &mut Vec<u8>, id: &T, next: &str) {
    out.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    json::value(out, id);
    out.extend_from_slice(next.as_bytes());
}

fn write_meta(result: &mut Object<'_>, facts: &Facts, envelope: ResponseEnvelope<'_>) {
    if !facts.server_info_in_results && envelope.meta.is_empty() {
        return;
    }
    result.object("_meta", |meta| {
        if facts.server_info_in_results {
            meta.raw("io.modelcontextprotocol/serverInfo", envelope.server_info);
        }
        meta.members(|out| out.extend_from_slice(envelope.meta.as_bytes()));
    });
}

/// Writes a response with a result that is JSON text.
#[doc(hidden)]
pub fn write_raw_result(out: &mut Vec<u8>, id: &RequestId, result: &str) {
    write_head(out, id, r#","result":"#);
    out.extend_from_slice(result.as_bytes());
    out.push(b'}');
}

/// Writes a response with an error; the id is `null` if it could not be read.
#[doc(hidden)]
pub fn write_error(out: &mut Vec<u8>, id: Option<&RequestId>, error: &ProtocolError) {
    write_head(out, &id, r#","error":"#);
    json::value(out, error);
    out.push(b'}');
}

/// Writes a request; `params` writes a JSON object.
#[doc(hidden)]
pub fn write_request<T: Serialize + ?Sized>(
    out: &mut Vec<u8>,
    id: &T,
    method: &str,
    params: impl FnOnce(&mut Vec<u8>),
) {
    write_head(out, id, r#","method":"#);
    json::value(out, method);
    out.extend_from_slice(br#","params":"#);
    params(out);
    out.push(b'}');
}

/// Writes a notification; `params` is the text of a JSON object.
#[doc(hidden)]
pub fn write_notification(out: &mut Vec<u8>, method: &str, params: &str) {
    write_method(out, method, |out| out.extend_from_slice(params.as_bytes()));
}

/// Returns a notification with the parameters that `params` writes.
#[doc(hidden)]
pub fn notification(method: &str, params: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    write_method(&mut out, method, |out| json::object(out, params));
    out
}

fn write_method(out: &mut Vec<u8>, method: &str, params: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(br#"{"jsonrpc":"2.0","method":"#);
    json::value(out, method);
    out.extend_from_slice(br#","params":"#);
    params(out);
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revision::Revision;

    fn check(revision: Revision, meta: &str, fields: &str, expected: &str) {
        let cache = Some(CacheHint { ttl_ms: 5, private: true });
        let envelope = ResponseEnvelope {
            id: &RequestId::Integer(1),
            server_info: r#"{"name":"s"}"#,
            meta,
            cache,
            result_type: None,
        };
        let mut out = Vec::new();
        write_result(&mut out, revision.facts(), envelope, |out| {
            out.extend_from_slice(fields.as_bytes());
        });
        let start = r#"{"jsonrpc":"2.0","id":1,"result":"#;
        assert_eq!(String::from_utf8(out).unwrap(), format!("{start}{expected}}}"));
    }

    #[test]
    fn absent_and_invalid_hints_are_the_strictest() {
        let check = |result: &str, expected: CacheHint| {
            assert_eq!(CacheHint::of_result(Raw::from_accepted(result)), expected, "{result}");
        };
        check(r#"{"ttlMs":7,"cacheScope":"private"}"#, CacheHint::private(7));
        check(r#"{"ttlMs":7}"#, CacheHint::private(7));
        check(r#"{"ttlMs":7,"cacheScope":"shared"}"#, CacheHint::private(7));
        check(r#"{"cacheScope":"public"}"#, CacheHint::public(0));
        for invalid in ["-1", "null", "\"7\"", "[7]", "-1e400"] {
            let result = format!(r#"{{"ttlMs":{invalid},"cacheScope":"public"}}"#);
            check(&result, CacheHint::public(0));
        }
        check(r#"{"ttlMs":7.9,"cacheScope":"public"}"#, CacheHint::public(7));
        let merged = CacheHint::public(7).stricter(CacheHint::private(9));
        assert_eq!(merged, CacheHint::private(7));
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
        let envelope = ResponseEnvelope {
            id: &id,
            server_info: "{}",
            meta: "",
            cache: None,
            result_type: Some("task"),
        };
        let check = |revision: Revision, expected: &str| {
            let mut out = Vec::new();
            write_result(&mut out, revision.facts(), envelope, |_| {});
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
