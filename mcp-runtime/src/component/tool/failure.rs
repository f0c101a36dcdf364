//! Failures of tools.

use std::error::Error;
use std::fmt::{self, Write as _};

use mcp_core::json::not_finite;
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::Content;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::outcome::{ToolOutcome, ToolReply};
use crate::ask::AskError;

type BoxError = Box<dyn Error + Send + Sync>;

/// A failure that the model receives: the result of the call, marked as an error.
///
/// Every error converts into one, so `?` works in a handler that returns `Result<_, ToolError>`.
/// Its message is the error's, followed by those of its sources. A [`ProtocolError`] stays one and
/// ends the call as an error of the protocol. Strings convert into one too, and so does everything
/// else that converts into a boxed error, such as `anyhow::Error`.
///
/// ```
/// use mcp_runtime::ToolError;
///
/// fn parse(text: &str) -> Result<u16, ToolError> {
///     if text.is_empty() {
///         return Err("there is no number".into());
///     }
///     Ok(text.parse()?)
/// }
///
/// assert_eq!(parse("x").unwrap_err().to_string(), "invalid digit found in string");
/// ```
pub struct ToolError(Kind);

enum Kind {
    Message(Box<Message>),
    Protocol(Box<ProtocolError>),
}

struct Message {
    text: String,
    contents: Vec<Content>,
    structured: Option<Box<RawValue>>,
    author: Author,
}

/// Origin of the text of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Author {
    /// It was written for the model, or is that of a question.
    Handler,
    /// A string that became an error.
    String,
    /// Any other error.
    Error,
}

impl ToolError {
    /// A failure with a message for the model.
    pub fn new(message: impl Into<String>) -> Self {
        Self::of_text(message.into(), Author::Handler)
    }

    fn of_text(text: String, author: Author) -> Self {
        let (contents, structured) = (Vec::new(), None);
        Self(Kind::Message(Box::new(Message { text, contents, structured, author })))
    }

    /// A failure with the message of any error, also of one that is boxed or that does not
    /// implement [`Error`] itself, such as `anyhow::Error`. It is the same as [`From::from`].
    pub fn from_boxed(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::of_box(error.into())
    }

    /// Adds content behind the message.
    #[must_use]
    pub fn content(mut self, content: impl Into<Content>) -> Self {
        if let Kind::Message(message) = &mut self.0 {
            message.contents.push(content.into());
        }
        self
    }

    /// Adds details for programs; a value that cannot be written as JSON is left out.
    #[must_use]
    pub fn structured(mut self, details: impl Serialize) -> Self {
        if let Kind::Message(message) = &mut self.0 {
            let json = to_raw_value(&details).ok();
            message.structured =
                json.filter(|json| not_finite(&details, json.get().as_bytes()).is_none());
        }
        self
    }

    fn of_box(error: BoxError) -> Self {
        match error.downcast::<ProtocolError>() {
            Ok(protocol) => Self(Kind::Protocol(protocol)),
            Err(error) => Self::of_dyn(error.as_ref()),
        }
    }

    fn of_dyn(error: &(dyn Error + 'static)) -> Self {
        match unanswered(error) {
            Some(protocol) => Self(Kind::Protocol(Box::new(protocol))),
            None => Self::of_text(told(error), Author::of(error)),
        }
    }

    pub(crate) fn into_reply(self) -> ToolReply {
        match self.0 {
            Kind::Protocol(error) => Err(*error),
            Kind::Message(message) => {
                let Message { text, contents, structured, author } = *message;
                let outcome = ToolOutcome::failed_with(text, contents, structured);
                Ok(if author == Author::Error { outcome.foreign() } else { outcome })
            }
        }
    }

    /// Takes a string for an error like any other, because the error type of the handler is not ours.
    pub(crate) fn of_other_type(mut self) -> Self {
        if let Kind::Message(message) = &mut self.0
            && message.author == Author::String
        {
            message.author = Author::Error;
        }
        self
    }
}

impl Author {
    fn of(error: &(dyn Error + 'static)) -> Self {
        // The type of an error that was a string has no name. Its debug output is that of the string.
        let text = format!("{:?}", error.to_string());
        let mut same = SameText(&text);
        if error.is::<AskError>() {
            Self::Handler
        } else if write!(same, "{error:?}").is_ok() && same.0.is_empty() {
            Self::String
        } else {
            Self::Error
        }
    }
}

/// Compares what is written with a text, and fails at the first difference.
struct SameText<'a>(&'a str);

impl fmt::Write for SameText<'_> {
    fn write_str(&mut self, written: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(written).ok_or(fmt::Error)?;
        Ok(())
    }
}

/// Returns the protocol error of an unanswered question, also if a handler has
/// wrapped it.
fn unanswered(error: &(dyn Error + 'static)) -> Option<ProtocolError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref().and_then(AskError::protocol) {
            return Some(error.clone());
        }
        next = error.source();
    }
    None
}

/// Returns the messages of an error and its sources, each once: many errors repeat their source's.
pub(crate) fn told(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !text.contains(&cause) {
            text.push_str(": caused by ");
            text.push_str(&cause);
        }
        source = error.source();
    }
    text
}

impl<E: Into<BoxError>> From<E> for ToolError {
    fn from(error: E) -> Self {
        Self::of_box(error.into())
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Message(message) => f.write_str(&message.text),
            Kind::Protocol(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToolError({self})")
    }
}

/// A type that can be the error of a tool's `Result`.
///
/// It is implemented for every error type, for strings, for boxed errors, for what converts into a
/// boxed error (`anyhow::Error` does), and for [`ToolError`]. `Via` distinguishes them and is
/// inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a tool",
    label = "not an error",
    note = "return an error type that is `Send + Sync + 'static`, a `String`, or `mcp_runtime::ToolError`",
    note = "a type of your own needs `impl std::error::Error`, for which `Debug` and `Display` are needed too"
)]
pub trait ToolFailure<Via> {
    #[doc(hidden)]
    fn into_reply(self) -> ToolReply;
}

/// Marks a [`ToolFailure`] that is an error or converts into one.
#[derive(Debug)]
pub enum ViaError {}

/// Marks a [`ToolFailure`] that is an error in a box that cannot be sent between threads.
#[derive(Debug)]
pub enum ViaBox {}

/// Marks [`ToolError`] as a [`ToolFailure`].
#[derive(Debug)]
pub enum ViaToolError {}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> ToolFailure<ViaError> for E {
    fn into_reply(self) -> ToolReply {
        ToolError::of_box(self.into()).of_other_type().into_reply()
    }
}

#[diagnostic::do_not_recommend]
impl ToolFailure<ViaBox> for Box<dyn Error> {
    fn into_reply(self) -> ToolReply {
        match self.downcast::<ProtocolError>() {
            Ok(protocol) => Err(*protocol),
            Err(error) => ToolError::of_dyn(error.as_ref()).of_other_type().into_reply(),
        }
    }
}

#[diagnostic::do_not_recommend]
impl ToolFailure<ViaToolError> for ToolError {
    fn into_reply(self) -> ToolReply {
        ToolError::into_reply(self)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::error::Error;
    use std::fmt;

    use mcp_core::jsonrpc::{ErrorCode, ProtocolError};
    use mcp_core::revision::Revision;

    use super::{ToolError, ToolFailure};

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Layer>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Layer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|inner| inner as _)
        }
    }

    fn layers() -> Layer {
        Layer("cannot save: disk", Some(Layer("disk", Some(Layer("is full", None).into())).into()))
    }

    fn check<Via>(failure: impl ToolFailure<Via>, expected: &str) {
        let outcome = failure.into_reply().unwrap();
        let mut members = Vec::new();
        outcome.write_members(&mut members, Revision::V2025_11_25.facts());
        assert_eq!(String::from_utf8(members).unwrap(), format!("{expected},\"isError\":true"));
    }

    #[test]
    fn errors_tell_their_causes_once() {
        let text = r#""content":[{"type":"text","text":"cannot save: disk: caused by is full"}]"#;
        check(layers(), text);
        check(ToolError::from(layers()), text);
        check::<super::ViaBox>(Box::<dyn Error>::from(layers()), text);
        check(Box::<dyn Error + Send + Sync>::from(layers()), text);
        check(ToolError::from_boxed("cannot save: disk: caused by is full"), text);
    }

    #[test]
    fn strings_are_errors() {
        let text = r#""content":[{"type":"text","text":"no"}]"#;
        check("no", text);
        check(String::from("no"), text);
    }

    #[test]
    fn whatever_converts_into_a_boxed_error_converts_into_ours() {
        fn with_question_mark() -> Result<(), ToolError> {
            Err(format!("n{}", 'o'))?
        }
        let text = r#""content":[{"type":"text","text":"no"}]"#;
        check(ToolError::from("no"), text);
        check(ToolError::from(String::from("no")), text);
        check(ToolError::from(Cow::Borrowed("no")), text);
        check(ToolError::from(Box::<dyn Error + Send + Sync>::from("no")), text);
        check(with_question_mark().unwrap_err(), text);
    }

    #[test]
    fn a_failure_may_carry_more_than_its_message() {
        check(
            ToolError::new("no").content("see above").structured(["x"]),
            r#""content":[{"type":"text","text":"no"},{"type":"text","text":"see above"}],"structuredContent":{"result":["x"]}"#,
        );
    }

    #[test]
    fn an_error_of_the_protocol_stays_one() {
        let error = || ProtocolError::new(ErrorCode(-1), "x");
        let boxed: Box<dyn Error> = error().into();
        assert_eq!(error().into_reply().unwrap_err(), error());
        assert_eq!(ToolError::from(error()).into_reply().unwrap_err(), error());
        assert_eq!(ToolFailure::<super::ViaBox>::into_reply(boxed).unwrap_err(), error());
    }
}
