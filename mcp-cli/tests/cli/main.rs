//! `cargo mcp` as a user runs it, through pipes and in a terminal.

#![cfg(unix)]
#![allow(missing_docs)]

mod completions;
mod dev;
mod doctor;
mod harness;
mod list;
mod new;
mod package;
mod run;
