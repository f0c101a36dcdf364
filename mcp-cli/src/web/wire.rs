//! The last messages of the connections.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mcp_runtime::client::Direction;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Era, now_ms};

/// Maximum number of messages that are kept.
const MAX_MESSAGES: usize = 1000;

/// Maximum size of all messages that are kept, in bytes.
const MAX_BYTES: usize = 16 << 20;

/// Maximum size of one message that is kept, in bytes; the rest of it is cut off.
const MAX_MESSAGE: usize = 1 << 20;

/// Maximum size of an id that is kept, in bytes.
const MAX_ID: usize = 256;

/// Maximum size of a text in an event, in bytes. The page requests the whole one when it is opened.
const MAX_SHOWN: usize = 8 << 10;

/// A ring of messages.
#[derive(Default)]
pub(super) struct Wire(Mutex<Ring>);

#[derive(Default)]
struct Ring {
    messages: VecDeque<Message>,
    bytes: usize,
    next: u64,
}

struct Message {
    shown: Shown,
    text: String,
}

/// A message, as the page gets it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Shown {
    /// Number of the message, in the order of all connections.
    seq: u64,
    era: Era,
    /// `true` for a message from the client to the server.
    sent: bool,
    /// Time, in milliseconds since 1970.
    at: u64,
    /// Size of the message, in bytes.
    size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// `true` for a response that is an error.
    failed: bool,
    text: String,
    /// `true` if the text is only the beginning.
    cut: bool,
}

/// The members that a message is listed by.
#[derive(Default, Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Option<Cow<'a, str>>,
    error: Option<IgnoredAny>,
}

impl Wire {
    /// Adds a message. `send` gets it for the page, in the order of the numbers of the messages.
    pub(super) fn add(
        &self,
        (era, direction): (Era, Direction),
        text: &str,
        send: impl FnOnce(&Shown),
    ) {
        let head: Head<'_> = serde_json::from_str(text).unwrap_or_default();
        let mut ring = self.ring();
        let shown = Shown {
            seq: ring.next,
            era,
            sent: direction == Direction::Sent,
            at: now_ms(),
            size: text.len(),
            id: head.id.filter(|id| is_id(id.get())).map(RawValue::to_owned),
            method: head.method.map(|method| beginning(&method, MAX_SHOWN).to_owned()),
            failed: head.error.is_some(),
            text: beginning(text, MAX_SHOWN).to_owned(),
            cut: text.len() > MAX_SHOWN,
        };
        ring.next += 1;
        send(&shown);
        let message = Message { shown, text: beginning(text, MAX_MESSAGE).to_owned() };
        ring.bytes += message.size();
        ring.messages.push_back(message);
        while ring.messages.len() > MAX_MESSAGES || ring.bytes > MAX_BYTES {
            let Some(oldest) = ring.messages.pop_front() else { break };
            ring.bytes -= oldest.size();
        }
    }

    /// The number of the next message.
    pub(super) fn next(&self) -> u64 {
        self.ring().next
    }

    /// The messages that are kept.
    pub(super) fn all(&self) -> Vec<Shown> {
        self.ring().messages.iter().map(|message| message.shown.clone()).collect()
    }

    /// The text of a message, if it is still kept.
    pub(super) fn text(&self, seq: u64) -> Option<String> {
        let ring = self.ring();
        ring.messages.iter().find(|it| it.shown.seq == seq).map(|it| it.text.clone())
    }

    /// Forgets all messages.
    pub(super) fn clear(&self) {
        let mut ring = self.ring();
        ring.messages.clear();
        ring.bytes = 0;
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Message {
    /// Bytes of the text, and of the members that it is listed by.
    fn size(&self) -> usize {
        let Shown { id, method, .. } = &self.shown;
        let id = id.as_ref().map_or(0, |id| id.get().len());
        self.text.len() + id + method.as_ref().map_or(0, String::len)
    }
}

/// Returns `true` for ids of JSON-RPC that are not too long: texts and numbers.
fn is_id(json: &str) -> bool {
    json.len() <= MAX_ID && json.starts_with(|first| matches!(first, '"' | '-' | '0'..='9'))
}

/// The beginning of a text, of at most `max` bytes.
fn beginning(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(wire: &Wire, era: Era, direction: Direction, text: &str) -> Shown {
        let mut sent = None;
        wire.add((era, direction), text, |shown| sent = Some(shown.clone()));
        sent.unwrap()
    }

    #[test]
    fn messages_are_listed_by_their_members() {
        let wire = Wire::default();
        let rows = [
            (r#"{"id":1,"method":"ping"}"#, r#""id":1,"method":"ping","failed":false"#),
            (r#"{"id":"a","result":{}}"#, r#""id":"a","failed":false"#),
            (r#"{"error":{},"id":null}"#, r#""failed":true"#),
            (r#"{"id":{"a":[]},"method":"ping"}"#, r#""method":"ping","failed":false"#),
            ("no JSON", r#""failed":false,"text":"no JSON""#),
            ("[1]", r#""text":"[1]""#),
        ];
        for (text, part) in rows {
            let shown = add(&wire, Era::Modern, Direction::Sent, text);
            let shown = serde_json::to_string(&shown).unwrap();
            assert!(shown.contains(part), "{shown}");
        }
        assert_eq!(wire.all().len(), rows.len());
        assert_eq!(wire.text(1).as_deref(), Some(rows[1].0));
        wire.clear();
        assert!(wire.all().is_empty() && wire.text(1).is_none());
        assert_eq!(wire.next(), 6, "numbers are not used again");
    }

    #[test]
    fn memory_has_bounds() {
        let wire = Wire::default();
        let large = "ä".repeat(MAX_MESSAGE);
        for _ in 0..20 {
            let shown = add(&wire, Era::Legacy, Direction::Received, &large);
            assert_eq!((shown.cut, shown.size), (true, large.len()));
            assert_eq!(shown.text.len(), MAX_SHOWN);
        }
        assert_eq!(wire.ring().bytes, MAX_BYTES);
        assert_eq!(wire.text(19).map(|text| text.len()), Some(MAX_MESSAGE));
        for _ in 0..=MAX_MESSAGES {
            add(&wire, Era::Legacy, Direction::Received, "{}");
        }
        assert_eq!(wire.all().len(), MAX_MESSAGES);
        let long = format!(r#"{{"id":"{}","result":{{}}}}"#, "i".repeat(MAX_ID));
        assert!(add(&wire, Era::Legacy, Direction::Received, &long).id.is_none());
        let method = format!(r#"{{"id":7,"method":"{}"}}"#, "m".repeat(100));
        wire.clear();
        add(&wire, Era::Legacy, Direction::Received, &method);
        assert_eq!(wire.ring().bytes, method.len() + 101);
    }
}
