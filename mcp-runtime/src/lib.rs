//! Servers for the [Model Context Protocol](https://modelcontextprotocol.io) from annotated async
//! functions.
//!
//! [`#[tool]`](macro@tool) makes a tool of an ordinary function: its doc comment is the
//! description, the types of its parameters are the JSON Schema, and both are checked when the
//! program is compiled. A [`Server`] serves tools over standard input and output, over HTTP, or as
//! a [service](Server::into_service) in a router of your own, to clients of every revision from
//! 2024-11-05 to 2026-07-28. Nothing in a handler depends on which one it talks to.
//!
//! ```no_run
//! use mcp_runtime::prelude::*;
//!
//! /// Add two integers.
//! #[tool]
//! async fn add(a: i64, b: i64) -> i64 {
//!     a + b
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     Ok(Server::new("calculator", "1.0.0").with::<add>().run().await?)
//! }
//! ```
//!
//! It needs `tokio` with the features `macros` and `rt-multi-thread` beside this crate. Run it in a
//! terminal, and it tells how to connect a host to it; run it with `--http 127.0.0.1:8000`, and it
//! serves HTTP at `/mcp`.
//!
//! The function stays a function, so a test calls it without a server:
//!
//! ```
//! # use mcp_runtime::prelude::*;
//! # /// Add two integers.
//! # #[tool]
//! # async fn add(a: i64, b: i64) -> i64 {
//! #     a + b
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! assert_eq!(add(2, 3).await, 5);
//! # }
//! ```
//!
//! # Where to look
//!
//! | for | see |
//! |---|---|
//! | arguments, their limits, and the options of a tool | [`#[tool]`](macro@tool) |
//! | tools that share a value, or a module of tools | [`#[server]`](macro@server) |
//! | progress, logs, cancellation, the client, headers | [`Context`] |
//! | values for handlers: shared ones, the sender, your own | [`State`], [`Principal`], [`Inject`] |
//! | what may be returned, and how to fail | [`ToolResult`], [`ToolFailure`], [`ToolError`] |
//! | tools that are known only at run time | [`Tool`], [`ServerHandle`] |
//! | transports and their limits | [`Server::run`], [`StdioConfig`], [`HttpConfig`] |
//! | the protocol's own types | [`protocol`], [`jsonrpc`] |
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `http` | yes | Streamable HTTP: [`Server::serve_http`], [`Server::into_service`], `--http` |
//! | `client` | no | the other side: `client::Client` drives servers over child processes, HTTP and pipes |
//! | `validate` | no | checks that constraints inside your own types, such as `#[schemars(range(min = 1))]` on a field, are kept; without it, a server with a tool that advertises one does not start |

#![deny(missing_docs)]

#[cfg(feature = "client")]
pub mod client;
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

/// Runs the samples of the pages about this crate.
#[cfg(all(doctest, feature = "http"))]
mod pages {
    #[doc = include_str!("../../README.md")]
    mod readme {}

    #[doc = include_str!("../../docs/tools.md")]
    mod tools {}

    #[doc = include_str!("../../docs/transports.md")]
    mod transports {}

    #[cfg(feature = "client")]
    #[doc = include_str!("../../docs/client.md")]
    mod client {}
}
