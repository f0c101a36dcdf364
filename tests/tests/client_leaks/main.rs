//! Leak tests: servers that fail in every way, a thousand times each. Each round ends in one clear
//! error, and no task, descriptor, process or memory is left at the end.

#![cfg(target_os = "linux")]
#![allow(missing_docs)]

mod child;
mod failure;
mod held;
mod http;
mod pipe;
mod rounds;
