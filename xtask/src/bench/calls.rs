//! The requests of the benchmark, and a check of their responses.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::Result;

/// A protocol era.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    Legacy,
    Modern,
}

impl Era {
    pub(crate) const ALL: [Self; 2] = [Self::Legacy, Self::Modern];

    /// The protocol revision.
    pub(crate) fn revision(self) -> &'static str {
        match self {
            Self::Legacy => "2025-11-25",
            Self::Modern => "2026-07-28",
        }
    }

    /// Messages that open a pipe, and the number of responses to them.
    pub(crate) fn opening(self) -> (String, usize) {
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

/// A benchmarked tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// `add(a, b)`.
    Add,
    /// `echo(text)`, with 64 KiB of text.
    Echo,
}

impl Tool {
    /// Name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Echo => "echo",
        }
    }

    /// Call of the tool, in the headings of the report.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Add => "`add(a, b)`",
            Self::Echo => "`echo(text)` of 64 KiB",
        }
    }

    /// The `number`th call, as one line of JSON without newline.
    pub(crate) fn request(self, era: Era, number: u32) -> String {
        let (id, name) = (FIRST_ID + number, self.name());
        let arguments = match self {
            Self::Add => format!(r#"{{"a":{},"b":2}}"#, first_term(number)),
            Self::Echo => format!(r#"{{"text":{}}}"#, json!(text())),
        };
        let meta = match era {
            Era::Legacy => String::new(),
            Era::Modern => format!(r#","_meta":{META}"#),
        };
        format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{name}","arguments":{arguments}{meta}}}}}"#
        )
    }

    /// Checks that a response contains the result of one of the calls.
    pub(crate) fn check(self, answer: &str) -> Result<()> {
        let wrong = || {
            let start: String = answer.chars().take(500).collect();
            format!("not the answer of `{}`: {start}", self.name())
        };
        let value: Value = serde_json::from_str(answer).map_err(|_| wrong())?;
        let id = value["id"].as_u64().and_then(|id| u32::try_from(id).ok()).ok_or_else(wrong)?;
        let found = &value["result"]["content"][0]["text"];
        let is_right = match self {
            Self::Add => *found == json!((first_term(id.wrapping_sub(FIRST_ID)) + 2).to_string()),
            Self::Echo => *found == text(),
        };
        if is_right { Ok(()) } else { Err(wrong().into()) }
    }
}

/// The first term of a call. The term and the sum have two digits each.
fn first_term(number: u32) -> u32 {
    10 + number % 80
}

/// Text of 64 KiB: lines of prose, some with quotes.
fn text() -> &'static str {
    const LINES: &str = "The quick brown fox jumps over the lazy dog and runs away again.\n\
         It says \"hello\" on its way, and nobody hears it in the dark of night.\n";
    static TEXT: LazyLock<String> =
        LazyLock::new(|| LINES.chars().cycle().take(64 << 10).collect());
    &TEXT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_json_and_equally_long() {
        for (era, tool) in
            Era::ALL.into_iter().flat_map(|era| [(era, Tool::Add), (era, Tool::Echo)])
        {
            let lengths: Vec<_> =
                [0, 79, 80, 9_999].map(|number| tool.request(era, number).len()).into();
            assert!(lengths.iter().all(|length| *length == lengths[0]), "{lengths:?}");
            assert!(serde_json::from_str::<Value>(&tool.request(era, 5)).is_ok());
        }
    }

    #[test]
    fn only_the_right_result_is_an_answer() {
        let add = |answer: &str| Tool::Add.check(answer);
        add(r#"{"id":1000005,"result":{"content":[{"text":"17"}]}}"#).unwrap();
        assert!(add(r#"{"id":1000005,"result":{"content":[{"text":"18"}]}}"#).is_err());
        assert!(add(r#"{"id":1000005,"error":{"code":-32603}}"#).is_err());
        assert!(add("").is_err());
        let echo = |text: &str| {
            let answer = json!({ "id": 1_000_000, "result": { "content": [{ "text": text }] } });
            Tool::Echo.check(&answer.to_string())
        };
        assert_eq!(text().len(), 64 << 10);
        echo(text()).unwrap();
        assert!(echo(&text()[1..]).is_err());
    }
}
