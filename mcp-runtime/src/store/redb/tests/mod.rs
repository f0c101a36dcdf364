//! A store in a file: the behaviour of all stores, reopening, errors, and a full disk.

#[cfg(unix)]
mod crash;
mod full_disk;

use std::fs;
use std::path::Path;
use std::time::Duration;

use redb::{Database, TableDefinition};

use super::Redb;
use super::tables::{FORMAT, FORMAT_NUMBER, NUMBERS};
use crate::store::StoreErrorKind;
use crate::store::backend::Backend;
use crate::store::batch::Batch;
use crate::store::clock::Clock;
use crate::store::error::StoreError;
use crate::store::suite::conformance;
use crate::store::suite::folder::Folder;
use crate::store::suite::trial::{Time, Trial};

async fn redb() -> Option<Trial> {
    let (folder, (time, clock)) = (Folder::new(), Time::manual());
    let redb = Redb::open(&folder.path().join("state.redb"), clock).unwrap();
    Some(Trial::keeping(redb, time, folder))
}

conformance!(redb);

fn open(path: &Path) -> Result<Redb, StoreError> {
    Redb::open(path, Clock::System)
}

fn refusal(path: &Path) -> (StoreErrorKind, String) {
    let error = open(path).err().expect("the file was opened");
    let report = error.report().to_string();
    (error.kind(), report.replace(path.to_str().unwrap(), "PATH"))
}

#[tokio::test]
async fn everything_is_there_after_reopening() {
    let folder = Folder::new();
    let path = folder.path().join("state.redb");
    let (time, clock) = Time::manual();
    let soon = Some(time.now() + Duration::from_secs(1));
    let open = || Redb::open(&path, clock.clone()).unwrap();
    let first = Trial::new(open(), Time::Real);
    let batch = Batch::new().put("key", "1", None).put("soon", "1", soon).add("set", "member");
    let version = first.commit(batch.append("log", "a", None).append("log", "b", soon)).await;
    let removed = first.commit(Batch::new().remove("key")).await;
    drop(first);
    let second = Trial::new(open(), Time::Real);
    assert_eq!(second.text("key").await, None);
    assert_eq!(second.version("soon").await, Some(version));
    assert_eq!(second.log("log").await, [(1, "a".to_owned()), (2, "b".to_owned())]);
    assert_eq!(second.set("set").await, ["member"]);
    let again = second.commit(Batch::new().put("key", "2", None)).await;
    assert!(again > removed, "{again} after {removed}");
    drop(second);
    time.pass(Duration::from_secs(1)).await;
    let third = Trial::new(open(), Time::Real);
    assert_eq!(third.text("key").await.as_deref(), Some("2"));
    assert_eq!(third.text("soon").await, None);
    assert_eq!(third.log("log").await, []);
}

#[tokio::test]
async fn what_has_expired_leaves_the_file() {
    let folder = Folder::new();
    let path = folder.path().join("state.redb");
    let (time, clock) = Time::manual();
    let soon = Some(time.now() + Duration::from_secs(1));
    let store = Trial::new(Redb::open(&path, clock.clone()).unwrap(), Time::Real);
    let batch = (0..1000).fold(Batch::new(), |batch, index| {
        let name = format!("name {index}");
        batch.put(&name, "value", soon).append(&name, "entry", soon).append(name, "entry", soon)
    });
    store.commit(batch.put("kept", "1", None)).await;
    let rows = |path: &Path| {
        let database = Database::open(path).unwrap();
        let transaction = database.begin_write().unwrap();
        let tables = super::tables::Tables::open(&transaction, 0).unwrap();
        tables.row_count()
    };
    drop(store);
    assert_eq!(rows(&path), 1001 + 1000 + 2000 + 2000);
    time.pass(Duration::from_secs(1)).await;
    drop(Redb::open(&path, clock).unwrap());
    assert_eq!(rows(&path), 1);
}

#[tokio::test]
async fn a_dropped_commit_is_carried_out() {
    let folder = Folder::new();
    let path = folder.path().join("state.redb");
    let store = open(&path).unwrap();
    {
        let mut commit = store.commit(Batch::new().put("key", "1", None));
        std::future::poll_fn(|cx| {
            assert!(commit.as_mut().poll(cx).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
    }
    drop(store);
    let store = open(&path).unwrap();
    assert_eq!(store.get("key").await.unwrap().unwrap().value, "1");
}

#[tokio::test]
async fn listeners_end_with_the_store() {
    let folder = Folder::new();
    let store = open(&folder.path().join("state.redb")).unwrap();
    let mut listener = store.subscribe("topic").await.unwrap();
    drop(store);
    assert_eq!(listener.next().await, None);
}

#[test]
fn a_file_has_one_user() {
    let folder = Folder::new();
    let path = folder.path().join("state.redb");
    let first = open(&path).unwrap();
    let expected = "cannot open the store `PATH`: it is open already, in another process or by \
                    another `Store`; end that process, clone that `Store`, or share `Store::redis`";
    assert_eq!(refusal(&path), (StoreErrorKind::Unavailable, expected.to_owned()));
    drop(first);
    open(&path).unwrap();
}

#[test]
fn other_files_are_refused_and_left_alone() {
    let folder = Folder::new();
    let text = folder.path().join("notes.txt");
    fs::write(&text, "Not a database. ".repeat(1000)).unwrap();
    let expected = "cannot open the store `PATH`: it is not a redb file; use another file";
    assert_eq!(refusal(&text), (StoreErrorKind::Corrupt, expected.to_owned()));
    assert_eq!(fs::read_to_string(&text).unwrap(), "Not a database. ".repeat(1000));

    let foreign = folder.path().join("foreign.redb");
    let database = Database::create(&foreign).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(TableDefinition::<&str, u64>::new("numbers")).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let expected = "cannot open the store `PATH`: it is a database of another program; use another \
                    file";
    assert_eq!(refusal(&foreign), (StoreErrorKind::Corrupt, expected.to_owned()));
}

#[test]
fn a_newer_format_is_refused() {
    let folder = Folder::new();
    let path = folder.path().join("state.redb");
    drop(open(&path).unwrap());
    let database = Database::open(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(NUMBERS).unwrap().insert(FORMAT_NUMBER, FORMAT + 1).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let expected = "cannot open the store `PATH`: it has the format 2, and this version of \
                    mcp-runtime reads 1; use the version that wrote it, or another file";
    assert_eq!(refusal(&path), (StoreErrorKind::Corrupt, expected.to_owned()));
}

#[test]
fn damage_is_reported() {
    let folder = Folder::new();
    let path = folder.path().join("state.redb");
    let store = open(&path).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for index in 0..50 {
        let batch = Batch::new().put(format!("key {index}"), vec![7; 4000], None);
        runtime.block_on(store.commit(batch)).unwrap();
    }
    drop(store);
    let whole = fs::read(&path).unwrap();
    let mut reported = 0;
    for place in (0..whole.len()).step_by(whole.len() / 40) {
        let mut damaged = whole.clone();
        let end = (place + 4096).min(damaged.len());
        damaged[place..end].iter_mut().for_each(|byte| *byte ^= 0x5a);
        fs::write(&path, damaged).unwrap();
        if let Err(error) = open(&path) {
            assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{place}: {}", error.report());
            reported += 1;
        }
    }
    // The rest was unused.
    assert!(reported > 10, "{reported}");
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(refusal(&path).0, StoreErrorKind::Corrupt);
}

#[test]
fn paths_that_cannot_be_used_are_explained() {
    let folder = Folder::new();
    let (kind, message) = refusal(&folder.path().join("missing/state.redb"));
    assert_eq!(kind, StoreErrorKind::Settings);
    let expected =
        "cannot open the store `PATH`: its directory does not exist; create the directory";
    assert!(message.starts_with(expected), "{message}");
    let (kind, message) = refusal(folder.path());
    assert_eq!(kind, StoreErrorKind::Settings, "{message}");
}

#[cfg(unix)]
#[test]
fn only_its_user_may_read_a_new_file() {
    use std::os::unix::fs::PermissionsExt;

    let folder = Folder::new();
    let path = folder.path().join("state.redb");
    open(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
