//! The end of a service that is mounted in a router of the program.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::service::{McpService, Shared};
use super::session::HttpSession;
use crate::component::app::ShutDown;
use crate::server::tasks;
use crate::transport::DROP_TIMEOUT;

/// Time that the last events of streams have to be stored.
const HAND_OVER_TIMEOUT: Duration = Duration::from_secs(1);

impl McpService {
    /// Shuts the service down, as [`ServerHandle::shutdown`](crate::ServerHandle::shutdown) does.
    ///
    /// Streams without a request end at once, and new requests are refused with status 503. Requests in
    /// flight have the [shutdown timeout](crate::http::HttpConfig::shutdown_timeout) to finish; then their
    /// handlers are dropped, and the sessions end. The shutdown begins with the call, and the returned future
    /// completes when it is over. So the graceful shutdown of an HTTP server does not wait for a stream that
    /// a client keeps open:
    ///
    /// ```no_run
    /// # async fn serve(server: mcp_runtime::Server) -> Result<(), Box<dyn std::error::Error>> {
    /// let service = server.into_service()?;
    /// let router = axum::Router::new().route_service("/mcp", service.clone());
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    /// let stop = async move {
    ///     let _ = tokio::signal::ctrl_c().await;
    ///     service.shutdown().await;
    /// };
    /// axum::serve(listener, router).with_graceful_shutdown(stop).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    /// Dropping the returned future does not stop the shutdown.
    pub fn shutdown(&self) -> impl Future<Output = ()> + Send + 'static {
        let done = self.shared().shutdown.done.clone();
        self.shared_arc().shut_down();
        async move { done.cancelled().await }
    }
}

impl ShutDown for Shared {
    fn shut_down(self: Arc<Self>) {
        self.app.closing.cancel();
        let has_begun = self.shutdown.has_begun();
        self.shutdown.begun.cancel();
        if has_begun {
            return;
        }
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(end(self))),
            // There is no time to give to anything.
            Err(_) => self.end_now(),
        }
    }
}

impl Shared {
    /// Has the service shut down with its server.
    pub(super) fn mount(self: &Arc<Self>) {
        let this: Arc<dyn ShutDown> = Arc::<Self>::clone(self);
        self.app.live.add_mounted(Arc::downgrade(&this));
        if self.app.closing.is_cancelled() {
            this.shut_down();
        }
    }

    /// Ends and returns all sessions. Those in the store are handed over to other instances: the last events of
    /// their streams are stored.
    pub(super) async fn hand_over(&self) -> Vec<Arc<HttpSession>> {
        let sessions = self.sessions.end_all();
        if let Some(stored) = &self.sessions.stored {
            if tokio::time::timeout(HAND_OVER_TIMEOUT, stored.written()).await.is_err() {
                tracing::warn!("the last events of streams could not be stored");
            }
            stored.gone.cancel();
        }
        sessions
    }

    fn end_now(&self) {
        self.shutdown.expired.cancel();
        self.sessions.end_all();
        self.shutdown.done.cancel();
    }
}

/// Ends the requests in flight and the sessions of a service.
async fn end(shared: Arc<Shared>) {
    let drained = async {
        shared.shutdown.idle().await;
        for session in shared.sessions.all() {
            session.connection.in_flight.drained().await;
        }
        tasks::drained(&shared.app).await;
    };
    if tokio::time::timeout(shared.config.shutdown_timeout, drained).await.is_err() {
        tracing::info!("requests were still running at the end and are dropped");
    }
    shared.shutdown.expired.cancel();
    let sessions = shared.hand_over().await;
    let gone = async {
        shared.shutdown.idle().await;
        for session in sessions {
            session.connection.in_flight.gone().await;
        }
    };
    if tokio::time::timeout(DROP_TIMEOUT, gone).await.is_err() {
        tracing::warn!("a handler blocks its thread and is left behind");
    }
    // A failure is logged, and nothing waits for it.
    let _ = shared.app.close().await;
    shared.shutdown.done.cancel();
}
