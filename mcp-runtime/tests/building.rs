//! Servers that cannot be built, and what they say about it.

#![cfg(feature = "http")]
#![allow(missing_docs)]

use mcp_runtime::prelude::*;

/// One.
#[tool]
async fn one() -> i64 {
    1
}

/// Two, under the name of one.
#[tool(name = "one")]
async fn two() -> i64 {
    2
}

struct Database;

/// Ask the database.
#[tool]
async fn ask(_database: State<Database>) -> String {
    String::new()
}

fn reasons(server: Server) -> Vec<String> {
    match server.into_service() {
        Ok(_) => Vec::new(),
        Err(error) => error.reasons().to_vec(),
    }
}

fn check(server: Server, expected: &[&[&str]]) {
    let reasons = reasons(server);
    assert_eq!(reasons.len(), expected.len(), "{reasons:?}");
    for (reason, words) in reasons.iter().zip(expected) {
        assert!(
            words.iter().all(|word| reason.contains(word)),
            "{reason:?} lacks one of {words:?}"
        );
    }
}

fn server() -> Server {
    Server::new("test", "1.0.0")
}

#[test]
fn names_are_given_once() {
    check(server().with::<(one, ask)>().state(Database), &[]);
    check(server().with::<(one, two)>(), &[&["two tools", "`one`"]]);
    let again = Tool::new("one", r#"{"type":"object"}"#, |_cx, _arguments| async { "1" });
    check(server().with::<one>().tool(again), &[&["two tools", "`one`"]]);
}

#[test]
fn state_that_is_needed_is_there() {
    check(server().with::<ask>(), &[&["`ask`", "Database", ".state("]]);
}

#[test]
fn everything_that_is_wrong_is_told() {
    let named = Tool::new("no name", r#"{"type":"object"}"#, |_cx, _arguments| async { "" });
    check(
        server().with::<(one, two, ask)>().tool(named),
        &[&["no name"], &["`one`"], &["`ask`", "Database"]],
    );
}
