//! Ids that this client has made.

use mcp_core::jsonrpc::{Raw, RequestId};

/// Returns the number of a request of this client, by the id with which a server refers to it. Some
/// servers write the number as a text.
///
/// `None` for an id that this client has not made: its numbers are positive, and a text is one of
/// them only if it is written exactly as the number is.
pub(crate) fn own_id(id: &RequestId) -> Option<i64> {
    match id {
        RequestId::Integer(number) => Some(*number).filter(|number| *number > 0),
        RequestId::Text(text) => number(text),
    }
}

/// Returns the number of a request of this client, by the JSON of an id or token.
pub(super) fn own_id_of(raw: Raw<'_>) -> Option<i64> {
    match raw.string() {
        Some(text) => number(&text),
        None => number(raw.as_str()),
    }
}

fn number(text: &str) -> Option<i64> {
    let is_canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_canonical)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_ours_if_it_is_written_as_ours() {
        let check = |json: &str, expected: Option<i64>| {
            assert_eq!(own_id_of(Raw::from_accepted(json)), expected, "{json}");
            if let Ok(id) = serde_json::from_str(json) {
                assert_eq!(own_id(&id), expected, "{json}");
            }
        };
        check("3", Some(3));
        check(r#""3""#, Some(3));
        check(r#""\u0033""#, Some(3));
        check("9223372036854775807", Some(i64::MAX));
        for foreign in ["0", "-1", r#""""#, r#""0""#, r#""-1""#, r#""+3""#, r#""03""#, r#""3.0""#] {
            check(foreign, None);
        }
        for foreign in [r#"" 3""#, r#""3 ""#, r#""server-error""#, r#""9223372036854775808""#] {
            check(foreign, None);
        }
        for foreign in ["null", "true", "3.0", "[3]", "{}", "9223372036854775808"] {
            check(foreign, None);
        }
    }
}
