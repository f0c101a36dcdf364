//! Servers for the Model Context Protocol from annotated async functions.

#![deny(missing_docs)]

mod error;
#[cfg(feature = "files")]
pub mod files;
mod macros;
pub mod prelude;
mod server;
mod transport;

#[doc(hidden)]
pub mod __private;

pub use error::Error;
pub use macros::{prompt, resource, server, tool};
pub use mcp_core::jsonrpc::ProtocolError;
pub use mcp_core::{jsonrpc, protocol, revision, schema, uri};
#[cfg(feature = "forward-events")]
pub use server::ForwardEvents;
pub use server::constraint;
pub use server::{
    AddToolError, Arguments, Audio, BuildError, Call, Client, Completing, Component, Components,
    Context, ExtendedResult, Failure, Hook, Image, Incoming, Inject, Instance, IntoSchema, Json,
    Offered, Parameter, Principal, Prompt, PromptArguments, Registration, Requirement, Resource,
    ResourceError, ResourceLink, Server, ServerHandle, State, Tool, ToolError, ToolFailure,
    ToolOutcome, ToolReply, ToolResult, TraceContext, Variables,
};
#[cfg(feature = "http")]
pub use transport::http::{HttpBody, HttpConfig, McpService};
pub use transport::stdio::StdioConfig;
pub use {schemars, serde, serde_json};
