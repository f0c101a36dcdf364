//! The server as a `tower::Service`, to mount in a router.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{CONTENT_ENCODING, TRANSFER_ENCODING};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode, Version};
use http_body::Body;
use tokio::runtime::Handle;

#[cfg(feature = "auth-server")]
use super::auth::{self, Gate, MetadataService, Refusal};
use super::config::HttpConfig;
use super::cors::Cors;
use super::guard::Guard;
use super::headers::{Accepts, is_json, other_coding};
use super::health::{Check, StoreCheck};
use super::peer::Peer;
use super::post::{self, Post};
use super::response::{HttpBody, Rejection};
use super::shutdown::Shutdown;
use super::store::Store;
use super::stored::{self, StoredSessions};
use super::{body, session_requests};
use crate::component::app::App;
use crate::context::principal::Principal;
use crate::error::Error;
use crate::server::tasks;

/// A server as a `tower::Service`, created by
/// [`Server::into_service`](crate::Server::into_service).
///
/// It serves every path, so the router decides on the path of the endpoint. An authentication layer
/// puts a [`Principal`] into the extensions of the request. The server shuts down, with its sessions
/// and their handlers, when the last clone is dropped, or by [`shutdown`](McpService::shutdown). It must be called within a tokio runtime.
///
/// A disconnect cancels a modern request when the HTTP server drops the response. hyper does so at once
/// unless it has received bytes after the request; then it notices the disconnect at the next write. A
/// server that [listens itself](crate::Server::serve_http) has no such gap.
#[derive(Clone)]
pub struct McpService(Arc<Shared>);

/// State that all clones of a service share.
pub(super) struct Shared {
    pub(super) app: Arc<App>,
    pub(super) config: HttpConfig,
    pub(super) sessions: Arc<Store>,
    pub(super) shutdown: Arc<Shutdown>,
    pub(super) store_check: StoreCheck,
    guard: Guard,
    cors: Option<Cors>,
    #[cfg(feature = "auth-server")]
    pub(super) gate: Option<Gate>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.app.closing.cancel();
        self.sessions.end_all();
        if let Some(stored) = &self.sessions.stored {
            stored.gone.cancel();
        }
    }
}

impl McpService {
    /// Creates the service of a server.
    ///
    /// # Errors
    /// One sentence for each mistake in the configuration.
    pub(super) fn new(
        app: Arc<App>,
        config: HttpConfig,
        bound: Option<SocketAddr>,
    ) -> Result<Self, Vec<String>> {
        let guard = Guard::new(&config, bound)?;
        #[cfg(feature = "auth-server")]
        let gate =
            config.auth.as_ref().map(|auth| Gate::new(auth, bound, &config.path)).transpose()?;
        let stored =
            StoredSessions::new(&app, config.session_idle_timeout, config.session_memory_limit);
        let sessions = Store::new(config.max_sessions, config.session_idle_timeout, stored);
        let sessions = Arc::new(sessions);
        let cors = config.cors.then(Cors::new);
        if app.lifespans.is_open() {
            tasks::resume(&app);
        } else if let Ok(runtime) = Handle::try_current() {
            // A failure is logged, and is the answer to requests.
            drop(runtime.spawn(open(Arc::clone(&app))));
        }
        stored::keep(&app, &sessions);
        app.beside.begin(&app);
        let shutdown = Arc::default();
        let shared = Arc::new(Shared {
            app,
            config,
            sessions,
            shutdown,
            store_check: StoreCheck::default(),
            guard,
            cors,
            #[cfg(feature = "auth-server")]
            gate,
        });
        if bound.is_none() {
            shared.mount();
        }
        Ok(Self(shared))
    }

    /// The metadata of the server as a protected resource ([RFC 9728](https://www.rfc-editor.org/rfc/rfc9728)),
    /// to mount in a router; `None` if the server has none (see
    /// [`Server::require_auth`](crate::Server::require_auth)).
    ///
    /// Clients find it at a path that begins with `/.well-known/oauth-protected-resource`, which is not
    /// below the endpoint. `Server::serve_http` serves it, but a router has to have a route to it:
    ///
    /// ```
    /// use mcp_runtime::Server;
    /// use mcp_runtime::authorization::Auth;
    ///
    /// # fn main() -> Result<(), mcp_runtime::BuildError> {
    /// let auth = Auth::jwt("https://login.example.com").audience("https://example.com/tools/mcp");
    /// let service = Server::new("demo", "1.0.0").require_auth(auth).into_service()?;
    /// let metadata = service.protected_resource_metadata().expect("the server requires tokens");
    /// let router: axum::Router = axum::Router::new()
    ///     .route_service("/.well-known/oauth-protected-resource", metadata.clone())
    ///     .route_service("/.well-known/oauth-protected-resource/tools/mcp", metadata)
    ///     .nest_service("/tools/mcp", service);
    /// # drop(router);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "auth-server")]
    pub fn protected_resource_metadata(&self) -> Option<MetadataService> {
        self.0.gate.as_ref()?.metadata_service()
    }

    /// Opens the [lifespans](crate::Server::lifespan) of the server, so that a failure is known before requests
    /// come. Without it, a failure is logged, and requests get the status 503.
    ///
    /// ```
    /// # async fn serve(server: mcp_runtime::Server) -> Result<(), Box<dyn std::error::Error>> {
    /// let service = server.into_service()?;
    /// service.open().await?;
    /// let router: axum::Router = axum::Router::new().route_service("/mcp", service);
    /// # drop(router);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Lifespan`] if a lifespan fails to open, now or earlier.
    ///
    /// # Cancel safety
    /// The lifespans are opened even if the future is dropped.
    pub async fn open(&self) -> Result<(), Error> {
        open(Arc::clone(&self.0.app)).await
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.0
    }

    pub(super) fn shared_arc(&self) -> Arc<Shared> {
        Arc::clone(&self.0)
    }

    /// Responds to a request for the endpoint.
    pub(super) async fn respond<B: Body>(&self, request: Request<B>) -> Response<HttpBody> {
        self.0.respond(request, true, &Peer::default()).await
    }

    /// Responds to a request for any path.
    pub(super) async fn respond_at_path<B: Body>(
        &self,
        request: Request<B>,
        peer: &Peer,
    ) -> Response<HttpBody> {
        let path = request.uri().path();
        let is_endpoint = self.0.config.is_endpoint(path);
        if !is_endpoint
            && self.0.config.health
            && let Some(check) = Check::at(path)
        {
            return self.0.check(check, request.method()).await;
        }
        self.0.respond(request, is_endpoint, peer).await
    }
}

/// Opens the lifespans of a server that is mounted.
async fn open(app: Arc<App>) -> Result<(), Error> {
    app.open().await?;
    tasks::resume(&app);
    Ok(())
}

/// The end of a request before it is served.
#[cfg(feature = "auth-server")]
enum NotAdmitted {
    /// A request for the metadata.
    Answered(Response<HttpBody>),
    Refused(Box<Refusal>),
}

impl Shared {
    async fn respond<B: Body>(
        &self,
        request: Request<B>,
        is_endpoint: bool,
        peer: &Peer,
    ) -> Response<HttpBody> {
        let (parts, body) = request.into_parts();
        let unread = !body.is_end_stream() && parts.version < Version::HTTP_2;
        if let Err(rejection) = self.guard.check(&parts.headers, &parts.uri) {
            return rejection.into_response(unread);
        }
        let sharing = self.cors.as_ref().and_then(|cors| cors.of(&parts));
        let response = async {
            #[cfg(feature = "auth-server")]
            let mut parts = parts;
            // In boxes, so that they take no room in the future of servers without a gate.
            #[cfg(feature = "auth-server")]
            if let Some(gate) = &self.gate {
                match Box::pin(self.admit(gate, &mut parts, is_endpoint)).await {
                    Ok(()) => {}
                    Err(NotAdmitted::Answered(response)) => return response,
                    Err(NotAdmitted::Refused(refusal)) => {
                        return Box::pin(self.refuse(*refusal, &parts, body, unread)).await;
                    }
                }
            }
            #[cfg(feature = "auth-server")]
            let time = self.gate.is_some().then(|| auth::time_of_stream(&parts)).flatten();
            let served = self.serve(parts, body, is_endpoint, peer).await;
            #[cfg(feature = "auth-server")]
            let served = served.map(|response| match time {
                Some(time) => response.map(|body| body.until(time)),
                None => response,
            });
            served.unwrap_or_else(|rejection| rejection.into_response(unread))
        };
        match sharing {
            Some(sharing) => sharing.share(response).await,
            None => response.await,
        }
    }

    /// Checks the access token of a request for the endpoint.
    #[cfg(feature = "auth-server")]
    async fn admit(
        &self,
        gate: &Gate,
        parts: &mut Parts,
        is_endpoint: bool,
    ) -> Result<(), NotAdmitted> {
        if let Some(response) = gate.describe(parts) {
            return Err(NotAdmitted::Answered(response));
        }
        if is_endpoint && !self.shutdown.has_begun() {
            let principal = gate.admit(parts).await.map_err(NotAdmitted::Refused)?;
            parts.extensions.insert(principal);
        }
        Ok(())
    }

    /// Refuses a request. If its token lacks scopes, the body is read to name those of the component too, so
    /// that the client logs in once.
    #[cfg(feature = "auth-server")]
    async fn refuse<B: Body>(
        &self,
        mut refusal: Refusal,
        parts: &Parts,
        body: B,
        mut unread: bool,
    ) -> Response<HttpBody> {
        let is_read = refusal.lacks_scopes()
            && parts.method == Method::POST
            && acceptable(parts, &body).is_ok();
        if is_read {
            let HttpConfig { max_body_size, body_timeout, .. } = self.config;
            let read = body::read(body, max_body_size, body_timeout, &self.app.memory).await;
            if let Ok(frame) = read {
                unread = false;
                let scopes = self.app.scopes_of_frame(&frame);
                scopes.iter().for_each(|scopes| refusal.add_scopes(scopes.iter()));
            }
        }
        refusal.into_response(unread)
    }

    async fn serve<B: Body>(
        &self,
        mut parts: Parts,
        body: B,
        is_endpoint: bool,
        peer: &Peer,
    ) -> Result<Response<HttpBody>, Rejection> {
        if self.shutdown.has_begun() {
            return Err(Rejection::new(StatusCode::SERVICE_UNAVAILABLE, "the server shuts down"));
        }
        if !self.app.lifespans.is_open() {
            let opened = Box::pin(open(Arc::clone(&self.app))).await;
            opened.map_err(|_| {
                let message = "the server could not be opened; its log has the reason";
                Rejection::new(StatusCode::SERVICE_UNAVAILABLE, message)
            })?;
        }
        if !is_endpoint {
            let message = format!("there is nothing here; the endpoint is {}", self.config.path);
            return Err(Rejection::new(StatusCode::NOT_FOUND, message));
        }
        let principal = parts.extensions.remove::<Arc<Principal>>();
        let principal = principal.or_else(|| parts.extensions.remove::<Principal>().map(Arc::new));
        match parts.method {
            Method::POST => {
                let accepts = acceptable(&parts, &body)?;
                let HttpConfig { max_body_size, body_timeout, .. } = self.config;
                let memory = &self.app.memory;
                let frame = body::read(body, max_body_size, body_timeout, memory).await?;
                peer.received();
                let (headers, peer) = (Arc::new(parts.headers), peer.clone());
                Ok(post::receive(self, Post { headers, principal, accepts, peer }, frame).await)
            }
            Method::GET => Ok(session_requests::listen(self, parts.headers, principal, peer).await),
            Method::DELETE => {
                Ok(session_requests::end(self, &parts.headers, principal.as_deref()).await)
            }
            _ => Err(Rejection::method("POST, GET, DELETE", "use POST")),
        }
    }
}

/// Checks the codings of a body, `Content-Type` and `Accept`.
///
/// Clients should accept both JSON and events, but one of them is enough to serve them.
fn acceptable(parts: &Parts, body: &impl Body) -> Result<Accepts, Rejection> {
    // A body with a length has no transfer coding.
    if body.size_hint().exact().is_none()
        && let Some(coding) = other_coding(&parts.headers, TRANSFER_ENCODING, "chunked")
    {
        let message =
            format!("the header `Transfer-Encoding` has `{coding}`; send `chunked` alone");
        return Err(Rejection::new(StatusCode::NOT_IMPLEMENTED, message));
    }
    if let Some(coding) = other_coding(&parts.headers, CONTENT_ENCODING, "identity") {
        let message =
            format!("the header `Content-Encoding` has `{coding}`; send the body without it");
        return Err(Rejection::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    if !is_json(&parts.headers) {
        let message = "the header `Content-Type` has to be application/json";
        return Err(Rejection::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let accepts = Accepts::read(&parts.headers);
    if !accepts.json && !accepts.events {
        let message = "the header `Accept` has to admit application/json and text/event-stream";
        return Err(Rejection::new(StatusCode::NOT_ACCEPTABLE, message));
    }
    Ok(accepts)
}

impl<B> tower_service::Service<Request<B>> for McpService
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Send,
{
    type Response = Response<HttpBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<HttpBody>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move { Ok(this.respond(request).await) })
    }
}

impl std::fmt::Debug for McpService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("McpService").field("server", &self.0.app.info.name).finish_non_exhaustive()
    }
}
