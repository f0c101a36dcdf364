//! Errors of templates.

use std::fmt;

use super::{MAX_TEMPLATE_LEN, MAX_VARIABLES};

/// Error for text that is not a template.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TemplateError {
    /// Byte of the template at which the mistake was found.
    pub at: usize,
    /// Kind of mistake.
    pub kind: TemplateErrorKind,
}

/// Kind of mistake in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateErrorKind {
    /// The template has more than [`MAX_TEMPLATE_LEN`] bytes.
    TooLong,
    /// The template has more than [`MAX_VARIABLES`] variables.
    TooManyVariables,
    /// The template does not start with a scheme and a colon.
    NoScheme,
    /// A character outside braces is not allowed in a URI.
    Character(char),
    /// A `%` is not followed by two hexadecimal digits.
    Percent,
    /// A `{` is not followed by its `}`.
    Unclosed,
    /// A `}` has no `{` before it.
    Unopened,
    /// An expression starts with an operator that the RFC reserves.
    Operator(char),
    /// A variable is missing.
    NoVariable,
    /// The name of a variable has a character that is not allowed.
    Name(char),
    /// The prefix behind `:` is not a number from 1 to 9999, or text follows a modifier.
    Modifier,
    /// A variable occurs twice.
    Repeated(String),
    /// A variable follows another expression without a delimiter.
    Adjacent(String),
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            TemplateErrorKind::TooLong => {
                write!(f, "is longer than {MAX_TEMPLATE_LEN} bytes")
            }
            TemplateErrorKind::TooManyVariables => {
                write!(f, "has more than {MAX_VARIABLES} variables")
            }
            TemplateErrorKind::NoScheme => {
                f.write_str("does not start with a scheme; write it as in `users://{id}`")
            }
            TemplateErrorKind::Character(found) => {
                write!(f, "has {found:?} at byte {}, which no URI can have; encode it", self.at)
            }
            TemplateErrorKind::Percent => {
                write!(f, "has a `%` at byte {} without two hexadecimal digits after it", self.at)
            }
            TemplateErrorKind::Unclosed => {
                write!(f, "has a `{{` at byte {} that is not closed", self.at)
            }
            TemplateErrorKind::Unopened => {
                write!(f, "has a `}}` at byte {} that closes nothing", self.at)
            }
            TemplateErrorKind::Operator(found) => {
                write!(f, "has the reserved operator `{found}` at byte {}", self.at)
            }
            TemplateErrorKind::NoVariable => {
                write!(f, "has no variable at byte {} where one is expected", self.at)
            }
            TemplateErrorKind::Name(found) => {
                write!(f, "has {found:?} in the name of a variable at byte {}", self.at)
            }
            TemplateErrorKind::Modifier => {
                write!(
                    f,
                    "has a malformed modifier at byte {}; write `:1` to `:9999` or `*`",
                    self.at
                )
            }
            TemplateErrorKind::Repeated(name) => write!(f, "has the variable `{name}` twice"),
            TemplateErrorKind::Adjacent(name) => write!(
                f,
                "has nothing before `{name}` that tells where it starts; put text between the two \
                 expressions"
            ),
        }
    }
}

impl std::error::Error for TemplateError {}
