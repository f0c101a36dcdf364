//! A server on a socket.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use crate::process::{Captured, example, exit_code, send_signal};

/// A server that was started and listens on a free port of the loopback address.
pub struct HttpServer {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// What it writes to standard error.
    pub errors: Captured,
}

impl HttpServer {
    /// Starts an example and waits until it listens.
    ///
    /// # Panics
    /// If it cannot be started or does not say where it listens.
    pub fn start(name: &str) -> Self {
        Self::start_with(name, &[])
    }

    /// Starts an example with arguments, and waits until it listens.
    ///
    /// # Panics
    /// If it cannot be started or does not say where it listens.
    pub fn start_with(name: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(example(name))
            .args(["--http", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the example starts");
        let errors = Captured::of(child.stderr.take().expect("the error output is a pipe"));
        let said = errors.wait_for("/mcp\n");
        let address = said.split_once("http://").and_then(|(_, rest)| rest.split_once("/mcp"));
        let address = address.and_then(|(address, _)| address.parse().ok());
        let address = address.unwrap_or_else(|| panic!("no address in {said:?}"));
        Self { child, address, errors }
    }

    /// Sends a signal by its name and returns the exit code.
    pub fn signal(mut self, name: &str) -> Option<i32> {
        send_signal(self.child.id(), name);
        exit_code(&mut self.child)
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        // Most servers have ended by now.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
