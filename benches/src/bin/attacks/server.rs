//! The server process: its address, and what it uses.

use crate::Result;

/// A server that is attacked.
#[derive(Debug)]
pub(crate) struct Server {
    /// Host and port.
    pub(crate) address: String,
    process: String,
}

impl Server {
    pub(crate) fn new(address: &str, process: &str) -> Self {
        Self { address: address.to_owned(), process: process.to_owned() }
    }

    /// Memory in use, in KiB.
    pub(crate) fn memory(&self) -> Result<u64> {
        self.figure("VmRSS:")
    }

    /// Highest use of memory so far, in KiB.
    pub(crate) fn peak_memory(&self) -> Result<u64> {
        self.figure("VmHWM:")
    }

    /// Number of open files and sockets.
    pub(crate) fn descriptors(&self) -> Result<usize> {
        Ok(std::fs::read_dir(format!("/proc/{}/fd", self.process))?.count())
    }

    fn figure(&self, name: &str) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process))?;
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let digits = line.and_then(|line| line.split_whitespace().next());
        Ok(digits.ok_or_else(|| format!("the process has no `{name}`"))?.parse()?)
    }
}
