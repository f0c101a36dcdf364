//! Bytes of a row, in a notation that text files can hold.
//!
//! | notation | bytes |
//! |---|---|
//! | `⟦ff c3⟧` | the bytes, in hexadecimal |
//! | `⟦[ × 1000⟧` | the text, repeated |
//! | `⟦keys × 1000⟧` | that many members of an object |
//! | `⟦meta⟧` | the member `_meta` of a request in the era |
//! | `⟦id⟧`, `⟦RESULT⟧`, … | what the table of the caller says |

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Expands the notation. `names` is asked first.
pub(crate) fn expand(text: &str, names: &dyn Fn(&str) -> Option<String>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('⟦') {
        bytes.extend_from_slice(before.as_bytes());
        let (inner, after) = after.split_once('⟧').unwrap_or_else(|| panic!("{text}: no `⟧`"));
        match (names(inner), inner.rsplit_once(" × ")) {
            (Some(value), _) => bytes.extend_from_slice(value.as_bytes()),
            (None, Some(("keys", count))) => {
                let members = (0..number(count)).map(|index| format!(r#""k{index}":0"#));
                bytes.extend_from_slice(members.collect::<Vec<_>>().join(",").as_bytes());
            }
            (None, Some((part, count))) => {
                bytes.extend_from_slice(part.repeat(number(count)).as_bytes());
            }
            (None, None) => bytes.extend(inner.split(' ').map(|digits| {
                u8::from_str_radix(digits, 16).unwrap_or_else(|_| panic!("{text}: `{digits}`"))
            })),
        }
        rest = after;
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

fn number(text: &str) -> usize {
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
}

/// Wraps a text for a header, if it is no plain ASCII.
pub(crate) fn header_value(text: &str) -> String {
    let is_plain = !text.starts_with("=?base64?")
        && text.trim() == text
        && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain { text.to_owned() } else { format!("=?base64?{}?=", STANDARD.encode(text)) }
}

#[test]
fn the_notation_of_bytes() {
    let names = |name: &str| (name == "id").then(|| "7".to_owned());
    let check = |text: &str, expected: &[u8]| assert_eq!(expand(text, &names), expected, "{text}");
    check("a⟦ff 00⟧b", b"a\xff\x00b");
    check("⟦[ × 3⟧⟦id⟧", b"[[[7");
    check("{⟦keys × 2⟧}", br#"{"k0":0,"k1":0}"#);
    assert_eq!(header_value("Hello"), "Hello");
    assert_eq!(header_value(" padded "), "=?base64?IHBhZGRlZCA=?=");
    assert_eq!(header_value("Hello, 世界"), "=?base64?SGVsbG8sIOS4lueVjA==?=");
}
