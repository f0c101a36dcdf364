//! `cargo mcp` as a user runs it, through pipes and in a terminal.

#![cfg(unix)]
#![allow(missing_docs)]

mod bench;
mod bundle;
mod call;
mod codegen;
mod completions;
mod dev;
mod doctor;
mod export;
mod harness;
mod hosts;
mod inspect;
mod lint;
mod list;
mod lock;
mod login;
mod media;
#[cfg(feature = "models")]
mod models;
mod new;
mod package;
mod pictures;
mod prompt;
mod questions;
mod read;
mod registry;
mod robust;
mod run;
mod several;
mod targets;
mod test;
mod web;
