//! Servers at the other end of a pipe.

use std::time::Duration;

use mcp_runtime::client::{Client, Error};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream};

use crate::failure::{
    Failure, Stage, answer, drive, era, has_words, question, silent, with_short_timeouts, wrong,
};
use crate::rounds::{leave_nothing, without_time};

/// Data that no client can use.
const GARBAGE: [&[u8]; 10] = [
    b"",
    b"{",
    b"null",
    b"[[]]",
    b"\"text\"",
    b"\0\xff\xfe",
    b"{\"jsonrpc\":\"2.0\"}",
    b"{\"jsonrpc\":\"2.0\",\"id\":[],\"result\":{}}",
    b"{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progressToken\":{}}}",
    b"HTTP/1.1 400 Bad Request",
];

/// Serves until the client is gone, or until the server fails.
async fn serve(io: DuplexStream, failure: Failure, stage: Stage, number: usize) {
    let (input, mut output) = tokio::io::split(io);
    let mut lines = BufReader::new(input).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let message: Value = serde_json::from_str(&line).unwrap();
        let method = message["method"].as_str().unwrap();
        let Some(asked) = Stage::of(method) else { continue };
        let mut right = answer(&message["id"], method).to_string().into_bytes();
        right.push(b'\n');
        if asked != stage {
            // The client may be gone.
            let _ = output.write_all(&right).await;
            continue;
        }
        let bytes = match failure {
            Failure::Cut => {
                // The client may be gone.
                let _ = output.write_all(&right[..number / 6 % right.len()]).await;
                return;
            }
            Failure::Garbage => GARBAGE.join(&b'\n'),
            Failure::WrongId => {
                let answered = answer(&wrong(&message["id"], number / 6), method);
                answered.to_string().into_bytes()
            }
            Failure::Twice => [right.clone(), right].concat(),
            Failure::Asks => {
                let question = format!("{}\n", question());
                let _ = output.write_all(question.as_bytes()).await;
                // Answered by the client, so it has received the question.
                let ping = json!({ "jsonrpc": "2.0", "id": "p", "method": "ping" });
                let _ = output.write_all(format!("{ping}\n").as_bytes()).await;
                let _ = lines.next_line().await;
                return;
            }
            Failure::Never | Failure::Unresponsive => Vec::new(),
        };
        let _ = output.write_all(&bytes).await;
        let _ = output.write_all(b"\n").await;
    }
}

async fn round(failure: Failure, number: usize) {
    let stage = Stage::ALL[number / 2 % 3];
    let (near, far) = tokio::io::duplex(1 << 14);
    let server = tokio::spawn(serve(far, failure, stage, number));
    let (reader, writer) = tokio::io::split(near);
    let builder = Client::over(reader, writer).era(era(number));
    let builder = silent(with_short_timeouts(builder, Duration::from_secs(5)));
    let outcome = drive(builder.connect(), number.is_multiple_of(4)).await;
    let is_right = match (failure, &outcome) {
        (Failure::Twice, Ok(())) => true,
        (Failure::Cut | Failure::Asks, Err(error @ Error::Closed(_))) => {
            has_words(error, "the server ended its output")
        }
        (Failure::Garbage, Err(error @ Error::Timeout { .. })) => {
            has_words(error, "lines that are no messages, the first: {")
        }
        (Failure::WrongId, Err(error @ Error::Timeout { .. })) => {
            has_words(error, "answers that nobody waits for")
        }
        (Failure::Never, Err(error @ Error::Timeout { .. })) => has_words(error, "no answer to `"),
        _ => false,
    };
    assert!(is_right, "{failure:?} when {stage:?} in round {number}: {outcome:?}");
    server.await.unwrap();
}

#[test]
fn a_pipe_that_is_cut_at_any_byte() {
    leave_nothing(without_time, |number| round(Failure::Cut, number));
}

#[test]
fn a_pipe_with_garbage() {
    leave_nothing(without_time, |number| round(Failure::Garbage, number));
}

#[test]
fn a_pipe_with_unknown_response_ids() {
    leave_nothing(without_time, |number| round(Failure::WrongId, number));
}

#[test]
fn a_pipe_that_answers_twice() {
    leave_nothing(without_time, |number| round(Failure::Twice, number));
}

#[test]
fn a_pipe_that_never_answers() {
    leave_nothing(without_time, |number| round(Failure::Never, number));
}

#[test]
fn a_pipe_that_asks_and_breaks_off() {
    // Servers send requests in sessions only.
    leave_nothing(without_time, |number| round(Failure::Asks, 2 * number + 1));
}
