//! The other side of the protocol: drives any server, over a child process, HTTP or a pipe.
//!
//! ```no_run
//! use mcp_runtime::client::Client;
//! use mcp_runtime::serde_json::json;
//!
//! # async fn run() -> Result<(), mcp_runtime::client::Error> {
//! let client = Client::stdio("calculator-server").args(["--precise"]).connect().await?;
//! for tool in client.tools().all().await? {
//!     eprintln!("{}", tool.name);
//! }
//! let sum: i64 = client.call_as("add", json!({ "a": 2, "b": 3 })).await?;
//! # let _ = sum;
//! client.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! A [`Client`] finds out which era of the protocol its server speaks, and nothing else that is
//! done with it depends on that: lists, calls, subscriptions and the handlers that answer what a
//! server asks are the same in both.
//!
//! [`#[client]`](macro@crate::client) on a trait makes a client whose methods are the tools of a
//! server.
//!
//! # How it works
//!
//! ```text
//! Client ── calls/ ──▶ Core ── exchange.rs ──▶ Transport::request ──▶ Replies: notes…, response
//!                       │                          │
//!                       │ connect.rs: era,         └─ what belongs to no request ──▶ Inbound
//!                       │ revision, Link                                             handlers, cache,
//!                       └─ rounds.rs: questions in results ────────────────────────▶ subscriptions
//! ```
//!
//! - The future that a caller holds is what reads the replies to its request: there is no task in
//!   between, dropping the future cancels the request, and a time-out is a future that was dropped.
//! - A pipe has one task, which reads and writes; an HTTP session of the older era has one that
//!   listens to the session's own stream. They end with the client.
//! - Nothing waits without bound: notifications of a request, changes, messages to be written and
//!   questions of a server each have a limit, and where something is lost, the reader is told.
//! - When a connection ends, everybody who waits gets the same error at once. A request that was in
//!   flight is never sent again by itself, unless the server said that it did not carry it out.

mod builder;
mod cache;
mod calls;
mod connect;
mod core;
#[cfg(feature = "validate")]
mod effort;
mod error;
mod exchange;
mod handlers;
mod in_flight;
mod inbound;
mod known_tools;
mod logs;
#[cfg(feature = "validate")]
mod output;
mod relay;
mod rounds;
mod subscription;
mod transport;
pub(crate) mod typed;
mod unfold;
mod watched;

pub(crate) use core::Options;
pub(crate) use logs::{LogMessage, OnLog};
pub(crate) use relay::{Passing, Question, Relay};
pub(crate) use transport::{Json, Owned};

#[cfg(feature = "client-http")]
pub use builder::Http;
pub use builder::{ClientBuilder, Memory, Stdio, Stream};
pub use cache::Cache;
pub use calls::{Call, CallEvent, CallEvents, Pages};
pub use connect::{Era, Peer};
pub use core::Client;
pub use error::{Closed, Error, HttpFailure};
pub use handlers::{Handler, IntoAnswer};
pub use rounds::{Answered, Continuation};
pub use subscription::{Event, Subscription, Watch};
pub use typed::{Difference, DifferenceKind};
