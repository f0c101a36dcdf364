//! Addresses that a server may not name.
//!
//! Specification: [RFC 6890](https://www.rfc-editor.org/rfc/rfc6890), and the registries of IANA for
//! [IPv4](https://www.iana.org/assignments/iana-ipv4-special-registry) and
//! [IPv6](https://www.iana.org/assignments/iana-ipv6-special-registry).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Addresses that may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Addresses of the internet.
    Public,
    /// These, and the machine itself. For a peer that the user has configured on the machine itself.
    LoopbackToo,
    /// These, and private networks.
    PrivateToo,
}

impl Reach {
    /// The reach that a URL configured by the user implies: a server on the machine itself may name
    /// addresses of the machine itself.
    pub(crate) fn of(configured: &Url) -> Self {
        match is_loopback(configured) {
            true => Self::LoopbackToo,
            false => Self::Public,
        }
    }

    fn has_loopback(self) -> bool {
        self != Self::Public
    }

    fn has_private(self) -> bool {
        match self {
            Self::Public | Self::LoopbackToo => false,
            Self::PrivateToo => true,
        }
    }

    /// Checks the address of a host.
    ///
    /// # Errors
    /// The kind of address that may not be reached.
    pub(super) fn check(self, address: IpAddr) -> Result<(), &'static str> {
        let kind = match address {
            IpAddr::V4(address) => kind_of_v4(address),
            IpAddr::V6(address) => kind_of_v6(address),
        };
        match kind {
            Kind::Public => Ok(()),
            Kind::Loopback if self.has_loopback() => Ok(()),
            Kind::Private if self.has_private() => Ok(()),
            Kind::Loopback => Err("a loopback address"),
            Kind::Private => Err("an address of a private network"),
            Kind::Special(name) => Err(name),
        }
    }

    /// Checks the scheme and the host of a URL, before the host is resolved.
    ///
    /// # Errors
    /// The reason for which it may not be requested.
    pub(super) fn check_url(self, url: &Url) -> Result<(), &'static str> {
        let on_this_machine = is_loopback(url);
        match url.scheme() {
            "https" => {}
            "http" if on_this_machine => {}
            "http" => return Err("plain http"),
            _ => return Err("a scheme other than https"),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a URL with a user name");
        }
        match url.host() {
            None => Err("a URL without a host"),
            Some(Host::Ipv4(address)) => self.check(address.into()),
            Some(Host::Ipv6(address)) => self.check(address.into()),
            Some(Host::Domain(_)) if on_this_machine && !self.has_loopback() => {
                Err("a name of the machine itself")
            }
            Some(Host::Domain(_)) => Ok(()),
        }
    }
}

/// `true` if the host of a URL is the machine itself, by address or by name.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => is_loopback_name(name),
        None => false,
    }
}

/// `true` for `localhost` and the names below it.
pub(super) fn is_loopback_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("localhost")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Public,
    Loopback,
    Private,
    Special(&'static str),
}

fn kind_of_v4(address: Ipv4Addr) -> Kind {
    match address.octets() {
        [127, ..] => Kind::Loopback,
        [10, ..] | [192, 168, ..] | [172, 16..=31, ..] => Kind::Private,
        [0, ..] => Kind::Special("an address of this network"),
        [100, 64..=127, ..] => Kind::Special("a shared address of a carrier"),
        [169, 254, ..] => Kind::Special("a link-local address"),
        // The metadata service of a large cloud, beside those on link-local addresses.
        [168, 63, 129, 16] => Kind::Special("the address of a metadata service"),
        [192, 0, 0, _] => Kind::Special("an address of IETF protocols"),
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => {
            Kind::Special("an address for documentation")
        }
        [192, 88, 99, _] => Kind::Special("an address of 6to4 relays"),
        [192, 31, 196, _] | [192, 175, 48, _] => Kind::Special("an address of AS112"),
        [192, 52, 193, _] => Kind::Special("an address of AMT relays"),
        [198, 18..=19, ..] => Kind::Special("an address for benchmarks"),
        [224..=239, ..] => Kind::Special("a multicast address"),
        [240..=255, ..] => Kind::Special("a reserved address"),
        _ => Kind::Public,
    }
}

fn kind_of_v6(address: Ipv6Addr) -> Kind {
    let segments = address.segments();
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 1] => Kind::Loopback,
        [0, 0, 0, 0, 0, 0xffff, ..] => Kind::Special("an IPv4 address in IPv6"),
        [0x64, 0xff9b, ..] => Kind::Special("an address of NAT64"),
        [0xfc00..=0xfdff, ..] => Kind::Private,
        [0xfe80..=0xfebf, ..] => Kind::Special("a link-local address"),
        [0xff00..=0xffff, ..] => Kind::Special("a multicast address"),
        // Interface identifiers of ISATAP contain an IPv4 address.
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => Kind::Special("an address of ISATAP"),
        [0x2001, 0, ..] => Kind::Special("an address of Teredo"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => {
            Kind::Special("an address for documentation")
        }
        [0x2001, 0..=0x1ff, ..] => Kind::Special("an address of IETF protocols"),
        [0x2002, ..] => Kind::Special("an address of 6to4"),
        [0x2000..=0x3fff, ..] => Kind::Public,
        _ => Kind::Special("a reserved address"),
    }
}
