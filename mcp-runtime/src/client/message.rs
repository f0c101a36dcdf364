//! Messages of a server as data that outlives the buffer they were read from.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use mcp_core::json;
use mcp_core::jsonrpc::{self, ProtocolError, Raw};
use serde::Serialize;

use super::error::Error;
use crate::read_json::read_json;
use crate::shorten::{reason, shorten_to};

/// A boxed future.
pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The outcome of a request as its response states it: the result, or the error of the server.
pub(crate) type Response = Result<JsonText, ProtocolError>;

/// The text of one JSON value that has been checked. Clones share it.
#[derive(Clone)]
pub(crate) struct JsonText(Arc<str>);

impl JsonText {
    pub(crate) fn of(raw: Raw<'_>) -> Self {
        Self(raw.as_str().into())
    }

    pub(crate) fn empty_object() -> Self {
        Self("{}".into())
    }

    pub(crate) fn raw(&self) -> Raw<'_> {
        Raw::from_accepted(&self.0)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A notification of the server.
#[derive(Clone, Debug)]
pub(crate) struct Notification {
    pub(crate) method: Box<str>,
    pub(crate) params: JsonText,
}

impl Notification {
    pub(crate) fn of(notification: &jsonrpc::Notification<'_>) -> Self {
        Self {
            method: (&*notification.method).into(),
            params: notification.params.map_or_else(JsonText::empty_object, JsonText::of),
        }
    }

    /// Size in bytes.
    pub(crate) fn len(&self) -> usize {
        self.method.len() + self.params.as_str().len()
    }
}

/// Parses the outcome of a response.
///
/// # Errors
/// [`Error::Protocol`] for an error object without `code` and `message`.
pub(crate) fn parse_response(outcome: Result<Raw<'_>, Raw<'_>>) -> Result<Response, Error> {
    match outcome {
        Ok(result) => Ok(Ok(JsonText::of(result))),
        Err(error) => read_json(error.as_str()).map(Err).map_err(|invalid| {
            Error::protocol(format!(
                "expected an error with `code` and `message`, got {}: {}",
                excerpt(error.as_str()),
                reason(&invalid)
            ))
        }),
    }
}

/// Serialises a value whose serialisation cannot fail.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> String {
    json::string(|out| json::value(out, value))
}

/// Returns the beginning of a message, for an error text.
pub(crate) fn excerpt(text: &str) -> String {
    shorten_to(text, 200)
}
