//! Streamable HTTP: one endpoint for both eras.
//!
//! A POST carries one message. The answer is JSON or, if the handler sends notifications before it,
//! a stream of events. In the modern era the response drives the handler, so a disconnect cancels
//! it. In a legacy session, a handler that does not answer at once runs on in a task, even if the
//! client disconnects.
//!
//! Specification: [Streamable HTTP](https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http),
//! [its predecessor](https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http).

mod answer;
mod array;
#[cfg(feature = "auth-server")]
pub(crate) mod auth;
mod authority;
mod body;
mod challenge;
mod config;
mod connection;
mod cors;
mod delivery;
mod ending;
mod events;
pub(crate) mod guard;
mod half_closed;
mod head_timer;
pub(crate) mod headers;
mod health;
mod io;
mod keep_alive;
mod linger;
mod listen;
mod log;
pub(crate) mod mirror;
mod peer;
mod post;
pub(crate) mod queue;
mod response;
mod serve;
mod service;
mod session;
mod session_id;
mod session_requests;
mod shutdown;
mod store;
mod stored;
mod stream;
mod stream_reader;
mod streams;
mod waiting;
mod wakers;
mod write_timer;

pub use config::HttpConfig;
pub use health::HealthService;
pub use response::HttpBody;
pub use service::McpService;
