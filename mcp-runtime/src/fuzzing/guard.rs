//! The checks of `Host` and `Origin`, against the crate `url`.

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, Uri};
use url::{Host, Url};

use super::first_line;
use crate::http::HttpConfig;
use crate::transport::http::guard::Guard;

thread_local! {
    static GUARD: Guard = Guard::new(&HttpConfig::default(), None).expect("there are no entries");
}

/// Takes the first line of a text as the header `Host`, and the second as `Origin`. A server that allows
/// nothing besides its own machine lets in only what `url` reads as this machine.
///
/// # Panics
/// If it lets in anything else.
pub fn guard(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (host, rest) = first_line(&text);
    let (origin, _) = first_line(rest);
    let mut headers = HeaderMap::new();
    let Ok(value) = HeaderValue::from_str(host) else { return };
    headers.insert(HOST, value);
    if !origin.is_empty() {
        let Ok(value) = HeaderValue::from_str(origin) else { return };
        headers.insert(ORIGIN, value);
    }
    let is_let_in = GUARD.with(|guard| guard.check(&headers, &Uri::from_static("/mcp")).is_ok());
    if !is_let_in {
        return;
    }
    assert!(is_loopback(&format!("http://{host}/")), "the host {host:?} is let in");
    if !origin.is_empty() {
        let scheme = origin.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        assert!(matches!(scheme.as_deref(), Some("http" | "https")), "{origin:?} is let in");
        assert!(is_loopback(origin), "the origin {origin:?} is let in");
    }
}

fn is_loopback(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let is_bare = url.username().is_empty() && url.password().is_none() && url.path() == "/";
    is_bare
        && match url.host() {
            Some(Host::Domain(name)) => name.trim_end_matches('.') == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}
