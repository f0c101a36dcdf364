//! Everything that generated code may touch. Nothing here is part of the public interface.

pub use crate::server::arguments::{Inputs, Slot};
pub use crate::server::component::{
    Component, Instance, Registration, ToolBuilder, ToolFuture, ToolReply, blocking,
};
pub use crate::server::constraint::{OpaqueDefault, Rules, ShownDefault};
pub use crate::server::outcome::{FallibleReturn, PlainReturn, Returned};
pub use crate::server::parameter::{example, parameter};
pub use crate::server::{Call, Context, Server};
pub use mcp_core::protocol::{Icon, IconTheme};
pub use std::sync::Arc;
