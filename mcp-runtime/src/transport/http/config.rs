//! Configuration of a server over HTTP.

use std::time::Duration;

use crate::context::budget;

/// Configuration of a server over HTTP. See [`Server::http`](crate::Server::http).
///
/// The defaults suit a server that is used from the machine it runs on.
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::http::HttpConfig;
/// use mcp_runtime::Server;
///
/// let config = HttpConfig::local()
///     .public_hosts(["mcp.example.com"])
///     .allowed_origins(["https://app.example.com"])
///     .max_body_size(1 << 20)
///     .shutdown_timeout(Duration::from_secs(5));
/// let server = Server::new("demo", "1.0.0").http(config);
/// # drop(server);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct HttpConfig {
    pub(super) path: String,
    pub(in crate::transport) public_hosts: Vec<String>,
    pub(in crate::transport) allowed_origins: Vec<String>,
    pub(in crate::transport) cors: bool,
    pub(super) max_body_size: usize,
    pub(super) header_timeout: Duration,
    pub(super) body_timeout: Duration,
    pub(super) max_connections: usize,
    pub(super) max_sessions: usize,
    pub(super) session_memory_limit: usize,
    pub(super) write_timeout: Duration,
    pub(super) session_idle_timeout: Duration,
    pub(super) keep_alive_interval: Duration,
    pub(super) retry_interval: Duration,
    pub(super) health: bool,
    pub(crate) drain_delay: Duration,
    pub(crate) shutdown_timeout: Duration,
    #[cfg(feature = "auth-server")]
    pub(super) auth: Option<super::auth::AuthSettings>,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self::local()
    }
}

impl HttpConfig {
    /// Creates the configuration of a server that is reached by loopback names and by the address it
    /// listens on.
    pub fn local() -> Self {
        Self {
            path: "/mcp".into(),
            public_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            cors: false,
            max_body_size: 4 << 20,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            max_connections: 10_000,
            max_sessions: 10_000,
            session_memory_limit: budget::CONNECTION,
            write_timeout: Duration::from_secs(30),
            session_idle_timeout: Duration::from_secs(30 * 60),
            keep_alive_interval: Duration::from_secs(15),
            retry_interval: Duration::from_secs(1),
            health: true,
            drain_delay: Duration::ZERO,
            shutdown_timeout: Duration::from_millis(500),
            #[cfg(feature = "auth-server")]
            auth: None,
        }
    }

    /// Sets the hosts under which the server may be reached, such as `mcp.example.com` or
    /// `mcp.example.com:8443`. A host without a port covers every port.
    ///
    /// Loopback names and the address the server listens on are always allowed. Requests for any
    /// other host are rejected with status 403. This prevents DNS rebinding, by which a web page
    /// reaches a server on the reader's own machine under a name of its own. A server behind a proxy
    /// that passes the public name on needs this option too. Pages served under these hosts may send
    /// requests as well.
    ///
    /// ```
    /// use mcp_runtime::http::HttpConfig;
    ///
    /// let config = HttpConfig::local().public_hosts(["mcp.example.com"]);
    /// # drop(config);
    /// ```
    pub fn public_hosts(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.public_hosts = hosts.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the origins of web pages that may send requests, such as `https://app.example.com`.
    ///
    /// Pages from loopback names and from the [public hosts](HttpConfig::public_hosts) are always
    /// allowed. Requests without the header `Origin` do not come from a page and are not affected.
    /// A page of another origin can read responses only with [`cors`](HttpConfig::cors).
    ///
    /// ```
    /// use mcp_runtime::http::HttpConfig;
    ///
    /// let config = HttpConfig::local().allowed_origins(["https://app.example.com"]);
    /// # drop(config);
    /// ```
    pub fn allowed_origins(mut self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.allowed_origins = origins.into_iter().map(Into::into).collect();
        self
    }

    /// Turns on Cross-Origin Resource Sharing (CORS), so that web pages of the
    /// [allowed origins](HttpConfig::allowed_origins) can use the server; off by default.
    ///
    /// Preflight requests (`OPTIONS`) are answered, and responses carry the headers by which a
    /// browser gives them to the page, the header `Mcp-Session-Id` included. Pages from loopback names
    /// are allowed origins, such as a tool that is being developed. Cookies are not shared. In a router
    /// of your own, set either this or a CORS layer, not both.
    ///
    /// ```
    /// use mcp_runtime::http::HttpConfig;
    ///
    /// let config = HttpConfig::local().allowed_origins(["https://app.example.com"]).cors();
    /// # drop(config);
    /// ```
    pub fn cors(mut self) -> Self {
        self.cors = true;
        self
    }

    /// Sets the path of the endpoint, `/mcp` by default. A service mounted in a router ignores it
    /// and serves every path it receives.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// `true` if a path is that of the endpoint. A slash at the end makes no difference.
    pub(super) fn is_endpoint(&self, path: &str) -> bool {
        let bare = |path: &str| path.strip_suffix('/').unwrap_or(path).len();
        path == self.path || path[..bare(path)] == self.path[..bare(&self.path)]
    }

    /// Sets the size limit of a request body, in bytes; 4 MiB by default. A larger body is rejected
    /// with status 413.
    pub fn max_body_size(mut self, bytes: usize) -> Self {
        self.max_body_size = bytes;
        self
    }

    /// Sets the time limit for the headers of a request to arrive; 10 seconds by default.
    pub fn header_timeout(mut self, timeout: Duration) -> Self {
        self.header_timeout = timeout;
        self
    }

    /// Sets the time limit for the body of a request to arrive; 30 seconds by default.
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.body_timeout = timeout;
        self
    }

    /// Sets the limit of open connections, 10,000 by default. Further ones wait, while those are closed that have
    /// waited the longest for a request, and for over a second.
    ///
    /// Connections whose client sends nothing more, and still waits for the answer to a legacy request, do
    /// not count. There are at most 256 of them.
    pub fn max_connections(mut self, count: usize) -> Self {
        self.max_connections = count;
        self
    }

    /// Sets the limit of open legacy sessions, 10,000 by default. Beyond it, sessions are ended that are
    /// idle, or whose client has had no open request or stream for 30 seconds: the oldest of the same
    /// principal, or else of the principal that has the most.
    pub fn max_sessions(mut self, count: usize) -> Self {
        self.max_sessions = count;
        self
    }

    /// Sets the memory limit of a legacy session, in bytes; 16 MiB by default. It covers requests in
    /// flight, answers that the client has not read, and subscriptions. Beyond it, requests are refused
    /// with status 429. All clients together have a
    /// [limit of the server](crate::Server::memory_limit) too.
    pub fn session_memory_limit(mut self, bytes: usize) -> Self {
        self.session_memory_limit = bytes;
        self
    }

    /// Sets the time after which a connection is closed whose client reads nothing of a response; 30
    /// seconds by default. It does not apply to a service in a router, whose HTTP server writes.
    pub fn write_timeout(mut self, timeout: Duration) -> Self {
        self.write_timeout = timeout;
        self
    }

    /// Sets the time without a request after which a legacy session ends; 30 minutes by default.
    pub fn session_idle_timeout(mut self, timeout: Duration) -> Self {
        self.session_idle_timeout = timeout;
        self
    }

    /// Sets the interval of comments on an idle stream of events, 15 seconds by default. They keep
    /// proxies from closing the connection.
    pub fn keep_alive_interval(mut self, interval: Duration) -> Self {
        self.keep_alive_interval = interval;
        self
    }

    /// Sets the time after which a client reconnects to a stream that broke, or that
    /// [`Context::close_stream`](crate::Context::close_stream) has closed; a second by default. It is
    /// sent as the field `retry` of an event.
    pub fn retry_interval(mut self, interval: Duration) -> Self {
        self.retry_interval = interval;
        self
    }

    /// Sets whether the server answers health checks; `true` by default.
    ///
    /// `GET /healthz` has the status 200 while the process runs. `GET /readyz` has the status 200 while the
    /// server takes requests, and 503 while it shuts down or its [store](crate::Server::store) cannot be
    /// reached. The bodies name the reason and nothing else. Health checks need no access token, and any
    /// `Host` is accepted, because load balancers check by address. In a router, mount
    /// [`McpService::liveness`](crate::http::McpService::liveness) and
    /// [`readiness`](crate::http::McpService::readiness) instead.
    pub fn health(mut self, yes: bool) -> Self {
        self.health = yes;
        self
    }

    /// Sets the time between the beginning of the shutdown and the end of accepting connections; zero by
    /// default.
    ///
    /// For this time the server serves on, but `/readyz` has the status 503, so that a load balancer stops
    /// sending requests to it. It has to be longer than the interval of the balancer's checks. It does not
    /// apply to a service in a router, or to a shutdown by
    /// [`ServerHandle::shutdown`](crate::ServerHandle::shutdown).
    pub fn drain_delay(mut self, delay: Duration) -> Self {
        self.drain_delay = delay;
        self
    }

    /// Sets the time that requests in flight have to finish when the server shuts down; half a
    /// second by default.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }
}
