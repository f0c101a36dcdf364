//! Servers for the Model Context Protocol from annotated async functions.

#![deny(missing_docs)]

pub mod server;

#[doc(hidden)]
pub mod __private;

pub use mcp_core::{jsonrpc, protocol, schema};
pub use {schemars, serde, serde_json};
