//! The endpoint that Prometheus reads, on a port of its own.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener as StdListener, ToSocketAddrs};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::component::app::App;
use crate::component::prometheus::PrometheusMetrics;
use crate::server::builder::Server;

/// Time limit of a request.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Maximum length of the head of a request, in bytes.
const MAX_HEAD: usize = 8 << 10;

/// Maximum number of connections at once.
const MAX_CONNECTIONS: usize = 16;

/// Delay before the next connection is accepted when the system has run out of resources.
const EXHAUSTED_DELAY: Duration = Duration::from_millis(100);

/// Format of the text.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// An endpoint for Prometheus on a port of its own, at the path `/metrics`. See
/// [`Server::prometheus`](crate::Server::prometheus).
#[derive(Debug)]
pub struct PrometheusEndpoint {
    listener: StdListener,
    address: SocketAddr,
}

impl PrometheusEndpoint {
    /// Listens at a loopback address, such as `127.0.0.1:9464`. Port 0 is any free one.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] for an address that other machines can reach, see
    /// [`bind_public`](Self::bind_public); otherwise those of listening.
    pub fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        let endpoint = Self::bind_public(address)?;
        match endpoint.address.ip().is_loopback() {
            true => Ok(endpoint),
            false => Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!(
                    "{} is not a loopback address, and metrics have no access control; use 127.0.0.1, or \
                     `bind_public` if a firewall protects the port",
                    endpoint.address
                ),
            )),
        }
    }

    /// Listens at any address. Every machine that can reach it can read the metrics: names of methods and
    /// components, and how often they are used.
    ///
    /// # Errors
    /// Those of listening.
    pub fn bind_public(address: impl ToSocketAddrs) -> io::Result<Self> {
        let listener = StdListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// The address that it listens at.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Server {
    /// Counts requests and their durations, and serves the metrics to Prometheus while the server runs.
    ///
    /// ```no_run
    /// use mcp_runtime::Server;
    /// use mcp_runtime::metrics::PrometheusEndpoint;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let server = Server::new("demo", "1.0.0").prometheus(PrometheusEndpoint::bind("127.0.0.1:9464")?);
    /// # drop(server);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn prometheus(mut self, endpoint: PrometheusEndpoint) -> Self {
        let metrics = PrometheusMetrics::new();
        let observer = Arc::new(metrics.clone());
        self.observers.push(Box::new(move || Ok(observer)));
        self.beside
            .push(Box::new(move |app| Box::pin(serve(endpoint, metrics, Arc::downgrade(app)))));
        self
    }
}

/// Serves the metrics until the future is dropped.
async fn serve(endpoint: PrometheusEndpoint, metrics: PrometheusMetrics, app: Weak<App>) {
    let is_loopback = endpoint.address.ip().is_loopback();
    let listener = match TcpListener::from_std(endpoint.listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "metrics cannot be served"),
    };
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        // The semaphore is never closed.
        let place = Arc::clone(&places).acquire_owned().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                let (metrics, app) = (metrics.clone(), app.clone());
                tokio::spawn(async move {
                    let _place = place;
                    // A client that breaks off has nothing more to be told.
                    let _ = timeout(TIMEOUT, respond(stream, &metrics, &app, is_loopback)).await;
                });
            }
            Err(error) => {
                tracing::debug!(%error, "a connection for metrics cannot be accepted");
                tokio::time::sleep(EXHAUSTED_DELAY).await;
            }
        }
    }
}

async fn respond(
    mut stream: TcpStream,
    metrics: &PrometheusMetrics,
    app: &Weak<App>,
    is_loopback: bool,
) -> io::Result<()> {
    let Some(head) = head(&mut stream).await? else { return Ok(()) };
    let (status, body) = match Request::parse(&head) {
        Some(request) if is_loopback && !request.is_for_this_machine() => {
            ("403 Forbidden", "this host is not allowed\n".to_owned())
        }
        Some(Request { path: "/metrics", method: "GET" | "HEAD", .. }) => {
            ("200 OK", metrics.text(app.upgrade().as_deref()))
        }
        Some(Request { path: "/metrics", .. }) => {
            ("405 Method Not Allowed", "use GET\n".to_owned())
        }
        Some(_) => ("404 Not Found", "the metrics are at /metrics\n".to_owned()),
        None => ("400 Bad Request", "this is not a request\n".to_owned()),
    };
    let content_type = if status == "200 OK" { CONTENT_TYPE } else { "text/plain; charset=utf-8" };
    let length = body.len();
    let body = if head.starts_with("HEAD ") { "" } else { &body };
    let response = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\
         allow: GET, HEAD\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(response.as_bytes()).await?;
    stream.shutdown().await
}

/// Reads the head of a request; `None` if it is too long or has no end.
async fn head(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut part = [0; 1024];
        match stream.read(&mut part).await? {
            0 => return Ok(None),
            count if head.len() + count > MAX_HEAD => return Ok(None),
            count => head.extend_from_slice(&part[..count]),
        }
    }
    Ok(String::from_utf8(head).ok())
}

/// The head of a request.
struct Request<'a> {
    method: &'a str,
    path: &'a str,
    host: Option<&'a str>,
}

impl<'a> Request<'a> {
    fn parse(head: &'a str) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        words.next().filter(|version| version.starts_with("HTTP/1."))?;
        let host = lines
            .filter_map(|line| line.split_once(':'))
            .find_map(|(name, value)| name.eq_ignore_ascii_case("host").then_some(value.trim()));
        let path = target.split('?').next().unwrap_or_default();
        Some(Self { method, path, host })
    }

    /// Returns `true` unless the host is a name that a web page may have pointed at this machine.
    fn is_for_this_machine(&self) -> bool {
        let Some(host) = self.host else { return true };
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
    }
}
