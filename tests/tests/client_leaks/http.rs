//! Servers over HTTP.

use std::time::Duration;

use mcp_runtime::client::{Client, Error};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::failure::{
    Failure, Stage, answer, drive, era, has_words, question, silent, with_short_timeouts, wrong,
};
use crate::rounds::{leave_nothing, with_time};

/// Behaviour of a server in one round.
#[derive(Clone, Copy)]
struct Plan {
    failure: Failure,
    stage: Stage,
    number: usize,
}

impl Plan {
    fn of(failure: Failure, number: usize) -> Self {
        Self { failure, stage: Stage::ALL[number / 4 % 3], number }
    }

    /// Returns `true` if responses are event streams.
    fn streams(self) -> bool {
        self.number / 2 % 2 == 1
    }

    /// Counts the rounds in which everything but this number is the same.
    fn variant(self) -> usize {
        self.number / 12
    }

    /// Returns `true` if the server implements the oldest revision.
    fn is_legacy_sse(self) -> bool {
        self.number / 2 % 2 == 1
    }

    /// Returns `true` if the server ignores a message without response, or the stream of the legacy
    /// SSE transport.
    fn ignores(self, head: &str, method: &str) -> bool {
        let wanted = if self.is_legacy_sse() { "GET" } else { "POST" };
        matches!(self.failure, Failure::Unresponsive)
            && head.starts_with(wanted)
            && method != "notifications/cancelled"
    }

    /// The bytes sent in response to a message, and whether the connection is closed after them.
    fn reply(self, head: &str, message: &Value) -> (Vec<u8>, bool) {
        let method = message["method"].as_str().unwrap_or_default();
        let Some(asked) = Stage::of(method) else {
            if self.ignores(head, method) {
                return (Vec::new(), false);
            }
            let status = if head.starts_with("GET") { "405 No" } else { "202 Accepted" };
            return (response(status, "text/plain", ""), true);
        };
        if matches!(self.failure, Failure::Unresponsive) && self.is_legacy_sse() {
            return (response("404 No", "text/plain", ""), true);
        }
        let right = answer(&message["id"], method);
        if asked != self.stage {
            return (self.encoded(&right), true);
        }
        match self.failure {
            Failure::Cut => {
                let mut whole = self.encoded(&right);
                // A prime, so that every cut position occurs.
                whole.truncate(self.variant() * 61 % whole.len());
                (whole, true)
            }
            Failure::Garbage => (garbage(self.variant()), true),
            Failure::WrongId => {
                (self.encoded(&answer(&wrong(&message["id"], self.variant()), method)), true)
            }
            Failure::Twice if self.streams() => {
                let event = format!("data: {right}\n\n");
                (response("200 OK", "text/event-stream", &event.repeat(2)), true)
            }
            Failure::Twice => (self.encoded(&json!([right, right])), true),
            Failure::Asks => (self.encoded(&question()), true),
            Failure::Unresponsive => (self.encoded(&right), true),
            Failure::Never => {
                let whole = self.encoded(&right);
                let heads = whole.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
                // Nothing, the head, or the head and a part of the body.
                let reply = [0, heads, heads + 6][self.variant() % 3];
                (whole[..reply].to_vec(), false)
            }
        }
    }

    /// A message as an HTTP response.
    fn encoded(self, message: &Value) -> Vec<u8> {
        if self.streams() {
            // The event has an id, so the stream can be resumed at once.
            let event = format!("id: 1\nretry: 1\ndata:\n\ndata: {message}\n\n");
            return response("200 OK", "text/event-stream", &event);
        }
        response("200 OK", "application/json", &message.to_string())
    }
}

fn response(status: &str, kind: &str, body: &str) -> Vec<u8> {
    let length = match kind {
        // The length of a stream is not known in advance.
        "text/event-stream" => String::new(),
        _ => format!("content-length: {}\r\n", body.len()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\nmcp-session-id: s\r\ncontent-type: {kind}\r\n{length}"
    );
    format!("{head}\r\n{body}").into_bytes()
}

/// Data that no client can use.
fn garbage(variant: usize) -> Vec<u8> {
    let (json, events) = ("application/json", "text/event-stream");
    match variant % 9 {
        0 => b"\r\n\0\xff garbage\r\n\r\n".to_vec(),
        1 => response("200 OK", "text/html", "<html>"),
        2 => response("200 OK", json, "{"),
        3 => response("200 OK", json, "[]"),
        4 => response("200 OK", json, "{\"jsonrpc\":\"2.0\",\"id\":1}"),
        5 => response("200 OK", json, ""),
        6 => response("500 Oops", "text/plain", "a bug"),
        7 => response("200 OK", events, "data: {\n\n"),
        _ => response("200 OK", events, "\0\u{1}\n\n: \n\n"),
    }
}

/// Reads one request and responds as planned.
async fn converse(stream: TcpStream, plan: Plan) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await?;
    let message = serde_json::from_slice(&body).unwrap_or_default();
    let (reply, ends) = plan.reply(&head, &message);
    stream.write_all(&reply).await?;
    stream.flush().await?;
    if !ends {
        // Until the client is gone.
        stream.read_to_end(&mut body).await?;
    }
    Ok(())
}

async fn round(plan: Plan) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that disconnects early is not an error of this server.
            tokio::spawn(async move { converse(stream, plan).await });
        }
    });
    let Plan { failure, stage, number } = plan;
    let mut builder = silent(Client::http(url).era(era(number)));
    if matches!(failure, Failure::Never | Failure::Unresponsive) {
        builder = with_short_timeouts(builder, Duration::from_millis(20));
    }
    let outcome = drive(builder.connect(), number / 24 % 2 == 0).await;
    let is_right = match (failure, &outcome) {
        (Failure::Twice, Ok(())) => true,
        (
            Failure::Cut | Failure::Asks,
            Err(error @ (Error::Closed(_) | Error::Transport { .. })),
        ) => has_words(error, ""),
        (Failure::Garbage, Err(error)) => {
            !matches!(error, Error::Timeout { .. }) && has_words(error, "")
        }
        (Failure::WrongId, Err(error @ Error::Protocol { .. })) => {
            has_words(error, "expected the answer to request")
        }
        (Failure::WrongId, Err(error @ Error::Closed(_))) => has_words(error, "before the answer"),
        (Failure::Never | Failure::Unresponsive, Err(error @ Error::Timeout { .. })) => {
            has_words(error, "no answer to `")
        }
        (Failure::Unresponsive, Err(error @ Error::Http(_))) => {
            plan.is_legacy_sse() && has_words(error, "404")
        }
        _ => false,
    };
    assert!(is_right, "{failure:?} when {stage:?} in round {number}: {outcome:?}");
    server.abort();
}

#[test]
fn a_connection_that_is_cut_at_any_byte() {
    leave_nothing(with_time, |number| round(Plan::of(Failure::Cut, number)));
}

#[test]
fn a_server_with_garbage() {
    leave_nothing(with_time, |number| round(Plan::of(Failure::Garbage, number)));
}

#[test]
fn a_server_with_unknown_response_ids() {
    leave_nothing(with_time, |number| round(Plan::of(Failure::WrongId, number)));
}

#[test]
fn a_server_that_answers_twice() {
    leave_nothing(with_time, |number| round(Plan::of(Failure::Twice, number)));
}

#[test]
fn a_server_that_never_answers() {
    leave_nothing(with_time, |number| round(Plan::of(Failure::Never, number)));
}

#[test]
fn a_server_that_asks_and_breaks_off() {
    // Servers send requests in sessions and on streams only.
    leave_nothing(with_time, |number| round(Plan::of(Failure::Asks, 4 * number + 3)));
}

#[test]
fn a_server_that_ignores_notifications() {
    leave_nothing(with_time, |number| round(Plan::of(Failure::Unresponsive, 2 * number + 1)));
}
