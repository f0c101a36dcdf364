//! Behaviour of servers that all clients observe, in both eras.

#![allow(missing_docs)]

mod arguments;
mod asked;
mod asked_again;
mod asking;
mod attributes;
#[cfg(feature = "audit")]
mod audit;
mod borrowed;
mod completing;
mod composition;
mod constraints;
mod declarative;
mod defaults;
mod equivalent_uris;
mod extensions;
mod faults;
mod floods;
mod foreign_types;
mod habits;
mod hooks;
mod hostile_texts;
mod kit;
mod lifespans;
mod limits;
mod lists;
#[cfg(feature = "metrics")]
mod metrics;
mod old_forms;
mod patterns;
mod payloads;
mod policy;
mod prompts;
mod readme;
mod resources;
mod responder;
mod results;
mod sampling;
mod schemas;
mod scopes;
mod subscriptions;
mod tasks;
mod texts;
#[cfg(feature = "providers")]
mod tool_sets;
mod tools;
mod uri_lists;
mod visibility;
mod wire;
