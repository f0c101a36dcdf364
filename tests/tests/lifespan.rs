//! The example `lifespan`: what it has opened is closed on every way out, and what cannot be opened ends it.

use std::path::{Path, PathBuf};

use mcp_tests::stdio::{Era, StdioServer};
use serde_json::json;

fn file(name: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("visits-{name}.txt"));
    // It is there if an earlier run failed.
    let _ = std::fs::remove_file(&file);
    file
}

fn start(file: &Path) -> StdioServer {
    StdioServer::start_with("lifespan", &["--file", file.to_str().expect("the path is text")])
}

fn check(name: &str, end: impl FnOnce(StdioServer) -> Option<i32>) {
    let file = file(name);
    let mut server = start(&file);
    for (id, visitor) in [(1, "Ada"), (2, "Bob")] {
        let answer = server.ask(&Era::Modern.call(id, "visit", json!({ "name": visitor })));
        assert_eq!(answer["result"]["isError"], json!(null), "{answer}");
    }
    let errors = server.errors.clone();
    assert_eq!(end(server), Some(0), "{name}");
    errors.wait_for("all visits are written down");
    assert_eq!(std::fs::read_to_string(&file).expect("the file is there"), "Ada\nBob\n");
    std::fs::remove_file(&file).expect("the file can be removed");
}

#[test]
fn the_end_of_input_closes_it() {
    check("input", |server| server.close().1);
}

#[test]
fn signals_close_it() {
    check("term", |server| server.signal("TERM"));
    check("int", |server| server.signal("INT"));
}

#[test]
fn a_file_that_cannot_be_opened_ends_the_program() {
    let server = start(&file("none").join("below-no-folder"));
    server.errors.wait_for("error: a lifespan of the server failed: ");
    assert_eq!(server.close().1, Some(1));
}
