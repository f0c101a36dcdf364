//! Messages, decoded by our scanner and by `serde_json`.

use std::collections::BTreeMap;
use std::fmt;

use mcp_core::jsonrpc::{Frame, Limits, Message, Raw, Request, decode, decode_from_server};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

const MEMBERS: [&str; 6] = ["jsonrpc", "id", "method", "params", "result", "error"];

/// Decodes any bytes as a message of a client and of a server. What is accepted is JSON for `serde_json`
/// as well, and has the same members; a request that `serde_json` reads is accepted.
///
/// # Panics
/// If both disagree.
pub fn envelope(bytes: &[u8]) {
    // Few values, so that the limit is reached as well.
    let limits = Limits::default().nodes(1_000);
    let from_client = decode(bytes, limits);
    if let Ok(frame) = &from_client {
        agrees(bytes, frame, true);
    } else {
        let error = &from_client.as_ref().unwrap_err().error;
        let is_too_much = error.message.contains("too many values");
        assert!(is_too_much || !is_request(bytes), "is refused: {error}");
    }
    if let Ok(frame) = decode_from_server(bytes, limits) {
        agrees(bytes, &frame, false);
    }
}

/// Members of an object in their order, equal names included.
struct All<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for All<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = All<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<All<'de>, A::Error> {
                let mut all = Vec::new();
                while let Some(member) = map.next_entry()? {
                    all.push(member);
                }
                Ok(All(all))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

impl<'a> All<'a> {
    /// The text of a member that is given once; `null` counts as absent.
    fn text(&self, name: &str) -> Option<&'a str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.get()).filter(|value| *value != "null")
    }

    fn count(&self, name: &str) -> usize {
        self.0.iter().filter(|(known, _)| known == name).count()
    }

    fn string(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.text(name)?).ok()
    }
}

fn text_of(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Compares a frame with what `serde_json` reads.
fn agrees(bytes: &[u8], frame: &Frame<'_>, from_client: bool) {
    let text = text_of(bytes).expect("what is accepted is UTF-8");
    let message = match frame {
        Frame::Single(message) => message,
        Frame::Batch(array) => {
            let elements = match serde_json::from_str::<Vec<&RawValue>>(text) {
                Ok(elements) => elements,
                // Of a server, each element is decoded on its own, and only then checked.
                Err(_) if !from_client => return,
                Err(error) => panic!("an array that is none: {error}"),
            };
            let ours: Vec<_> = array.elements().map(Raw::as_str).collect();
            let theirs: Vec<_> = elements.iter().map(|element| element.get()).collect();
            assert_eq!(ours, theirs);
            if from_client {
                same(*array);
            }
            return;
        }
    };
    let all: All<'_> = serde_json::from_str(text).expect("an object");
    assert!(MEMBERS.iter().all(|name| all.count(name) <= 1), "a member is accepted twice");
    let check_params = |params: Option<Raw<'_>>| {
        assert_eq!(params.map(Raw::as_str), all.text("params"));
        params.into_iter().for_each(same);
    };
    match message {
        Message::Request(Request { id, method, params, .. }) => {
            assert_eq!(Some(id.as_json()), all.text("id"));
            let owned = serde_json::to_value((*id).to_owned()).unwrap();
            let value: Value = serde_json::from_str(id.as_json()).unwrap();
            // For `serde_json`, `-0` is no integer.
            assert!(owned == value || owned.as_f64() == value.as_f64(), "{owned} for {value}");
            assert_eq!(Some(&**method), all.string("method").as_deref());
            check_params(*params);
        }
        Message::Notification(notification) => {
            assert_eq!(all.text("id"), None);
            assert_eq!(Some(&*notification.method), all.string("method").as_deref());
            check_params(notification.params);
        }
        Message::Response(response) => {
            assert_eq!(response.id.map(|id| id.as_json()), all.text("id"));
            assert_eq!(all.text("method"), None);
            let (name, outcome) = match response.outcome {
                Ok(result) => ("result", result),
                Err(error) => ("error", error),
            };
            assert_eq!(outcome.as_str(), all.text(name).unwrap_or("null"));
            same(outcome);
        }
    }
    // Of a request, whatever a client may write is checked: only numbers may be larger than a float.
    if from_client && let Err(error) = serde_json::from_str::<Value>(text) {
        let error = error.to_string();
        assert!(error.contains("number out of range"), "{error}");
    }
}

/// Compares the parts of a value, as they are walked, with what `serde_json` reads.
fn same(raw: Raw<'_>) {
    if let Ok(value) = serde_json::from_str(raw.as_str()) {
        same_value(raw, &value);
    }
}

fn same_value(raw: Raw<'_>, value: &Value) {
    match value {
        Value::Object(members) => {
            assert!(raw.is_object());
            // Of equal names, the last value counts.
            let ours: BTreeMap<_, _> = raw.members().collect();
            assert_eq!(ours.len(), members.len());
            for (name, member) in ours {
                same_value(member, &members[&*name]);
                let first = raw.members().find(|(known, _)| *known == name);
                assert_eq!(raw.member(&name), first.map(|(_, value)| value));
            }
        }
        Value::Array(elements) => {
            assert!(raw.is_array());
            let ours: Vec<_> = raw.elements().collect();
            assert_eq!(ours.len(), elements.len());
            ours.into_iter().zip(elements).for_each(|(raw, value)| same_value(raw, value));
        }
        Value::String(text) => assert_eq!(raw.string().as_deref(), Some(text.as_str())),
        Value::Null => assert!(raw.is_null()),
        Value::Bool(_) | Value::Number(_) => {
            assert_eq!(serde_json::from_str::<Value>(raw.as_str()).unwrap(), *value);
        }
    }
}

/// `true` if bytes are a request, by `serde_json` alone.
fn is_request(bytes: &[u8]) -> bool {
    let Some(text) = text_of(bytes) else { return false };
    // Escapes and depth are checked by reading all of it.
    if serde_json::from_str::<Value>(text).is_err() {
        return false;
    }
    let Ok(all) = serde_json::from_str::<All<'_>>(text) else { return false };
    let id = all.text("id").unwrap_or_default();
    MEMBERS.iter().all(|name| all.count(name) <= 1)
        && all.string("jsonrpc").as_deref() == Some("2.0")
        && all.text("jsonrpc") == Some(r#""2.0""#)
        && (id.starts_with('"') || serde_json::from_str::<i64>(id).is_ok())
        && all.string("method").is_some()
        && all.text("params").is_none_or(|params| params.starts_with('{'))
        && all.text("result").or(all.text("error")).is_none()
}
