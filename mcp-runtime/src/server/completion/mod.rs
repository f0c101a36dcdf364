//! Suggestions for what is being typed.
//!
//! Specification: [Completion](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion).

mod candidates;
mod complete;
mod completer;
#[cfg(feature = "client")]
mod elsewhere;

pub use candidates::{Candidates, ViaFallible, ViaList};
pub(crate) use complete::{complete, offered};
pub use completer::{
    AsyncOf1, AsyncOf2, Complete, Completer, Completing, IsAsync, IsPlain, ViaForm,
};
#[cfg(feature = "client")]
pub(crate) use elsewhere::Elsewhere;
