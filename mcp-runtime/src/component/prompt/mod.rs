//! Prompts: messages that a server prepares.
//!
//! Specification: [Prompts](https://modelcontextprotocol.io/specification/2026-07-28/server/prompts).

pub(crate) mod builder;
pub(crate) mod dynamic;
pub(crate) mod get;
pub(crate) mod messages;
pub(crate) mod spec;

pub(crate) use builder::PromptBuilder;
pub(crate) use messages::Messages;
pub(crate) use spec::PromptSpec;
pub(crate) use spec::{PromptFuture, PromptReply};
