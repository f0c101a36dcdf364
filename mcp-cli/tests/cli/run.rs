use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use mcp_tests::process::{Captured, exit_code, send_signal};

use crate::harness::Run;
use crate::package::{package, program_in};

/// A program that is no server, but shows what it gets.
const PROGRAM: &str = r#"
use std::io::BufRead;
fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    println!("{}", arguments.join(" "));
    for line in std::io::stdin().lock().lines() {
        println!("got {}", line.unwrap());
    }
    std::process::exit(42);
}
"#;

#[test]
fn the_server_has_the_streams_the_arguments_and_the_exit_code() {
    let package = package(PROGRAM);
    let mut command =
        program_in(&package, &["run", "--http", "127.0.0.1:0", "--", "--units", "metric"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"hello\n").unwrap();
    let lines: Vec<_> =
        BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap).collect();
    assert_eq!(lines, ["--http 127.0.0.1:0 --units metric", "got hello"]);
    assert_eq!(exit_code(&mut child), Some(42));
}

#[test]
fn signals_reach_the_server() {
    use std::os::unix::process::ExitStatusExt as _;
    let package = package(PROGRAM);
    let mut command = program_in(&package, &["run", "--http"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    Captured::of(child.stdout.take().unwrap()).wait_for("--http 127.0.0.1:8000\n");
    send_signal(child.id(), "TERM");
    assert_eq!(child.wait().unwrap().signal(), Some(15));
}

#[test]
fn a_build_that_fails_has_an_exit_code() {
    let package = package("fn main() { missing() }");
    let run = Run::of_command(&mut program_in(&package, &["run", "--json"]));
    assert_eq!((run.code, &*run.stdout), (Some(4), ""), "{run:?}");
    assert!(run.stderr.contains("cannot find function `missing`"), "{run:?}");
    assert_eq!(run.error()["code"], "unreachable");
}
