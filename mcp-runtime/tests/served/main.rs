//! Behaviour of servers that all clients observe, in both eras.

#![allow(missing_docs)]

mod arguments;
mod asked;
mod asked_again;
mod asking;
mod attributes;
mod composition;
mod declarative;
mod extensions;
mod habits;
mod hooks;
mod kit;
mod lists;
mod patterns;
mod prompts;
mod resources;
mod results;
mod sampling;
mod subscriptions;
mod texts;
mod tools;
mod uri_lists;
mod visibility;
mod wire;
