//! A program ends when it is asked to, whatever its handlers do.

#![cfg(unix)]
#![allow(missing_docs)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};

use mcp_runtime::prelude::*;

/// Keep the only thread of the runtime.
#[tool]
async fn hang() -> String {
    // From here on the runtime polls it.
    tokio::task::yield_now().await;
    eprintln!("hanging");
    loop {
        std::thread::park();
    }
}

#[test]
#[ignore = "is the program that the others start"]
fn program() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(Server::new("s", "1").with::<hang>().run()).unwrap();
}

/// Starts the program and has it hang.
fn hanging() -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--nocapture", "--exact", "program"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
    let call = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"hang",{meta}}}}}"#
    );
    writeln!(child.stdin.as_mut().unwrap(), "{call}").unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap() == "hanging"));
    child
}

#[test]
fn the_end_of_the_input_ends_a_program_that_hangs() {
    let mut child = hanging();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_signal_ends_a_program_that_hangs() {
    let mut child = hanging();
    let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert!(child.wait().unwrap().success());
}
