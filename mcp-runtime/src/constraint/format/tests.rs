//! Tests of the formats.

use mcp_core::schema::InputSchema;
use proptest::prelude::*;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::Format;

const NAMES: [&str; 23] = [
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "idn-email",
    "idn-hostname",
    "ip",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "partial-date-time",
    "partial-time",
    "regex",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uri-template",
    "uuid",
    "x-unknown",
];

fn check(format: Format, good: &[&str], bad: &[&str]) {
    for text in good {
        assert!(format.matches(text), "{text:?} is {}", format.noun());
    }
    for text in bad {
        assert!(!format.matches(text), "{text:?} is not {}", format.noun());
    }
}

/// Text with the format of a name in [`NAMES`].
struct Formatted<const N: usize>;

impl<const N: usize> JsonSchema for Formatted<N> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        NAMES[N].into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": NAMES[N] })
    }
}

macro_rules! advertised {
    ($($n:literal)*) => {
        [$({
            let mut schema = InputSchema::new();
            schema.argument::<Formatted<$n>>("a").schema.get("format").is_some()
        }),*]
    };
}

#[test]
fn what_is_advertised_is_checked() {
    let advertised = advertised!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22);
    for (name, is_advertised) in NAMES.into_iter().zip(advertised) {
        let is_checked = Format::named(name).is_some_and(Format::is_standard);
        assert_eq!(is_checked, is_advertised, "{name}");
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
            "2026-12-31T15:59:60.5-08:00",
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
            "2026-07-28T23:00:60Z",
            "2026-12-31T23:59:60+01:00",
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

#[test]
fn times_and_durations() {
    check(
        Format::Time,
        &["12:00:00Z", "23:59:60z", "00:00:00.125+05:30", "12:00:00-01:00"],
        &["", "12:00Z", "12:00:00", "12:00:60Z", "24:00:00Z", "12:00:00+1:00", "12:00:00 Z"],
    );
    check(Format::PartialTime, &["12:00", "12:00:00.5"], &["12", "12:00:00Z", "noon"]);
    check(
        Format::PartialDateTime,
        &["2026-07-28T12:00:00", "2026-07-28 12:00:00.5"],
        &["2026-07-28", "2026-07-28T12:00:00Z"],
    );
    check(
        Format::Duration,
        &["P1Y2M3DT4H5M6S", "P1D", "PT36H", "P2W", "P1M", "PT1M", "PT0S", "P1Y2M"],
        &[
            "", "P", "PT", "P1", "1D", "P1DT", "PT1D", "P1H", "P1W2D", "P1D1Y", "P1Y3D", "PT1H6S",
            "P1Y1Y", "P-1D", "P1.5D", "p1d",
        ],
    );
}

#[test]
fn addresses_of_hosts() {
    let long = format!("{}.com", "a".repeat(64));
    check(
        Format::Hostname,
        &["localhost", "example.com", "a1.b-2.c", "xn--nxasmq6b.example", "127.0.0.1"],
        &["", ".", "a.", "-a.com", "a_b.com", "ab--c.com", "exa mple.com", "\u{f6}.com", &long],
    );
    check(Format::Ipv4, &["127.0.0.1"], &["", "127.0.0", "127.0.0.256", "127.0.0.01", "::1"]);
    check(Format::Ipv6, &["::1", "2001:db8::7"], &["", "127.0.0.1", "[::1]", "::1%eth0"]);
    check(Format::Ip, &["127.0.0.1", "::1"], &["", "localhost"]);
}

#[test]
fn references() {
    check(
        Format::UriReference,
        &["", "/a/b", "//example.com", "a?b#c", "http://a"],
        &["\u{f6}", "a b", "%"],
    );
    check(Format::Iri, &["https://example.com/\u{f6}"], &["", "/a", "https://exa mple.com"]);
    check(Format::IriReference, &["\u{f6}", ""], &["a b"]);
}

#[test]
fn pointers_and_identifiers() {
    check(Format::JsonPointer, &["", "/", "/a/0", "/a~0b~1c"], &["a", "/~", "/~2", "#/a"]);
    check(
        Format::RelativeJsonPointer,
        &["0", "1/a", "0#", "10"],
        &["", "01", "-1", "1a", "0##", "/a"],
    );
    check(
        Format::Uuid,
        &["67e55044-10b1-426f-9247-bb680e5fe0c8", "67E55044-10B1-426F-9247-BB680E5FE0C8"],
        &[
            "",
            "67e5504410b1426f9247bb680e5fe0c8",
            "{67e55044-10b1-426f-9247-bb680e5fe0c8}",
            "67e55044-10b1-426f-9247-bb680e5fe0c",
            "67e55044-10b1-426f-9247-bb680e5fe0cg",
        ],
    );
}

proptest! {
    /// Near misses of all formats.
    #[test]
    fn no_text_panics(text in "[0-9a-zA-Z:@.+\\[\\]\"\\\\% -]{0,40}|[PTYMDWHS0-9]{0,9}|\\PC{0,40}") {
        for format in NAMES.into_iter().filter_map(Format::named) {
            let _ = format.matches(&text);
        }
    }
}
