//! Clients of servers over child processes, HTTP and pipes.
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
//! A [`Client`] finds out which era of the protocol its server speaks. Lists, calls, subscriptions
//! and handlers are the same in both eras.
//!
//! [`#[client]`](macro@crate::client) on a trait creates a client whose methods are the tools of a
//! server.
//!
//! # How it works
//!
//! ```text
//! Client ── calls/request.rs ──▶ Core::attempt ──▶ Exchange ──▶ Transport::request ──▶ Replies
//!            │ retries, rounds       │ connection/               │
//!            │ of questions, cache   │ era, revision             └─ messages of no request ──▶ Inbound
//! ```
//!
//! - The future of the caller reads the replies to its request. There is no task in between: dropping
//!   the future cancels the request, and a timeout drops it.
//! - A pipe has one task, which reads and writes. A session over HTTP has one task, which reads the
//!   stream of the session. They end with the client.
//! - Every queue is bounded: notifications of a request, changes, messages to be written, questions of
//!   a server. A reader that loses something is notified.
//! - When a connection ends, all requests in flight fail with the same error at once. A request is
//!   never repeated, unless the server stated that it did not carry it out.

#[cfg(feature = "auth-client")]
pub mod auth;
mod builder;
mod cache;
mod calls;
mod clock;
mod connection;
mod core;
mod error;
mod event;
mod handlers;
mod in_flight;
mod inbound;
mod log;
mod message;
#[cfg(feature = "otel")]
mod metrics;
mod subscription;
mod tools;
pub(crate) mod transport;
pub(crate) mod typed;
mod unfold;
pub(crate) mod wire;

pub(crate) use calls::{FreshPages, with_answers};
pub(crate) use core::RequestOptions;
pub(crate) use event::is_part;
pub(crate) use handlers::{Caller, Question, QuestionRouter};
pub(crate) use log::{LogMessage, OnLog};
pub(crate) use message::{BoxFuture, JsonText};
#[cfg(feature = "genai")]
pub(crate) use transport::http::sse;

#[cfg(feature = "client-http")]
pub use builder::Http;
pub use builder::{ClientBuilder, Stdio, Stream};
pub use cache::Cache;
pub use calls::{
    Call, CallEvent, CallEvents, CallOutcome, Continuation, NO_ARGUMENTS, Pages, Task, TaskCall,
    TaskReference, TaskState, TaskUpdates,
};
pub use connection::{Era, ServerInfo};
pub use core::Client;
pub use error::{Closed, Difference, DifferenceKind, Error, HttpFailure};
pub use event::Event;
pub use handlers::{Handler, IntoAnswer};
#[cfg(feature = "client-http")]
pub use reqwest;
pub use subscription::{Subscription, Watch};
pub use wire::Direction;
