//! What a program prints when it starts.

#![cfg(feature = "http")]
#![allow(missing_docs)]

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use mcp_runtime::prelude::*;

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn run(server: Server) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(server.run()).unwrap();
}

#[test]
#[ignore = "is a program that the others start"]
fn empty() {
    run(Server::new("s", "1"));
}

#[test]
#[ignore = "is a program that the others start"]
fn with_a_tool() {
    run(Server::new("s", "1").with::<add>());
}

#[test]
#[ignore = "is a program that the others start"]
fn with_a_handle() {
    let mut server = Server::new("s", "1");
    let _handle = server.handle();
    run(server);
}

#[test]
#[ignore = "is a program that the others start"]
fn with_a_method() {
    run(Server::new("s", "1").method("example.com/ping", async |_: Context, (): ()| {
        Ok::<_, mcp_runtime::ProtocolError>(serde_json::json!({}))
    }));
}

/// A program of this file, with no input.
fn program(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--nocapture", "--exact", name, "--"]).stdin(Stdio::null());
    command
}

fn errors_of(name: &str) -> String {
    String::from_utf8(program(name).output().unwrap().stderr).unwrap()
}

#[test]
fn a_server_that_offers_nothing_prints_a_warning() {
    let errors = errors_of("empty");
    assert!(errors.contains("warning: this server offers nothing"), "{errors}");
    assert!(errors.contains("Server::with"), "{errors}");
    for name in ["with_a_tool", "with_a_handle", "with_a_method"] {
        assert_eq!(errors_of(name), "", "{name}");
    }
}

#[test]
fn an_address_without_a_host_is_on_the_loopback() {
    for address in [":0", "0"] {
        let mut child =
            program("empty").args(["--http", address]).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let lines: Vec<_> = lines.map(Result::unwrap).take(2).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(lines[0].starts_with("warning: this server offers nothing"), "{lines:?}");
        assert!(lines[1].contains("serving MCP at http://127.0.0.1:"), "{lines:?}");
    }
}

#[test]
fn an_address_without_a_port_is_an_error() {
    let output = program("empty").args(["--http", "localhost"]).output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(errors, "error: --http: expected a port after the host; write localhost:8000\n");
    assert_eq!(output.status.code(), Some(1));
}
