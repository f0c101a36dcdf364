//! Reads the id of a message that is too long to be kept.

use mcp_core::jsonrpc::Raw;

use super::own_id::own_id_of;

/// Longest name or id that is kept, in bytes.
const MAX_KEPT: usize = 32;

/// The part of a message that is known although the message is too long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Skimmed {
    /// Request of this client whose response the message is, if it can be read.
    pub(crate) id: Option<i64>,
    /// `true` if the message has the form of a response.
    pub(crate) is_response: bool,
}

/// Reads a message piece by piece, and keeps its id.
///
/// It follows strings and brackets only, because the message is not used otherwise.
#[derive(Debug, Default)]
pub(crate) struct Skimmer {
    depth: u32,
    in_string: bool,
    is_escaped: bool,
    /// `true` behind the colon of a member of the message.
    in_value: bool,
    /// Beginning of the last name or value of the message itself.
    text: Vec<u8>,
    /// `true` if the last name is `id`.
    is_id: bool,
    id: Option<i64>,
    has_outcome: bool,
    has_method: bool,
}

impl Skimmer {
    /// Reads the next piece.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.byte(*byte);
        }
    }

    /// Returns what is known after all pieces.
    pub(crate) fn skimmed(&self) -> Skimmed {
        Skimmed { id: self.id, is_response: self.has_outcome && !self.has_method }
    }

    fn byte(&mut self, byte: u8) {
        if self.in_string {
            self.keep(byte);
            if std::mem::take(&mut self.is_escaped) {
                return;
            }
            self.is_escaped = byte == b'\\';
            self.in_string = byte != b'"';
            return;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                if !self.in_value {
                    self.text.clear();
                }
                self.keep(byte);
            }
            b'{' | b'[' => {
                self.keep(byte);
                self.depth += 1;
            }
            b':' if self.depth == 1 => self.end_name(),
            b',' if self.depth == 1 => self.end_value(),
            b'}' | b']' => {
                if self.depth == 1 {
                    self.end_value();
                }
                self.depth = self.depth.saturating_sub(1);
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => self.keep(byte),
        }
    }

    /// Keeps a byte of a name or value of the message itself.
    fn keep(&mut self, byte: u8) {
        if self.depth == 1 && self.text.len() < MAX_KEPT {
            self.text.push(byte);
        }
    }

    fn end_name(&mut self) {
        self.is_id = self.text == br#""id""#;
        self.has_method |= self.text == br#""method""#;
        self.has_outcome |= self.text == br#""result""# || self.text == br#""error""#;
        self.text.clear();
        self.in_value = true;
    }

    fn end_value(&mut self) {
        if std::mem::take(&mut self.is_id) && self.text.len() < MAX_KEPT {
            let text = str::from_utf8(&self.text).ok();
            self.id = text.and_then(|text| own_id_of(Raw::from_accepted(text)));
        }
        self.text.clear();
        self.in_value = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, id: Option<i64>, is_response: bool) {
        let expected = Skimmed { id, is_response };
        for cut in 0..message.len() {
            let mut skimmer = Skimmer::default();
            skimmer.push(&message.as_bytes()[..cut]);
            skimmer.push(&message.as_bytes()[cut..]);
            assert_eq!(skimmer.skimmed(), expected, "{message} cut at {cut}");
        }
    }

    #[test]
    fn the_id_may_stand_anywhere() {
        check(r#"{"jsonrpc":"2.0","id":3,"result":{"id":4,"x":["{\"id\":5"]}}"#, Some(3), true);
        check(r#"{ "result" : { "id" : 4 } , "id" : "3" }"#, Some(3), true);
        check(r#"{"id":3,"error":{"code":1}}"#, Some(3), true);
        check(r#"{"result":"a\\","id":3}"#, Some(3), true);
        check(r#"{"result":"\"id\":4,","jsonrpc":"2.0","id":3}"#, Some(3), true);
        check(r#"{"id":3,"method":"ping","params":{"result":1}}"#, Some(3), false);
        check(r#"{"method":"log","params":{"id":3,"result":1}}"#, None, false);
        check(r#"{"id":{"id":3},"result":1}"#, None, true);
        check(r#"{"id":3.0,"result":1}"#, None, true);
        check(r#"[{"id":3,"result":1}]"#, None, false);
        check("a long line of a log: id: 3", None, false);
        check(r#"{"result":1,"id":"a text that is longer than all ids are, 3"}"#, None, true);
    }
}
