//! The client and child processes: how they start, are monitored and exit.

#![cfg(unix)]
#![allow(missing_docs)]

use std::fs;
use std::time::Duration;

use mcp_runtime::client::{Client, ClientBuilder, Error, Event, Stdio, Watch};
use mcp_tests::process::{TEST_TIMEOUT, example, send_signal};
use serde_json::json;

fn torture() -> ClientBuilder<Stdio> {
    Client::stdio(example("torture"))
}

fn shell(script: &str) -> ClientBuilder<Stdio> {
    Client::stdio("/bin/sh").args(["-c", script])
}

/// Waits until a condition holds.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(TEST_TIMEOUT, waiting).await.unwrap_or_else(|_| panic!("{what}"));
}

fn is_alive(pid: u32) -> bool {
    // A zombie process is not alive.
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(") ").next().unwrap_or_default().starts_with('Z'))
}

/// Children of this process whose command line contains a text.
fn children(text: &str) -> Vec<u32> {
    let own = std::process::id();
    let pids = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let parent = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
        let words = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        parent == Some(own) && words.contains(text)
    })
    .collect()
}

#[tokio::test]
async fn our_own_server_is_driven() {
    let client = torture().connect().await.unwrap();
    assert_eq!(client.revision().as_str(), "2026-07-28");
    assert_eq!(client.server_info().implementation.as_ref().unwrap().name, "torture");
    assert_eq!(client.tools().all().await.unwrap().len(), 6);
    assert_eq!(client.call_as::<i64>("add", json!({ "a": 2, "b": 3 })).await.unwrap(), 5);
    let failed = client.call_as::<String>("fail", ()).await.unwrap_err();
    assert!(failed.to_string().contains("this tool always fails"), "{failed}");
    client.close().await;
}

#[tokio::test]
async fn a_dropped_call_ends_its_handler() {
    let client = torture().connect().await.unwrap();
    let call = client
        .call("slow", json!({ "ms": 600_000 }))
        .idle_timeout(Duration::from_millis(200))
        .await;
    assert!(matches!(call, Err(Error::Timeout { .. })));
    until("the handler goes on", || client.stderr().contains("HANDLER_DROPPED")).await;
}

#[tokio::test]
async fn closing_waits_for_the_process_and_its_children() {
    // A server that ignores the end of its input and SIGTERM, and has a child process.
    let script = "trap '' TERM; sleep 987654 & \
        while read -r line; do \
          id=${line#*\\\"id\\\":}; id=${id%%,*}; \
          echo '{\"jsonrpc\":\"2.0\",\"id\":'$id',\"result\":{\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{}}}'; \
        done; while true; do sleep 1; done";
    let client = shell(script).grace(Duration::from_millis(100)).connect().await.unwrap();
    let started = children("987654");
    assert!(!started.is_empty());
    client.close().await;
    assert!(started.iter().all(|pid| !is_alive(*pid)), "the server lives");
    until("its child lives", || {
        let all = fs::read_dir("/proc").unwrap();
        !all.filter_map(Result::ok).any(|entry| {
            fs::read(entry.path().join("cmdline"))
                .is_ok_and(|words| words == b"sleep\x00987654\x00")
        })
    })
    .await;
}

#[tokio::test]
async fn an_exit_is_reported_with_status_and_stderr() {
    let error = shell("echo 'no such table: users' >&2; exit 3").connect().await.unwrap_err();
    let Error::Closed(closed) = &error else { panic!("{error}") };
    assert_eq!(closed.exit.unwrap().code(), Some(3));
    assert!(error.to_string().contains("no such table: users"), "{error}");
}

/// Returns the script of a server that answers the probe and then runs commands.
fn answers_then(commands: &str) -> String {
    format!(
        "read -r line; id=${{line#*\\\"id\\\":}}; \
         echo '{{\"jsonrpc\":\"2.0\",\"id\":'${{id%%,*}}',\"result\":{{\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{{}}}}}}'; \
         {commands}"
    )
}

#[tokio::test]
async fn a_process_is_not_blamed_for_what_the_one_before_it_wrote() {
    let mark = std::env::temp_dir().join(format!("mcp-restarted-{}", std::process::id()));
    // The first process complains, the second one ends in silence.
    let script = format!(
        "if [ -e {mark} ]; then rm {mark}; exit 4; fi; touch {mark}; {}",
        answers_then("echo 'the first disk is full' >&2; exit 3"),
        mark = mark.display()
    );
    let client = shell(&script).restart(true).connect().await.unwrap();
    until("it lives", || client.stderr().contains("the first disk is full")).await;
    let error = loop {
        // The first call may meet the process that is about to end.
        match client.call("t", ()).await.unwrap_err() {
            Error::Closed(closed) if closed.exit.and_then(|exit| exit.code()) == Some(3) => {}
            error => break error,
        }
    };
    let Error::Closed(closed) = &error else { panic!("{error}") };
    assert_eq!(closed.exit.unwrap().code(), Some(4));
    assert_eq!(closed.stderr, "");
    assert!(client.stderr().contains("the first disk is full"));
}

#[tokio::test]
async fn a_working_directory_that_cannot_be_used_is_named() {
    for (directory, reason) in
        [("/no/such/directory", "No such file"), ("/dev/null", "not a directory")]
    {
        let error = shell("exit 0").current_dir(directory).connect().await.unwrap_err();
        let report = error.report().to_string();
        let expected = format!("the working directory `{directory}` cannot be used");
        assert!(report.contains(&expected) && report.contains(reason), "{report}");
    }
    let missing = Client::stdio("/no/such/program").current_dir("/").connect().await.unwrap_err();
    assert!(!missing.report().to_string().contains("directory `"), "{}", missing.report());
}

#[tokio::test]
async fn the_end_of_a_server_is_noticed_though_its_output_is_held_open() {
    // The grandchild inherits standard output and would keep it open.
    let script = "answer() { read -r line; id=${line#*\\\"id\\\":}; \
          echo '{\"jsonrpc\":\"2.0\",\"id\":'${id%%,*}',\"result\":'$1'}'; }; \
        answer '{\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{}}'; \
        sleep 987656 & answer '{\"content\":[]}'; exit 4";
    let client = shell(script).connect().await.unwrap();
    client.call("last", ()).await.unwrap();
    let late = tokio::time::timeout(TEST_TIMEOUT, client.call("t", ()).into_future()).await;
    let Err(Error::Closed(closed)) = late.expect("nobody notices") else { panic!("it answers") };
    assert_eq!(closed.exit.unwrap().code(), Some(4));
}

#[tokio::test]
async fn killing_a_server_fails_requests_in_flight_at_once() {
    let client = torture().args(["to-be-killed"]).connect().await.unwrap();
    let calls: Vec<_> = (0..5)
        .map(|_| tokio::spawn(client.call("slow", json!({ "ms": 600_000 })).into_future()))
        .collect();
    // This call is answered by the server, so the earlier ones have arrived there.
    client.ping().await.unwrap();
    for pid in children("to-be-killed") {
        send_signal(pid, "KILL");
    }
    for call in calls {
        let error = call.await.unwrap().unwrap_err();
        assert!(error.is_closed() && error.to_string().contains("signal"), "{error}");
    }
    assert!(client.call("add", json!({ "a": 1, "b": 1 })).await.unwrap_err().is_closed());
}

#[tokio::test]
async fn a_server_is_started_again_where_that_is_wanted() {
    let client = Client::stdio(example("watched"))
        .args(["to-be-restarted"])
        .restart(true)
        .connect()
        .await
        .unwrap();
    let mut changes = client.subscribe(Watch::new().resource("counter://value")).await.unwrap();
    let steps = json!({ "steps": 1 });
    assert_eq!(client.call_as::<u64>("count", &steps).await.unwrap(), 1);
    assert_eq!(changes.next().await.unwrap().unwrap(), Event::Resource("counter://value".into()));
    for pid in children("to-be-restarted") {
        send_signal(pid, "KILL");
    }
    // The client subscribes again by itself, on a server that counts from zero.
    assert_eq!(changes.next().await.unwrap().unwrap(), Event::Missed);
    assert_eq!(client.call_as::<u64>("count", &steps).await.unwrap(), 1);
    assert_eq!(changes.next().await.unwrap().unwrap(), Event::Resource("counter://value".into()));
    client.close().await;
}

#[tokio::test]
async fn a_server_does_not_outlive_a_client_that_is_killed() {
    // The server answers the first request and then ignores everything, even the end of its input.
    let script = "read -r line; id=${line#*\\\"id\\\":}; id=${id%%,*}; \
        echo '{\"jsonrpc\":\"2.0\",\"id\":'$id',\"result\":{\"supportedVersions\":[\"2026-07-28\"],\"capabilities\":{}}}'; \
        sleep 987655";
    let sleeps = || {
        let all = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        all.filter(|entry| {
            fs::read(entry.path().join("cmdline"))
                .is_ok_and(|words| words == b"sleep\x00987655\x00")
        })
        .count()
    };
    let mut client = std::process::Command::new(example("client"))
        .args(["--call", "t", "{}", "/bin/sh", "-c", script])
        .spawn()
        .unwrap();
    until("the server does not start", || sleeps() == 1).await;
    client.kill().unwrap();
    client.wait().unwrap();
    until("the server lives", || sleeps() == 0).await;
}
