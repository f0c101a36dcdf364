//! Behaviour of servers that all clients observe, in both eras.

#![allow(missing_docs)]

mod arguments;
mod asked;
mod asked_again;
mod asking;
mod attributes;
mod borrowed;
mod completing;
mod composition;
mod constraints;
mod declarative;
mod defaults;
mod extensions;
mod faults;
mod habits;
mod hooks;
mod kit;
mod lists;
mod patterns;
mod prompts;
mod resources;
mod results;
mod sampling;
mod schemas;
mod subscriptions;
mod texts;
mod tools;
mod uri_lists;
mod visibility;
mod wire;
