//! Values that handlers take beside their arguments.

use std::any::{TypeId, type_name};

use crate::component::tool::failure::ToolError;
use crate::context::handle::Context;

/// A type of your own that handlers can take as a parameter without it being an argument.
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
    /// Makes the value for one request.
    ///
    /// # Errors
    /// The error is the result of the call; the handler does not run.
    fn inject(cx: &Context) -> Result<Self, ToolError>;

    /// The state that [`Inject::inject`] relies on; a server that lacks it does not start.
    fn requires() -> Vec<Requirement> {
        Vec::new()
    }
}

/// A value that a component needs in the state of its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The type of the value.
    pub(crate) type_id: TypeId,
    /// Its name, for people.
    pub(crate) type_name: &'static str,
}

impl Requirement {
    /// A value of type `T`.
    pub fn state<T: Send + Sync + 'static>() -> Self {
        Self { type_id: TypeId::of::<T>(), type_name: type_name::<T>() }
    }
}
