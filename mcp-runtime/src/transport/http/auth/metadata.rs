//! Metadata of the server as a protected resource.
//!
//! Specification: [RFC 9728](https://www.rfc-editor.org/rfc/rfc9728).

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CACHE_CONTROL, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use serde_json::{Map, Value, json};
use url::Url;

use super::builder::Common;
use super::dpop;
use crate::auth::well_known::PROTECTED_RESOURCE;
use crate::transport::http::response::{self, HttpBody};

/// Metadata, and where it is.
#[derive(Debug)]
pub(super) struct Metadata {
    document: Bytes,
    pub(super) url: String,
    /// Path of the resource.
    path: String,
}

impl Metadata {
    pub(super) fn new(common: &Common, resource: &Url) -> Self {
        let url = common.metadata_url.clone().unwrap_or_else(|| well_known(resource));
        let document = document(common).to_string().into();
        Self { document, url, path: resource.path().trim_end_matches('/').to_owned() }
    }

    /// `true` if a path is that of the metadata. Paths of a service in a router may have anything before
    /// it; `endpoint` is the path of the endpoint, if the service has one.
    pub(super) fn is_at(&self, path: &str, endpoint: Option<&str>) -> bool {
        let found = match endpoint {
            Some(_) => path.strip_prefix(PROTECTED_RESOURCE),
            None => path.find(PROTECTED_RESOURCE).map(|at| &path[at + PROTECTED_RESOURCE.len()..]),
        };
        found.map(|rest| rest.trim_end_matches('/')).is_some_and(|rest| {
            rest.is_empty()
                || rest == self.path
                || match endpoint {
                    Some(endpoint) => rest == endpoint.trim_end_matches('/'),
                    // A router may have removed the beginning of the path.
                    None => rest.starts_with('/') && self.path.ends_with(rest),
                }
        })
    }

    pub(super) fn respond(&self, method: &Method) -> Response<HttpBody> {
        let mut response = match *method {
            Method::GET => response::json(StatusCode::OK, self.document.clone()),
            Method::HEAD => response::json(StatusCode::OK, Bytes::new()),
            _ => {
                let mut response = response::empty(StatusCode::METHOD_NOT_ALLOWED);
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
                return response;
            }
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
        // It is the same for everyone.
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        response
    }
}

/// URL of the metadata of a resource.
fn well_known(resource: &Url) -> String {
    let mut url = resource.clone();
    let path = resource.path();
    url.set_path(&format!("{PROTECTED_RESOURCE}{}", if path == "/" { "" } else { path }));
    url.into()
}

fn document(common: &Common) -> Value {
    let mut document = Map::new();
    let mut add = |name: &str, value: Value| drop(document.insert(name.to_owned(), value));
    add("resource", json!(common.resource));
    add("authorization_servers", json!(common.authorization_servers));
    add("bearer_methods_supported", json!(["header"]));
    let mut scopes = common.scopes_supported.clone();
    for scope in &common.required_scopes {
        if !scopes.contains(scope) {
            scopes.push(scope.clone());
        }
    }
    if !scopes.is_empty() {
        add("scopes_supported", json!(scopes));
    }
    if let Some(name) = &common.resource_name {
        add("resource_name", json!(name));
    }
    if let Some(url) = &common.documentation {
        add("resource_documentation", json!(url));
    }
    add("dpop_signing_alg_values_supported", json!(dpop::algorithms()));
    if common.requires_dpop {
        add("dpop_bound_access_tokens_required", json!(true));
    }
    Value::Object(document)
}

/// Metadata of a server as a protected resource, for a router. See
/// [`McpService::protected_resource_metadata`](crate::http::McpService::protected_resource_metadata).
#[derive(Clone, Debug)]
pub struct MetadataService(pub(super) Arc<Metadata>);

impl<B> tower_service::Service<Request<B>> for MetadataService {
    type Response = Response<HttpBody>;
    type Error = Infallible;
    type Future = Ready<Result<Response<HttpBody>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.0.respond(request.method())))
    }
}
