//! The `gateway` example in front of two examples, which are its child processes.

#![cfg(target_os = "linux")]
#![allow(missing_docs)]

use std::fs;
use std::path::Path;

use mcp_runtime::client::{Client, Era, Event, Watch};
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_tests::process::{TEST_TIMEOUT, example, send_signal};
use serde_json::json;
use tokio::net::{TcpListener, TcpSocket};

/// Double a number.
#[tool]
async fn double(n: i64) -> i64 {
    2 * n
}

/// A gateway to `torture` and `watched`. `mark` identifies their processes.
async fn gateway(mark: &str, era: Era) -> Client {
    let behind = |name: &str| format!("{name}={} {mark}", example(name).display());
    let gateway = Client::stdio(example("gateway")).args([behind("torture"), behind("watched")]);
    gateway.era(era).connect().await.unwrap()
}

/// Running processes of a program with `mark` among their arguments.
fn processes(program: &Path, mark: &str) -> Vec<u32> {
    let pids = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &u32| {
        // A zombie process has no arguments.
        let words = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let mut words = words.split('\0');
        let is_program = words.next().is_some_and(|word| Path::new(word) == program);
        is_program && words.any(|word| word.ends_with(mark))
    })
    .collect()
}

fn behind(mark: &str) -> Vec<u32> {
    let of = |name: &str| processes(&example(name), mark);
    [of("torture"), of("watched")].concat()
}

/// Waits until all processes behind a gateway have exited.
async fn all_end(pids: &[u32], mark: &str) {
    let lives = |pid: &u32| {
        let words = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        // The process id may have been reused.
        words.contains(mark)
    };
    let waiting = async {
        while pids.iter().any(lives) {
            tokio::task::yield_now().await;
        }
    };
    let ended = tokio::time::timeout(TEST_TIMEOUT, waiting).await;
    assert!(ended.is_ok(), "of {pids:?} some live");
}

#[tokio::test]
async fn one_child_that_is_killed_leaves_the_other() {
    for (era, mark) in [(Era::Modern, "killed-modern"), (Era::Legacy, "killed-legacy")] {
        let client = gateway(mark, era).await;
        assert_eq!(client.tools().all().await.unwrap().len(), 9, "{era:?}");
        let slow = client.call("torture_slow", json!({ "ms": 600_000 }));
        let slow = tokio::spawn(slow.into_future());
        // This call is answered by the server behind the gateway, so the earlier one has arrived
        // there.
        let sum: i64 = client.call_as("torture_add", json!({ "a": 2, "b": 3 })).await.unwrap();
        assert_eq!(sum, 5);
        let torture = processes(&example("torture"), mark);
        assert_eq!(torture.len(), 1, "{era:?}");
        send_signal(torture[0], "KILL");
        let in_flight = slow.await.unwrap().unwrap_err();
        let later = client.call("torture_add", json!({ "a": 2, "b": 3 })).await.unwrap_err();
        for error in [in_flight, later] {
            let error = error.remote().unwrap();
            assert_eq!(error.code, ErrorCode::INTERNAL_ERROR, "{era:?}");
            assert_eq!(error.message, "torture cannot be reached", "{era:?}");
        }
        let counted: u64 = client.call_as("watched_count", json!({ "steps": 2 })).await.unwrap();
        assert_eq!(counted, 2, "{era:?}");
        client.close().await;
    }
}

#[tokio::test]
async fn servers_that_are_down_at_the_start_join_later() {
    for (era, mark) in [(Era::Modern, "joining-modern"), (Era::Legacy, "joining-legacy")] {
        // Nothing listens on the port, and the system gives it to no other program.
        let reserved = TcpSocket::new_v4().unwrap();
        reserved.set_reuseaddr(true).unwrap();
        reserved.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = reserved.local_addr().unwrap();
        let gateway = Client::stdio(example("gateway")).era(era).args([
            format!("late=http://{address}/mcp"),
            "gone=/no/such/program".to_owned(),
            format!("watched={} {mark}", example("watched").display()),
        ]);
        let client = gateway.connect().await.unwrap();
        let counted: u64 = client.call_as("watched_count", json!({ "steps": 2 })).await.unwrap();
        assert_eq!(counted, 2, "{era:?}");
        let mut changes = client.subscribe(Watch::new().tools()).await.unwrap();
        let listener = TcpListener::bind(address).await.unwrap();
        let server = Server::new("late", "1").with::<double>();
        tokio::spawn(server.serve_listener(listener, std::future::pending()));
        let change = tokio::time::timeout(TEST_TIMEOUT, changes.next()).await.unwrap();
        assert_eq!(change.unwrap().unwrap(), Event::Tools, "{era:?}");
        let doubled: i64 = client.call_as("late_double", json!({ "n": 21 })).await.unwrap();
        assert_eq!(doubled, 42, "{era:?}");
        client.close().await;
    }
}

#[tokio::test]
async fn nothing_outlives_a_gateway_that_is_killed() {
    let mark = "orphaned";
    let client = gateway(mark, Era::Modern).await;
    let slow = client.call("torture_slow", json!({ "ms": 600_000 }));
    let slow = tokio::spawn(slow.into_future());
    let sum: i64 = client.call_as("torture_add", json!({ "a": 2, "b": 3 })).await.unwrap();
    assert_eq!(sum, 5);
    let children = behind(mark);
    assert_eq!(children.len(), 2);
    let gateway = processes(&example("gateway"), mark);
    assert_eq!(gateway.len(), 1);
    send_signal(gateway[0], "KILL");
    assert!(slow.await.unwrap().unwrap_err().is_closed());
    all_end(&children, mark).await;
}

#[tokio::test]
async fn upstream_processes_end_with_the_gateway() {
    let mark = "in-order";
    let client = gateway(mark, Era::Auto).await;
    let children = behind(mark);
    assert_eq!(children.len(), 2);
    client.close().await;
    all_end(&children, mark).await;
}

#[tokio::test]
async fn a_resource_of_a_child_is_watched() {
    for (era, mark) in [(Era::Modern, "watched-modern"), (Era::Legacy, "watched-legacy")] {
        let client = gateway(mark, era).await;
        let uri = "counter://watched/value";
        let mut changes = client.subscribe(Watch::new().resource(uri)).await.unwrap();
        client.call("watched_count", json!({ "steps": 1 })).await.unwrap();
        let change = tokio::time::timeout(TEST_TIMEOUT, changes.next()).await.unwrap();
        assert_eq!(change.unwrap().unwrap(), Event::Resource(uri.into()), "{era:?}");
        client.close().await;
    }
}
