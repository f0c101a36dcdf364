//! A framework for servers and clients of the [Model Context
//! Protocol](https://modelcontextprotocol.io) (MCP), from annotated async functions.
//!
//! [`#[tool]`](macro@tool) turns an ordinary function into a tool: its doc comment is the
//! description, the types of its parameters are the JSON Schema, and both are checked at compile
//! time. A [`Server`] serves tools over stdio, over HTTP, or as a [service](Server::into_service) in
//! your own router, to clients of every revision from 2024-11-05 to 2026-07-28. Handlers do not
//! depend on the revision.
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
//! The program also needs `tokio` with the features `macros` and `rt-multi-thread`. In a terminal it
//! prints how to connect a host to it. With `--http 127.0.0.1:8000` it serves HTTP at `/mcp`.
//!
//! The function itself is unchanged, so a test calls it without a server:
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
//! # Overview
//!
//! | topic | see |
//! |---|---|
//! | arguments, limits, and options of a tool | [`#[tool]`](macro@tool) |
//! | tools with shared state, modules of tools | [`#[server]`](macro@server) |
//! | progress, logging, cancellation, client information, headers | [`Context`] |
//! | injected values: shared state, the caller, custom types | [`State`], [`Principal`], [`Inject`] |
//! | return types and errors of tools | [`tool::ToolResult`], [`tool::ToolFailure`], [`ToolError`] |
//! | resources and URI templates | [`#[resource]`](macro@resource) |
//! | prompts and completion | [`#[prompt]`](macro@prompt) |
//! | elicitation: forms that users fill in | [`Elicit`], [its derive](derive@Elicit), [`Context::elicit`], [`#[ask]`](macro@tool#asking-the-user-for-a-parameter) |
//! | components created at run time | [`tool::Tool`], [`resource::Resource`], [`prompt::Prompt`], [`ServerHandle`] |
//! | notifications of changes | [`ServerHandle::resource_updated`] |
//! | composed servers, visibility | [`Server::mount`], [`Server::merge`], [`Server::visible`] |
//! | hooks and layers | [`hook::Hook`], [`Server::into_service`] |
//! | extensions | [`Server::extension`], [`Server::method`] |
//! | what is opened before serving and closed afterwards | [`Server::lifespan`], [`Serving`] |
//! | limits | [`Server::handler_timeout`], [`Server::concurrency_limit`], [`limits`] |
//! | storage for what outlives a request | [`Store`], [`Server::store`] |
//! | transports and their limits | [`Server::run`], [`stdio::StdioConfig`], [`http::HttpConfig`] |
//! | messages without a transport, WebAssembly | [`Server::into_responder`] |
//! | typed clients from a trait (feature `client`) | `#[client]` |
//! | types of the protocol | [`protocol`], [`jsonrpc`] |
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `http` | yes | Streamable HTTP: [`Server::serve_http`], [`Server::into_service`], `--http` |
//! | `files` | no | `files`: serves the files of a directory, without path traversal |
//! | `limits` | no | `Server::rate_limit`: limits of the requests in a time |
//! | `forward-events` | no | `ForwardEvents`: a `tracing-subscriber` layer that sends events of handlers to clients as log messages |
//! | `client` | no | `client::Client` for servers in child processes, in memory or behind any pipe; `#[client]`, a typed client from a trait; `Server::proxy`, a gateway to other servers |
//! | `client-http` | no | `client`, and `Client::http` for servers at a URL; separate because TLS takes long to compile |
//! | `auth-client` | no | `client-http`, and `login`: OAuth for people and programs, see `client::auth` |
//! | `keyring` | no | `auth-client`, and `client::auth::KeyringStorage`: tokens in the keyring of the system |
//! | `agent` | no | `client`, `providers`, and `agent`: the loop of a model and its tools, and models as the sampling of clients |
//! | `genai` | no | `agent`, `client-http`, and `agent::GenaiModel`: models of OpenAI, Anthropic, Gemini and other providers |
//! | `providers` | no | `providers`: the tools of servers in the tool calling of OpenAI, Anthropic and Gemini |
//! | `testing` | no | `client`, and `testing`: a client with scripted user and model, and tests of handlers that run again |
//! | `auth-server` | no | `Server::require_auth`: access tokens, and the metadata of a protected resource |
//! | `audit` | no | `Server::audit`: a log of calls and decisions |
//! | `metrics` | no | `Server::prometheus`: metrics for Prometheus, at a port of their own |
//! | `otel` | no | `Server::meter` and `ClientBuilder::meter`: metrics of OpenTelemetry; spans of requests become children of the spans of clients |
//! | `policy` | no | `Policy::from_toml` and `Policy::file`: access policies in the form of TOML |
//! | `store-redb` | no | `Store::redb`: storage in a file for what outlives a request, such as tasks |
//! | `store-redis` | no | `Store::redis`: storage that several processes share |
//! | `chrono`, `uuid`, `url` | no | the types of these crates, such as `DateTime<Utc>`, `Uuid` and `Url`, as arguments and results |
//! | `validate` | no | enforces schemas that are written by hand, and validates the results that clients receive |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(missing_docs)]
#![cfg_attr(
    target_family = "wasm",
    allow(dead_code, reason = "WebAssembly has no transport that would use it")
)]

#[cfg(feature = "agent")]
pub mod agent;
mod ask;
// Each half uses a part of it.
#[allow(dead_code)]
#[cfg(any(feature = "auth-client", feature = "auth-server"))]
mod auth;
#[cfg(feature = "client")]
pub mod client;
mod clock;
mod component;
pub mod constraint;
mod context;
#[cfg(feature = "otel")]
mod durations;
mod error;
#[cfg(feature = "files")]
pub mod files;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod macros;
#[cfg(feature = "client")]
mod owned_task;
pub mod prelude;
#[cfg(feature = "providers")]
pub mod providers;
#[cfg(feature = "client")]
mod proxy;
mod random_id;
mod read_json;
mod server;
mod shorten;
#[allow(dead_code, reason = "tasks, which use it, follow")]
pub mod store;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
mod transport;

#[doc(hidden)]
pub mod __private;

pub use crate::ask::form::Elicit;
pub use crate::component::inject::Inject;
pub use crate::component::tool::failure::ToolError;
pub use crate::context::handle::{ClientInfo, Context};
pub use crate::context::lifespan::Serving;
pub use crate::context::principal::{Identity, Principal};
pub use crate::context::state::State;
pub use crate::server::builder::Server;
pub use crate::server::handle::{AddComponentError, ServerHandle};
pub use crate::store::{Store, StoreError};
pub use error::{BuildError, Error};
#[cfg(feature = "client")]
pub use macros::client;
pub use macros::{Elicit, prompt, resource, server, tool};
pub use mcp_core::jsonrpc::ProtocolError;
pub use mcp_core::{jsonrpc, protocol, revision, schema, uri};
pub use {schemars, serde, serde_json};

pub mod tool {
    //! Tools: those known only at run time, arguments, results and failures.

    pub use crate::component::tool::call::Call;
    pub use crate::component::tool::dynamic::{Arguments, Tool};
    pub use crate::component::tool::failure::{ToolError, ToolFailure};
    pub use crate::component::tool::into_schema::IntoSchema;
    pub use crate::component::tool::outcome::extended::ExtendedResult;
    pub use crate::component::tool::outcome::media::{Audio, Image};
    pub use crate::component::tool::outcome::structured::ToolResult;
    pub use crate::component::tool::outcome::{ResourceLink, ToolOutcome, ToolReply};
    pub use crate::component::tool::parameter::Parameter;
}

pub mod resource {
    //! Resources and resource templates known only at run time, and failures of reading.

    pub use crate::component::resource::dynamic::{Resource, Variables};
    pub use crate::component::resource::json::Json;
    pub use crate::component::strings::failure::ResourceError;
}

pub mod prompt {
    //! Prompts known only at run time.

    pub use crate::component::prompt::dynamic::{Prompt, PromptArguments};
}

pub mod completion {
    //! Completion of the arguments of prompts and resource templates.

    pub use crate::component::completion::completer::{Completing, Fuzzy};
}

pub mod components {
    //! Components of any kind: their registration, and references to them.

    pub use crate::component::inject::Requirement;
    pub use crate::component::registration::Registration;
    pub use crate::component::visibility::ComponentRef;
    pub use crate::component::{Component, Components, ServerMethods};
}

pub mod elicit {
    //! Questions to the user of a client: forms and URLs.

    pub use crate::ask::elicitation::{Elicitation, Elicited};
    pub use crate::ask::error::{AskError, AskErrorKind};
    pub use crate::ask::form;
    pub use crate::ask::form::Elicit;
    pub use crate::ask::url::{UrlCompletion, UrlElicitation};
    pub use crate::component::ask_parameter::AskParameter;
    pub use crate::macros::Elicit;
}

pub mod sampling {
    //! Questions to the model of a client.

    pub use crate::ask::error::{AskError, AskErrorKind};
    pub use crate::ask::sampling::json::SampledJson;
    pub use crate::ask::sampling::{Sampled, Sampling};
}

pub mod roots {
    //! Roots of a client.

    pub use crate::ask::error::{AskError, AskErrorKind};
    pub use crate::ask::roots::{Roots, RootsError, RootsRequest};
}

pub mod hook {
    //! Hooks: code around every request.

    pub use crate::component::hook::{Hook, HookFailure, HookRequest, HookResult};
}

pub mod limits {
    //! Limits of the requests that a server takes.

    pub use crate::component::limits::concurrency::ConcurrencyLimit;
    #[cfg(feature = "limits")]
    pub use crate::component::limits::rate::RateLimit;
}

pub mod policy {
    //! Access policies: decisions which caller may use which component, with which arguments.

    #[cfg(feature = "policy")]
    pub use crate::component::policy::file::PolicyError;
    pub use crate::component::policy::{AccessRequest, Decision, Policy};
}

#[cfg(feature = "audit")]
pub mod audit {
    //! The audit log: one record for each decision and each call.

    pub use crate::component::audit::Audit;
    pub use crate::component::audit::record::{AuditRecord, PolicyDecision};
}

#[cfg(any(feature = "metrics", feature = "otel"))]
pub mod metrics {
    //! Metrics of servers, and of clients.

    #[cfg(feature = "otel")]
    pub use opentelemetry;

    #[cfg(feature = "metrics")]
    pub use crate::transport::prometheus::PrometheusEndpoint;
}

pub mod extension {
    //! Extensions of the protocol.

    pub use crate::component::extension::cacheable_result::CacheableResult;
}

pub mod trace {
    //! Trace context of requests, and events that are sent to clients as log messages.

    #[cfg(feature = "forward-events")]
    pub use crate::context::forward::ForwardEvents;
    pub use crate::context::trace_context::TraceContext;
}

pub mod responder {
    //! Servers without a transport: bytes in, bytes out.

    pub use crate::transport::responder::{MessageConnection, Responder};
}

pub mod stdio {
    //! Servers over standard input and output.

    pub use crate::transport::pipe::StdioConfig;
}

#[cfg(feature = "http")]
pub mod http {
    //! Servers over HTTP, and the types of the crate [`http`](mod@::http) in their signatures.

    pub use ::http::*;

    pub use crate::transport::http::{HealthService, HttpBody, HttpConfig, McpService};
}

#[cfg(feature = "auth-server")]
pub mod authorization {
    //! Authorization of servers over HTTP: access tokens and their verification.

    pub use crate::transport::http::auth::{
        AccessToken, Algorithm, Auth, Introspection, Jwt, MetadataService, NoAudience,
        StaticTokens, TokenError, TokenInfo, TokenVerifier, Unset,
    };
}

#[cfg(feature = "client")]
pub mod gateway {
    //! Servers behind a server, and clients of a server in the same process.

    pub use crate::proxy::{InMemory, Proxy};
}

/// Doctests of the README, of `llms.txt`, and of the pages in `docs/`.
#[cfg(all(doctest, feature = "http"))]
mod pages {
    #[cfg(all(feature = "auth-client", feature = "auth-server", feature = "testing"))]
    #[doc = include_str!("../../docs/authorization.md")]
    mod authorization {}

    #[cfg(all(feature = "forward-events", feature = "client-http"))]
    #[doc = include_str!("../../docs/composition.md")]
    mod composition {}

    #[doc = include_str!("../../docs/deployment.md")]
    mod deployment {}

    #[cfg(feature = "client")]
    #[doc = include_str!("../../docs/errors.md")]
    mod errors {}

    #[doc = include_str!("../../docs/extensions.md")]
    mod extensions {}

    #[cfg(feature = "testing")]
    #[doc = include_str!("../../docs/first-server.md")]
    mod first_server {}

    #[cfg(feature = "client-http")]
    #[doc = include_str!("../../docs/from-fastmcp.md")]
    mod from_fastmcp {}

    #[cfg(feature = "client-http")]
    #[doc = include_str!("../../docs/from-rmcp.md")]
    mod from_rmcp {}

    #[doc = include_str!("../../llms.txt")]
    mod llms {}

    #[doc = include_str!("../../docs/prompts.md")]
    mod prompts {}

    #[doc = include_str!("../../docs/recipes.md")]
    mod recipes {}

    #[cfg(feature = "files")]
    #[doc = include_str!("../../docs/resources.md")]
    mod resources {}

    #[doc = include_str!("../../README.md")]
    mod readme {}

    #[cfg(all(feature = "store-redb", feature = "store-redis"))]
    #[doc = include_str!("../../docs/store.md")]
    mod store {}

    #[cfg(feature = "store-redis")]
    #[doc = include_str!("../../docs/scaling.md")]
    mod scaling {}

    #[cfg(feature = "limits")]
    #[doc = include_str!("../../docs/operations.md")]
    mod operations {}

    #[doc = include_str!("../../docs/tools.md")]
    mod tools {}

    #[cfg(feature = "providers")]
    #[doc = include_str!("../../docs/tool-calling.md")]
    mod tool_calling {}

    #[doc = include_str!("../../docs/asking.md")]
    mod asking {}

    #[cfg(all(feature = "store-redb", feature = "store-redis"))]
    #[doc = include_str!("../../docs/tasks.md")]
    mod tasks {}

    #[doc = include_str!("../../docs/troubleshooting.md")]
    mod troubleshooting {}

    #[doc = include_str!("../../docs/transports.md")]
    mod transports {}

    #[cfg(feature = "client-http")]
    #[doc = include_str!("../../docs/client.md")]
    mod client {}

    #[cfg(feature = "testing")]
    #[doc = include_str!("../../docs/testing.md")]
    mod testing {}
}
