//! Checks of `Host` and `Origin`, against web pages that attack servers on their readers' machines.

use std::net::SocketAddr;

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};

use super::authority::{Authority, DefaultPort, PageOrigin};
use super::config::HttpConfig;
use super::headers;
use super::response::Rejection;

/// Hosts and origins that are allowed besides loopback ones.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl Guard {
    /// Creates the guard of a server that listens at `bound`, where that is known.
    ///
    /// # Errors
    /// One sentence for each malformed entry of the configuration.
    pub(crate) fn new(config: &HttpConfig, bound: Option<SocketAddr>) -> Result<Self, Vec<String>> {
        let faulty_hosts =
            config.public_hosts.iter().filter(|host| Authority::parse(host).is_none());
        let faulty_origins =
            config.allowed_origins.iter().filter(|origin| PageOrigin::parse(origin).is_none());
        let errors: Vec<_> = faulty_hosts
            .map(|host| format!("HttpConfig::public_hosts: `{host}` is no host; write `mcp.example.com`"))
            .chain(faulty_origins.map(|origin| {
                format!(
                    "HttpConfig::allowed_origins: `{origin}` is no origin; write `https://app.example.com`"
                )
            }))
            .collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        // A server that listens on every address does not allow every name.
        let bound = bound.filter(|bound| !bound.ip().is_unspecified());
        let hosts = config.public_hosts.iter().cloned().chain(bound.map(|bound| bound.to_string()));
        Ok(Self { hosts: hosts.collect(), origins: config.allowed_origins.clone() })
    }

    /// Checks the headers of a request.
    ///
    /// # Errors
    /// Status 400 for repeated or malformed headers, 403 for a host or origin that is not allowed.
    pub(crate) fn check(&self, headers: &HeaderMap, uri: &Uri) -> Result<(), Rejection> {
        if let Some(name) = headers::repeated(headers) {
            return Err(bad(format!("the header `{name}` is given twice")));
        }
        if !self.lists_host(headers, uri) && !self.allows_host(&self.host(headers, uri)?) {
            return Err(forbidden(
                headers::shown(headers, HOST),
                "host",
                "--public-host",
                "public_hosts",
            ));
        }
        let Some(origin) = headers.get(ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().ok().and_then(PageOrigin::parse);
        if origin.is_some_and(|origin| self.allows_origin(&origin)) {
            return Ok(());
        }
        Err(forbidden(
            headers::shown(headers, ORIGIN),
            "origin",
            "--allow-origin",
            "allowed_origins",
        ))
    }

    /// `true` if the header `Host` is an entry of the list to the letter, and needs no parsing.
    fn lists_host(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        let is_entry = |host: &HeaderValue| self.hosts.iter().any(|entry| host == entry.as_str());
        uri.authority().is_none() && headers.get(HOST).is_some_and(is_entry)
    }

    /// Reads the host of a request, on which its header and its target have to agree.
    fn host<'a>(&self, headers: &'a HeaderMap, uri: &'a Uri) -> Result<Authority<'a>, Rejection> {
        let header = headers.get(HOST).map(|value| value.to_str().ok().and_then(Authority::parse));
        let target = uri.authority().map(|authority| Authority::parse(authority.as_str()));
        match (header, target) {
            (Some(Some(header)), None) => Ok(header),
            // HTTP/2 may have the target only.
            (None, Some(Some(target))) => Ok(target),
            (Some(Some(header)), Some(Some(target)))
                if header.host == target.host && header.port == target.port =>
            {
                Ok(header)
            }
            (None, None) => Err(bad("the header `Host` is missing")),
            (Some(Some(_)), Some(Some(_))) => {
                Err(bad("the header `Host` and the target of the request name different hosts"))
            }
            _ => Err(bad("the host of the request is malformed")),
        }
    }

    fn allows_host(&self, host: &Authority<'_>) -> bool {
        host.host.is_loopback() || self.names(host, DefaultPort::OfHttp)
    }

    fn allows_origin(&self, origin: &PageOrigin<'_>) -> bool {
        let host = &origin.authority;
        let own =
            || host.host.is_loopback() || self.names(host, DefaultPort::Of(origin.default_port()));
        let listed = || self.origins.iter().any(|entry| PageOrigin::parse(entry) == Some(*origin));
        (origin.is_web() && own()) || listed()
    }

    fn names(&self, host: &Authority<'_>, default: DefaultPort) -> bool {
        let mut entries = self.hosts.iter().filter_map(|entry| Authority::parse(entry));
        entries.any(|entry| host.is_named_by(&entry, default))
    }
}

fn bad(message: impl Into<String>) -> Rejection {
    Rejection::new(StatusCode::BAD_REQUEST, message)
}

fn forbidden(came: String, what: &str, option: &str, setter: &str) -> Rejection {
    Rejection::new(
        StatusCode::FORBIDDEN,
        format!(
            "the {what} `{came}` is not allowed; if it should be, start the server with `{option}` or \
             name it with `HttpConfig::{setter}`"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        let config = HttpConfig::local()
            .public_hosts(["mcp.example.com", "secure.example.com:443", "[2001:db8::1]:80"])
            .allowed_origins(["https://app.example.com", "vscode-webview://abc"]);
        Guard::new(&config, Some("192.0.2.7:8000".parse().unwrap())).unwrap()
    }

    fn status(target: &str, headers: &[(&str, &str)]) -> u16 {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        match guard().check(&map, &target.parse().unwrap()) {
            Ok(()) => 200,
            Err(rejection) => rejection.status.as_u16(),
        }
    }

    fn check_host(host: &str, expected: u16) {
        assert_eq!(status("/mcp", &[("host", host)]), expected, "{host}");
    }

    fn check_origin(origin: &str, expected: u16) {
        let headers = [("host", "localhost:8000"), ("origin", origin)];
        assert_eq!(status("/mcp", &headers), expected, "{origin}");
    }

    #[test]
    fn hosts_are_this_machine_or_listed() {
        for host in [
            "localhost",
            "LOCALHOST:1",
            "127.0.0.1:8000",
            "[::1]:8000",
            "192.0.2.7:8000",
            "mcp.example.com",
            "MCP.Example.com:8443",
            "secure.example.com",
            "secure.example.com:443",
            "[2001:db8::1]",
        ] {
            check_host(host, 200);
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "mcp.example.com.evil.example",
            "evilmcp.example.com",
            "secure.example.com:8443",
            "192.0.2.7:8001",
            "192.0.2.8:8000",
            "0.0.0.0:8000",
        ] {
            check_host(host, 403);
        }
        for host in ["localhost@evil.example", "evil.example#localhost", "", "localhost:x"] {
            check_host(host, 400);
        }
        assert_eq!(status("/mcp", &[]), 400);
    }

    #[test]
    fn origins_are_this_machine_or_listed() {
        for origin in [
            "http://localhost",
            "https://localhost:5173",
            "http://127.0.0.1:8000",
            "http://[::1]:1",
            "https://app.example.com",
            "https://app.example.com:443",
            "https://mcp.example.com",
            "http://192.0.2.7:8000",
            "https://secure.example.com",
            "vscode-webview://abc",
        ] {
            check_origin(origin, 200);
        }
        for origin in [
            "null",
            "http://evil.example",
            "http://localhost.evil.example",
            "http://localhost@evil.example",
            "http://app.example.com",
            "https://app.example.com:8443",
            "http://secure.example.com",
            "file://localhost",
            "vscode-webview://abd",
            "localhost",
            "http://192.0.2.7",
            "",
        ] {
            check_origin(origin, 403);
        }
    }

    #[test]
    fn headers_are_given_once_and_agree_with_the_target() {
        let host = ("host", "localhost");
        assert_eq!(status("/mcp", &[host, host]), 400);
        let origin = ("origin", "http://localhost");
        assert_eq!(status("/mcp", &[host, origin, origin]), 400);
        assert_eq!(status("http://localhost/mcp", &[host]), 200);
        assert_eq!(status("http://localhost/mcp", &[]), 200);
        assert_eq!(status("http://127.0.0.1/mcp", &[host]), 400);
        assert_eq!(status("http://localhost:1/mcp", &[host]), 400);
        assert_eq!(status("http://evil.example/mcp", &[("host", "evil.example")]), 403);
    }

    #[test]
    fn a_refusal_names_the_option() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("evil.example"));
        let rejection = guard().check(&headers, &Uri::from_static("/mcp")).unwrap_err();
        assert!(rejection.message.contains("HttpConfig::public_hosts"), "{}", rejection.message);
    }

    #[test]
    fn entries_that_name_nothing_are_reported() {
        let config = HttpConfig::local()
            .public_hosts(["https://a.example"])
            .allowed_origins(["a.example", "*"]);
        assert_eq!(Guard::new(&config, None).unwrap_err().len(), 3);
    }
}
