//! Headers that mirror parts of the body for proxies: both have to agree.
//!
//! Specification: [Request metadata](https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http#request-metadata).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};
use mcp_core::jsonrpc::{ErrorCode, ProtocolError, Raw};
use mcp_core::schema::headers::HeaderBinding;

use super::headers::{METHOD, NAME, PROTOCOL_VERSION, repeated_mirror};
use crate::shorten::shorten_to;

/// Checks that no header that mirrors the body is given twice.
pub(super) fn given_once(headers: &HeaderMap) -> Result<(), ProtocolError> {
    match repeated_mirror(headers) {
        None => Ok(()),
        Some(name) => Err(mismatch(format!("Header mismatch: the header {name} is given twice"))),
    }
}

/// Compares the header `MCP-Protocol-Version` with the version in the body.
pub(super) fn version(headers: &HeaderMap, body: &str) -> Result<(), ProtocolError> {
    same(headers, &PROTOCOL_VERSION, "MCP-Protocol-Version", body)
}

/// Compares the header `Mcp-Method` with the method.
pub(super) fn method(headers: &HeaderMap, body: &str) -> Result<(), ProtocolError> {
    same(headers, &METHOD, "Mcp-Method", body)
}

fn same(
    headers: &HeaderMap,
    name: &HeaderName,
    shown: &str,
    body: &str,
) -> Result<(), ProtocolError> {
    let value = headers.get(name).ok_or_else(|| missing(shown))?;
    let value = plain(value).ok_or_else(|| malformed(shown))?;
    if value == body { Ok(()) } else { Err(differs(shown, value, body)) }
}

/// Compares the header `Mcp-Name` with the parameter that it mirrors.
pub(crate) fn name(headers: &HeaderMap, body: Option<&str>) -> Result<(), ProtocolError> {
    const SHOWN: &str = "Mcp-Name";
    match (headers.get(&NAME), body) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(missing(SHOWN)),
        (Some(value), body) => {
            let value = decoded(value).ok_or_else(|| malformed(SHOWN))?;
            if Some(&*value) == body {
                Ok(())
            } else {
                Err(differs(SHOWN, &value, body.unwrap_or_default()))
            }
        }
    }
}

/// Compares the headers `Mcp-Param-…` of a tool with its arguments.
pub(crate) fn arguments(
    headers: &HeaderMap,
    bindings: &[HeaderBinding],
    arguments: Option<Raw<'_>>,
) -> Result<(), ProtocolError> {
    bindings.iter().try_for_each(|binding| argument(headers, binding, arguments))
}

fn argument(
    headers: &HeaderMap,
    binding: &HeaderBinding,
    arguments: Option<Raw<'_>>,
) -> Result<(), ProtocolError> {
    let shown = format!("Mcp-Param-{}", binding.header);
    let found = binding.path.iter().try_fold(arguments, |value, key| only(value, key));
    let found = found.ok_or_else(|| repeated(&shown))?;
    let argument = found.filter(|argument| argument.as_str() != "null");
    match (headers.get(shown.as_str()), argument) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(missing(&shown)),
        (Some(value), argument) => {
            let value = decoded(value).ok_or_else(|| malformed(&shown))?;
            let body = argument.map_or("nothing", Raw::as_str);
            if argument.is_some_and(|argument| equals(&value, argument)) {
                Ok(())
            } else {
                Err(differs(&shown, &value, body))
            }
        }
    }
}

/// Finds a member of an object that may be absent; `None` if it is given twice, because the tool may
/// read either.
fn only<'a>(object: Option<Raw<'a>>, key: &str) -> Option<Option<Raw<'a>>> {
    let mut members = object.into_iter().flat_map(Raw::members).filter(|(name, _)| name == key);
    let first = members.next().map(|(_, value)| value);
    members.next().is_none().then_some(first)
}

/// `true` if a header equals a value of the body.
fn equals(header: &str, body: Raw<'_>) -> bool {
    match body.string() {
        Some(text) => header == text,
        None => header == body.as_str() || is_same_number(header, body.as_str()),
    }
}

/// Compares numbers by their value: `42` and `42.0` are the same.
fn is_same_number(one: &str, other: &str) -> bool {
    use serde_json::Number;
    let (Ok(one), Ok(other)) = (one.parse::<Number>(), other.parse::<Number>()) else {
        return false;
    };
    match (one.as_i64(), other.as_i64()) {
        (Some(one), Some(other)) => one == other,
        (Some(whole), None) => is_whole(&other, whole),
        (None, Some(whole)) => is_whole(&one, whole),
        (None, None) => one.as_f64() == other.as_f64(),
    }
}

fn is_whole(number: &serde_json::Number, whole: i64) -> bool {
    // The conversion to an integer truncates and saturates, so both directions are compared.
    number.as_f64().is_some_and(|float| float == whole as f64 && float as i64 == whole)
}

/// Decodes the value of a header: plain text, or any text in wrapped base64.
fn decoded(value: &HeaderValue) -> Option<Cow<'_, str>> {
    let value = plain(value)?;
    let wrapped = value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?="));
    match wrapped {
        None => Some(Cow::Borrowed(value)),
        Some(encoded) => {
            let bytes = STANDARD.decode(encoded).ok()?;
            String::from_utf8(bytes).ok().map(Cow::Owned)
        }
    }
}

/// Trims the value of a header; `None` if it has more than visible ASCII, space and tab.
fn plain(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok().map(|value| value.trim_matches([' ', '\t']))
}

fn mismatch(message: String) -> ProtocolError {
    ProtocolError::new(ErrorCode::HEADER_MISMATCH, message)
}

fn missing(name: &str) -> ProtocolError {
    mismatch(format!("Header mismatch: the header {name} is missing"))
}

fn repeated(name: &str) -> ProtocolError {
    mismatch(format!("Header mismatch: the body gives twice what the header {name} says"))
}

fn malformed(name: &str) -> ProtocolError {
    mismatch(format!("Header mismatch: the header {name} is neither plain ASCII nor valid base64"))
}

fn differs(name: &str, header: &str, body: &str) -> ProtocolError {
    let (header, body) = (shorten_to(header, 100), shorten_to(body, 100));
    mismatch(format!("Header mismatch: {name} says '{header}', the body says '{body}'"))
}

#[cfg(test)]
mod tests {
    use mcp_core::schema::headers;
    use serde_json::json;

    use super::*;

    fn map(name: &str, value: Option<&str>) -> HeaderMap {
        let mut map = HeaderMap::new();
        if let Some(value) = value {
            let name: HeaderName = name.parse().unwrap();
            map.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        map
    }

    fn check_name(header: Option<&str>, body: Option<&str>, expected: bool) {
        let found = name(&map("mcp-name", header), body);
        assert_eq!(found.is_ok(), expected, "{header:?} {body:?} {found:?}");
        if let Err(error) = found {
            assert_eq!(error.code, ErrorCode::HEADER_MISMATCH);
        }
    }

    #[test]
    fn names_are_plain_or_wrapped() {
        check_name(Some("add"), Some("add"), true);
        check_name(Some("  add\t"), Some("add"), true);
        check_name(Some("Add"), Some("add"), false);
        check_name(None, Some("add"), false);
        check_name(Some("add"), None, false);
        check_name(None, None, true);
        check_name(Some("=?base64?SGVsbG8sIOS4lueVjA==?="), Some("Hello, 世界"), true);
        check_name(Some("=?base64?IHBhZGRlZCA=?="), Some(" padded "), true);
        check_name(Some("=?base64?bGluZTEKbGluZTI=?="), Some("line1\nline2"), true);
        check_name(Some("=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="), Some("=?base64?literal?="), true);
        check_name(Some("=?base64?SGVsbG8=?="), Some("Hello"), true);
        check_name(Some("=?base64??="), Some(""), true);
    }

    #[test]
    fn base64_is_strict_and_the_wrapping_exact() {
        // Without padding, with other characters, with unused bits set, in another alphabet.
        for faulty in ["SGVsbG8", "SGVs!!!bG8=", "SGVsbG9=", "_-__", "SGVsbG8= ", "=", "/w=="] {
            check_name(Some(&format!("=?base64?{faulty}?=")), Some("Hello"), false);
        }
        for literal in ["=?base64?SGVsbG8=", "SGVsbG8=?=", "=?BASE64?SGVsbG8=?=", "=?base64?="] {
            check_name(Some(literal), Some(literal), true);
            check_name(Some(literal), Some("Hello"), false);
        }
        check_name(Some("世界"), Some("世界"), false);
    }

    fn check_argument(header: Option<&str>, arguments_text: &str, expected: bool) {
        let schema = json!({ "properties": { "outer": { "properties": {
            "a": { "type": "integer", "x-mcp-header": "A" }
        } } } });
        let bindings = headers::validate(&schema).unwrap();
        let text = format!(r#"{{"outer":{arguments_text}}}"#);
        let found =
            arguments(&map("mcp-param-a", header), &bindings, Some(Raw::from_accepted(&text)));
        assert_eq!(found.is_ok(), expected, "{header:?} {text} {found:?}");
    }

    #[test]
    fn arguments_are_compared_by_their_value() {
        check_argument(Some("42"), r#"{"a":42}"#, true);
        check_argument(Some("42.0"), r#"{"a":42}"#, true);
        check_argument(Some("42"), r#"{"a":42.0}"#, true);
        check_argument(Some("4.2e1"), r#"{"a":42}"#, true);
        check_argument(Some("-7"), r#"{"a":-7}"#, true);
        check_argument(Some("43"), r#"{"a":42}"#, false);
        check_argument(Some("+42"), r#"{"a":42}"#, false);
        check_argument(Some("0x2a"), r#"{"a":42}"#, false);
        check_argument(Some("9007199254740992.0"), r#"{"a":9007199254740993}"#, false);
        check_argument(Some("true"), r#"{"a":true}"#, true);
        check_argument(Some("True"), r#"{"a":true}"#, false);
        check_argument(Some(""), r#"{"a":""}"#, true);
        check_argument(Some("a\"b"), r#"{"a":"a\"b"}"#, true);
        check_argument(Some("42"), r#"{"a":"42"}"#, true);
    }

    #[test]
    fn an_argument_that_is_not_there_has_no_header() {
        for absent in ["{}", r#"{"a":null}"#, "null", "7"] {
            check_argument(None, absent, true);
            check_argument(Some("42"), absent, false);
        }
        check_argument(None, r#"{"a":42}"#, false);
    }

    #[test]
    fn an_argument_that_is_given_twice_agrees_with_no_header() {
        check_argument(Some("42"), r#"{"a":42,"a":43}"#, false);
        check_argument(Some("42"), r#"{"a":42,"\u0061":42}"#, false);
    }

    #[test]
    fn version_and_method_are_compared_to_the_letter() {
        let check = |header, body, expected| {
            assert_eq!(method(&map("mcp-method", header), body).is_ok(), expected, "{header:?}");
        };
        check(Some("tools/list"), "tools/list", true);
        check(Some("TOOLS/LIST"), "tools/list", false);
        check(None, "tools/list", false);
        assert!(version(&map("mcp-protocol-version", Some("2026-07-28")), "2026-07-28").is_ok());
        assert!(version(&map("mcp-protocol-version", Some("2026-07-28")), "v999").is_err());
    }
}
