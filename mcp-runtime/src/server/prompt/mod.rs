//! Prompts: messages that a server prepares.
//!
//! Specification: [Prompts](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts).

mod builder;
mod dynamic;
mod get;
mod messages;
mod spec;

pub use builder::PromptBuilder;
pub use dynamic::{DynamicMessages, Prompt, PromptArguments, ViaFallibleMessages, ViaMessages};
pub(crate) use get::get;
pub use messages::{FallibleMessages, Messages, PlainMessages};
pub(crate) use spec::PromptSpec;
pub use spec::{PromptFuture, PromptReply};
