//! Tools: their arguments, their calls and their results.

pub(crate) mod arguments;
pub(crate) mod blocking;
pub(crate) mod builder;
pub(crate) mod call;
pub(crate) mod dynamic;
pub(crate) mod failure;
pub(crate) mod find;
mod inspection;
pub(crate) mod into_schema;
pub(crate) mod outcome;
pub(crate) mod parameter;
pub(crate) mod spec;
pub(crate) mod task;
#[cfg(feature = "validate")]
pub(crate) mod validate;
