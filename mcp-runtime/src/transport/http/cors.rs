//! Cross-Origin Resource Sharing: the headers by which browsers give responses to pages of other origins.

use std::convert::Infallible;
use std::future::Ready;
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderName, Method, Request, Response, header};
use tower_http::cors::{AllowHeaders, AllowOrigin, AllowPrivateNetwork, CorsLayer};
use tower_layer::Layer as _;
use tower_service::Service;

use super::headers::{PROTOCOL_VERSION, SESSION_ID};
use super::response::HttpBody;

/// Time for which a browser may keep the answer to a preflight request.
const MAX_AGE: Duration = Duration::from_secs(2 * 60 * 60);

/// CORS for requests whose origin the guard allowed.
pub(super) struct Cors(CorsLayer);

/// CORS for one request.
pub(super) struct Sharing {
    layer: CorsLayer,
    /// The request without its body.
    head: Request<()>,
}

impl Cors {
    pub(super) fn new() -> Self {
        // The nonce of proofs of possession.
        const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");
        let (session, version) = (SESSION_ID.clone(), PROTOCOL_VERSION.clone());
        let exposed = [session, version, WWW_AUTHENTICATE, RETRY_AFTER, DPOP_NONCE];
        let layer = CorsLayer::new()
            .allow_origin(AllowOrigin::mirror_request())
            .allow_methods([Method::POST, Method::GET, Method::DELETE])
            // The names of `Mcp-Param-*` depend on the tools.
            .allow_headers(AllowHeaders::mirror_request())
            // A page on the internet may be allowed to reach a server on a private network.
            .allow_private_network(AllowPrivateNetwork::yes())
            .expose_headers(exposed)
            .max_age(MAX_AGE);
        Self(layer)
    }

    /// CORS for a request, or `None` if it does not come from a web page.
    pub(super) fn of(&self, parts: &Parts) -> Option<Sharing> {
        if !parts.headers.contains_key(header::ORIGIN) {
            return None;
        }
        let mut head = Request::new(());
        *head.method_mut() = parts.method.clone();
        *head.headers_mut() = parts.headers.clone();
        Some(Sharing { layer: self.0.clone(), head })
    }
}

impl Sharing {
    /// Adds the headers of CORS to a response. A preflight request is answered without it.
    pub(super) async fn share(
        self,
        response: impl Future<Output = Response<HttpBody>>,
    ) -> Response<HttpBody> {
        let response = match *self.head.method() {
            Method::OPTIONS => Response::default(),
            _ => response.await,
        };
        let mut service = self.layer.layer(Answered(Some(response)));
        let Ok(shared) = service.call(self.head).await;
        shared
    }
}

/// Service that has its response already.
struct Answered(Option<Response<HttpBody>>);

impl Service<Request<()>> for Answered {
    type Response = Response<HttpBody>;
    type Error = Infallible;
    type Future = Ready<Result<Response<HttpBody>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        std::future::ready(Ok(self.0.take().unwrap_or_default()))
    }
}
