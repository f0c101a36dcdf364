//! Failures of resources and prompts.

use std::error::Error;
use std::fmt;

use mcp_core::jsonrpc::ProtocolError;

use crate::component::tool::failure::{ToolError, ViaBox, ViaError, ViaToolError};
use crate::component::tool::outcome::{ToolOutcome, ToolReply};

type BoxError = Box<dyn Error + Send + Sync>;

/// Error of a handler that reads a resource.
///
/// Every error and every string converts into one, so `?` works in a handler that returns
/// `Result<_, ResourceError>`. The client receives the message of the error.
///
/// ```
/// use mcp_runtime::resource::ResourceError;
///
/// fn price(article: &str) -> Result<u32, ResourceError> {
///     match article {
///         "apple" => Ok("3".parse()?),
///         _ => Err(ResourceError::not_found()),
///     }
/// }
/// # assert!(price("pear").is_err());
/// ```
pub struct ResourceError(Failure);

/// Failure of a handler of a resource or prompt.
#[derive(Debug)]
pub enum Failure {
    /// The resource does not exist, with an optional reason.
    NotFound(Option<String>),
    /// An error of the protocol.
    Protocol(ProtocolError),
}

impl Failure {
    fn of_box(error: BoxError) -> Self {
        Self::of_reply(ToolError::from_boxed(error).into_reply())
    }

    fn of_reply(reply: ToolReply) -> Self {
        Self::Protocol(match reply {
            Err(error) => error,
            Ok(outcome) => internal(outcome),
        })
    }
}

/// The error of a request whose handler has failed.
pub(crate) fn internal(outcome: ToolOutcome) -> ProtocolError {
    let is_foreign = outcome.is_foreign();
    let error = ProtocolError::internal(outcome.into_message());
    if is_foreign { error.foreign() } else { error }
}

impl ResourceError {
    /// A failure with a message for the client: `-32603`.
    pub fn new(message: impl Into<String>) -> Self {
        Self(Failure::Protocol(ProtocolError::internal(message.into())))
    }

    /// The resource does not exist. The client receives the URI and the error code that its
    /// revision defines.
    pub fn not_found() -> Self {
        Self(Failure::NotFound(None))
    }

    /// The resource does not exist, with a reason.
    pub fn not_found_because(message: impl Into<String>) -> Self {
        Self(Failure::NotFound(Some(message.into())))
    }
}

impl<E: Into<BoxError>> From<E> for ResourceError {
    fn from(error: E) -> Self {
        Self(Failure::of_box(error.into()))
    }
}

impl From<ToolError> for ResourceError {
    fn from(error: ToolError) -> Self {
        Self(Failure::of_reply(error.into_reply()))
    }
}

impl fmt::Display for ResourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Failure::NotFound(because) => {
                f.write_str(because.as_deref().unwrap_or("there is no such resource"))
            }
            Failure::Protocol(error) => f.write_str(&error.message),
        }
    }
}

impl fmt::Debug for ResourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceError({self})")
    }
}

/// A type that can be the error of a resource's or prompt's `Result`.
///
/// It is implemented for every error type, for strings, for boxed errors, for [`ToolError`] and for
/// [`ResourceError`]. `Via` distinguishes them and is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a resource or prompt",
    label = "not an error",
    note = "return an error type that is `Send + Sync + 'static`, a `String`, or `mcp_runtime::resource::ResourceError`"
)]
pub trait HandlerFailure<Via> {
    #[doc(hidden)]
    fn into_failure(self) -> Failure;
}

/// Marks [`ResourceError`] as a [`HandlerFailure`].
#[derive(Debug)]
pub enum ViaResourceError {}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> HandlerFailure<ViaError> for E {
    fn into_failure(self) -> Failure {
        let error = ToolError::from_boxed(self.into()).of_other_type();
        Failure::of_reply(error.into_reply())
    }
}

#[diagnostic::do_not_recommend]
impl HandlerFailure<ViaBox> for Box<dyn Error> {
    fn into_failure(self) -> Failure {
        use crate::component::tool::failure::ToolFailure;
        Failure::of_reply(ToolFailure::<ViaBox>::into_reply(self))
    }
}

#[diagnostic::do_not_recommend]
impl HandlerFailure<ViaToolError> for ToolError {
    fn into_failure(self) -> Failure {
        Failure::of_reply(self.into_reply())
    }
}

#[diagnostic::do_not_recommend]
impl HandlerFailure<ViaResourceError> for ResourceError {
    fn into_failure(self) -> Failure {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_question_mark() -> Result<(), ResourceError> {
        Err(format!("n{}", 'o'))?
    }

    #[test]
    fn whatever_converts_into_a_boxed_error_converts_into_ours() {
        let texts: [ResourceError; 4] = [
            "no".into(),
            String::from("no").into(),
            BoxError::from("no").into(),
            ToolError::new("no").into(),
        ];
        for error in texts {
            assert_eq!(error.to_string(), "no");
        }
        assert_eq!(with_question_mark().unwrap_err().to_string(), "no");
    }
}
