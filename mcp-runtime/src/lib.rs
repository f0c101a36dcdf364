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
//! | what clients read by its URI, and the types of its variables | [`#[resource]`](macro@resource) |
//! | messages that people pick, and completion | [`#[prompt]`](macro@prompt) |
//! | forms that users fill in | [`Elicit`], [its derive](derive@Elicit), [`Context::elicit`], [`#[ask]`](macro@tool#asking-the-user-for-a-parameter) |
//! | components that are known only at run time | [`Tool`], [`Resource`], [`Prompt`], [`ServerHandle`] |
//! | telling clients what has changed | [`ServerHandle::resource_updated`] |
//! | servers made of servers, who sees what | [`Server::mount`], [`Server::merge`], [`Server::visible`] |
//! | what runs around every request | [`Hook`], [`Server::into_service`] |
//! | methods beyond the protocol | [`Server::extension`], [`Server::method`] |
//! | transports and their limits | [`Server::run`], [`StdioConfig`], [`HttpConfig`] |
//! | a server's tools as the methods of a trait (feature `client`) | `#[client]` |
//! | the protocol's own types | [`protocol`], [`jsonrpc`] |
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `http` | yes | Streamable HTTP: [`Server::serve_http`], [`Server::into_service`], `--http` |
//! | `files` | no | `files`: the files below a directory, which no path leads out of |
//! | `forward-events` | no | `ForwardEvents`: a layer of `tracing-subscriber` that sends what handlers trace to their clients |
//! | `client` | no | the other side: `client::Client` drives servers that are child processes, in the same process or behind any pipe, `#[client]` makes a typed client of a trait, and `Server::proxy` offers what other servers have |
//! | `client-http` | no | `client`, and `Client::http` for servers at a URL; it is apart because TLS takes long to build |
//! | `testing` | no | `client`, and `testing`: a client with a scripted user and model, and handlers run in every way in which a client can run them |
//! | `validate` | no | checks that constraints inside your own types, such as `#[schemars(range(min = 1))]` on a field, are kept; without it, a server with a tool that advertises one does not start |

#![deny(missing_docs)]

mod ask;
#[cfg(feature = "client")]
pub mod client;
mod component;
pub mod constraint;
mod context;
mod error;
#[cfg(feature = "files")]
pub mod files;
mod macros;
#[cfg(feature = "client")]
mod owned_task;
pub mod prelude;
#[cfg(feature = "client")]
mod proxy;
mod server;
mod shorten;
#[cfg(feature = "testing")]
pub mod testing;
mod transport;

#[doc(hidden)]
pub mod __private;

pub use crate::ask::elicitation::{Elicitation, Elicited};
pub use crate::ask::error::{AskError, AskErrorKind};
pub use crate::ask::form;
pub use crate::ask::form::Elicit;
pub use crate::ask::roots::{Roots, RootsError, RootsRequest};
pub use crate::ask::sampling::json::SampledJson;
pub use crate::ask::sampling::{Sampled, Sampling};
pub use crate::ask::url::{UrlCompletion, UrlElicitation};
pub use crate::component::asked::Asked;
pub use crate::component::completion::completer::Completing;
pub use crate::component::extension::cached::Cached;
pub use crate::component::prompt::dynamic::{Prompt, PromptArguments};
pub use crate::component::registration::Registration;
pub use crate::component::resource::dynamic::{Resource, Variables};
pub use crate::component::resource::json::Json;
pub use crate::component::strings::failure::ResourceError;
pub use crate::component::tool::call::Call;
pub use crate::component::tool::dynamic::{Arguments, IntoSchema, Tool};
pub use crate::component::tool::failure::{ToolError, ToolFailure};
pub use crate::component::tool::outcome::extended::ExtendedResult;
pub use crate::component::tool::outcome::media::{Audio, Image};
pub use crate::component::tool::outcome::structured::ToolResult;
pub use crate::component::tool::outcome::{ResourceLink, ToolOutcome, ToolReply};
pub use crate::component::tool::parameter::Parameter;
pub use crate::component::visibility::Offered;
pub use crate::component::{Component, Components, Instance};
#[cfg(feature = "forward-events")]
pub use crate::context::forward::ForwardEvents;
pub use crate::context::handle::{Client, Context, Principal};
pub use crate::context::inject::{Inject, Requirement};
pub use crate::context::state::State;
pub use crate::context::trace_context::TraceContext;
#[cfg(feature = "client")]
pub use crate::proxy::{InMemory, Proxy};
pub use crate::server::builder::{BuildError, Server};
pub use crate::server::handle::{AddToolError, ServerHandle};
pub use crate::server::hook::{Failure, Hook, Incoming};
pub use error::Error;
#[cfg(feature = "client")]
pub use macros::client;
pub use macros::{Elicit, prompt, resource, server, tool};
pub use mcp_core::jsonrpc::ProtocolError;
pub use mcp_core::{jsonrpc, protocol, revision, schema, uri};
#[cfg(feature = "http")]
pub use transport::http::{HttpBody, HttpConfig, McpService};
pub use transport::stdio::StdioConfig;
pub use {schemars, serde, serde_json};

/// Runs the samples of the pages about this crate.
#[cfg(all(doctest, feature = "http"))]
mod pages {
    #[cfg(all(feature = "forward-events", feature = "client-http"))]
    #[doc = include_str!("../../docs/composition.md")]
    mod composition {}

    #[doc = include_str!("../../docs/extensions.md")]
    mod extensions {}

    #[doc = include_str!("../../docs/prompts.md")]
    mod prompts {}

    #[cfg(feature = "files")]
    #[doc = include_str!("../../docs/resources.md")]
    mod resources {}

    #[doc = include_str!("../../README.md")]
    mod readme {}

    #[doc = include_str!("../../docs/tools.md")]
    mod tools {}

    #[doc = include_str!("../../docs/asking.md")]
    mod asking {}

    #[doc = include_str!("../../docs/transports.md")]
    mod transports {}

    #[cfg(feature = "client-http")]
    #[doc = include_str!("../../docs/client.md")]
    mod client {}

    #[cfg(feature = "testing")]
    #[doc = include_str!("../../docs/testing.md")]
    mod testing {}
}
