//! Differences between a trait and the tools of a server.

use std::fmt;

use crate::shorten::shorten;

/// A difference between a method of a `#[client]` trait and the tool of its name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Name of the tool.
    pub tool: String,
    /// Kind of the difference.
    pub kind: DifferenceKind,
}

/// The kind of a [`Difference`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DifferenceKind {
    /// The server lists no tool of this name.
    NoTool,
    /// The tool requires an argument that the method does not take.
    MissingArgument {
        /// Name of the argument.
        name: String,
    },
    /// The tool takes no argument of this name.
    UnknownArgument {
        /// Name of the argument.
        name: String,
    },
    /// The tool requires an argument that the method may leave out.
    RequiredArgument {
        /// Name of the argument.
        name: String,
    },
    /// The method sends an argument as a type that the tool does not take.
    ArgumentType {
        /// Name of the argument.
        name: String,
        /// JSON types that the method sends.
        sent: String,
        /// JSON types that the tool takes.
        taken: String,
    },
    /// The tool may return a type that the method does not read.
    OutputType {
        /// Place in the output, such as `orders[].price`; empty for the whole.
        at: String,
        /// JSON types that the tool may return.
        returned: String,
        /// JSON types that the method reads.
        read: String,
    },
    /// The method reads a member of the output that the tool does not promise.
    OutputMember {
        /// Place in the output, such as `orders[].price`.
        at: String,
    },
}

/// Shows names and types of the server shortened.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tool = shorten(&self.tool);
        match &self.kind {
            DifferenceKind::NoTool => write!(f, "the server has no tool `{tool}`"),
            DifferenceKind::MissingArgument { name } => {
                let name = shorten(name);
                write!(f, "`{tool}` requires the argument `{name}`, which the trait lacks")
            }
            DifferenceKind::UnknownArgument { name } => {
                write!(f, "`{tool}` takes no argument `{name}`")
            }
            DifferenceKind::RequiredArgument { name } => {
                write!(f, "`{tool}` requires the argument `{name}`, which the trait may leave out")
            }
            DifferenceKind::ArgumentType { name, sent, taken } => {
                let taken = shorten(taken);
                write!(
                    f,
                    "`{tool}` takes the argument `{name}` as {taken}, and the trait sends {sent}"
                )
            }
            DifferenceKind::OutputType { at, returned, read } => {
                write!(f, "`{tool}` may return {}", shorten(returned))?;
                if !at.is_empty() {
                    write!(f, " as `{}`", shorten(at))?;
                }
                write!(f, ", and the trait reads {read}")
            }
            DifferenceKind::OutputMember { at } => {
                let at = shorten(at);
                write!(f, "`{tool}` does not promise to return `{at}`, which the trait reads")
            }
        }
    }
}
