//! What can be wrong with a template.

use std::fmt;

use super::{LONGEST_TEMPLATE, MOST_VARIABLES};

/// What is wrong with a template, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    /// The byte of the template at which the fault was seen.
    pub at: usize,
    /// What is wrong.
    pub fault: TemplateFault,
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateFault {
    /// There are more than [`LONGEST_TEMPLATE`] bytes.
    TooLong,
    /// There are more than [`MOST_VARIABLES`] variables.
    TooManyVariables,
    /// It does not start with a scheme and a colon.
    NoScheme,
    /// A character stands outside braces that no URI can have.
    Character(char),
    /// A `%` is not followed by two hexadecimal digits.
    Percent,
    /// A `{` is not followed by its `}`.
    Unclosed,
    /// A `}` has no `{` before it.
    Unopened,
    /// An expression starts with a character that the RFC keeps for later.
    Operator(char),
    /// There is no variable where one is expected.
    NoVariable,
    /// A variable has a character that no name can have.
    Name(char),
    /// What follows `:` is not a number from 1 to 9999, or something follows a modifier.
    Modifier,
    /// A variable occurs twice.
    Repeated(String),
    /// A variable follows another expression with nothing that tells where it starts.
    Adjacent(String),
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            TemplateFault::TooLong => {
                write!(f, "is longer than {LONGEST_TEMPLATE} bytes")
            }
            TemplateFault::TooManyVariables => {
                write!(f, "has more than {MOST_VARIABLES} variables")
            }
            TemplateFault::NoScheme => {
                f.write_str("does not start with a scheme; write it as in `users://{id}`")
            }
            TemplateFault::Character(found) => {
                write!(f, "has {found:?} at byte {}, which no URI can have; encode it", self.at)
            }
            TemplateFault::Percent => {
                write!(f, "has a `%` at byte {} without two hexadecimal digits after it", self.at)
            }
            TemplateFault::Unclosed => {
                write!(f, "has a `{{` at byte {} that is not closed", self.at)
            }
            TemplateFault::Unopened => {
                write!(f, "has a `}}` at byte {} that closes nothing", self.at)
            }
            TemplateFault::Operator(found) => {
                write!(f, "has the reserved operator `{found}` at byte {}", self.at)
            }
            TemplateFault::NoVariable => {
                write!(f, "has no variable at byte {} where one is expected", self.at)
            }
            TemplateFault::Name(found) => {
                write!(f, "has {found:?} in the name of a variable at byte {}", self.at)
            }
            TemplateFault::Modifier => {
                write!(
                    f,
                    "has a malformed modifier at byte {}; write `:1` to `:9999` or `*`",
                    self.at
                )
            }
            TemplateFault::Repeated(name) => write!(f, "has the variable `{name}` twice"),
            TemplateFault::Adjacent(name) => write!(
                f,
                "has nothing before `{name}` that tells where it starts; put text between the two \
                 expressions"
            ),
        }
    }
}

impl std::error::Error for TemplateError {}
