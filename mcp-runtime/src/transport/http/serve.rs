//! The entry points of serving over HTTP.

use std::io::{self, Write as _};
use std::sync::Arc;

use tokio::net::TcpListener;

use super::config::HttpConfig;
use super::listen;
use super::service::McpService;
use crate::component::app::App;
use crate::error::BuildError;
use crate::error::Error;
use crate::server::builder::Server;
use crate::transport::listen_address::listen_address;
use crate::transport::{dropped, warn_of_nothing};

impl Server {
    /// Serves HTTP at an address such as `127.0.0.1:8000`, with the endpoint at `/mcp`. An address
    /// without a host, such as `:8000`, is on the loopback interface, `127.0.0.1`.
    ///
    /// It serves until the future is dropped; it reads no arguments and handles no signals. Bind to
    /// a loopback address unless other machines are meant to reach the server. For these, add its
    /// name to [`HttpConfig::public_hosts`](crate::http::HttpConfig::public_hosts).
    ///
    /// # Errors
    /// [`Error::Build`] if the server cannot be built, [`Error::Lifespan`] if a lifespan fails,
    /// [`Error::Listen`] if the address cannot be listened on.
    ///
    /// # Cancel safety
    /// Dropping the future ends serving; handlers that run are dropped.
    pub async fn serve_http(self, address: impl AsRef<str>) -> Result<(), Error> {
        self.serve_http_until(address.as_ref(), std::future::pending(), || ()).await
    }

    /// Serves HTTP at an address until `stop` completes. `over` is called before the state is dropped.
    pub(crate) async fn serve_http_until(
        self,
        address: &str,
        stop: impl Future<Output = ()>,
        over: impl FnOnce(),
    ) -> Result<(), Error> {
        let cannot_listen = |source| Error::Listen { address: address.to_owned(), source };
        let listener = match listen_address(address) {
            Ok(address) => TcpListener::bind(&*address).await.map_err(cannot_listen)?,
            Err(message) => return Err(cannot_listen(io::Error::other(message))),
        };
        self.serve_listener_until(listener, stop, over).await
    }

    /// Serves HTTP on a bound listener until `stop` completes.
    ///
    /// After that, no more connections are accepted, and requests in flight have a
    /// [short time](crate::http::HttpConfig::shutdown_timeout) to finish.
    ///
    /// # Errors
    /// [`Error::Build`] if the server cannot be built, [`Error::Lifespan`] if a lifespan fails, [`Error::Io`] if
    /// the listener has no address.
    ///
    /// # Cancel safety
    /// Dropping the future ends serving; handlers that run are dropped.
    pub async fn serve_listener(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        self.serve_listener_until(listener, stop, || ()).await
    }

    async fn serve_listener_until(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
        over: impl FnOnce(),
    ) -> Result<(), Error> {
        let bound = listener.local_addr()?;
        let config = self.http_config();
        let url = format!("http://{bound}{}", config.path);
        let app = self.build()?;
        app.open().await?;
        let served = match McpService::new(Arc::clone(&app), config, Some(bound)) {
            Ok(service) => {
                announce(&app, &url);
                listen::serve(listener, service, stop).await;
                Ok(())
            }
            Err(mistakes) => Err(BuildError::new(mistakes)),
        };
        over();
        let closed = app.close().await;
        dropped(app).await;
        served?;
        closed
    }

    /// Settings of the server on HTTP.
    pub(crate) fn http_config(&self) -> HttpConfig {
        let config = self.transports.get::<HttpConfig>();
        let config = config.map(|config| HttpConfig::clone(config)).unwrap_or_default();
        #[cfg(feature = "auth-server")]
        let config = {
            let auth = self.transports.get::<super::auth::AuthSettings>();
            HttpConfig { auth: auth.map(|auth| super::auth::AuthSettings::clone(auth)), ..config }
        };
        config
    }

    /// Sets how the server behaves on HTTP.
    ///
    /// ```
    /// use mcp_runtime::Server;
    /// use mcp_runtime::http::HttpConfig;
    ///
    /// let config = HttpConfig::local().public_hosts(["mcp.example.com"]);
    /// let server = Server::new("demo", "1.0.0").http(config);
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn http(mut self, config: HttpConfig) -> Self {
        self.transports.insert(config);
        self
    }

    /// Turns the server into a service to mount in a router, for example with axum's
    /// `route_service`.
    ///
    /// ```
    /// # use mcp_runtime::Server;
    /// let service = Server::new("demo", "1.0.0").into_service()?;
    /// # fn is_service<S: tower_service::Service<http::Request<mcp_runtime::http::HttpBody>>>(_: &S) {}
    /// # is_service(&service);
    /// # Ok::<(), mcp_runtime::BuildError>(())
    /// ```
    ///
    /// # Errors
    /// [`BuildError`] if the server cannot be built, with every reason.
    pub fn into_service(self) -> Result<McpService, BuildError> {
        let config = self.http_config();
        McpService::new(self.build()?, config, None).map_err(BuildError::new)
    }
}

/// Prints the address of the server.
fn announce(app: &App, url: &str) {
    warn_of_nothing(app);
    let (name, version) = (&app.info.name, &app.info.version);
    let line = format!("{name} {version}: serving MCP at {url}\n");
    // In one write, because other threads may print too. There is no other place to print to.
    let _ = std::io::stderr().write_all(line.as_bytes());
}
