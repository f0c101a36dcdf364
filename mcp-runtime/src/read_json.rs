//! Reads JSON of peers into types; an error names the path, what was expected and what came.

use serde::Deserialize;

use crate::shorten::shorten_to;

/// Maximum length of a description, which may repeat input of the peer.
const MAX_CHARACTERS: usize = 400;

/// Reads JSON text into a type.
///
/// # Errors
/// A description of the first fault: its path, and what was expected there. The position in the text
/// is left out, because the text is not one that the reader of the message has.
pub(crate) fn read_json<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|error| {
        // Read once more to find the path, which nothing but an error costs.
        let reader = &mut serde_json::Deserializer::from_str(json);
        match serde_path_to_error::deserialize::<_, T>(reader) {
            Ok(_) => plain(&error),
            Err(found) => match found.path().to_string().as_str() {
                "." => plain(found.inner()),
                path => {
                    let error = format!("`{path}`: {}", plain(found.inner()));
                    shorten_to(&error, MAX_CHARACTERS)
                }
            },
        }
    })
}

/// Returns the message of an error without the line and the column that `serde_json` appends.
pub(crate) fn plain(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let message = message.strip_suffix(&position).unwrap_or(&message);
    shorten_to(&in_order(message), MAX_CHARACTERS)
}

/// Puts what was expected before what came.
fn in_order(message: &str) -> String {
    let found = ["invalid type: ", "invalid value: "];
    let found = found.iter().find_map(|start| message.strip_prefix(start));
    match found.and_then(|found| found.rsplit_once(", expected ")) {
        Some((came, expected)) => format!("expected {}, got {}", noun(expected), noun(came)),
        None => message.to_owned(),
    }
}

/// Replaces a name of Rust or of serde by one of JSON.
fn noun(name: &str) -> &str {
    match name {
        "a map" | "map" => "an object",
        "a sequence" | "sequence" => "an array",
        "unit value" => "null",
        "f32" | "f64" => "a number",
        "i8" | "i16" | "i32" | "i64" | "isize" => "an integer",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a non-negative integer",
        name if name.starts_with("struct ") || name.contains(" tagged enum ") => "an object",
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use mcp_core::protocol::{CallToolResult, CompleteParams, InitializeParams, ListRootsResult};
    use serde::Deserialize;

    use super::read_json;

    fn check<T: for<'de> Deserialize<'de>>(json: &str, expected: &str) {
        assert_eq!(read_json::<T>(json).err().as_deref(), Some(expected), "{json}");
    }

    #[test]
    fn a_fault_is_named_by_its_path() {
        check::<ListRootsResult>("7", "expected an object, got integer `7`");
        check::<ListRootsResult>("{}", "missing field `roots`");
        check::<ListRootsResult>(
            r#"{"roots":[{"uri":"a:b"},{"uri":7}]}"#,
            "`roots[1].uri`: expected a string, got integer `7`",
        );
        check::<CallToolResult>(
            r#"{"content":[{"type":"text"}]}"#,
            "`content[0]`: missing field `text`",
        );
        check::<InitializeParams>(
            r#"{"protocolVersion":"1","capabilities":{},"clientInfo":{"name":"a","version":1.0}}"#,
            "`clientInfo.version`: expected a string, got floating point `1.0`",
        );
        check::<CompleteParams>(
            r#"{"ref":"greet","argument":{"name":"a","value":"b"}}"#,
            "`ref`: expected an object, got string \"greet\"",
        );
        check::<Vec<u8>>("[1,", "EOF while parsing a value");
    }

    #[test]
    fn what_came_is_cut_short() {
        let long = format!("\"{}\"", "ä".repeat(10_000));
        assert!(read_json::<u8>(&long).is_err_and(|error| error.chars().count() < 500));
    }
}
