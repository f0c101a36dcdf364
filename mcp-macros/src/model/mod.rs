//! Every rule and every message: from what was written to what can be generated.
//!
//! A value of these types has nothing left to check; `expand` cannot fail.

pub(crate) mod contract;
pub(crate) mod icon;
pub(crate) mod json;
pub(crate) mod literal;
pub(crate) mod name;
pub(crate) mod param;
pub(crate) mod rules;
pub(crate) mod server;
pub(crate) mod signature;
#[allow(dead_code)] // Used by `#[resource]`.
pub(crate) mod template;
pub(crate) mod tool;
pub(crate) mod types;
