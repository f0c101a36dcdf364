//! Calls over HTTP to a server whose address is chosen for it, as some libraries do not report theirs.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::super::calls::{Era, Tool};
use super::super::http::{Connection, START_LIMIT};
use crate::Result;
use crate::process::Background;

const POLL: Duration = Duration::from_millis(20);
const END_LIMIT: Duration = Duration::from_secs(30);

/// Lines of a server's own output that stand behind an error.
const LOGGED: usize = 5;

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

/// An address of the loopback interface at which no server listens.
fn free_address() -> Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
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
