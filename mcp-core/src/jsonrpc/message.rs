//! Messages: requests, notifications and responses.

use std::borrow::Cow;
use std::sync::Arc;

use super::known::KnownParams;
use super::long::LongValues;
use super::raw::Raw;
use super::{ProtocolError, RequestId};

/// One message of the protocol, borrowed from its frame.
///
/// Specification: [Messages](https://modelcontextprotocol.io/specification/2026-07-28/basic#messages).
#[derive(Clone, Debug)]
pub enum Message<'a> {
    /// A message that gets a response.
    Request(Request<'a>),
    /// A message that gets no response.
    Notification(Notification<'a>),
    /// The response to a request of this side.
    Response(Response<'a>),
}

/// Message that gets a response.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Id, which the response repeats.
    pub id: Id<'a>,
    /// Name of the method.
    pub method: Cow<'a, str>,
    /// Parameters, an object if present.
    pub params: Option<Raw<'a>>,
    /// Parameters that the protocol reads.
    #[doc(hidden)]
    pub known: KnownParams<'a>,
    /// Long values of the frame, if it has any.
    #[doc(hidden)]
    pub long_values: Option<Arc<LongValues>>,
}

/// Message that gets no response.
#[derive(Clone, Debug)]
pub struct Notification<'a> {
    /// Name of the method.
    pub method: Cow<'a, str>,
    /// Parameters, an object if present.
    pub params: Option<Raw<'a>>,
}

/// Response to a request of this side.
#[derive(Clone, Debug)]
pub struct Response<'a> {
    /// Id of the request; `None` if the peer could not read it.
    pub id: Option<Id<'a>>,
    /// The result, or the error object.
    pub outcome: Result<Raw<'a>, Raw<'a>>,
}

/// Id of a message as it was written, so that a response repeats it to the letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id<'a>(Raw<'a>);

impl<'a> Id<'a> {
    /// Accepts an integer of 64 bits or a string.
    pub(super) fn accept(value: Raw<'a>) -> Option<Self> {
        let text = value.as_str();
        (text.starts_with('"') || text.parse::<i64>().is_ok()).then_some(Self(value))
    }

    /// JSON text of the id, as it was written.
    pub fn as_json(self) -> &'a str {
        self.0.as_str()
    }

    /// Converts it into an id that is compared by value.
    pub fn to_owned(self) -> RequestId {
        match self.0.string() {
            Some(text) => RequestId::Text(text.into()),
            None => RequestId::Integer(self.0.as_str().parse().unwrap_or_default()),
        }
    }
}

/// Error for a frame that is not a message.
#[derive(Clone, Debug)]
pub struct Refusal<'a> {
    /// Id, if it could be read.
    pub id: Option<Id<'a>>,
    /// Error to send.
    pub error: ProtocolError,
    /// `true` if the sender expects a response; `false` if the frame has the shape of a notification
    /// or of a response.
    pub expects_answer: bool,
    /// Id of the request that the frame would answer, if it has the shape of a response and the id can
    /// be read. That request gets no other answer.
    pub answers: Option<RequestId>,
}
