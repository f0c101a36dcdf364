//! Prompts: messages that a server prepares.

mod spec;

pub(crate) use spec::PromptSpec;
