//! The server: components, their registry, and one request from bytes to bytes.

pub(crate) mod arguments;
mod call;
pub(crate) mod component;
pub mod constraint;
mod context;
pub(crate) mod failure;
pub(crate) mod inject;
pub(crate) mod outcome;
pub(crate) mod parameter;
mod state;
#[cfg(feature = "validate")]
mod validate;

pub use call::Call;
pub use component::{Arguments, Component, Components, Instance, IntoSchema, Registration, Tool};
pub use context::{Context, Principal};
pub use failure::{ToolError, ToolFailure};
pub use inject::{Inject, Requirement};
pub use outcome::{Audio, Image, ToolOutcome, ToolReply, ToolResult};
pub use parameter::Parameter;
pub use state::State;
