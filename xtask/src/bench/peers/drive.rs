//! Calls to a server over stdio, or over HTTP at an address that is chosen for it, as some libraries do not report
//! theirs.

use std::net::TcpListener;
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::super::calls::{Era, Tool};
use super::super::http::{Connection, START_LIMIT};
use super::super::stdio::call_all;
use crate::Result;
use crate::process::Background;

/// Ports below those that systems choose.
const PORTS: Range<u16> = 20_000..30_000;

const POLL: Duration = Duration::from_millis(20);
/// Time for a server to end with its input. Valgrind is slow to exit.
const INPUT_END_LIMIT: Duration = Duration::from_secs(5);
const END_LIMIT: Duration = Duration::from_secs(30);

/// Lines of a server's own output that stand behind an error.
const LOGGED: usize = 5;

/// Makes the calls over stdio. A server that does not end with its input is terminated with a signal.
pub(super) fn stdio(command: Command, call: (Era, Tool), calls: u32) -> Result<()> {
    let mut server = call_all(command, call, 1, calls)?;
    if server.wait(INPUT_END_LIMIT).is_err() {
        server.terminate()?;
        server.wait(END_LIMIT)?;
    }
    Ok(())
}

/// Makes the calls on one connection, and terminates the server with a signal.
pub(super) fn http(mut command: Command, (era, tool): (Era, Tool), calls: u32) -> Result<()> {
    let address = free_address()?;
    command.args(["--http", &address]).stdin(Stdio::null()).stdout(Stdio::null());
    let mut server = Background::start(&mut command)?;
    let mut connection = connect(&mut server, &address)?;
    connection.initialize(era)?;
    for number in 0..calls {
        tool.check(&connection.call_in(era, tool, number, "")?)?;
    }
    drop(connection);
    server.terminate()?;
    server.wait(END_LIMIT)?;
    Ok(())
}

/// An address of the loopback interface at which no server listens. Its port is none that systems choose, so no
/// other program gets it before the server does.
fn free_address() -> Result<String> {
    let start = u16::try_from(std::process::id() % 5_000)?;
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let port = (PORTS.start + start..PORTS.end).find(is_free).ok_or("no port is free")?;
    Ok(format!("127.0.0.1:{port}"))
}

/// Connects as soon as the server listens.
fn connect(server: &mut Background, address: &str) -> Result<Connection> {
    let deadline = Instant::now() + START_LIMIT;
    loop {
        match Connection::open(address) {
            Err(error) if Instant::now() >= deadline => return Err(error),
            Err(_) => {}
            opened => return opened,
        }
        if let Some(status) = server.child().try_wait()? {
            return Err(format!("the server ended: {status}").into());
        }
        std::thread::sleep(POLL);
    }
}

/// An error, with the end of the server's output.
pub(super) fn with_log(error: &dyn std::error::Error, log: &Path) -> String {
    let log = std::fs::read_to_string(log).unwrap_or_default();
    format!("{error}{}", end_of(&log))
}

fn end_of(log: &str) -> String {
    let lines: Vec<_> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(LOGGED)..];
    last.iter().map(|line| format!("\n    {line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_output_explains_an_error() {
        assert_eq!(end_of(""), "");
        assert_eq!(end_of("a\n\nb\n"), "\n    a\n    b");
        assert_eq!(end_of("1\n2\n3\n4\n5\n6\n"), "\n    2\n    3\n    4\n    5\n    6");
    }

    #[test]
    fn a_server_that_ends_is_noticed() {
        let mut server = Background::start(&mut Command::new("true")).unwrap();
        let error = connect(&mut server, &free_address().unwrap()).err().unwrap();
        assert!(error.to_string().contains("the server ended"), "{error}");
    }
}
