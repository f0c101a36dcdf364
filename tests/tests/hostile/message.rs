//! Messages of a client, as the rows write them.

use serde_json::Value;

use crate::bytes::expand;

/// Era of a client, and the revision of its sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Speaker {
    pub(crate) is_modern: bool,
}

const VERSION: &str = r#""io.modelcontextprotocol/protocolVersion":"2026-07-28""#;
const CAPABILITIES: &str = r#""io.modelcontextprotocol/clientCapabilities":"#;

/// A message to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) bytes: Vec<u8>,
    /// Method and name for the headers of a modern request.
    pub(crate) method: String,
    pub(crate) name: Option<String>,
}

impl Speaker {
    pub(crate) const BOTH: [Self; 2] = [Self { is_modern: false }, Self { is_modern: true }];

    /// Name of the era in the rows.
    pub(crate) fn era(self) -> &'static str {
        if self.is_modern { "modern" } else { "legacy" }
    }

    /// Reads a line of a row. `names` are values of the row.
    pub(crate) fn message(
        self,
        mark: &str,
        line: &str,
        names: &dyn Fn(&str) -> Option<String>,
    ) -> Message {
        let names = |name: &str| names(name).or_else(|| self.value(name));
        if mark == ">>" {
            return Message::of(expand(line, &names));
        }
        let (method, params) = line.split_once(' ').unwrap_or((line, "{}"));
        let params = String::from_utf8(expand(params, &names)).expect("params are text");
        let params = match params.strip_prefix('{') {
            Some(rest) if self.is_modern && !params.contains("\"_meta\"") => {
                let comma = if rest.trim_start().starts_with('}') { "" } else { "," };
                format!("{{{}{comma}{rest}", self.meta("{}"))
            }
            _ => params,
        };
        let text = format!(r#"{{"jsonrpc":"2.0","id":7,"method":"{method}","params":{params}}}"#);
        Message { method: method.to_owned(), ..Message::of(text.into_bytes()) }
    }

    /// A call of `add` whose sum is 5.
    pub(crate) fn good_call(self, id: &str) -> Message {
        let meta = self.meta("{}");
        let meta = if meta.is_empty() { meta } else { format!("{meta},") };
        let call = r#""name":"add","arguments":{"a":2,"b":3}"#;
        let text = format!(
            r#"{{"jsonrpc":"2.0","id":"{id}","method":"tools/call","params":{{{meta}{call}}}}}"#
        );
        Message::of(text.into_bytes())
    }

    fn meta(self, capabilities: &str) -> String {
        match self.is_modern {
            true => format!(r#""_meta":{{{VERSION},{CAPABILITIES}{capabilities}}}"#),
            false => String::new(),
        }
    }

    fn value(self, name: &str) -> Option<String> {
        let asking = r#"{"elicitation":{}}"#;
        let tasks = r#"{"extensions":{"io.modelcontextprotocol/tasks":{}}}"#;
        match name {
            "meta" if self.is_modern => Some(self.meta("{}")),
            "meta" => Some(r#""_meta":{}"#.to_owned()),
            "asking" => Some(self.meta(asking)),
            "tasks" => Some(self.meta(tasks)),
            "version" => Some(VERSION.to_owned()),
            "capabilities" => Some(format!("{CAPABILITIES}{{}}")),
            _ => None,
        }
    }
}

impl Message {
    /// A message as it stands. Headers that mirror it are derived from what can be read.
    fn of(bytes: Vec<u8>) -> Self {
        let text = String::from_utf8_lossy(&bytes);
        let read: Value =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default();
        let method = read["method"].as_str().unwrap_or("tools/call").to_owned();
        let params = &read["params"];
        let name = match method.as_str() {
            "tools/call" | "prompts/get" => params["name"].as_str(),
            "resources/read" => params["uri"].as_str(),
            method if method.starts_with("tasks/") => params["taskId"].as_str(),
            _ => None,
        };
        Self { method, name: name.map(str::to_owned), bytes }
    }
}
