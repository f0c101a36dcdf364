//! JSON-RPC errors: a code, a message and optional data.

use std::borrow::Cow;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Number, Value};

use crate::lenient::or_default;

use crate::excerpt::{line, shorten_to};

/// A JSON-RPC error code.
///
/// Specification: [Error codes](https://modelcontextprotocol.io/specification/2026-07-28/basic#error-codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ErrorCode(pub i64);

impl ErrorCode {
    /// The bytes are not JSON.
    pub const PARSE_ERROR: Self = Self(-32700);
    /// The JSON is not a message of the protocol.
    pub const INVALID_REQUEST: Self = Self(-32600);
    /// The method is unknown or not offered here.
    pub const METHOD_NOT_FOUND: Self = Self(-32601);
    /// The parameters do not fit the method.
    pub const INVALID_PARAMS: Self = Self(-32602);
    /// The receiver failed.
    pub const INTERNAL_ERROR: Self = Self(-32603);
    /// A resource does not exist. Revisions up to 2025-11-25 only.
    pub const RESOURCE_NOT_FOUND: Self = Self(-32002);
    /// The client has to open a URL first. Revision 2025-11-25 only.
    pub const URL_ELICITATION_REQUIRED: Self = Self(-32042);
    /// An HTTP header is missing or disagrees with the body. Since 2026-07-28.
    pub const HEADER_MISMATCH: Self = Self(-32020);
    /// The request needs a capability that the client did not declare. Since 2026-07-28.
    pub const MISSING_CLIENT_CAPABILITY: Self = Self(-32021);
    /// The server does not speak the requested revision. Since 2026-07-28.
    pub const UNSUPPORTED_PROTOCOL_VERSION: Self = Self(-32022);
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The error of a JSON-RPC response.
///
/// A handler that returns one ends its request with a protocol error rather than with a result
/// that a model reads.
///
/// Specification: [Error responses](https://modelcontextprotocol.io/specification/2026-07-28/basic#error-responses).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProtocolError {
    /// Kind of error.
    #[serde(deserialize_with = "integer")]
    pub code: ErrorCode,
    /// One sentence for people; empty if the peer has sent none.
    #[serde(default, deserialize_with = "or_default")]
    pub message: Cow<'static, str>,
    /// Details for programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// `true` if the message is that of another error, which was not written for the peer.
    #[serde(skip)]
    is_foreign: bool,
}

/// Reads a code that may be written as a number with a fraction of zero.
fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ErrorCode, D::Error> {
    let number = Number::deserialize(deserializer)?;
    let exact = number.as_f64().filter(|number| number.fract() == 0.0);
    let code = number.as_i64().or(exact.map(|number| number as i64));
    code.map(ErrorCode).ok_or_else(|| D::Error::custom("the code of an error is an integer"))
}

impl ProtocolError {
    /// Creates an error from a code and a message.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), data: None, is_foreign: false }
    }

    /// Creates the error `-32700`: the bytes are not JSON.
    pub fn parse_error(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::PARSE_ERROR, message)
    }

    /// Creates the error `-32600`: the JSON is not a message of the protocol.
    pub fn invalid_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::INVALID_REQUEST, message)
    }

    /// Creates the error `-32601`: the method is unknown or not offered.
    pub fn method_not_found(method: &str) -> Self {
        let method = shorten_to(method, 128);
        Self::new(ErrorCode::METHOD_NOT_FOUND, format!("method not found: {method}"))
    }

    /// Creates the error `-32602`: the parameters do not fit the method.
    pub fn invalid_params(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::INVALID_PARAMS, message)
    }

    /// Creates the error `-32603`: the receiver failed.
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::INTERNAL_ERROR, message)
    }

    /// Sets the details for programs.
    #[must_use]
    pub fn data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    /// Marks the message as that of another error, which a server that masks errors does not send.
    #[doc(hidden)]
    #[must_use]
    pub fn foreign(mut self) -> Self {
        self.is_foreign = true;
        self
    }

    /// Returns `true` if the message is that of another error.
    #[doc(hidden)]
    pub fn is_foreign(&self) -> bool {
        self.is_foreign
    }
}

/// Shows the message as one line of limited length, because a peer may have written it.
impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (code {})", line(&self.message), self.code)
    }
}

impl std::error::Error for ProtocolError {}
