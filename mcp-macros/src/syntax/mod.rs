//! Parses the shape of items. Function bodies stay opaque tokens.
//!
//! An unfinished body, as while the user types, therefore does not stop the generated items.

pub(crate) mod client_trait;
pub(crate) mod docs;
pub(crate) mod function;
pub(crate) mod keys;
pub(crate) mod kind;
mod message;
pub(crate) mod server_impl;
pub(crate) mod server_mod;
