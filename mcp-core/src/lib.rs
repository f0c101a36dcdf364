//! The Model Context Protocol as data: JSON-RPC messages, the protocol's types, its revisions,
//! and the JSON Schemas that tools advertise.
//!
//! This crate does no I/O and knows no async runtime. Servers are written with `mcp-runtime`,
//! which re-exports it.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(missing_docs)]

#[doc(hidden)]
#[doc(hidden)]
pub mod excerpt;
pub mod json;
pub mod jsonrpc;
mod lenient;
pub mod method;
pub mod name;
pub mod protocol;
pub mod revision;
pub mod schema;
pub mod uri;
