//! The audit log.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp_runtime::audit::Audit;
use mcp_runtime::hook::{Hook, HookRequest};
use mcp_runtime::policy::{AccessRequest, Decision};
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClient, assert_failed, eras};
use mcp_runtime::{Principal, ProtocolError};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::kit::{Outcome, is_modern, soon};

/// Log in.
#[tool]
async fn login(
    user: String,
    #[arg(secret, min_len = 3)] password: String,
    note: Option<String>,
) -> Result<String, String> {
    let _ = note;
    match &*password {
        "wrong" => Err("the password is wrong".into()),
        _ => Ok(format!("hello {user}")),
    }
}

/// Fail as the protocol does.
#[tool]
async fn broken() -> Result<String, ProtocolError> {
    Err(ProtocolError::invalid_params("it is broken"))
}

/// Wait for ever.
#[tool]
async fn wait(began: &State<Arc<Notify>>) -> String {
    began.notify_one();
    std::future::pending().await
}

/// Take too long.
#[tool(timeout = "1ms")]
async fn slow() -> String {
    std::future::pending().await
}

#[derive(Elicit)]
struct Sure {
    /// Go on
    yes: bool,
}

/// Ask the user.
#[tool]
async fn asks(cx: &Context) -> Result<String, mcp_runtime::elicit::AskError> {
    let sure = cx.elicit::<Sure>("Really?").await?.accepted();
    Ok(format!("{:?}", sure.map(|sure| sure.yes)))
}

/// The notes of a day.
#[resource("notes://days/{day}")]
async fn notes(day: String) -> String {
    format!("notes of {day}")
}

/// Ask for a review.
#[prompt]
async fn review(language: String) -> String {
    format!("review this {language}")
}

/// Records of a log that a function receives.
struct Records(UnboundedReceiver<Value>);

impl Records {
    /// A log, and its records.
    fn new() -> (Audit, Self) {
        let (sender, records) = unbounded_channel();
        let audit = Audit::new(move |record| {
            let line = record.to_json();
            assert!(!line.contains('\n') && !line.contains("hunter2"), "{line}");
            let _ = sender.send(serde_json::from_str(&line).unwrap());
        });
        (audit, Self(records))
    }

    async fn next(&mut self) -> Value {
        soon(self.0.recv()).await.expect("a record")
    }

    /// The next record, without what differs from run to run.
    async fn next_of(&mut self, event: &str) -> Value {
        let mut record = self.next().await;
        assert_eq!(record["event"], event, "{record}");
        let members = record.as_object_mut().unwrap();
        let time = members.remove("time").unwrap();
        let time = time.as_str().unwrap();
        assert!(time.len() == 24 && time.ends_with('Z') && time.as_bytes()[10] == b'T', "{time}");
        if event != "decision" {
            assert!(members.remove("duration_ms").unwrap().as_f64().unwrap() >= 0.0);
        }
        for member in ["event", "request_id", "client", "revision", "transport"] {
            assert!(members.remove(member).is_some(), "{member}");
        }
        record
    }
}

fn server(audit: Audit) -> Server {
    Server::new("audited", "1")
        .with::<(login, broken, wait, slow, asks, notes, review)>()
        .state(Arc::<Notify>::default())
        .audit(audit)
}

#[tokio::test]
async fn calls_are_recorded_with_caller_arguments_and_outcome() -> Outcome {
    for era in eras() {
        let (audit, mut records) = Records::new();
        let ann = Principal::new("ann").issued_by("https://login.example").of_client("app");
        let client = TestClient::of(server(audit)).era(era).principal(ann).connect().await?;
        let arguments = json!({ "user": "ann\n{\"event\":\"fake\"}", "password": "hunter2" });
        client.call("login", &arguments).await?;
        let record = records.next().await;
        assert!(!record["request_id"].is_null());
        assert!(record["client"].as_str().is_some_and(|client| client.contains(' ')), "{record}");
        assert_eq!(record["revision"], client.revision().as_str());
        assert_eq!(record["transport"], "pipe");
        let _ = client
            .call("login", json!({ "user": "ann", "password": "wrong", "note": null }))
            .await?;
        let called = |name: &str, arguments: Value, outcome: &str| {
            json!({
                "method": "tools/call", "kind": "tool", "component": name, "arguments": arguments,
                "subject": "ann", "issuer": "https://login.example", "client_id": "app",
                "outcome": outcome,
            })
        };
        let arguments = json!({ "user": "ann", "password": "[redacted]", "note": null });
        assert_eq!(records.next_of("call").await, called("login", arguments, "tool_error"));
        let _ = client.call("broken", ()).await;
        let mut expected = called("broken", json!({}), "error");
        expected["error_code"] = json!(-32602);
        let mut found = records.next_of("call").await;
        found["arguments"] = json!({});
        assert_eq!(found, expected);
        let _ = client.call("slow", json!({})).await;
        assert_eq!(records.next_of("call").await, called("slow", json!({}), "timed_out"));
        // What is not a tool of the server has no arguments in the record: they may be secret.
        let _ = client.call("logim", json!({ "password": "hunter2" })).await;
        let mut expected = called("logim", Value::Null, "error");
        expected["error_code"] = json!(-32602);
        let members = expected.as_object_mut().unwrap();
        members.retain(|name, _| name != "arguments" && name != "kind");
        assert_eq!(records.next_of("call").await, expected);
        let _: Value =
            client.request("resources/read", json!({ "uri": "notes://days/one" })).await?;
        let record = records.next_of("call").await;
        assert_eq!(
            (&record["kind"], &record["component"]),
            (&json!("resource"), &json!("notes://days/one"))
        );
        let review = json!({ "name": "review", "arguments": { "language": "Rust" } });
        let _: Value = client.request("prompts/get", review).await?;
        let record = records.next_of("call").await;
        assert_eq!(
            (&record["kind"], &record["arguments"]),
            (&json!("prompt"), &json!({ "language": "Rust" }))
        );
    }
    Ok(())
}

#[tokio::test]
async fn secrets_are_in_no_message() -> Outcome {
    for era in eras() {
        let (audit, mut records) = Records::new();
        let client = TestClient::of(server(audit)).era(era).connect().await?;
        for password in [json!(["hunter2"]), json!({ "a": "hunter2" }), json!("h2"), json!(7777)] {
            let result = client.call("login", json!({ "user": 5, "password": password })).await?;
            assert_failed(&result, "`user`: expected a string, got 5");
            let hidden = "`password`: the value does not fit; it is secret, so it is not shown";
            assert!(result.to_text().contains(hidden), "{}", result.to_text());
            for secret in ["hunter2", "h2\"", "7777"] {
                assert!(!result.to_text().contains(secret), "{}", result.to_text());
            }
            assert_eq!(records.next_of("call").await["arguments"]["password"], "[redacted]");
        }
        let result = client.call("login", json!({ "user": "a" })).await?;
        assert_failed(&result, "`password`: missing; expected a string");
        let tools = client.tools().all().await?;
        let login = tools.iter().find(|tool| tool.name == "login").unwrap();
        assert_eq!(
            login.input_schema.to_value()["properties"]["password"]["writeOnly"],
            json!(true)
        );
    }
    Ok(())
}

#[tokio::test]
async fn cancelled_calls_and_questions_are_recorded() -> Outcome {
    for era in eras() {
        let (audit, mut records) = Records::new();
        let began = Arc::<Notify>::default();
        let server = server(audit).state(Arc::clone(&began));
        let client = TestClient::of(server).era(era).answers("Really", json!({ "yes": true }));
        let client = client.connect().await?;
        tokio::select! {
            _ = client.call("wait", json!({})) => unreachable!("it waits for ever"),
            () = began.notified() => {}
        }
        assert_eq!(records.next_of("call").await["outcome"], "cancelled");
        client.call("asks", ()).await?;
        if is_modern(&client) {
            assert_eq!(records.next_of("call").await["outcome"], "input_required");
        }
        assert_eq!(records.next_of("call").await["outcome"], "ok");
    }
    Ok(())
}

#[tokio::test]
async fn decisions_are_recorded() -> Outcome {
    let policy = async |request: AccessRequest| match request.name() {
        "asks" => Decision::Ask("Allow it?".into()),
        "login" => Decision::Deny("not today".into()),
        _ => Decision::Allow,
    };
    for era in eras() {
        let (audit, mut records) = Records::new();
        let client = TestClient::of(server(audit).policy(policy)).era(era);
        let client = client.answers("Allow", json!({})).answers("Really", json!({ "yes": true }));
        let client = client.connect().await?;
        let _ = client.call("login", json!({ "user": "a", "password": "hunter2" })).await?;
        let denied = json!({ "decision": "deny", "reason": "not today" });
        assert_eq!(records.next_of("decision").await["policy"], denied);
        let record = records.next_of("call").await;
        assert_eq!((&record["policy"], &record["outcome"]), (&denied, &json!("denied")));
        client.call("asks", ()).await?;
        let (asked, agreed) =
            (json!({ "decision": "ask" }), json!({ "decision": "ask", "user": "agreed" }));
        assert_eq!(records.next_of("decision").await["policy"], asked);
        if is_modern(&client) {
            // A round for the policy, and one for the tool.
            assert_eq!(records.next_of("call").await["outcome"], "input_required");
            for outcome in ["input_required", "ok"] {
                assert_eq!(records.next_of("decision").await["policy"], asked);
                assert_eq!(records.next_of("decision").await["policy"], agreed);
                let record = records.next_of("call").await;
                assert_eq!((&record["policy"], &record["outcome"]), (&agreed, &json!(outcome)));
            }
        } else {
            assert_eq!(records.next_of("decision").await["policy"], agreed);
            let record = records.next_of("call").await;
            assert_eq!((&record["policy"], &record["outcome"]), (&agreed, &json!("ok")));
        }
    }
    Ok(())
}

/// Puts other arguments in place of those that were sent.
struct Replace;

impl Hook for Replace {
    async fn before(&self, request: &mut HookRequest) -> Result<(), ProtocolError> {
        match request.name() {
            Some("login") => {
                request.replace_arguments(&json!({ "user": "bob", "password": "hunter2" }))
            }
            _ => Err(ProtocolError::invalid_request("not by this hook")),
        }
    }
}

#[tokio::test]
async fn hooks_run_within_the_record() -> Outcome {
    for era in eras() {
        let (audit, mut records) = Records::new();
        let client = TestClient::of(server(audit).hook(Replace)).era(era);
        let client = client.configure(|client| client).connect().await;
        // The hook refuses what connects the client in the modern era.
        let Ok(client) = client else { continue };
        client.call("login", json!({ "user": "ann", "password": "x" })).await?;
        let arguments = json!({ "user": "bob", "password": "[redacted]" });
        assert_eq!(records.next_of("call").await["arguments"], arguments);
        let _ = client.call("broken", ()).await;
        assert_eq!(records.next_of("call").await["error_code"], -32600);
    }
    Ok(())
}

/// A folder that is removed with the test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mcp-audit-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Serves calls until the client disconnects, and waits for the end of the server.
async fn serve_calls(audit: Audit, count: usize) -> Outcome {
    let (near, far) = tokio::io::duplex(1 << 16);
    let (reader, writer) = tokio::io::split(far);
    let served = tokio::spawn(server(audit).serve_over(reader, writer));
    let (reader, writer) = tokio::io::split(near);
    let client = mcp_runtime::client::Client::over(reader, writer).connect().await?;
    for number in 0..count {
        client
            .call("login", json!({ "user": format!("user {number}"), "password": "hunter2" }))
            .await?;
    }
    client.close().await;
    soon(served).await.unwrap().unwrap();
    Ok(())
}

#[tokio::test]
async fn a_file_has_every_record_when_the_server_has_ended_and_rotates() -> Outcome {
    let folder = Folder::new("rotating");
    let path = folder.0.join("audit.jsonl");
    serve_calls(Audit::file(&path), 20).await?;
    let lines = std::fs::read_to_string(&path).unwrap();
    assert_eq!(lines.lines().count(), 20);
    assert!(lines.ends_with('\n') && !lines.contains("hunter2"), "{lines}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    // It is continued, and each file has no more than its size.
    serve_calls(Audit::file(&path).rotate(2000, 3), 40).await?;
    let read = |name: &str| std::fs::read_to_string(folder.0.join(name)).unwrap();
    let files = ["audit.jsonl.3", "audit.jsonl.2", "audit.jsonl.1", "audit.jsonl"].map(read);
    assert!(!folder.0.join("audit.jsonl.4").exists());
    assert!(files.iter().skip(1).all(|file| file.len() <= 2000), "{files:?}");
    let users: Vec<_> = files
        .iter()
        .flat_map(|file| file.lines())
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["arguments"]["user"].to_string())
        .collect();
    let last: Vec<_> = (40 - users.len().min(40)..40).map(|it| format!("\"user {it}\"")).collect();
    assert!(users.ends_with(&last[last.len().saturating_sub(10)..]), "{users:?}");
    Ok(())
}

#[tokio::test]
async fn a_log_that_cannot_be_opened_is_an_error() {
    let error = server(Audit::file("/nonexistent/audit.jsonl")).into_service().unwrap_err();
    let reason = &error.reasons()[0];
    assert!(reason.starts_with("the audit log /nonexistent/audit.jsonl: "), "{reason}");
    let mounted = server(Audit::new(|_| ()));
    let error = Server::new("outer", "1").mount("a", mounted).into_service().unwrap_err();
    assert!(error.reasons()[0].contains("its audit log and metrics"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_wait_while_records_cannot_be_written() -> Outcome {
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let written = Arc::<Mutex<Vec<u64>>>::default();
    let log = Arc::clone(&written);
    let audit = Audit::new(move |record| {
        let _ = gate.recv();
        log.lock().unwrap().push(record.lost);
    });
    let client = TestClient::of(server(audit.queue(2))).connect().await?;
    let arguments = json!({ "user": "ann", "password": "hunter2" });
    // The queue has room for two.
    for _ in 0..2 {
        client.call("login", &arguments).await?;
    }
    let waiting = client.call("login", &arguments);
    let is_over = tokio::time::timeout(Duration::from_millis(1), waiting).await;
    assert!(is_over.is_err(), "the third call waits");
    drop(go);
    client.call("login", &arguments).await?;
    assert!(written.lock().unwrap().iter().all(|lost| *lost == 0));
    Ok(())
}

#[tokio::test]
async fn records_are_dropped_where_that_is_asked_for_and_counted() -> Outcome {
    let (go, gate) = std::sync::mpsc::channel::<()>();
    let (sender, mut lost) = unbounded_channel();
    let audit = Audit::new(move |record| {
        let _ = gate.recv();
        let _ = sender.send(record.lost);
    });
    let client = TestClient::of(server(audit.queue(1).drop_when_full())).connect().await?;
    let call = || client.call("login", json!({ "user": "ann", "password": "hunter2" }));
    for _ in 0..5 {
        call().await?;
    }
    drop(go);
    let (mut calls, mut dropped) = (5, soon(lost.recv()).await.unwrap());
    dropped += loop {
        call().await?;
        calls += 1;
        if let Ok(lost) = lost.try_recv() {
            break lost;
        }
    };
    // Each call is written or counted. The last ones may still wait to be written.
    assert!((4..=calls - 2).contains(&dropped), "{dropped} of {calls}");
    Ok(())
}
