//! Servers at a URL.

use std::time::Duration;

use mcp_runtime::client::{Client, Error};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::failure::{
    Failure, Stage, answer, drive, era, impatient, question, says, silent, wrong,
};
use crate::rounds::{leave_nothing, with_time};

/// How a server of one round behaves.
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

    /// Whether answers are streams.
    fn streams(self) -> bool {
        self.number / 2 % 2 == 1
    }

    /// Counts the rounds in which all but this number is the same.
    fn variant(self) -> usize {
        self.number / 12
    }

    /// Whether the server seems to be one of the oldest revision.
    fn is_older(self) -> bool {
        self.number / 2 % 2 == 1
    }

    /// Whether nothing is said to a message without an answer, or where the older stream should be.
    fn is_deaf_to(self, head: &str, method: &str) -> bool {
        let wanted = if self.is_older() { "GET" } else { "POST" };
        matches!(self.failure, Failure::Deaf)
            && head.starts_with(wanted)
            && method != "notifications/cancelled"
    }

    /// What is said to a message; none if the connection stays open without a word more.
    fn reply(self, head: &str, message: &Value) -> (Vec<u8>, bool) {
        let method = message["method"].as_str().unwrap_or_default();
        let Some(asked) = Stage::of(method) else {
            if self.is_deaf_to(head, method) {
                return (Vec::new(), false);
            }
            let status = if head.starts_with("GET") { "405 No" } else { "202 Accepted" };
            return (response(status, "text/plain", ""), true);
        };
        if matches!(self.failure, Failure::Deaf) && self.is_older() {
            return (response("404 No", "text/plain", ""), true);
        }
        let right = answer(&message["id"], method);
        if asked != self.stage {
            return (self.told(&right), true);
        }
        match self.failure {
            Failure::Cut => {
                let mut whole = self.told(&right);
                // A prime, so that the bytes are cut one after the other, but not in their order.
                whole.truncate(self.variant() * 61 % whole.len());
                (whole, true)
            }
            Failure::Garbage => (garbage(self.variant()), true),
            Failure::WrongId => {
                (self.told(&answer(&wrong(&message["id"], self.variant()), method)), true)
            }
            Failure::Twice if self.streams() => {
                let event = format!("data: {right}\n\n");
                (response("200 OK", "text/event-stream", &event.repeat(2)), true)
            }
            Failure::Twice => (self.told(&json!([right, right])), true),
            Failure::Asks => (self.told(&question()), true),
            Failure::Deaf => (self.told(&right), true),
            Failure::Never => {
                let whole = self.told(&right);
                let heads = whole.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
                // Nothing, the head, or the head and a part of the body.
                let said = [0, heads, heads + 6][self.variant() % 3];
                (whole[..said].to_vec(), false)
            }
        }
    }

    /// A message as an answer.
    fn told(self, message: &Value) -> Vec<u8> {
        if self.streams() {
            // With an id, the stream may be resumed, at once.
            let event = format!("id: 1\nretry: 1\ndata:\n\ndata: {message}\n\n");
            return response("200 OK", "text/event-stream", &event);
        }
        response("200 OK", "application/json", &message.to_string())
    }
}

fn response(status: &str, kind: &str, body: &str) -> Vec<u8> {
    let length = match kind {
        // The length of a stream is not known before.
        "text/event-stream" => String::new(),
        _ => format!("content-length: {}\r\n", body.len()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\nmcp-session-id: s\r\ncontent-type: {kind}\r\n{length}"
    );
    format!("{head}\r\n{body}").into_bytes()
}

/// What no client can use.
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

/// Hears one message and says what the plan says.
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
    let (said, ends) = plan.reply(&head, &message);
    stream.write_all(&said).await?;
    stream.flush().await?;
    if !ends {
        // Until the client goes.
        stream.read_to_end(&mut body).await?;
    }
    Ok(())
}

async fn round(plan: Plan) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that goes in the middle is none of this server's failures.
            tokio::spawn(async move { converse(stream, plan).await });
        }
    });
    let Plan { failure, stage, number } = plan;
    let mut builder = silent(Client::http(url).era(era(number)));
    if matches!(failure, Failure::Never | Failure::Deaf) {
        builder = impatient(builder, Duration::from_millis(20));
    }
    let outcome = drive(builder.connect(), number / 24 % 2 == 0).await;
    let is_right = match (failure, &outcome) {
        (Failure::Twice, Ok(())) => true,
        (
            Failure::Cut | Failure::Asks,
            Err(error @ (Error::Closed(_) | Error::Transport { .. })),
        ) => says(error, ""),
        (Failure::Garbage, Err(error)) => {
            !matches!(error, Error::Timeout { .. }) && says(error, "")
        }
        (Failure::WrongId, Err(error @ Error::Protocol(_))) => {
            says(error, "expected the answer to request")
        }
        (Failure::WrongId, Err(error @ Error::Closed(_))) => says(error, "before the answer"),
        (Failure::Never | Failure::Deaf, Err(error @ Error::Timeout { .. })) => {
            says(error, "no answer to `")
        }
        (Failure::Deaf, Err(error @ Error::Http(_))) => plan.is_older() && says(error, "404"),
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
fn a_site_that_says_garbage() {
    leave_nothing(with_time, |number| round(Plan::of(Failure::Garbage, number)));
}

#[test]
fn a_site_that_answers_what_nobody_asked() {
    leave_nothing(with_time, |number| round(Plan::of(Failure::WrongId, number)));
}

#[test]
fn a_site_that_answers_twice() {
    leave_nothing(with_time, |number| round(Plan::of(Failure::Twice, number)));
}

#[test]
fn a_site_that_never_answers() {
    leave_nothing(with_time, |number| round(Plan::of(Failure::Never, number)));
}

#[test]
fn a_site_that_asks_and_breaks_off() {
    // Only in sessions do servers ask by themselves, and on streams.
    leave_nothing(with_time, |number| round(Plan::of(Failure::Asks, 4 * number + 3)));
}

#[test]
fn a_site_that_has_no_ear_for_what_needs_no_answer() {
    leave_nothing(with_time, |number| round(Plan::of(Failure::Deaf, 2 * number + 1)));
}
