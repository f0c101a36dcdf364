//! The client and its child processes leave nothing behind. One test alone, because it counts what
//! this process has.

#![cfg(target_os = "linux")]
#![allow(missing_docs)]

use std::fs;

use mcp_runtime::client::Client;
use mcp_tests::process::{PATIENCE, example};
use serde_json::json;

/// How many processes have this one as their parent, ended ones that nobody waited for included.
fn children() -> usize {
    let own = std::process::id().to_string();
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let stats = entries.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    stats
        .filter(|stat| {
            stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)) == Some(&own)
        })
        .count()
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

async fn round(server: &std::path::Path, closes: bool) {
    let client = Client::stdio(server).connect().await.unwrap();
    client.call("add", json!({ "a": 1, "b": 1 })).await.unwrap();
    if closes {
        client.close().await;
    }
}

#[tokio::test]
async fn rounds_leave_no_descriptor_and_no_process_behind() {
    let server = example("torture");
    round(&server, true).await;
    let (open, running) = (descriptors(), children());
    for number in 0..20 {
        round(&server, number % 2 == 0).await;
    }
    let waiting = async {
        while descriptors() > open || children() > running {
            tokio::task::yield_now().await;
        }
    };
    let settled = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(
        settled.is_ok(),
        "{} of {open} descriptors, {} of {running} processes",
        descriptors(),
        children()
    );
}
