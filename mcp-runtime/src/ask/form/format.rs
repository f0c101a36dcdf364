//! String formats of the fields of a form.

use fluent_uri::Uri;

/// Format of a string in a form.
///
/// Specification: [Requested schema](https://modelcontextprotocol.io/specification/2026-07-28/client/elicitation#requested-schema),
/// whose formats are those of [JSON Schema](https://json-schema.org/draft/2020-12/json-schema-validation#name-defined-formats).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An email address (RFC 5321).
    Email,
    /// A URI (RFC 3986).
    Uri,
    /// A date (RFC 3339).
    Date,
    /// A date and a time with its offset (RFC 3339).
    DateTime,
}

impl Format {
    /// Name in a schema.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Uri => "uri",
            Self::Date => "date",
            Self::DateTime => "date-time",
        }
    }

    /// Returns `true` if a text has the format.
    pub(crate) fn matches(self, text: &str) -> bool {
        match self {
            Self::Email => is_mailbox(text),
            Self::Uri => Uri::parse(text).is_ok(),
            Self::Date => is_date(text),
            Self::DateTime => is_date_time(text),
        }
    }
}

/// Matches `name@example.com`, where the name may be quoted and the domain may be an address in
/// brackets.
fn is_mailbox(text: &str) -> bool {
    const MAX_NAME_LENGTH: usize = 64;
    const MAX_DOMAIN_LENGTH: usize = 255;
    let Some((name, domain)) = text.rsplit_once('@') else { return false };
    name.len() <= MAX_NAME_LENGTH
        && domain.len() <= MAX_DOMAIN_LENGTH
        && (name.split('.').all(is_atom) || is_quoted(name))
        && (domain.split('.').all(is_label) || is_address(domain))
}

fn is_atom(text: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_plain)
}

fn is_quoted(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return false;
    };
    let mut escaped = false;
    let is_fine = inner.bytes().all(|byte| {
        let is_bare = escaped || byte != b'"';
        escaped = !escaped && byte == b'\\';
        is_bare && matches!(byte, b' '..=b'~')
    });
    is_fine && !escaped
}

fn is_label(text: &str) -> bool {
    const MAX_LENGTH: usize = 63;
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=MAX_LENGTH).contains(&text.len())
        && text.bytes().all(is_inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Matches `[192.0.2.1]` or `[IPv6:2001:db8::1]`.
fn is_address(text: &str) -> bool {
    let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return false;
    };
    match inner.strip_prefix("IPv6:") {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => inner.parse::<std::net::Ipv4Addr>().is_ok(),
    }
}

fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return false };
    let Some(end_of_time) = time.find(['Z', 'z', '+', '-']) else { return false };
    let (time, offset) = time.split_at(end_of_time);
    is_date(date) && is_time(time) && is_offset(offset)
}

fn is_date(text: &str) -> bool {
    let Some((year, rest)) = text.split_once('-') else { return false };
    let Some((month, day)) = rest.split_once('-') else { return false };
    let (Some(year), Some(month)) = (digits(year, 4), digits(month, 2)) else { return false };
    digits(day, 2).is_some_and(|day| (1..=days_of(year, month)).contains(&day))
}

/// Number of days of a month; 0 for an invalid month.
fn days_of(year: u32, month: u32) -> u32 {
    let leaps = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leaps => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

fn is_time(text: &str) -> bool {
    let (clock, seconds) = text.split_at_checked(5).unwrap_or_default();
    let Some(seconds) = seconds.strip_prefix(':') else { return false };
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    // A minute may have a leap second.
    is_clock(clock) && digits(seconds, 2).is_some_and(|seconds| seconds <= 60) && is_fraction
}

fn is_offset(text: &str) -> bool {
    matches!(text, "Z" | "z") || text.strip_prefix(['+', '-']).is_some_and(is_clock)
}

fn is_clock(text: &str) -> bool {
    let Some((hours, minutes)) = text.split_once(':') else { return false };
    digits(hours, 2).is_some_and(|hours| hours < 24)
        && digits(minutes, 2).is_some_and(|minutes| minutes < 60)
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let is_plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Format;

    fn check(format: Format, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(format.matches(text), "{text:?} is {}", format.name());
        }
        for text in bad {
            assert!(!format.matches(text), "{text:?} is not {}", format.name());
        }
    }

    #[test]
    fn mailboxes() {
        let long = format!("{}@example.com", "a".repeat(65));
        let label = format!("a@{}.com", "a".repeat(64));
        check(
            Format::Email,
            &[
                "joe@example.com",
                "joe.bloggs+tag@mail.example.co.uk",
                "~a!@localhost",
                "te%st@a1.b-2",
                r#""joe bloggs"@example.com"#,
                r#""joe\"@bloggs"@example.com"#,
                "joe@[127.0.0.1]",
                "joe@[IPv6:::1]",
            ],
            &[
                "",
                "@",
                "joe",
                "joe@",
                "@example.com",
                "joe.@example.com",
                ".joe@example.com",
                "jo..e@example.com",
                "joe bloggs@example.com",
                "joe@example..com",
                "joe@-a.com",
                "joe@a-.com",
                "joe@ex ample.com",
                " <joe@example.com",
                "Joe <joe@example.com>",
                "joe@[127.0.0]",
                "joe@[::1]",
                "\"joe@example.com",
                r#""jo"e"@example.com"#,
                r#""joe\"@example.com"#,
                "j\u{f6}e@example.com",
                "joe@example.com\n",
                &long,
                &label,
            ],
        );
    }

    #[test]
    fn uris() {
        check(
            Format::Uri,
            &[
                "https://example.com/a?b=c#d",
                "urn:isbn:0451450523",
                "mailto:joe@example.com",
                "http://[2001:db8::7]:80/",
                "a:",
                "file:///etc/hosts",
            ],
            &[
                "",
                "example.com",
                "/a/b",
                "//example.com",
                "1a:b",
                "https://exa mple.com",
                "https://example.com/%4",
                "https://example.com/\u{f6}",
                "https://[::1",
                "a:b#c#d",
            ],
        );
    }

    #[test]
    fn dates() {
        check(
            Format::Date,
            &["2026-07-28", "2024-02-29", "2000-02-29", "0000-01-01", "9999-12-31"],
            &[
                "",
                "2026",
                "2026-07",
                "2026-7-28",
                "2026-00-01",
                "2026-13-01",
                "2026-02-29",
                "1900-02-29",
                "2026-04-31",
                "2026-01-00",
                "2026-01-32",
                "2026-07-28 ",
                "2026/07/28",
                "02026-07-28",
                "-026-07-28",
                "2026-07-28-01",
                "\u{0662}026-07-28",
            ],
        );
    }

    #[test]
    fn dates_and_times() {
        check(
            Format::DateTime,
            &[
                "2026-07-28T15:00:58Z",
                "2026-07-28t15:00:58.125z",
                "2026-12-31T23:59:60Z",
                "2026-07-28T00:00:00+05:30",
                "2026-07-28T00:00:00-12:00",
            ],
            &[
                "",
                "2026-07-28",
                "2026-07-28 15:00:58Z",
                "2026-07-28T15:00:58",
                "2026-07-28T15:00Z",
                "2026-07-28T24:00:00Z",
                "2026-07-28T23:60:00Z",
                "2026-07-28T23:00:61Z",
                "2026-07-28T23:00:00.Z",
                "2026-07-28T1:00:00Z",
                "2026-07-28T15:00:58+5:30",
                "2026-07-28T15:00:58+24:00",
                "2026-07-28T15:00:58Zulu",
                "2026-02-30T15:00:58Z",
                "2026-07-28T15:0\u{f6}0:58Z",
            ],
        );
    }

    proptest! {
        /// Near misses of all formats.
        #[test]
        fn no_text_panics(text in "[0-9a-zA-Z:@.+\\[\\]\"\\\\% -]{0,40}|\\PC{0,40}") {
            for format in [Format::Email, Format::Uri, Format::Date, Format::DateTime] {
                let _ = format.matches(&text);
            }
        }
    }
}
