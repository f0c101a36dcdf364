//! Everything that generated code may touch, and the types that the signatures of it name. Nothing
//! here is part of the public interface.

pub use mcp_core::protocol::{Icon, IconTheme};

pub use crate::server::arguments::{Inputs, Slot};
pub use crate::server::component::{
    Component, DynamicResult, Instance, Registration, ToolBuilder, ToolFuture, ToolReply,
    ViaFallible, ViaPlain, blocking,
};
pub use crate::server::constraint::{OpaqueDefault, Rules, ShownDefault};
pub use crate::server::failure::{ViaBox, ViaError, ViaToolError};
pub use crate::server::outcome::{
    FallibleReturn, PlainReturn, ResultSchema, Returned, Returns, Shape, ViaContent, ViaResult,
    ViaStructured,
};
pub use crate::server::parameter::{
    Declaration, ParameterSpec, ViaArgument, ViaContext, ViaInject, ViaPrincipal, ViaState,
    example, parameter,
};
pub use crate::server::{Call, Context, Server};
