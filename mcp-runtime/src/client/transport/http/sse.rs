//! Server-sent events, in bounded memory.
//!
//! Specification: [Server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation).

use std::time::Duration;

use crate::client::error::Error;

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
}

/// Parses bytes into events.
#[derive(Debug)]
pub(crate) struct Parser {
    limit: usize,
    /// Line that is not complete yet.
    line: Vec<u8>,
    event: SseEvent,
    /// `true` after a carriage return, because a line feed that follows ends no further line.
    after_return: bool,
    is_first_line: bool,
}

/// Longest pause that a server can request.
const MAX_RETRY: Duration = Duration::from_secs(60 * 60);

impl Parser {
    /// Creates a parser of events of up to `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        let event = SseEvent::default();
        Self { limit, line: Vec::new(), event, after_return: false, is_first_line: true }
    }

    /// Parses bytes and passes the events that they complete to `found`.
    ///
    /// # Errors
    /// [`Error::Protocol`] for a line or an event longer than the limit.
    pub(crate) fn push(
        &mut self,
        mut bytes: &[u8],
        mut found: impl FnMut(SseEvent),
    ) -> Result<(), Error> {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_return) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let Some(at) = memchr::memchr2(b'\n', b'\r', bytes) else {
                self.line.extend_from_slice(bytes);
                return self.within_limit();
            };
            self.line.extend_from_slice(&bytes[..at]);
            self.within_limit()?;
            self.after_return = bytes[at] == b'\r';
            bytes = &bytes[at + 1..];
            if let Some(event) = self.end_line()? {
                found(event);
            }
        }
        Ok(())
    }

    fn within_limit(&self) -> Result<(), Error> {
        let held = self.event.data.as_ref().map_or(0, String::len);
        if self.line.len() + held <= self.limit {
            return Ok(());
        }
        Err(Error::protocol(format!(
            "expected events of up to {} bytes, got a longer one; raise `max_message`",
            self.limit
        )))
    }

    fn end_line(&mut self) -> Result<Option<SseEvent>, Error> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8(line)
            .map_err(|_| Error::protocol("expected events in UTF-8, got other bytes"))?;
        let is_first = std::mem::take(&mut self.is_first_line);
        let line = if is_first { line.strip_prefix('\u{feff}').unwrap_or(&line) } else { &line };
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return Ok((event != SseEvent::default()).then_some(event));
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
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pieces: &[&str]) -> Result<Vec<SseEvent>, Error> {
        let mut parser = Parser::new(40);
        let mut found = Vec::new();
        for piece in pieces {
            parser.push(piece.as_bytes(), |event| found.push(event))?;
        }
        Ok(found)
    }

    fn data(text: &str) -> SseEvent {
        SseEvent { data: Some(text.into()), ..SseEvent::default() }
    }

    #[test]
    fn events_end_at_blank_lines() {
        assert_eq!(parse(&["data: a\n\ndata: b\n\n"]).unwrap(), [data("a"), data("b")]);
        assert_eq!(
            parse(&["data: a\r\n\r\n", ":ping\r\n\r\ndata:b\r\r"]).unwrap(),
            [data("a"), data("b")]
        );
        assert_eq!(parse(&["data: a\ndata: b\n\n"]).unwrap(), [data("a\nb")]);
        assert_eq!(parse(&["\u{feff}data: a\n\n"]).unwrap(), [data("a")]);
        assert_eq!(parse(&["data: not finished\n"]).unwrap(), []);
        assert_eq!(parse(&["\n\n: comment\n\n"]).unwrap(), []);
        let all = SseEvent {
            id: Some("7".into()),
            kind: Some("message".into()),
            data: Some(String::new()),
            retry: Some(Duration::from_millis(500)),
        };
        assert_eq!(parse(&["id: 7\nretry: 500\nevent: message\ndata\nnew: x\n\n"]).unwrap(), [all]);
        assert_eq!(parse(&["retry: soon\n\n"]).unwrap(), []);
    }

    #[test]
    fn any_cut_gives_the_same_events() {
        let text = "id: 1\r\ndata: {\"ä\":1}\r\n\r\ndata: b\n\n";
        let whole = parse(&[text]).unwrap();
        assert_eq!(whole.len(), 2);
        for cut in 0..text.len() {
            let mut parser = Parser::new(40);
            let mut found = Vec::new();
            parser.push(&text.as_bytes()[..cut], |event| found.push(event)).unwrap();
            parser.push(&text.as_bytes()[cut..], |event| found.push(event)).unwrap();
            assert_eq!(found, whole, "cut at {cut}");
        }
    }

    #[test]
    fn lines_and_events_are_bounded() {
        assert!(parse(&["data: ", &"x".repeat(41)]).is_err());
        assert!(
            parse(&["data: 123456789012345\n", "data: 123456789012345\n", "data: 1234567890\n"])
                .is_err()
        );
        let mut parser = Parser::new(40);
        assert!(parser.push(b"data: \xff\n", |_| {}).is_err());
    }
}
