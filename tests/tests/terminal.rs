//! Output for a user who starts a server in a terminal.

#![allow(missing_docs)]
#![cfg(unix)]

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::process::{Command, Stdio};

use mcp_tests::process::{Captured, example, exit_code};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Both ends of a terminal: the user's, and the program's.
fn terminal() -> (File, File) {
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&person).unwrap();
    unlockpt(&person).unwrap();
    let name = ptsname(&person, Vec::new()).unwrap().into_string().unwrap();
    let program = OpenOptions::new().read(true).write(true).open(name).unwrap();
    (File::from(person), program)
}

#[test]
fn a_server_on_a_terminal_introduces_itself() {
    use std::io::Write as _;
    let (mut person, program) = terminal();
    let path = example("stock_prices");
    let mut child = Command::new(&path)
        .stdin(Stdio::from(program))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let errors = Captured::of(child.stderr.take().unwrap());
    let text = errors.wait_for("Ctrl-D");
    for wanted in ["stock-prices 1.0.0", "get_stock_price", "claude_desktop_config.json", "--http"]
    {
        assert!(text.contains(wanted), "{wanted:?} is missing in:\n{text}");
    }
    let command = format!("\"command\": \"{}\"", path.display());
    assert!(path.is_absolute() && text.contains(&command), "{text}");
    // Ctrl-D at the start of a line is the end of input.
    person.write_all(&[4]).unwrap();
    assert_eq!(exit_code(&mut child), Some(0));
    let mut output = String::new();
    child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    assert_eq!(output, "", "nothing of it is written to standard output");
}

#[test]
fn help_explains_how_to_serve() {
    for name in ["stock_prices", "quickstart", "torture", "conformance_server"] {
        let help = Command::new(example(name)).arg("--help").output().unwrap();
        let text = String::from_utf8(help.stderr).unwrap();
        assert!(help.status.success() && text.contains("--http ADDR"), "{text}");
        assert!(help.stdout.is_empty());
    }
}

#[test]
fn a_wrong_command_line_is_explained() {
    let asked = Command::new(example("stock_prices")).arg("--http").output().unwrap();
    let text = String::from_utf8(asked.stderr).unwrap();
    let expected = "error: --http: expected an address, such as --http 127.0.0.1:8000\n";
    assert_eq!((asked.status.code(), &*text), (Some(1), expected));
}

#[test]
fn a_failed_start_is_explained_with_its_cause() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let started =
        Command::new(example("stock_prices")).args(["--http", &address]).output().unwrap();
    let text = String::from_utf8(started.stderr).unwrap();
    let expected = format!("error: cannot listen on {address}: Address already in use");
    assert_eq!(started.status.code(), Some(1), "{text}");
    assert!(text.starts_with(&expected) && text.lines().count() == 1, "{text}");
}
