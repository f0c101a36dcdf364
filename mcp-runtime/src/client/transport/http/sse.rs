//! Server-sent events, in bounded memory.
//!
//! Specification: [Server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation).

use std::time::Duration;

use crate::client::transport::skim::{Skimmed, Skimmer};

/// A server-sent event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SseEvent {
    /// Id with which the stream can be resumed behind this event.
    pub(crate) id: Option<String>,
    /// Type of the event. `None` stands for `message`.
    pub(crate) kind: Option<String>,
    pub(crate) data: Option<String>,
    /// Pause before reconnecting.
    pub(crate) retry: Option<Duration>,
    /// Set for an event that exceeds the limit, whose data has been dropped.
    pub(crate) too_long: Option<Skimmed>,
}

/// Parses bytes into events.
#[derive(Debug)]
pub(crate) struct Parser {
    limit: usize,
    /// Line that is not complete yet. Of an event that exceeds the limit, only its first bytes.
    line: Vec<u8>,
    event: SseEvent,
    /// Reader of the event that exceeds the limit, while its rest arrives.
    skimmer: Option<Skimmer>,
    /// `true` after a carriage return, because a line feed that follows ends no further line.
    after_return: bool,
    is_first_line: bool,
}

/// Longest pause that a server can request.
const MAX_RETRY: Duration = Duration::from_secs(60 * 60);

impl Parser {
    /// Creates a parser of events of up to `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            event: SseEvent::default(),
            skimmer: None,
            after_return: false,
            is_first_line: true,
        }
    }

    /// Returns `true` while the rest of an event arrives that exceeds the limit.
    pub(crate) fn is_too_long(&self) -> bool {
        self.skimmer.is_some()
    }

    /// Parses bytes and passes the events that they complete to `found`.
    pub(crate) fn push(&mut self, mut bytes: &[u8], mut found: impl FnMut(SseEvent)) {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_return) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let Some(at) = memchr::memchr2(b'\n', b'\r', bytes) else {
                return self.extend(bytes);
            };
            self.extend(&bytes[..at]);
            self.after_return = bytes[at] == b'\r';
            bytes = &bytes[at + 1..];
            if let Some(event) = self.end_line() {
                found(event);
            }
        }
    }

    /// Appends a part of a line.
    fn extend(&mut self, part: &[u8]) {
        if let Some(skimmer) = &mut self.skimmer {
            skimmer.push(part);
            if self.line.is_empty() {
                self.line.extend(part.first());
            }
            return;
        }
        self.line.extend_from_slice(part);
        let held = self.event.data.as_ref().map_or(0, String::len);
        if self.line.len() + held > self.limit {
            let skimmer = self.skimmer.insert(Skimmer::default());
            skimmer.push(self.event.data.take().unwrap_or_default().as_bytes());
            skimmer.push(&self.line);
            // An empty line ends the event. Replaced bytes may make the data of the lines before too long.
            self.line.truncate(1);
            self.line.shrink_to_fit();
        }
    }

    fn end_line(&mut self) -> Option<SseEvent> {
        let line = std::mem::take(&mut self.line);
        if let Some(skimmer) = self.skimmer.take_if(|_| line.is_empty()) {
            let event = std::mem::take(&mut self.event);
            return Some(SseEvent { too_long: Some(skimmer.skimmed()), ..event });
        }
        if self.skimmer.is_some() {
            return None;
        }
        let line = String::from_utf8(line)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        let is_first = std::mem::take(&mut self.is_first_line);
        let line = if is_first { line.strip_prefix('\u{feff}').unwrap_or(&line) } else { &line };
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return (event != SseEvent::default()).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => match &mut self.event.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.event.data = Some(value.to_owned()),
            },
            "id" if !value.contains('\0') => self.event.id = Some(value.to_owned()),
            "event" => self.event.kind = Some(value.to_owned()),
            "retry" => {
                let retry = value.parse().ok().map(Duration::from_millis);
                self.event.retry = retry.map(|retry: Duration| retry.min(MAX_RETRY));
            }
            // A comment, which has no field, or an unknown field.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pieces: &[impl AsRef<[u8]>]) -> Vec<SseEvent> {
        let mut parser = Parser::new(40);
        let mut found = Vec::new();
        for piece in pieces {
            parser.push(piece.as_ref(), |event| found.push(event));
        }
        found
    }

    fn data(text: &str) -> SseEvent {
        SseEvent { data: Some(text.into()), ..SseEvent::default() }
    }

    #[test]
    fn events_end_at_blank_lines() {
        assert_eq!(parse(&["data: a\n\ndata: b\n\n"]), [data("a"), data("b")]);
        assert_eq!(parse(&["data: a\r\n\r\n", ":ping\r\n\r\ndata:b\r\r"]), [data("a"), data("b")]);
        assert_eq!(parse(&["data: a\ndata: b\n\n"]), [data("a\nb")]);
        assert_eq!(parse(&["\u{feff}data: a\n\n"]), [data("a")]);
        assert_eq!(parse(&["data: not finished\n"]), []);
        assert_eq!(parse(&["\n\n: comment\n\n"]), []);
        let all = SseEvent {
            id: Some("7".into()),
            kind: Some("message".into()),
            data: Some(String::new()),
            retry: Some(Duration::from_millis(500)),
            too_long: None,
        };
        assert_eq!(parse(&["id: 7\nretry: 500\nevent: message\ndata\nnew: x\n\n"]), [all]);
        assert_eq!(parse(&["retry: soon\n\n"]), []);
    }

    #[test]
    fn any_cut_gives_the_same_events() {
        let text = "id: 1\r\ndata: {\"ä\":1}\r\n\r\ndata: b\n\n";
        let whole = parse(&[text]);
        assert_eq!(whole.len(), 2);
        for cut in 0..text.len() {
            let mut parser = Parser::new(40);
            let mut found = Vec::new();
            parser.push(&text.as_bytes()[..cut], |event| found.push(event));
            parser.push(&text.as_bytes()[cut..], |event| found.push(event));
            assert_eq!(found, whole, "cut at {cut}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(parse(&[b"data: \xff \xc3\xa4\n\n"]), [data("\u{fffd} ä")]);
        assert_eq!(parse(&[&b"data: \xc3"[..], b"\xa4\n\n"]), [data("ä")]);
    }

    #[test]
    fn lines_and_events_are_bounded() {
        let skimmed = |id| Skimmed { id, is_response: id.is_some() };
        let check = |text: &str, id: Option<i64>| {
            let dropped = SseEvent { too_long: Some(skimmed(id)), ..SseEvent::default() };
            for cut in 0..text.len() {
                let pieces = [&text[..cut], &text[cut..], "\n\ndata: b\n\n"];
                assert_eq!(parse(&pieces), [dropped.clone(), data("b")], "{text} cut at {cut}");
            }
        };
        check(&format!("data: {}", "x".repeat(41)), None);
        check(&format!(": {}", "x".repeat(41)), None);
        let number = "123456789012345";
        check(&format!("data: {number}\ndata: {number}\ndata: {number}\ndata: 1"), None);
        check(&format!(r#"data: {{"result":"{number}{number}","id":3}}"#), Some(3));
        check(&format!("data: {{\"id\":3,\ndata: \"result\":\"{number}{number}\"}}"), Some(3));
        // Each byte that is no UTF-8 becomes three.
        let replaced = [&b"data: "[..], &[0xff; 30]].concat();
        let dropped = SseEvent { too_long: Some(skimmed(None)), ..SseEvent::default() };
        assert_eq!(parse(&[&replaced[..], b"\n\ndata: b\n\n"]), [dropped.clone(), data("b")]);
        assert_eq!(parse(&[&replaced[..], b"\nid: 1\n\ndata: b\n\n"]), [dropped, data("b")]);
        let mut parser = Parser::new(40);
        parser.push(&b"x".repeat(41), |_| {});
        assert!(parser.is_too_long());
    }
}
