//! Streamable HTTP: one endpoint for both eras.
//!
//! A POST carries one message and gets its answer, as JSON or, if the handler has something to say
//! before, as a stream of events. In the modern era the response itself drives the handler, so
//! that a client that goes away takes the handler with it. In a legacy session a handler that does
//! not answer at once goes on by itself, whether or not the client waits.
//!
//! Specification: [Streamable HTTP](https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http),
//! [its predecessor](https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http).

mod answer;
mod array;
mod authority;
mod body;
mod config;
mod connection;
mod delivery;
mod events;
mod guard;
mod headers;
mod io;
mod linger;
mod listen;
mod log;
mod mirror;
mod post;
mod queue;
mod response;
mod resumed;
mod serve;
mod service;
mod session;
mod session_requests;
mod store;
mod stream;
mod streams;
mod waiting;

pub use config::HttpConfig;
pub use response::HttpBody;
pub use service::McpService;
