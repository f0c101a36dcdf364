//! The attributes.

pub use mcp_macros::{server, tool};
