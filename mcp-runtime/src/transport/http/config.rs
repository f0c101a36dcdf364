//! How a server behaves on HTTP.

use std::time::Duration;

/// How a server behaves on HTTP.
///
/// The defaults are made for a server that is used from the machine it runs on.
///
/// ```
/// use mcp_runtime::HttpConfig;
///
/// let config = HttpConfig::default()
///     .public_hosts(["mcp.example.com"])
///     .allowed_origins(["https://app.example.com"]);
/// assert_eq!(config.path, "/mcp");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpConfig {
    /// The path of the endpoint, where the server listens itself. See [`HttpConfig::with_path`].
    pub path: String,
    /// See [`HttpConfig::public_hosts`].
    pub public_hosts: Vec<String>,
    /// See [`HttpConfig::allowed_origins`].
    pub allowed_origins: Vec<String>,
    /// See [`HttpConfig::with_max_body`].
    pub max_body: usize,
    /// See [`HttpConfig::with_header_timeout`].
    pub header_timeout: Duration,
    /// See [`HttpConfig::with_body_timeout`].
    pub body_timeout: Duration,
    /// See [`HttpConfig::with_max_connections`].
    pub max_connections: usize,
    /// See [`HttpConfig::with_max_sessions`].
    pub max_sessions: usize,
    /// See [`HttpConfig::with_session_idle`].
    pub session_idle: Duration,
    /// See [`HttpConfig::with_keep_alive`].
    pub keep_alive: Duration,
    /// See [`HttpConfig::with_retry`].
    pub retry: Duration,
    /// See [`HttpConfig::with_shutdown_grace`].
    pub shutdown_grace: Duration,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            path: "/mcp".into(),
            public_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            max_body: 4 << 20,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            max_connections: 10_000,
            max_sessions: 10_000,
            session_idle: Duration::from_secs(30 * 60),
            keep_alive: Duration::from_secs(15),
            retry: Duration::from_secs(1),
            shutdown_grace: Duration::from_millis(500),
        }
    }
}

impl HttpConfig {
    /// Names the hosts under which the server may be reached, such as `mcp.example.com` or
    /// `mcp.example.com:8443`; without a port, any port is meant.
    ///
    /// Loopback names and the address the server listens on are always allowed. Requests for any
    /// other host are refused with status 403, because that is how a web page reaches a server on
    /// the reader's own machine: by giving it a name of its own (DNS rebinding). A proxy that
    /// passes the public name on makes this option necessary too. Pages served under these hosts
    /// may send requests as well.
    #[must_use]
    pub fn public_hosts(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.public_hosts = hosts.into_iter().map(Into::into).collect();
        self
    }

    /// Names the origins of web pages that may send requests, such as `https://app.example.com`.
    ///
    /// Pages from loopback names and from the [public hosts](HttpConfig::public_hosts) always may.
    /// Requests without the header `Origin` do not come from a page and are not affected. Browsers
    /// want more than leave, namely the headers of CORS: mount the server in a router
    /// ([`Server::into_service`](crate::server::builder::Server::into_service)) and put a layer around it that adds
    /// them.
    #[must_use]
    pub fn allowed_origins(mut self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.allowed_origins = origins.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the path of the endpoint, `/mcp` by default. A service that is mounted elsewhere
    /// serves every path it is given.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Sets the largest body that is read, in bytes; 4 MiB by default. A larger one is refused with
    /// status 413.
    #[must_use]
    pub fn with_max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets how long the headers of a request may take to arrive; 10 seconds by default.
    #[must_use]
    pub fn with_header_timeout(mut self, time: Duration) -> Self {
        self.header_timeout = time;
        self
    }

    /// Sets how long the body of a request may take to arrive; 30 seconds by default.
    #[must_use]
    pub fn with_body_timeout(mut self, time: Duration) -> Self {
        self.body_timeout = time;
        self
    }

    /// Sets how many connections may be open; 10,000 by default. Further ones wait.
    #[must_use]
    pub fn with_max_connections(mut self, count: usize) -> Self {
        self.max_connections = count;
        self
    }

    /// Sets how many legacy sessions may be open; 10,000 by default. Beyond that the sessions
    /// that have been idle longest make room.
    #[must_use]
    pub fn with_max_sessions(mut self, count: usize) -> Self {
        self.max_sessions = count;
        self
    }

    /// Sets after what time without a request a legacy session ends; 30 minutes by default.
    #[must_use]
    pub fn with_session_idle(mut self, time: Duration) -> Self {
        self.session_idle = time;
        self
    }

    /// Sets after what silence a stream of events gets a comment, so that nobody on the way takes
    /// the connection for dead; 15 seconds by default.
    #[must_use]
    pub fn with_keep_alive(mut self, time: Duration) -> Self {
        self.keep_alive = time;
        self
    }

    /// Sets after what time a client comes back whose connection broke or was closed by
    /// [`Context::close_stream`](crate::context::handle::Context::close_stream); a second by default.
    #[must_use]
    pub fn with_retry(mut self, time: Duration) -> Self {
        self.retry = time;
        self
    }

    /// Sets how long requests that run have to be answered when the server ends; half a second by
    /// default.
    #[must_use]
    pub fn with_shutdown_grace(mut self, grace: Duration) -> Self {
        self.shutdown_grace = grace;
        self
    }
}
