//! What a frame says: a request, a notification or a response.

use std::borrow::Cow;

use super::raw::Raw;
use super::{ProtocolError, RequestId};

/// One message of the protocol, borrowed from its frame.
///
/// Specification: [Messages](https://modelcontextprotocol.io/specification/2026-07-28/basic#messages).
#[derive(Clone, Debug)]
pub enum Message<'a> {
    /// Asks for an answer.
    Request(Request<'a>),
    /// Tells, and expects no answer.
    Notification(Notification<'a>),
    /// Answers a request of ours.
    Response(Response<'a>),
}

/// A message that asks for an answer.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The id that the answer has to carry.
    pub id: Id<'a>,
    /// What is asked for.
    pub method: Cow<'a, str>,
    /// The parameters, an object where there are any.
    pub params: Option<Raw<'a>>,
}

/// A message that expects no answer.
#[derive(Clone, Debug)]
pub struct Notification<'a> {
    /// What is told.
    pub method: Cow<'a, str>,
    /// The parameters, an object where there are any.
    pub params: Option<Raw<'a>>,
}

/// The answer to a request of ours.
#[derive(Clone, Debug)]
pub struct Response<'a> {
    /// The id of the request, absent when the peer could not read it.
    pub id: Option<Id<'a>>,
    /// The result, or the error object.
    pub outcome: Result<Raw<'a>, Raw<'a>>,
}

/// The id of a message as it was written, so that an answer repeats it to the letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id<'a>(Raw<'a>);

impl<'a> Id<'a> {
    /// Takes an id that is an integer of 64 bits or a string.
    pub(super) fn accept(value: Raw<'a>) -> Option<Self> {
        let text = value.as_str();
        (text.starts_with('"') || text.parse::<i64>().is_ok()).then_some(Self(value))
    }

    /// The id as it was written: JSON text.
    pub fn as_json(self) -> &'a str {
        self.0.as_str()
    }

    /// The id by its value, for comparing.
    pub fn to_owned(self) -> RequestId {
        match self.0.string() {
            Some(text) => RequestId::Text(text.into()),
            None => RequestId::Integer(self.0.as_str().parse().unwrap_or_default()),
        }
    }
}

/// A frame that is no message.
#[derive(Clone, Debug)]
pub struct Refusal<'a> {
    /// The id, where it could be read.
    pub id: Option<Id<'a>>,
    /// What is wrong.
    pub error: ProtocolError,
    /// Whether the sender waits for an answer: not if the frame is shaped like a notification or
    /// like a response.
    pub expects_answer: bool,
}
