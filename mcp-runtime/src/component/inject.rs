//! Custom injected values.

use std::any::{TypeId, type_name};

use crate::component::tool::failure::ToolError;
use crate::context::handle::Context;

/// A custom type that handlers take as an injected parameter.
///
/// ```
/// use mcp_runtime::{Context, Inject, ToolError};
///
/// struct Tenant(String);
///
/// impl Inject for Tenant {
///     fn inject(cx: &Context) -> Result<Self, ToolError> {
///         match cx.principal().subject() {
///             Some(subject) => Ok(Self(subject.to_owned())),
///             None => Err(ToolError::new("sign in first")),
///         }
///     }
/// }
/// ```
///
/// A type that is both `Inject` and `Deserialize` with a schema is ambiguous as a parameter.
pub trait Inject: Sized {
    /// Creates the value for one request.
    ///
    /// # Errors
    /// The error is the result of the call; the handler does not run.
    fn inject(cx: &Context) -> Result<Self, ToolError>;

    /// Returns the state that [`Inject::inject`] uses. A server that lacks it does not build.
    fn requires() -> Vec<Requirement> {
        Vec::new()
    }
}

/// A value that a component requires in the state of its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The type of the value.
    pub(crate) type_id: TypeId,
    /// Name of the type, for messages.
    pub(crate) type_name: &'static str,
}

impl Requirement {
    /// Requires a value of type `T`.
    pub fn state<T: Send + Sync + 'static>() -> Self {
        Self { type_id: TypeId::of::<T>(), type_name: type_name::<T>() }
    }
}
