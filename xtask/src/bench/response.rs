//! Responses of HTTP servers: with a length or in chunks, as JSON or as a stream of events.

use crate::Result;

/// A complete response.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: u16,
    /// `Mcp-Session-Id`.
    pub(super) session: Option<String>,
    /// The body, or the last event of a stream.
    pub(super) body: String,
}

/// Reads the response at the start of a connection's bytes. `None` if it is not complete.
pub(super) fn read(received: &[u8]) -> Result<Option<Response>> {
    let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&received[..end])?;
    let header = |name: &str| {
        head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let status = head.split(' ').nth(1).ok_or("the response has no status")?.parse()?;
    let rest = &received[end + 4..];
    let body = match header("content-length") {
        Some(length) => rest.get(..length.parse()?).map(<[u8]>::to_vec),
        None if header("transfer-encoding").is_some() => chunks(rest)?,
        // A response without a body, such as 202.
        None => Some(Vec::new()),
    };
    let Some(body) = body else { return Ok(None) };
    let body = String::from_utf8_lossy(&body).into_owned();
    let is_stream = header("content-type").is_some_and(|kind| kind.contains("event-stream"));
    Ok(Some(Response {
        status,
        session: header("mcp-session-id").map(str::to_owned),
        body: if is_stream { last_event(&body) } else { body },
    }))
}

/// The content of a chunked body. `None` if the last chunk is missing.
fn chunks(mut rest: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut content = Vec::new();
    loop {
        let Some(end) = rest.windows(2).position(|window| window == b"\r\n") else {
            return Ok(None);
        };
        let size = std::str::from_utf8(&rest[..end])?.split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size.trim(), 16)?;
        let Some(chunk) = rest.get(end + 2..end + 2 + size) else { return Ok(None) };
        // Each chunk ends with an empty line, the last one too, as no server here sends trailers.
        let Some(next) = rest.get(end + 2 + size + 2..) else { return Ok(None) };
        if size == 0 {
            return Ok(Some(content));
        }
        content.extend_from_slice(chunk);
        rest = next;
    }
}

/// Data of the last event that has some.
fn last_event(stream: &str) -> String {
    let mut data = stream.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
    data.rfind(|data| !data.is_empty()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(received: &str, expected: Option<(u16, Option<&str>, &str)>) {
        let found = read(received.as_bytes()).unwrap();
        let found = found
            .as_ref()
            .map(|response| (response.status, response.session.as_deref(), response.body.as_str()));
        assert_eq!(found, expected, "{received}");
    }

    #[test]
    fn an_answer_is_read_when_it_is_whole() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", None);
        check(head, None);
        check(&format!("{head}{{}}"), Some((200, None, "{}")));
        check("HTTP/1.1 202 Accepted\r\nmcp-session-id: a:b\r\n\r\n", Some((202, Some("a:b"), "")));
        check("HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n", Some((400, None, "")));
        assert!(read(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n").is_err());
    }

    #[test]
    fn chunks_are_joined() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        for part in ["", "3", "3\r\n{ }", "3\r\n{ }\r\n", "3\r\n{ }\r\n0\r\n"] {
            check(&format!("{head}{part}"), None);
        }
        check(&format!("{head}2\r\n{{ \r\n1;a=b\r\n}}\r\n0\r\n\r\n"), Some((200, None, "{ }")));
        assert!(read(format!("{head}x\r\n").as_bytes()).is_err());
    }

    #[test]
    fn the_answer_is_the_last_event_of_a_stream() {
        let events = "id: 0\ndata:\n\nevent: message\ndata: {}\n\n";
        let length = events.len();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {length}"
        );
        check(&format!("{head}\r\n\r\n{events}"), Some((200, None, "{}")));
    }
}
