//! Servers for the Model Context Protocol from annotated async functions.

#![deny(missing_docs)]

mod server;

#[doc(hidden)]
pub mod __private;

pub use mcp_core::{jsonrpc, protocol, schema};
pub use server::constraint;
pub use server::{
    Arguments, Audio, Call, Component, Components, Context, Image, Inject, Instance, IntoSchema,
    Parameter, Principal, Registration, Requirement, State, Tool, ToolError, ToolFailure,
    ToolOutcome, ToolReply, ToolResult,
};
pub use {schemars, serde, serde_json};
