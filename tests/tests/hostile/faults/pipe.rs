//! Pipes whose reads and writes fail: those of a server, and those of a client.

use std::io::ErrorKind;
use std::time::Duration;

use mcp_runtime::client::{Client, Era, Error};
use mcp_runtime::prelude::*;
use mcp_tests::stdio::initialize;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::faulty::{Faulty, INJECTED, Plan};

/// Kinds of errors that readers and writers return.
const KINDS: [ErrorKind; 4] =
    [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset, ErrorKind::StorageFull, ErrorKind::Other];

/// Most operations of one run.
const MAX_OPERATIONS: usize = 2000;

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Report progress, and be polled again before the answer.
#[tool]
async fn report(cx: &Context) -> &'static str {
    cx.progress(1.0, 2.0, "half");
    tokio::task::yield_now().await;
    "reported"
}

fn server() -> Server {
    Server::new("faults", "1.0.0").with::<(add, report)>()
}

/// Waits for what must not hang. Time is paused, so nothing else ends the wait.
async fn ended<T>(future: impl Future<Output = T>, what: &str) -> T {
    let limit = Duration::from_secs(3600);
    tokio::time::timeout(limit, future).await.unwrap_or_else(|_| panic!("{what} hangs"))
}

/// Messages of a client, and the number of their answers.
fn messages() -> (Vec<u8>, usize) {
    let call = |id: u64, name: &str, arguments: Value| {
        let params =
            json!({ "name": name, "arguments": arguments, "_meta": { "progressToken": id } });
        json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params })
    };
    let all = [
        initialize("2025-11-25"),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        call(1, "add", json!({ "a": 2, "b": 3 })),
        call(2, "report", json!({})),
        json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/list" }),
    ];
    let lines: String = all.iter().map(|message| format!("{message}\n")).collect();
    (lines.into_bytes(), 4)
}

/// Serves with a plan. Returns the number of whole answers, and whether serving has ended with an error.
async fn serve_with(plan: &Plan) -> (usize, Result<(), mcp_runtime::Error>) {
    let (near, far) = tokio::io::duplex(1 << 16);
    let (reader, writer) = tokio::io::split(far);
    let serving =
        tokio::spawn(server().serve_over(Faulty::new(reader, plan), Faulty::new(writer, plan)));
    let (mut input, mut output) = tokio::io::split(near);
    // The server may end before it has read all.
    let _ = output.write_all(&messages().0).await;
    let _ = output.shutdown().await;
    let mut received = Vec::new();
    let outcome = ended(serving, "serving").await.expect("serving does not panic");
    drop(output);
    ended(input.read_to_end(&mut received), "the output").await.unwrap();
    let whole = received.split_inclusive(|byte| *byte == b'\n');
    let whole = whole.filter(|line| line.ends_with(b"\n"));
    let read = |line: &[u8]| -> Value { serde_json::from_slice(line).expect("lines are JSON") };
    (whole.filter(|line| read(line)["id"] != Value::Null).count(), outcome)
}

#[tokio::test(start_paused = true)]
async fn every_operation_of_a_server_on_a_pipe_may_fail() {
    for kind in KINDS {
        let mut ends = [0; 2];
        for count in 0..MAX_OPERATIONS {
            let plan = Plan::failing_after(count, kind);
            let (answers, outcome) = serve_with(&plan).await;
            match &outcome {
                Ok(()) => ends[0] += 1,
                Err(error) => {
                    ends[1] += 1;
                    let text = error.report().to_string();
                    assert!(text.contains(INJECTED), "operation {count}: {text}");
                }
            }
            if !plan.has_failed() {
                assert_eq!(answers, messages().1, "without a failure");
                outcome.expect("without a failure");
                break;
            }
            assert!(count + 1 < MAX_OPERATIONS, "there are always failures");
        }
        // A reader that fails is an error, a client that no longer reads is not.
        assert!(ends.iter().all(|count| *count > 10), "{kind:?}: {ends:?}");
    }
}

/// Connects with plans for reading and writing, calls twice and closes.
async fn call_with(reading: &Plan, writing: &Plan, era: Era) -> Result<(), Error> {
    let (near, far) = tokio::io::duplex(1 << 16);
    let (reader, writer) = tokio::io::split(far);
    let serving = tokio::spawn(server().serve_over(reader, writer));
    let (reader, writer) = tokio::io::split(near);
    let (reader, writer) = (Faulty::new(reader, reading), Faulty::new(writer, writing));
    let client = Client::over(reader, writer).era(era);
    let outcome = async {
        let client = client.connect().await?;
        let mut outcome = Ok(());
        for _ in 0..2 {
            outcome = client.call("add", json!({ "a": 2, "b": 3 })).await.map(drop);
        }
        client.close().await;
        outcome
    };
    let outcome = ended(outcome, "the client").await;
    ended(serving, "the server").await.expect("serving does not panic").expect("it is served");
    outcome
}

/// Runs with a failure of each operation, and checks the errors.
async fn fail_each(
    writes: bool,
    kind: ErrorKind,
    era: Era,
    is_clear: impl Fn(&Error, &str) -> bool,
) {
    let mut failures = 0;
    for count in 0..MAX_OPERATIONS {
        let (plan, none) =
            (Plan::failing_after(count, kind), Plan::failing_after(usize::MAX, kind));
        let (reading, writing) = if writes { (&none, &plan) } else { (&plan, &none) };
        let outcome = call_with(reading, writing, era).await;
        if let Err(error) = &outcome {
            failures += 1;
            let text = error.report().to_string();
            assert!(is_clear(error, &text), "operation {count}, {kind:?}: {error:?}");
        }
        if !plan.has_failed() {
            outcome.expect("without a failure");
            break;
        }
        assert!(count + 1 < MAX_OPERATIONS, "there are always failures");
    }
    assert!(failures > 10, "{kind:?}: {failures}");
}

#[tokio::test(start_paused = true)]
async fn every_read_of_a_client_on_a_pipe_may_fail() {
    for kind in KINDS {
        for era in [Era::Modern, Era::Legacy] {
            let is_clear = |error: &Error, text: &str| {
                matches!(error, Error::Closed(_)) && text.contains(INJECTED)
            };
            fail_each(false, kind, era, is_clear).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_write_of_a_client_on_a_pipe_may_fail() {
    for kind in KINDS {
        for era in [Era::Modern, Era::Legacy] {
            // A server that no longer reads may still send, so the client waits for the answer for a time.
            let is_clear =
                |error: &Error, _: &str| matches!(error, Error::Closed(_) | Error::Timeout { .. });
            fail_each(true, kind, era, is_clear).await;
        }
    }
}
