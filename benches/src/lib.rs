//! Code shared by the floors: minimal servers for a `tools/call` of `add(a, b)` or `echo(text)`.
//!
//! The floors parse the same bytes in one borrowing pass, and write a response of the same shape.
//! They check nothing else and know two tools.

pub mod client;

use std::borrow::Cow;
use std::io::Write;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// The audience of access tokens for the server that requires them.
pub const RESOURCE: &str = "http://127.0.0.1/mcp";

/// The envelope of a request, borrowed from its bytes, with the params of `tools/call`.
#[derive(Debug, Deserialize)]
struct Request<'a> {
    jsonrpc: &'a str,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    method: &'a str,
    #[serde(borrow, default)]
    params: CallParams<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CallParams<'a> {
    name: &'a str,
    #[serde(borrow)]
    arguments: Arguments<'a>,
    /// Present in the modern era only.
    #[serde(rename = "_meta")]
    meta: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Arguments<'a> {
    a: i64,
    b: i64,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

const MODERN_META: &str =
    r#""_meta":{"io.modelcontextprotocol/serverInfo":{"name":"floor","version":"1"}}"#;

const LEGACY_HANDSHAKE: &str = r#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"floor","version":"1"}}"#;

/// Appends the response to one request to `answer`, or nothing for a notification.
///
/// # Errors
/// If the bytes are not a request that the floor supports.
pub fn answer(line: &[u8], answer: &mut Vec<u8>) -> Result<(), Box<dyn std::error::Error>> {
    let request: Request<'_> = serde_json::from_slice(line)?;
    if request.jsonrpc != "2.0" {
        return Err("not JSON-RPC 2.0".into());
    }
    let Some(id) = request.id else { return Ok(()) };
    match request.method {
        "tools/call" if request.params.name == "echo" => echo(id, &request.params, answer)?,
        "tools/call" => add(id, &request.params, answer),
        "initialize" => {
            write!(answer, r#"{{"jsonrpc":"2.0","id":{id},"result":{LEGACY_HANDSHAKE}}}"#)?
        }
        other => return Err(format!("a floor does not know `{other}`").into()),
    }
    Ok(())
}

fn add(id: &RawValue, params: &CallParams<'_>, answer: &mut Vec<u8>) {
    debug_assert_eq!(params.name, "add");
    let sum = params.arguments.a + params.arguments.b;
    // Writing to a vector cannot fail.
    let _ = if params.meta.is_some() {
        write!(
            answer,
            r#"{{"jsonrpc":"2.0","id":{id},"result":{{"resultType":"complete","content":[{{"type":"text","text":"{sum}"}}],"structuredContent":{sum},{MODERN_META}}}}}"#
        )
    } else {
        write!(
            answer,
            r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":[{{"type":"text","text":"{sum}"}}],"structuredContent":{{"result":{sum}}}}}}}"#
        )
    };
}

fn echo(
    id: &RawValue,
    params: &CallParams<'_>,
    answer: &mut Vec<u8>,
) -> Result<(), Box<dyn std::error::Error>> {
    let is_modern = params.meta.is_some();
    let kind = if is_modern { r#""resultType":"complete","# } else { "" };
    write!(
        answer,
        r#"{{"jsonrpc":"2.0","id":{id},"result":{{{kind}"content":[{{"type":"text","text":"#
    )?;
    serde_json::to_writer(&mut *answer, &params.arguments.text)?;
    answer.extend_from_slice(b"}]");
    if is_modern {
        write!(answer, ",{MODERN_META}")?;
    }
    answer.extend_from_slice(b"}}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(request: &str, expected: &str) {
        let mut written = Vec::new();
        answer(request.as_bytes(), &mut written).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), expected);
    }

    #[test]
    fn a_legacy_call_is_answered_in_its_shape() {
        check(
            r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","arguments":{"a":2,"b":3}}}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"5"}],"structuredContent":{"result":5}}}"#,
        );
    }

    #[test]
    fn a_modern_call_is_answered_in_its_shape() {
        check(
            r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","arguments":{"a":2,"b":3},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","content":[{"type":"text","text":"5"}],"structuredContent":5,"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"floor","version":"1"}}}}"#,
        );
    }

    #[test]
    fn a_text_comes_back() {
        check(
            r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"text":"a\nb"}}}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"a\nb"}]}}"#,
        );
        check(
            r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"text":"ab"},"_meta":{}}}"#,
            r#"{"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","content":[{"type":"text","text":"ab"}],"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"floor","version":"1"}}}}"#,
        );
    }

    #[test]
    fn a_notification_has_no_answer() {
        check(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, "");
    }
}
