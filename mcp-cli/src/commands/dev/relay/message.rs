//! Messages of JSON-RPC, as far as a relay reads them.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// A request, a notification or a response. A line that is none of them is forwarded as it is.
#[derive(Debug, Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow, default)]
    pub(super) id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) method: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) params: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) error: Option<&'a RawValue>,
}

/// Kind of a message, with its method and its id as JSON.
pub(super) enum Kind<'m> {
    Request { method: &'m str, id: &'m str },
    Notification { method: &'m str },
    Response { id: &'m str },
    Other,
}

impl<'a> Message<'a> {
    pub(super) fn parse(line: &'a str) -> Option<Self> {
        // An array is a batch.
        if !line.trim_start().starts_with('{') {
            return None;
        }
        serde_json::from_str(line).ok()
    }

    pub(super) fn kind(&self) -> Kind<'_> {
        match (&self.method, self.id) {
            (Some(method), Some(id)) => Kind::Request { method, id: id.get() },
            (Some(method), None) => Kind::Notification { method },
            (None, Some(id)) => Kind::Response { id: id.get() },
            (None, None) => Kind::Other,
        }
    }

    /// The parameters, read completely.
    pub(super) fn read_params(&self) -> Value {
        let params = self.params.and_then(|params| serde_json::from_str(params.get()).ok());
        params.unwrap_or_default()
    }

    /// The message with another id, as JSON.
    pub(super) fn with_id(&self, id: &str) -> String {
        let Self { id: _, method, params, result, error } = self;
        let mut line = format!(r#"{{"jsonrpc":"2.0","id":{id}"#);
        if let Some(method) = method {
            line.push_str(&format!(r#","method":{}"#, Value::from(&**method)));
        }
        let members = [("params", params), ("result", result), ("error", error)];
        for (name, value) in members {
            if let Some(value) = value {
                line.push_str(&format!(r#","{name}":{}"#, value.get()));
            }
        }
        line.push('}');
        line
    }
}

/// A notification, as JSON.
pub(super) fn notification(method: &str, params: Option<Value>) -> String {
    let mut message = json!({ "jsonrpc": "2.0", "method": method });
    if let Some(params) = params {
        message["params"] = params;
    }
    message.to_string()
}

/// An error response of the relay, as JSON.
pub(super) fn error(id: &str, message: &str) -> String {
    const INTERNAL_ERROR: i32 = -32603;
    let error = json!({ "code": INTERNAL_ERROR, "message": message });
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_id_leaves_the_rest() {
        let line =
            r#"{"jsonrpc": "2.0", "id": 7, "method": "a/b", "params": {"x": 1e400, "x": 2}}"#;
        let message = Message::parse(line).unwrap();
        assert!(matches!(message.kind(), Kind::Request { method: "a/b", id: "7" }));
        let expected =
            r#"{"jsonrpc":"2.0","id":"r1","method":"a/b","params":{"x": 1e400, "x": 2}}"#;
        assert_eq!(message.with_id(r#""r1""#), expected);
        let message = Message::parse(r#"{"id":"r1","result":{}}"#).unwrap();
        assert_eq!(message.with_id("7"), r#"{"jsonrpc":"2.0","id":7,"result":{}}"#);
        assert!(Message::parse(r#"[{"id":1}]"#).is_none());
        assert!(Message::parse("hello").is_none());
    }
}
