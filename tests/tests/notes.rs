//! The example `notes`: its state is dropped on every way out.

use std::path::{Path, PathBuf};

use mcp_tests::stdio::{Era, StdioServer};
use serde_json::json;

/// Changes that are not yet in the database. SQLite removes the file when the database is closed.
fn pending_changes(database: &Path) -> PathBuf {
    database.with_extension("db-wal")
}

fn check(name: &str, end: impl FnOnce(StdioServer) -> Option<i32>) {
    let database = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("notes-{name}.db"));
    // It is there if an earlier run failed.
    let _ = std::fs::remove_file(&database);
    let arguments = ["--db", database.to_str().expect("the path is text")];
    let mut server = StdioServer::start_with("notes", &arguments);
    let added = server.ask(&Era::Modern.call(1, "add_note", json!({ "text": "buy milk" })));
    assert_eq!(added["result"]["isError"], json!(null), "{added}");
    assert!(pending_changes(&database).exists());
    let errors = server.errors.clone();
    assert_eq!(end(server), Some(0), "{name}");
    errors.wait_for("the notes are closed");
    assert!(!pending_changes(&database).exists(), "{name}: the database was not closed");
    let mut server = StdioServer::start_with("notes", &arguments);
    let found = server.ask(&Era::Modern.call(1, "find_notes", json!({ "text": "milk" })));
    assert_eq!(found["result"]["structuredContent"], json!(["buy milk"]), "{found}");
    server.close();
    std::fs::remove_file(&database).expect("the database can be removed");
}

#[test]
fn the_end_of_input_closes_the_database() {
    check("input", |server| server.close().1);
}

#[test]
fn signals_close_the_database() {
    check("term", |server| server.signal("TERM"));
    check("int", |server| server.signal("INT"));
}
