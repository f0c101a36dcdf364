//! Decoder of frames: bytes into a message, in one pass and without copies.

use std::borrow::Cow;
use std::sync::Arc;

use super::ProtocolError;
use super::envelope::{Envelope, Member};
use super::known::KnownParams;
use super::last_meta::LastMeta;
use super::message::{Message, Notification, Refusal, Request, Response};
use super::raw::Raw;
use super::scan::{Limits, ScanError, ScanErrorKind, Scanner, Stopped};
use crate::json;

const ID_FORM: &str = "`id` has to be a string or an integer of 64 bits";

/// Decoded frame.
#[derive(Clone, Debug)]
pub enum Frame<'a> {
    /// One message.
    Single(Message<'a>),
    /// An array of messages, which only revision 2025-03-26 allows. Each element is decoded on its
    /// own.
    Batch(Raw<'a>),
}

/// Decodes a frame of a client: a line of stdio or the body of a POST.
///
/// The text is checked in full (UTF-8, JSON, nesting, number of values, lone surrogates), so code
/// that borrows from it later relies on its grammar. A byte order mark at the start is skipped.
/// `null` stands for an absent `params`, and beside a `result` or an `error` for absent other
/// members. A response needs no `jsonrpc`.
///
/// # Errors
/// [`Refusal`] with `-32700` if the frame is not JSON, and with `-32600` or `-32602` if it is not a
/// message.
pub fn decode(frame: &[u8], limits: Limits) -> Result<Frame<'_>, Refusal<'_>> {
    decode_for(Sender::Client, frame, limits, None)
}

/// Decodes a frame of a client whose connection has a last `_meta`.
///
/// # Errors
/// Those of [`decode`].
#[doc(hidden)]
pub fn decode_repeating<'a>(
    frame: &'a [u8],
    limits: Limits,
    last_meta: &LastMeta,
) -> Result<Frame<'a>, Refusal<'a>> {
    decode_for(Sender::Client, frame, limits, Some(last_meta))
}

/// Decodes a frame of a server.
///
/// It is checked like one of a client, with three exceptions: no message needs `jsonrpc`, `null`
/// stands for the absent id of a notification, and numbers have to be in the range of a 64-bit float.
///
/// # Errors
/// Those of [`decode`].
pub fn decode_from_server(frame: &[u8], limits: Limits) -> Result<Frame<'_>, Refusal<'_>> {
    decode_for(Sender::Server, frame, limits, None)
}

/// Sender of a frame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    Client,
    Server,
}

fn decode_for<'a>(
    sender: Sender,
    frame: &'a [u8],
    limits: Limits,
    last_meta: Option<&LastMeta>,
) -> Result<Frame<'a>, Refusal<'a>> {
    let text = json::text(frame).map_err(|error| {
        let at = error.valid_up_to();
        let error = ProtocolError::parse_error(format!("the message is not UTF-8 at byte {at}"));
        let text = String::from_utf8_lossy(frame);
        let Refusal { error, expects_answer, answers, .. } =
            Envelope::recover(&text).refuse_unread(error);
        Refusal { id: None, error, expects_answer, answers }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut scanner = Scanner::new(text, limits);
    if sender == Sender::Server {
        scanner = scanner.bounding_numbers();
    }
    if let Some(last_meta) = last_meta {
        scanner = scanner.repeating(last_meta);
    }
    match scanner.token() {
        Some(b'{') => decode_object(sender, text, scanner, frame).map(Frame::Single),
        Some(b'[') => decode_batch(sender, text, scanner),
        _ => match scanner.skip().and_then(|()| scanner.end()) {
            Ok(()) => Err(refuse(ProtocolError::invalid_request(
                "a message is a JSON object with `jsonrpc`, `method` and `id`",
            ))),
            Err(Stopped) => Err(refuse(protocol_error(scanner.stopped()))),
        },
    }
}

fn decode_batch<'a>(
    sender: Sender,
    whole: &'a str,
    mut scanner: Scanner<'a, '_>,
) -> Result<Frame<'a>, Refusal<'a>> {
    let array = scanner.value().and_then(|array| scanner.end().map(|()| array));
    match array.map_err(|Stopped| scanner.stopped()) {
        Ok(array) => Ok(Frame::Batch(array)),
        // The fault of one answer is no fault of the others: each element is checked on its own.
        Err(error) if sender == Sender::Server && error.kind.is_within_grammar() => {
            Ok(Frame::Batch(Raw::from_accepted(whole.trim_ascii())))
        }
        Err(error) => Err(refuse(protocol_error(error))),
    }
}

fn refuse<'a>(error: ProtocolError) -> Refusal<'a> {
    Refusal { id: None, error, expects_answer: true, answers: None }
}

fn decode_object<'a>(
    sender: Sender,
    text: &'a str,
    mut scanner: Scanner<'a, '_>,
    frame: &[u8],
) -> Result<Message<'a>, Refusal<'a>> {
    let (mut envelope, mut known) = (Envelope::default(), KnownParams::default());
    let scanned = scanner.object(|scanner, name| {
        let member = scanner.with_name(name, Member::parse);
        let start = scanner.at();
        match member {
            Some(Member::Params) => scanner.params(&mut known)?,
            _ => scanner.skip()?,
        }
        if let Some(member) = member {
            envelope.put(member, scanner.raw(start));
        }
        Ok(())
    });
    match scanned.and_then(|()| scanner.end()) {
        Ok(()) => {
            let mut message = message(sender, &envelope);
            if let Ok(Message::Request(request)) = &mut message {
                request.known = known;
                request.long_values = scanner.long_values(frame).map(Arc::new);
            }
            message
        }
        Err(Stopped) => {
            Err(Envelope::recover(text).refuse_unread(protocol_error(scanner.stopped())))
        }
    }
}

fn message<'a>(sender: Sender, envelope: &Envelope<'a>) -> Result<Message<'a>, Refusal<'a>> {
    let refusal = |error| envelope.refuse(error);
    let invalid = |message: &'static str| refusal(ProtocolError::invalid_request(message));
    if let Some(member) = envelope.repeated {
        let message = format!("the member `{}` is given twice", member.name());
        return Err(refusal(ProtocolError::invalid_request(message)));
    }
    let is_call = envelope.is_call();
    let is_versioned = match given(envelope.version) {
        Some(version) => version.as_str() == r#""2.0""#,
        None => !is_call && envelope.has_outcome() || sender == Sender::Server,
    };
    if !is_versioned {
        return Err(invalid(r#"expected `"jsonrpc": "2.0"`"#));
    }
    let Some(method) = envelope.method.filter(|_| is_call) else {
        return response(envelope).map(Message::Response).map_err(invalid);
    };
    let Some(method) = method.string() else {
        return Err(invalid("`method` has to be a string"));
    };
    if given(envelope.result).or(given(envelope.error)).is_some() {
        return Err(invalid("a message has either `method` or one of `result` and `error`"));
    }
    call(sender, envelope, method).map_err(|error| {
        // A notification never gets a response.
        Refusal { expects_answer: envelope.id.is_some(), ..refusal(error) }
    })
}

fn call<'a>(
    sender: Sender,
    envelope: &Envelope<'a>,
    method: Cow<'a, str>,
) -> Result<Message<'a>, ProtocolError> {
    let id = envelope.id();
    let is_given = |id: Raw<'_>| sender == Sender::Client || !id.is_null();
    if id.is_none() && envelope.id.is_some_and(is_given) {
        return Err(ProtocolError::invalid_request(ID_FORM));
    }
    let params = match envelope.params {
        Some(params) if params.is_object() => Some(params),
        Some(params) if !params.is_null() => {
            return Err(ProtocolError::invalid_params("`params` has to be an object"));
        }
        _ => None,
    };
    Ok(match id {
        Some(id) => Message::Request(Request {
            id,
            method,
            params,
            known: KnownParams::default(),
            long_values: None,
        }),
        None => Message::Notification(Notification { method, params }),
    })
}

/// Returns a member that is not `null`.
fn given(member: Option<Raw<'_>>) -> Option<Raw<'_>> {
    member.filter(|member| !member.is_null())
}

fn response<'a>(envelope: &Envelope<'a>) -> Result<Response<'a>, &'static str> {
    const NEITHER: &str = "expected `method`, or exactly one of `result` and `error` with an `id`";
    let outcome = match (given(envelope.result), given(envelope.error)) {
        (Some(result), None) => Ok(result),
        (None, Some(error)) => Err(error),
        // A result of `null`; its reader names what it expects.
        (None, None) => Ok(envelope.result.ok_or(NEITHER)?),
        (Some(_), Some(_)) => return Err("a response has either `result` or `error`, not both"),
    };
    let id = envelope.id();
    match given(envelope.id) {
        Some(_) if id.is_none() => Err(ID_FORM),
        None if outcome.is_ok() => Err(NEITHER),
        _ => Ok(Response { id, outcome }),
    }
}

fn protocol_error(error: ScanError) -> ProtocolError {
    let at = error.at;
    match error.kind {
        ScanErrorKind::Expected(what) => ProtocolError::parse_error(format!(
            "the message is not JSON: expected {what} at byte {at}"
        )),
        ScanErrorKind::NumberRange => {
            ProtocolError::parse_error(format!("the number before byte {at} is out of range"))
        }
        ScanErrorKind::TooDeep => ProtocolError::parse_error("the message is nested too deeply"),
        ScanErrorKind::LoneSurrogate => ProtocolError::parse_error(format!(
            "the escape before byte {at} is one half of a surrogate pair"
        )),
        ScanErrorKind::TooMany => {
            ProtocolError::invalid_request("the message holds too many values")
        }
    }
}
