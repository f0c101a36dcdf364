//! The requests of the benchmark, and a check of their responses.

use serde_json::{Value, json};

use crate::Result;

/// A protocol era.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Era {
    Legacy,
    Modern,
}

impl Era {
    pub(super) const ALL: [Self; 2] = [Self::Legacy, Self::Modern];

    /// The protocol revision.
    pub(super) fn revision(self) -> &'static str {
        match self {
            Self::Legacy => "2025-11-25",
            Self::Modern => "2026-07-28",
        }
    }

    /// Messages that open a pipe, and the number of responses to them.
    pub(super) fn opening(self) -> (String, usize) {
        match self {
            Self::Legacy => (format!("{INITIALIZE}\n{INITIALIZED}\n"), 1),
            Self::Modern => (String::new(), 0),
        }
    }
}

const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#;
const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
const META: &str = r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}"#;

/// All ids have seven digits, so that all calls have the same length.
const FIRST_ID: u32 = 1_000_000;

/// The first term of a call. The term and the sum have two digits each.
fn first_term(number: u32) -> u32 {
    10 + number % 80
}

/// The `number`th call of `add`, as one line of JSON without newline.
pub(super) fn request(era: Era, number: u32) -> String {
    let (id, a) = (FIRST_ID + number, first_term(number));
    let meta = match era {
        Era::Legacy => String::new(),
        Era::Modern => format!(r#","_meta":{META}"#),
    };
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"add","arguments":{{"a":{a},"b":2}}{meta}}}}}"#
    )
}

/// Checks that a response contains the sum of one of the calls.
pub(super) fn check(answer: &str) -> Result<()> {
    let wrong = || format!("not the answer of `add`: {answer}");
    let value: Value = serde_json::from_str(answer).map_err(|_| wrong())?;
    let id = value["id"].as_u64().and_then(|id| u32::try_from(id).ok()).ok_or_else(wrong)?;
    let sum = first_term(id.wrapping_sub(FIRST_ID)) + 2;
    let text = &value["result"]["content"][0]["text"];
    if *text == json!(sum.to_string()) { Ok(()) } else { Err(wrong().into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_json_and_equally_long() {
        for era in Era::ALL {
            let lengths: Vec<_> =
                [0, 79, 80, 9_999].map(|number| request(era, number).len()).into();
            assert!(lengths.iter().all(|length| *length == lengths[0]), "{lengths:?}");
            assert!(serde_json::from_str::<Value>(&request(era, 5)).is_ok());
        }
    }

    #[test]
    fn only_the_right_sum_is_an_answer() {
        check(r#"{"id":1000005,"result":{"content":[{"text":"17"}]}}"#).unwrap();
        assert!(check(r#"{"id":1000005,"result":{"content":[{"text":"18"}]}}"#).is_err());
        assert!(check(r#"{"id":1000005,"error":{"code":-32603}}"#).is_err());
        assert!(check("").is_err());
    }
}
