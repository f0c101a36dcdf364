//! A process that is killed in the middle of writes: what it acknowledged is there, and whole.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::super::Redb;
use super::open;
use crate::store::StoreErrorKind;
use crate::store::backend::Backend;
use crate::store::batch::Batch;
use crate::store::suite::folder::Folder;

/// Variable with the path of the file, which makes this test program the process that is killed.
const CHILD: &str = "MCP_STORE_CRASH_TEST";

const WRITERS: u64 = 4;

/// Writes until it is killed, and prints each batch that was acknowledged.
#[ignore = "runs in the process that is killed"]
#[tokio::test]
async fn child() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let store = std::sync::Arc::new(open(Path::new(&path)).unwrap());
    let writers = (0..WRITERS).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            let log = format!("log {writer}");
            let done = store.entries(&log, 0, usize::MAX).await.unwrap().len() as u64;
            for number in done + 1.. {
                store.commit(batch(writer, number)).await.unwrap();
                eprintln!("wrote {writer} {number}");
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

/// A batch with the same number in several places.
fn batch(writer: u64, number: u64) -> Batch {
    let text = number.to_string();
    Batch::new()
        .put(format!("first {writer}"), text.clone(), None)
        .append(format!("log {writer}"), text.clone(), None)
        .add(format!("set {writer}"), format!("{number:06}"))
        .put(format!("large {writer}"), text.repeat(5000), None)
        .put(format!("last {writer}"), text, None)
}

#[tokio::test]
async fn acknowledged_batches_survive_a_kill() {
    let folder = Folder::new();
    let path = folder.path().join("state.redb");
    for acknowledged in [1, 3, 10, 25, 50, 4, 17] {
        let last = run_and_kill(&path, acknowledged);
        let store = open(&path).unwrap();
        for writer in 0..WRITERS {
            check_writer(&store, writer, last.get(&writer).copied().unwrap_or(0)).await;
        }
    }
}

/// Runs the child until it has acknowledged some batches. Returns the last one of each writer.
fn run_and_kill(path: &Path, acknowledged: usize) -> HashMap<u64, u64> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "store::redb::tests::crash::child", "--ignored", "--nocapture"]);
    command.env(CHILD, path).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut last = HashMap::new();
    let mut count = 0;
    let mut is_killed = false;
    // Lines that were written before the kill count too.
    for line in lines.map_while(Result::ok) {
        let Some(numbers) = line.strip_prefix("wrote ") else {
            assert!(is_killed, "the child wrote {line:?}");
            continue;
        };
        if let Some((writer, number)) = numbers.split_once(' ')
            && let (Ok(writer), Ok(number)) = (writer.parse(), number.parse())
        {
            last.insert(writer, number);
        }
        count += 1;
        if count == 1 {
            let error = open(path).err().expect("two processes have the file open");
            assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{}", error.report());
        }
        if count == acknowledged {
            child.kill().unwrap();
            is_killed = true;
        }
    }
    child.wait().unwrap();
    assert!(is_killed, "the child ended by itself");
    last
}

async fn check_writer(store: &Redb, writer: u64, acknowledged: u64) {
    let entries = store.entries(&format!("log {writer}"), 0, usize::MAX).await.unwrap();
    let count = entries.len() as u64;
    assert!(count >= acknowledged, "writer {writer}: {acknowledged} batches, {count} of them kept");
    let text = |number: u64| number.to_string().into_bytes();
    assert!(entries.iter().all(|(number, entry)| *entry == text(*number)));
    let members = store.members(&format!("set {writer}"), None, usize::MAX).await.unwrap();
    assert!(members.into_iter().eq((1..=count).map(|number| format!("{number:06}"))));
    let value = async |name: &str| {
        let record = store.get(&format!("{name} {writer}")).await.unwrap();
        record.map(|record| record.value.to_vec())
    };
    let whole = (count > 0).then(|| text(count));
    assert_eq!(value("first").await, whole);
    assert_eq!(value("last").await, whole);
    assert!(value("large").await == whole.map(|text| text.repeat(5000)));
}
