//! `cargo mcp` as a user runs it, through pipes and in a terminal.

#![cfg(unix)]
#![allow(missing_docs)]

mod codegen;
mod completions;
mod dev;
mod doctor;
mod export;
mod harness;
mod hosts;
mod lint;
mod list;
mod lock;
mod new;
mod package;
mod run;
