//! Requests as text, and their exchange.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::Result;

/// Timeout of an exchange.
const CLIENT_LIMIT: Duration = Duration::from_secs(20);

const META: &str = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}"#;
const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"attack","version":"1"}}}"#;

/// A modern call. `meta` is further members of its `_meta`, each after a comma.
pub(crate) fn modern_call(address: &str, tool: &str, meta: &str) -> String {
    let params = format!(r#""name":"{tool}","arguments":{{}}"#);
    modern(address, "tools/call", &format!("Mcp-Name: {tool}\r\n"), &params, meta)
}

/// A stream of the changes of resources.
pub(crate) fn modern_listen(address: &str, uris: &[String]) -> String {
    let uris = serde_json::json!({ "resourceSubscriptions": uris });
    modern(address, "subscriptions/listen", "", &format!(r#""notifications":{uris}"#), "")
}

fn modern(address: &str, method: &str, headers: &str, params: &str, meta: &str) -> String {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{params},"_meta":{{{META}{meta}}}}}}}"#
    );
    let own = format!("Mcp-Protocol-Version: 2026-07-28\r\nMcp-Method: {method}\r\n{headers}");
    post(address, &own, &body)
}

/// A call in a legacy session.
pub(crate) fn legacy_call(address: &str, session: &str, id: usize) -> String {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"wait","arguments":{{}}}}}}"#
    );
    post(address, &format!("Mcp-Session-Id: {session}\r\n"), &body)
}

fn post(address: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /mcp HTTP/1.1\r\nHost: {address}\r\nAccept: application/json, text/event-stream\r\n\
         Content-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
}

/// Opens a session; `None` if the server has no room.
pub(crate) async fn open_session(address: &str) -> Result<Option<String>> {
    let text = exchange(address, &post(address, "Connection: close\r\n", INITIALIZE)).await?;
    let id = text.lines().find_map(|line| line.strip_prefix("mcp-session-id: "));
    if id.is_none() && !text.starts_with("HTTP/1.1 503") {
        return Err(format!("expected a session or status 503, got {text}").into());
    }
    Ok(id.map(|id| id.trim().to_owned()))
}

/// Opens the event stream of a session; `None` if the session has made room for others.
pub(crate) async fn open_stream(address: &str, session: &str) -> Result<Option<TcpStream>> {
    let mut stream = TcpStream::connect(address).await?;
    let text = format!(
        "GET /mcp HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\
         Mcp-Session-Id: {session}\r\n\r\n"
    );
    stream.write_all(text.as_bytes()).await?;
    match timeout(CLIENT_LIMIT, read_status(&mut stream)).await?? {
        200 => Ok(Some(stream)),
        404 => Ok(None),
        other => Err(format!("expected a stream or status 404, got {other}").into()),
    }
}

/// Asks the server for the number of calls of `wait` that run; `None` if it has no room.
pub(crate) async fn count_running(address: &str) -> Result<Option<u64>> {
    let call = modern_call(address, "running", "").replacen(
        "\r\n\r\n",
        "\r\nConnection: close\r\n\r\n",
        1,
    );
    let text = exchange(address, &call).await?;
    if text.starts_with("HTTP/1.1 503") {
        return Ok(None);
    }
    let body = text.split("\r\n\r\n").nth(1).unwrap_or_default();
    let answer: Value = serde_json::from_str(body)?;
    let text = answer["result"]["content"][0]["text"].as_str();
    Ok(Some(text.ok_or_else(|| format!("unexpected answer: {answer}"))?.parse()?))
}

/// Reads the status of a response and nothing more.
pub(crate) async fn read_status(stream: &mut TcpStream) -> Result<u16> {
    let mut start = [0; 12];
    stream.read_exact(&mut start).await?;
    let status = start.strip_prefix(b"HTTP/1.1 ").and_then(|code| std::str::from_utf8(code).ok());
    Ok(status.ok_or("the response is not HTTP/1.1")?.parse()?)
}

/// Sends a request, and reads to the end of the connection.
async fn exchange(address: &str, text: &str) -> Result<String> {
    let mut answer = String::new();
    let answered = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(text.as_bytes()).await?;
        stream.read_to_string(&mut answer).await
    };
    timeout(CLIENT_LIMIT, answered).await??;
    Ok(answer)
}
