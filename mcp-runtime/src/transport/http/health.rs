//! Health checks: whether the process answers, and whether the server takes requests.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::CACHE_CONTROL;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::response::{self, HttpBody, Rejection};
use super::service::{McpService, Shared};
use crate::component::app::App;

/// Time that the store has to answer a check.
const STORE_TIMEOUT: Duration = Duration::from_secs(1);

/// Time for which the outcome of a check of the store is used again, so that probes cause no load.
const STORE_CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// A check of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// The process answers.
    Live,
    /// The server takes requests.
    Ready,
}

impl Check {
    /// The check at a path of a server that listens itself.
    pub(super) fn at(path: &str) -> Option<Self> {
        match path {
            "/healthz" => Some(Self::Live),
            "/readyz" => Some(Self::Ready),
            _ => None,
        }
    }
}

/// The last check of the store. Checks that are requested meanwhile wait for the one that runs.
#[derive(Default)]
pub(super) struct StoreCheck(Mutex<Option<(Instant, bool)>>);

impl StoreCheck {
    /// Returns `true` if the store has answered a moment ago, or answers now.
    async fn is_reachable(&self, app: &App) -> bool {
        let mut last = self.0.lock().await;
        match *last {
            Some((time, is_reachable)) if time.elapsed() < STORE_CHECK_INTERVAL => is_reachable,
            _ => {
                let answer = timeout(STORE_TIMEOUT, app.store.get("health")).await;
                let is_reachable = matches!(answer, Ok(Ok(_)));
                *last = Some((Instant::now(), is_reachable));
                is_reachable
            }
        }
    }
}

impl Shared {
    /// Responds to a health check. It needs no access token and no allowed host, and reveals nothing else.
    pub(super) async fn check(&self, check: Check, method: &Method) -> Response<HttpBody> {
        let obstacle = match check {
            Check::Live => None,
            Check::Ready => self.obstacle().await,
        };
        respond(obstacle, method)
    }

    /// The reason why the server takes no requests, if there is one.
    async fn obstacle(&self) -> Option<&'static str> {
        if self.shutdown.is_draining() || self.app.closing.is_cancelled() {
            return Some("draining");
        }
        if !self.app.lifespans.is_open() {
            return Some("opening");
        }
        (!self.store_check.is_reachable(&self.app).await).then_some("store")
    }
}

fn respond(obstacle: Option<&str>, method: &Method) -> Response<HttpBody> {
    if method != Method::GET && method != Method::HEAD {
        return Rejection::method("GET, HEAD", "use GET").into_response(true);
    }
    let (status, text) = match obstacle {
        None => (StatusCode::OK, r#"{"status":"ok"}"#.to_owned()),
        Some(reason) => {
            let text = format!(r#"{{"status":"unavailable","reason":"{reason}"}}"#);
            (StatusCode::SERVICE_UNAVAILABLE, text)
        }
    };
    let text = if method == Method::HEAD { String::new() } else { text };
    let mut response = response::json(status, text);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A health check to mount in a router, created by [`McpService::liveness`] or
/// [`McpService::readiness`].
#[derive(Clone)]
pub struct HealthService {
    check: Check,
    /// It does not keep the server.
    server: Weak<Shared>,
}

impl McpService {
    /// The check whether the process answers, to mount in a router, for example at `/healthz`.
    ///
    /// `Server::serve_http` serves it there by [itself](crate::http::HttpConfig::health).
    ///
    /// ```
    /// use mcp_runtime::Server;
    ///
    /// # fn main() -> Result<(), mcp_runtime::BuildError> {
    /// let service = Server::new("demo", "1.0.0").into_service()?;
    /// let router: axum::Router = axum::Router::new()
    ///     .route_service("/healthz", service.liveness())
    ///     .route_service("/readyz", service.readiness())
    ///     .route_service("/mcp", service);
    /// # drop(router);
    /// # Ok(())
    /// # }
    /// ```
    pub fn liveness(&self) -> HealthService {
        self.health(Check::Live)
    }

    /// The check whether the server takes requests, to mount in a router, for example at `/readyz`.
    ///
    /// The status is 503 while the server shuts down, and while its [store](crate::Server::store) cannot
    /// be reached.
    pub fn readiness(&self) -> HealthService {
        self.health(Check::Ready)
    }

    fn health(&self, check: Check) -> HealthService {
        HealthService { check, server: Arc::downgrade(&self.shared_arc()) }
    }
}

impl<B> tower_service::Service<Request<B>> for HealthService {
    type Response = Response<HttpBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<HttpBody>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Self { check, server } = self.clone();
        let method = request.method().clone();
        Box::pin(async move {
            Ok(match server.upgrade() {
                Some(server) => server.check(check, &method).await,
                None if check == Check::Live => respond(None, &method),
                None => respond(Some("draining"), &method),
            })
        })
    }
}

impl std::fmt::Debug for HealthService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HealthService").field("check", &self.check).finish_non_exhaustive()
    }
}
