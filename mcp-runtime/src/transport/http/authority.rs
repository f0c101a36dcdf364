//! Host names and origins, parsed so that they can be compared.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A host with an optional port, as in the header `Host`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Authority<'a> {
    pub(super) host: Host<'a>,
    pub(super) port: Option<u16>,
}

/// A host by name or by address.
#[derive(Clone, Copy, Debug)]
pub(super) enum Host<'a> {
    /// A name without a dot at its end.
    Name(&'a str),
    Address(IpAddr),
}

impl PartialEq for Host<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Name(one), Self::Name(other)) => one.eq_ignore_ascii_case(other),
            (Self::Address(one), Self::Address(other)) => one == other,
            _ => false,
        }
    }
}

impl Host<'_> {
    /// `true` if the host can only be this machine.
    pub(super) fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name.eq_ignore_ascii_case("localhost"),
            Self::Address(address) => address.is_loopback(),
        }
    }
}

impl<'a> Authority<'a> {
    /// Parses `host` or `host:port`. Anything more, such as a user before an `@`, is an error.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix('[') {
            let (address, rest) = rest.split_once(']')?;
            let address: Ipv6Addr = address.parse().ok()?;
            return Some(Self { host: Host::Address(address.into()), port: port(rest)? });
        }
        let end = text.find(':').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        Some(Self { host: host(name)?, port: port(rest)? })
    }

    /// `true` if an entry of a list covers this. An entry without a port covers every port.
    /// `default` is the port of an authority without one.
    pub(super) fn is_named_by(&self, entry: &Authority<'_>, default: DefaultPort) -> bool {
        self.host == entry.host
            && entry.port.is_none_or(|port| match self.port {
                Some(own) => own == port,
                None => default.is(port),
            })
    }
}

/// Port of an authority without one.
#[derive(Clone, Copy, Debug)]
pub(super) enum DefaultPort {
    /// The port of HTTP or HTTPS, because a proxy may terminate TLS.
    OfHttp,
    /// The port of the scheme, if it has one.
    Of(Option<u16>),
}

impl DefaultPort {
    fn is(self, port: u16) -> bool {
        match self {
            Self::OfHttp => port == 80 || port == 443,
            Self::Of(default) => default == Some(port),
        }
    }
}

fn host(text: &str) -> Option<Host<'_>> {
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Some(Host::Address(address.into()));
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    (!name.is_empty() && name.bytes().all(allowed)).then_some(Host::Name(name))
}

/// Parses the text behind the host: nothing, or a colon and a port.
fn port(rest: &str) -> Option<Option<u16>> {
    if rest.is_empty() {
        return Some(None);
    }
    let digits = rest.strip_prefix(':')?;
    // Parsing an integer would accept a sign.
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok().map(Some))?
}

/// Origin of a web page: a scheme and an authority.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageOrigin<'a> {
    scheme: &'a str,
    pub(super) authority: Authority<'a>,
}

impl<'a> PageOrigin<'a> {
    /// Parses an origin such as `https://example.com:8443`. The opaque origin `null` is an error.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let first = |byte: &u8| byte.is_ascii_alphabetic();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        if !scheme.as_bytes().first().is_some_and(first) || !scheme.bytes().all(allowed) {
            return None;
        }
        Some(Self { scheme, authority: Authority::parse(authority)? })
    }

    /// `true` if the page came over HTTP or HTTPS.
    pub(super) fn is_web(&self) -> bool {
        self.default_port().is_some()
    }

    /// Default port of the scheme.
    pub(super) fn default_port(&self) -> Option<u16> {
        match self.scheme {
            scheme if scheme.eq_ignore_ascii_case("http") => Some(80),
            scheme if scheme.eq_ignore_ascii_case("https") => Some(443),
            _ => None,
        }
    }

    fn port(&self) -> Option<u16> {
        self.authority.port.or_else(|| self.default_port())
    }
}

impl PartialEq for PageOrigin<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.scheme.eq_ignore_ascii_case(other.scheme)
            && self.authority.host == other.authority.host
            && self.port() == other.port()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(&str, Option<u16>)>) {
        let found = Authority::parse(text).map(|authority| {
            let host = match authority.host {
                Host::Name(name) => name.to_owned(),
                Host::Address(address) => address.to_string(),
            };
            (host, authority.port)
        });
        let expected = expected.map(|(host, port)| (host.to_owned(), port));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn authorities_are_a_host_and_a_port() {
        check("localhost", Some(("localhost", None)));
        check("localhost.:80", Some(("localhost", Some(80))));
        check("127.0.0.1:8000", Some(("127.0.0.1", Some(8000))));
        check("[::1]", Some(("::1", None)));
        check("[0:0::1]:65535", Some(("::1", Some(65535))));
    }

    #[test]
    fn look_alikes_are_no_authorities() {
        for text in [
            "",
            ":80",
            ".",
            "localhost:",
            "localhost:+80",
            "localhost:65536",
            "localhost:80:80",
            "localhost@evil.example",
            "localhost:80@evil.example",
            "localhost/",
            "localhost#",
            "localhost?",
            "localhost\\",
            "::1",
            "[::1",
            "[::1]80",
            "[::1%25lo]",
            "[127.0.0.1]",
            "local host",
            "löcalhost",
            "a%2eb",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        let is = |text| Authority::parse(text).is_some_and(|it| it.host.is_loopback());
        for text in ["localhost", "LocalHost", "127.0.0.1", "127.255.1.2:9", "[::1]:80"] {
            assert!(is(text), "{text}");
        }
        for text in [
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.1",
            "2130706433",
            "0.0.0.0",
            "[::]",
            "[::ffff:127.0.0.1]",
            "0x7f.0.0.1",
            "xlocalhost",
            "128.0.0.1",
        ] {
            assert!(!is(text), "{text}");
        }
    }

    #[test]
    fn origins_compare_scheme_host_and_port() {
        let same = |one: &str, other: &str| match (PageOrigin::parse(one), PageOrigin::parse(other))
        {
            (Some(one), Some(other)) => one == other,
            _ => false,
        };
        assert!(same("https://a.example", "HTTPS://A.example:443"));
        assert!(same("vscode-webview://abc", "vscode-webview://abc"));
        assert!(!same("https://a.example", "http://a.example"));
        assert!(!same("https://a.example", "https://a.example:8443"));
        assert!(!same("https://a.example", "https://a.example.evil"));
        assert!(!same("null", "null"));
        assert!(!same("https://a.example/", "https://a.example/"));
        assert!(!same("://a", "://a"));
    }
}
