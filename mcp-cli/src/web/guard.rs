//! Protection of the page and of its API.
//!
//! Any program and any page in the browser can connect to a port of this machine. So every request of the
//! API needs the token, which the URL of the page contains. The name of the host is checked because a page
//! elsewhere can have a name that resolves to this machine (DNS rebinding), and the origin because browsers
//! send requests of other pages. There is no CORS: other pages read nothing.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::middleware::Next;
use mcp_runtime::client::reqwest::Url;
use sha2::{Digest as _, Sha256};

use super::api::failure;
use crate::exit::Failure;

/// Number of random bytes of a token.
const TOKEN_BYTES: usize = 32;

const HTTP_PORT: u16 = 80;

/// Only what the program itself serves. The page creates no markup from texts, which `trusted-types` proves.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; media-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// The secret of the page's URL, and the names that the server has.
pub(super) struct Guard {
    token: String,
    digest: [u8; 32],
    hosts: Vec<String>,
}

impl Guard {
    pub(super) fn new(port: u16) -> Result<Self, Failure> {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|error| Failure::internal(format!("there are no random numbers: {error}")))?;
        let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let digest = Sha256::digest(&token).into();
        let names = ["127.0.0.1", "localhost"];
        let mut hosts: Vec<_> = names.iter().map(|name| format!("{name}:{port}")).collect();
        if port == HTTP_PORT {
            // Browsers leave the port of the scheme out.
            hosts.extend(names.map(str::to_owned));
        }
        Ok(Self { token, digest, hosts })
    }

    /// The URL of the page.
    pub(super) fn url(&self) -> String {
        format!("http://{}/?token={}", self.hosts[0], self.token)
    }

    /// Compares digests, so that the time of the comparison depends on no part of the token.
    fn accepts(&self, token: &str) -> bool {
        <[u8; 32]>::from(Sha256::digest(token)) == self.digest
    }

    fn check(&self, request: &Request) -> Result<(), (StatusCode, &'static str, String)> {
        let headers = request.headers();
        for name in [header::HOST, header::ORIGIN, header::AUTHORIZATION] {
            if headers.get_all(&name).iter().nth(1).is_some() {
                let message = format!("expected one header `{name}`, got several");
                return Err((StatusCode::FORBIDDEN, "header", message));
            }
        }
        let named = |host: &str| self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
        let host = text(headers, header::HOST).unwrap_or_default();
        if !named(host) {
            let expected = self.hosts.join("` or `");
            let message = format!("expected the host `{expected}`, got `{host}`");
            return Err((StatusCode::FORBIDDEN, "host", message));
        }
        let origin = headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
        if let Some(origin) = origin
            && !origin.strip_prefix("http://").is_some_and(named)
        {
            let message = format!("expected a request of this page, got one of `{origin}`");
            return Err((StatusCode::FORBIDDEN, "origin", message));
        }
        let path = request.uri().path();
        let token = match path {
            "/" => request.uri().query().and_then(token_of_query),
            _ if path.starts_with("/api/") => text(headers, header::AUTHORIZATION)
                .and_then(|value| value.strip_prefix("Bearer "))
                .map(str::to_owned),
            // The other files of the page are the same for all, and public.
            _ => return Ok(()),
        };
        if token.is_some_and(|token| self.accepts(&token)) {
            return Ok(());
        }
        let message = "expected the token of this run of `cargo mcp`; open the URL that it has printed, \
            which ends with `/?token=…`. The API takes the token as `Authorization: Bearer TOKEN`";
        Err((StatusCode::UNAUTHORIZED, "token", message.into()))
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn token_of_query(query: &str) -> Option<String> {
    let url = Url::parse(&format!("http://localhost/?{query}")).ok()?;
    url.query_pairs().find(|(name, _)| name == "token").map(|(_, token)| token.into_owned())
}

/// Refuses requests that are not of the page.
pub(super) async fn protect(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let mut response = match guard.check(&request) {
        Ok(()) => next.run(request).await,
        Err((status, code, message)) => failure(status, code, &message),
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if response.status() == StatusCode::UNAUTHORIZED {
        let value = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(guard: &Guard, headers: &[(HeaderName, &str)]) -> Option<&'static str> {
        let mut request = Request::builder().uri("/api/events");
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        guard.check(&request.body(Body::empty()).unwrap()).err().map(|(_, code, _)| code)
    }

    #[test]
    fn headers_that_occur_twice_are_refused() {
        let guard = Guard::new(4321).unwrap();
        let bearer = format!("Bearer {}", guard.token);
        let origin = "http://localhost:4321";
        let own = [
            (header::HOST, "127.0.0.1:4321"),
            (header::ORIGIN, origin),
            (header::AUTHORIZATION, &*bearer),
        ];
        assert_eq!(refused(&guard, &own), None);
        for twice in own.clone() {
            let headers = [&own[..], &[twice]].concat();
            assert_eq!(refused(&guard, &headers), Some("header"), "{headers:?}");
        }
        let headers = [&own[..], &[(header::HOST, "evil.example")]].concat();
        assert_eq!(refused(&guard, &headers), Some("header"));
    }

    #[test]
    fn the_port_of_the_scheme_may_be_left_out() {
        for (port, host, code) in [
            (80, "127.0.0.1", None),
            (80, "LOCALHOST", None),
            (80, "localhost:80", None),
            (80, "evil.example", Some("host")),
            (8080, "localhost", Some("host")),
        ] {
            let guard = Guard::new(port).unwrap();
            let bearer = format!("Bearer {}", guard.token);
            let origin = format!("http://{host}");
            let headers = [
                (header::HOST, host),
                (header::ORIGIN, &*origin),
                (header::AUTHORIZATION, &*bearer),
            ];
            assert_eq!(refused(&guard, &headers), code, "{port} {host}");
        }
    }
}
