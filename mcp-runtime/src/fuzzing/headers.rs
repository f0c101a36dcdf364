//! Headers of HTTP: those that mirror the body, and those that decide how a request is read.

use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use mcp_core::jsonrpc::Raw;
use mcp_core::schema::headers::{HeaderBinding, validate};
use serde_json::json;

use super::first_line;
use crate::client::transport::http::headers::encoded;
use crate::transport::http::headers::{Accepts, VersionHeader, is_json, other_coding, repeated};
use crate::transport::http::mirror;

thread_local! {
    static BINDINGS: Vec<HeaderBinding> = {
        let schema = json!({ "properties": { "a": { "type": "string", "x-mcp-header": "A" } } });
        validate(&schema).expect("the schema binds a header")
    };
}

/// Takes the first line of a text as the value of a header, and the rest as the text that it mirrors. What
/// our client writes, our server reads as the same text and as no other one, and a header agrees with one
/// text only.
///
/// # Panics
/// If a property does not hold.
pub fn headers(bytes: &[u8]) {
    read_any(bytes);
    let text = String::from_utf8_lossy(bytes);
    let (header, body) = first_line(&text);
    for own in [body, header] {
        let written = encoded(own);
        let value = HeaderValue::from_str(&written).expect("it is a value of a header");
        assert!(agrees(&value, own), "{own:?} is written as {written:?}");
        assert!(!agrees(&value, &format!("{own}x")), "{own:?} is another text");
    }
    if body != header {
        let written = HeaderValue::from_str(&encoded(body)).unwrap();
        assert!(!agrees(&written, header), "{body:?} is read as {header:?}");
    }
    let Ok(value) = HeaderValue::from_bytes(header.as_bytes()) else { return };
    if agrees(&value, body) {
        // Either the plain text, or its one encoding.
        let trimmed = header.trim_matches([' ', '\t']);
        assert!(trimmed == body || trimmed == encoding(body), "{header:?} agrees with {body:?}");
    }
}

fn encoding(text: &str) -> String {
    use base64::Engine as _;
    format!("=?base64?{}?=", base64::engine::general_purpose::STANDARD.encode(text))
}

/// Compares a header with a name, and with an argument.
fn agrees(value: &HeaderValue, body: &str) -> bool {
    let map = |name| HeaderMap::from_iter([(HeaderName::from_static(name), value.clone())]);
    let arguments = json!({ "a": body }).to_string();
    let arguments = Some(Raw::from_accepted(&arguments));
    let name = mirror::name(&map("mcp-name"), Some(body)).is_ok();
    let argument = BINDINGS
        .with(|bindings| mirror::arguments(&map("mcp-param-a"), bindings, arguments).is_ok());
    assert_eq!(name, argument, "the headers are compared in the same way");
    name
}

/// Reads headers that decide how a request is read, from any bytes.
fn read_any(bytes: &[u8]) {
    let mut map = HeaderMap::new();
    let names =
        [ACCEPT, CONTENT_TYPE, CONTENT_ENCODING, HeaderName::from_static("mcp-protocol-version")];
    for line in bytes.split(|byte| *byte == b'\n').take(8) {
        let Ok(value) = HeaderValue::from_bytes(line) else { continue };
        for name in &names {
            map.append(name, value.clone());
        }
    }
    let accepts = Accepts::read(&map);
    let _ = (repeated(&map), VersionHeader::read(&map));
    let plain = other_coding(&map, CONTENT_ENCODING, "identity");
    assert!(plain.is_none_or(|coding| !coding.eq_ignore_ascii_case("identity")));
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    assert!(!is_json(&map) || text.contains("application/json"));
    assert!(!accepts.events || map.is_empty() || text.contains("text/") || text.contains("*/*"));
}
