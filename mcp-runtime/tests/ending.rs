//! A program ends when it is asked to, whatever its handlers do.

#![cfg(unix)]
#![allow(missing_docs)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};

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

/// State that reports when it is dropped.
struct Database;

impl Drop for Database {
    fn drop(&mut self) {
        eprintln!("closed");
    }
}

/// Wait for ever.
#[tool]
async fn wait(_database: &State<Database>) -> String {
    eprintln!("waiting");
    std::future::pending().await
}

#[test]
#[ignore = "is the program that the others start"]
fn stateful() {
    let server = Server::new("s", "1").with::<wait>().state(Database);
    tokio::runtime::Runtime::new().unwrap().block_on(server.run()).unwrap();
}

/// Starts a program of this file, with arguments that the test harness ignores.
fn start(name: &str, arguments: &[&str]) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--nocapture", "--exact", "--test-threads=1", "--", name])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn signal(child: &Child, name: &str) {
    let kill = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
}

fn call(tool: &str) -> String {
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}",{meta}}}}}"#
    )
}

/// Waits for the end of a program, and returns the rest of its standard error.
fn end(mut child: Child, mut errors: impl std::io::Read) -> (ExitStatus, String) {
    let mut rest = String::new();
    errors.read_to_string(&mut rest).unwrap();
    (child.wait().unwrap(), rest)
}

fn check_closed(child: Child, errors: impl std::io::Read, way: &str) {
    let (status, rest) = end(child, errors);
    assert!(status.success(), "{way}: {status} {rest}");
    assert_eq!(rest.matches("closed").count(), 1, "{way}: {rest}");
}

#[test]
fn the_state_is_dropped_on_every_way_out_of_stdio() {
    for is_busy in [false, true] {
        for way in ["input", "-TERM", "-INT", "output"] {
            let mut child = start("stateful", &[]);
            let mut errors = BufReader::new(child.stderr.take().unwrap());
            let message = match is_busy {
                true => call("wait"),
                false => r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.to_owned(),
            };
            writeln!(child.stdin.as_mut().unwrap(), "{message}").unwrap();
            if is_busy {
                assert!((&mut errors).lines().any(|line| line.unwrap() == "waiting"));
            } else {
                read_answer(&mut child);
            }
            match way {
                "input" => drop(child.stdin.take()),
                "output" => {
                    drop(child.stdout.take());
                    // An answer that nobody can read.
                    let ping = r#"{"jsonrpc":"2.0","id":2,"method":"ping"}"#;
                    writeln!(child.stdin.as_mut().unwrap(), "{ping}").unwrap();
                }
                name => signal(&child, name),
            }
            let kept = child.stdin.take();
            check_closed(child, errors, way);
            drop(kept);
        }
    }
}

#[test]
fn the_state_is_dropped_on_every_way_out_of_http() {
    for is_busy in [false, true] {
        for way in ["-TERM", "-INT"] {
            let mut child = start("stateful", &["--http=127.0.0.1:0"]);
            let mut errors = BufReader::new(child.stderr.take().unwrap());
            let line =
                (&mut errors).lines().map(Result::unwrap).find(|line| line.contains("http://"));
            let line = line.unwrap();
            let address = line.split("http://").nth(1).unwrap().trim_end_matches("/mcp");
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            if is_busy {
                let body = call("wait");
                write!(
                    stream,
                    "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                     mcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\nmcp-name: wait\r\n\
                     content-length: {}\r\n\r\n{body}",
                    body.len()
                )
                .unwrap();
                assert!((&mut errors).lines().any(|line| line.unwrap() == "waiting"));
            }
            signal(&child, way);
            check_closed(child, errors, way);
        }
    }
}

/// Reads the first answer, behind the output of the test harness.
fn read_answer(child: &mut Child) {
    let answers = BufReader::new(child.stdout.as_mut().unwrap());
    assert!(answers.lines().any(|line| line.unwrap().contains("\"jsonrpc\"")));
}

#[test]
fn signals_are_caught_before_anything_is_read() {
    for round in 0..40 {
        let mut child = start("stateful", &[]);
        let errors = child.stderr.take().unwrap();
        writeln!(child.stdin.as_mut().unwrap(), r#"{{"jsonrpc":"2.0","id":1,"method":"ping"}}"#)
            .unwrap();
        read_answer(&mut child);
        signal(&child, if round % 2 == 0 { "-TERM" } else { "-INT" });
        let kept = child.stdin.take();
        check_closed(child, errors, &format!("round {round}"));
        drop(kept);
    }
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
