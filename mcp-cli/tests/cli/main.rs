//! `cargo mcp` as a user runs it, through pipes and in a terminal.

#![cfg(unix)]
#![allow(missing_docs)]

mod call;
mod harness;
mod inspect;
mod list;
mod media;
mod prompt;
mod questions;
mod read;
