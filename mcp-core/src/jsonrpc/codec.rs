//! Decoder of frames: bytes into a message, in one pass and without copies.

use std::borrow::Cow;
use std::sync::Arc;

use super::ProtocolError;
use super::message::{Id, Message, Notification, Refusal, Request, Response};
use super::raw::Raw;
use super::scan::{Limits, ScanError, ScanErrorKind, Scanner};
use crate::json;

/// Decoded frame.
#[derive(Clone, Debug)]
pub enum Frame<'a> {
    /// One message.
    Single(Message<'a>),
    /// An array of messages, which only revision 2025-03-26 allows. Each element is decoded on its
    /// own with [`decode`].
    Batch(Raw<'a>),
}

/// Decodes a frame: a line of stdio or the body of a POST.
///
/// The text is checked in full (UTF-8, JSON, nesting, number of values, lone surrogates), so code that borrows from it later relies on its grammar. A byte order mark at the
/// start is skipped.
///
/// # Errors
/// [`Refusal`] with `-32700` if the frame is not JSON, and with `-32600` or `-32602` if it is not a
/// message.
pub fn decode(frame: &[u8], limits: Limits) -> Result<Frame<'_>, Refusal<'_>> {
    let text = json::text(frame).map_err(|error| {
        let at = error.valid_up_to();
        refuse(ProtocolError::parse_error(format!("the message is not UTF-8 at byte {at}")))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut scanner = Scanner::new(text, limits);
    scanner.space();
    match scanner.peek() {
        Some(b'{') => decode_object(scanner, frame).map(Frame::Single),
        Some(b'[') => decode_batch(scanner),
        _ => match scanner.value().and_then(|_| scanner.end()) {
            Ok(()) => Err(refuse(ProtocolError::invalid_request(
                "a message is a JSON object with `jsonrpc`, `method` and `id`",
            ))),
            Err(error) => Err(refuse(protocol_error(error))),
        },
    }
}

fn decode_batch(mut scanner: Scanner<'_>) -> Result<Frame<'_>, Refusal<'_>> {
    let array = scanner.value().and_then(|text| scanner.end().map(|()| text));
    array
        .map(|text| Frame::Batch(Raw::from_accepted(text)))
        .map_err(|error| refuse(protocol_error(error)))
}

fn refuse<'a>(error: ProtocolError) -> Refusal<'a> {
    Refusal { id: None, error, expects_answer: true }
}

/// Members of a message in the order of the frame.
#[derive(Default)]
struct Envelope<'a> {
    version: Option<Raw<'a>>,
    id: Option<Raw<'a>>,
    method: Option<Raw<'a>>,
    params: Option<Raw<'a>>,
    result: Option<Raw<'a>>,
    error: Option<Raw<'a>>,
    repeated: Option<&'static str>,
}

impl<'a> Envelope<'a> {
    fn slot(&mut self, name: &str) -> Option<(&'static str, &mut Option<Raw<'a>>)> {
        Some(match name {
            "jsonrpc" => ("jsonrpc", &mut self.version),
            "id" => ("id", &mut self.id),
            "method" => ("method", &mut self.method),
            "params" => ("params", &mut self.params),
            "result" => ("result", &mut self.result),
            "error" => ("error", &mut self.error),
            _ => return None,
        })
    }

    fn put(&mut self, name: &str, value: Raw<'a>) {
        let Some((name, slot)) = self.slot(name) else { return };
        if slot.replace(value).is_some() {
            self.repeated.get_or_insert(name);
        }
    }

    /// Id for the response; `None` for a repeated id, which is ambiguous.
    fn id(&self) -> Option<Id<'a>> {
        if self.repeated == Some("id") { None } else { self.id.and_then(Id::accept) }
    }
}

fn decode_object<'a>(mut scanner: Scanner<'a>, frame: &[u8]) -> Result<Message<'a>, Refusal<'a>> {
    let mut envelope = Envelope::default();
    let scanned = scanner.object(|scanner, name| {
        let value = Raw::from_accepted(scanner.value()?);
        envelope.put(&name.decoded(), value);
        Ok(())
    });
    match scanned.and_then(|()| scanner.end()) {
        Ok(()) => {
            let mut message = message(envelope)?;
            if let Message::Request(request) = &mut message {
                request.long_values = scanner.long_values(frame).map(Arc::new);
            }
            Ok(message)
        }
        Err(error) => {
            Err(Refusal { id: envelope.id(), error: protocol_error(error), expects_answer: true })
        }
    }
}

fn message(envelope: Envelope<'_>) -> Result<Message<'_>, Refusal<'_>> {
    let shaped_like_response =
        envelope.method.is_none() && (envelope.result.is_some() || envelope.error.is_some());
    let refusal =
        |error| Refusal { id: envelope.id(), error, expects_answer: !shaped_like_response };
    let invalid = |message: &'static str| refusal(ProtocolError::invalid_request(message));
    if let Some(name) = envelope.repeated {
        let message = format!("the member `{name}` is given twice");
        return Err(refusal(ProtocolError::invalid_request(message)));
    }
    if envelope.version.is_none_or(|version| version.as_str() != r#""2.0""#) {
        return Err(invalid(r#"expected `"jsonrpc": "2.0"`"#));
    }
    let Some(method) = envelope.method else {
        return response(&envelope).ok_or_else(|| {
            invalid("expected `method`, or exactly one of `result` and `error` with an `id`")
        });
    };
    let Some(method) = method.string() else {
        return Err(invalid("`method` has to be a string"));
    };
    if envelope.result.is_some() || envelope.error.is_some() {
        return Err(invalid("a message has either `method` or one of `result` and `error`"));
    }
    let id = envelope.id();
    // A notification never gets a response.
    let expects_answer = envelope.id.is_some();
    call(&envelope, id, method).map_err(|error| Refusal { id, error, expects_answer })
}

fn call<'a>(
    envelope: &Envelope<'a>,
    id: Option<Id<'a>>,
    method: Cow<'a, str>,
) -> Result<Message<'a>, ProtocolError> {
    let params = envelope.params;
    if envelope.id.is_some() && id.is_none() {
        return Err(ProtocolError::invalid_request(
            "`id` has to be a string or an integer of 64 bits",
        ));
    }
    if params.is_some_and(|params| !params.is_object()) {
        return Err(ProtocolError::invalid_params("`params` has to be an object"));
    }
    Ok(match id {
        Some(id) => Message::Request(Request { id, method, params, long_values: None }),
        None => Message::Notification(Notification { method, params }),
    })
}

fn response<'a>(envelope: &Envelope<'a>) -> Option<Message<'a>> {
    let outcome = match (envelope.result, envelope.error) {
        (Some(result), None) => Ok(result),
        (None, Some(error)) => Err(error),
        _ => return None,
    };
    let id = envelope.id();
    if id.is_none() && (outcome.is_ok() || envelope.id.is_some_and(|id| id.as_str() != "null")) {
        return None;
    }
    Some(Message::Response(Response { id, outcome }))
}

fn protocol_error(error: ScanError) -> ProtocolError {
    let at = error.at;
    match error.kind {
        ScanErrorKind::Expected(what) => ProtocolError::parse_error(format!(
            "the message is not JSON: expected {what} at byte {at}"
        )),
        ScanErrorKind::TooDeep => ProtocolError::parse_error("the message is nested too deeply"),
        ScanErrorKind::LoneSurrogate => ProtocolError::parse_error(format!(
            "the escape before byte {at} is one half of a surrogate pair"
        )),
        ScanErrorKind::TooMany => {
            ProtocolError::invalid_request("the message holds too many values")
        }
    }
}
