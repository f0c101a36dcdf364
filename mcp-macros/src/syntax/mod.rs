//! Shape only: what was written, with the bodies of functions left as opaque tokens.
//!
//! Bodies are opaque so that a function which does not parse yet, because someone is typing in
//! it, still gets its generated items.

pub(crate) mod client_trait;
pub(crate) mod docs;
pub(crate) mod function;
pub(crate) mod keys;
pub(crate) mod kind;
mod message;
pub(crate) mod server_impl;
pub(crate) mod server_mod;
