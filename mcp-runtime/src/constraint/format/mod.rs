//! Formats of strings.
//!
//! Specification: [JSON Schema, defined formats](https://json-schema.org/draft/2020-12/json-schema-validation#name-defined-formats).

mod email;
mod pointer;
#[cfg(test)]
mod tests;
mod time;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use fluent_uri::{Iri, IriRef, Uri, UriRef};

/// Format of a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Date,
    DateTime,
    Duration,
    Email,
    Hostname,
    Ipv4,
    Ipv6,
    Iri,
    IriReference,
    JsonPointer,
    RelativeJsonPointer,
    Time,
    Uri,
    UriReference,
    Uuid,
    /// Address of either version. Types use it, JSON Schema does not define it.
    Ip,
    /// A date and a time without an offset. Types use it, JSON Schema does not define it.
    PartialDateTime,
    /// A time without an offset. Types use it, JSON Schema does not define it.
    PartialTime,
}

impl Format {
    /// Format with a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "date" => Self::Date,
            "date-time" => Self::DateTime,
            "duration" => Self::Duration,
            "email" => Self::Email,
            "hostname" => Self::Hostname,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            "iri" => Self::Iri,
            "iri-reference" => Self::IriReference,
            "json-pointer" => Self::JsonPointer,
            "relative-json-pointer" => Self::RelativeJsonPointer,
            "time" => Self::Time,
            "uri" => Self::Uri,
            "uri-reference" => Self::UriReference,
            "uuid" => Self::Uuid,
            "ip" => Self::Ip,
            "partial-date-time" => Self::PartialDateTime,
            "partial-time" => Self::PartialTime,
            _ => return None,
        })
    }

    /// Returns `true` if JSON Schema defines the format, so that schemas advertise it.
    pub(crate) fn is_standard(self) -> bool {
        !matches!(self, Self::Ip | Self::PartialDateTime | Self::PartialTime)
    }

    /// Returns `true` if a text has the format.
    pub(crate) fn matches(self, text: &str) -> bool {
        match self {
            Self::Date => time::is_date(text),
            Self::DateTime => time::is_date_time(text),
            Self::Duration => time::is_duration(text),
            Self::Email => email::is_mailbox(text),
            Self::Hostname => email::is_hostname(text),
            Self::Ip => text.parse::<IpAddr>().is_ok(),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Self::Iri => Iri::parse(text).is_ok(),
            Self::IriReference => IriRef::parse(text).is_ok(),
            Self::JsonPointer => pointer::is_json_pointer(text),
            Self::PartialDateTime => time::is_partial_date_time(text),
            Self::PartialTime => time::is_partial_time(text),
            Self::RelativeJsonPointer => pointer::is_relative_json_pointer(text),
            Self::Time => time::is_time(text),
            Self::Uri => Uri::parse(text).is_ok(),
            Self::UriReference => UriRef::parse(text).is_ok(),
            Self::Uuid => pointer::is_uuid(text),
        }
    }

    /// Noun for messages.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Date => "a date such as \"2026-07-28\"",
            Self::DateTime => "a date and time such as \"2026-07-28T12:00:00Z\"",
            Self::Duration => "a duration such as \"P1DT12H\"",
            Self::Email => "an email address",
            Self::Hostname => "a host name",
            Self::Ip => "an IP address",
            Self::Ipv4 => "an IPv4 address",
            Self::Ipv6 => "an IPv6 address",
            Self::Iri => "an IRI",
            Self::IriReference => "an IRI or a relative reference",
            Self::JsonPointer => "a JSON pointer such as \"/a/0\"",
            Self::PartialDateTime => {
                "a date and time without an offset such as \"2026-07-28T12:00:00\""
            }
            Self::PartialTime => "a time such as \"12:00:00\"",
            Self::RelativeJsonPointer => "a relative JSON pointer such as \"1/a\"",
            Self::Time => "a time with an offset such as \"12:00:00Z\"",
            Self::Uri => "a URI",
            Self::UriReference => "a URI or a relative reference",
            Self::Uuid => "a UUID such as \"67e55044-10b1-426f-9247-bb680e5fe0c8\"",
        }
    }
}
