//! Configuration of servers over pipes.

use std::time::Duration;

use crate::context::budget;
use crate::server::builder::Server;

/// Configuration of a server over standard input and output, or over any reader and writer. See
/// [`Server::stdio`](crate::Server::stdio).
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::Server;
/// use mcp_runtime::stdio::StdioConfig;
///
/// let config =
///     StdioConfig::new().max_line_length(1 << 20).shutdown_timeout(Duration::from_secs(2));
/// let server = Server::new("demo", "1.0.0").stdio(config);
/// # drop(server);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct StdioConfig {
    pub(crate) max_line_length: usize,
    pub(crate) memory_limit: usize,
    pub(crate) shutdown_timeout: Duration,
}

impl Default for StdioConfig {
    fn default() -> Self {
        Self::new()
    }
}

impl Server {
    /// Sets how the server behaves on standard input and output.
    ///
    /// ```
    /// use mcp_runtime::Server;
    /// use mcp_runtime::stdio::StdioConfig;
    ///
    /// let server = Server::new("demo", "1.0.0").stdio(StdioConfig::new().max_line_length(64 << 10));
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn stdio(mut self, config: StdioConfig) -> Self {
        self.transports.insert(config);
        self
    }

    /// Settings of the server on standard input and output.
    pub(crate) fn stdio_config(&self) -> StdioConfig {
        self.transports.get::<StdioConfig>().map(|config| **config).unwrap_or_default()
    }
}

impl StdioConfig {
    /// Creates the default configuration.
    pub fn new() -> Self {
        Self {
            max_line_length: 4 << 20,
            memory_limit: budget::CONNECTION,
            shutdown_timeout: Duration::from_millis(500),
        }
    }

    /// Sets the size limit of a line, in bytes; 4 MiB by default. A longer line is answered with the
    /// error `-32700` and skipped.
    pub fn max_line_length(mut self, bytes: usize) -> Self {
        self.max_line_length = bytes;
        self
    }

    /// Sets the memory limit of the client, in bytes; 16 MiB by default.
    ///
    /// It covers requests in flight and subscriptions, and apart from them the answers that the client
    /// has not read. Beyond it, requests are answered with the error `-32603`, and so is a request whose
    /// answer the client has no room for within 30 seconds.
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = bytes;
        self
    }

    /// Sets the time that requests in flight have to finish after the input has ended; half a second
    /// by default.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }
}
